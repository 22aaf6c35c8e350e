/** What else the model considered, shown where the pointer rests on a model's word, or at the cursor on demand. */

import { Prec, StateEffect, StateField, type Extension } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import { authors } from "./authors";
import { composing } from "./quiet";

export interface Choice {
  text: string;
  probability: number;
}

/** Who knows what was considered after a text; a text in place of choices says why there are none. */
export interface Oracle {
  wanted(): boolean;
  considered(before: string): Promise<Choice[] | string>;
  choose(from: number, to: number, text: string): void;
  label(): string;
}

const BEFORE = 6000;
const PAUSE = 450;

/** The word at a place, if a model wrote it: from the blank before it to the end of what the model wrote there. */
function wordAt(view: EditorView, place: number): { from: number; start: number; end: number; to: number } | null {
  let run: { from: number; to: number } | null = null;
  view.state.field(authors).between(place, place, (from, to) => {
    if (from <= place && place < to) run = { from, to };
  });
  if (!run) return null;
  const { from, to } = run as { from: number; to: number };
  const text = view.state.sliceDoc(from, to);
  const words = new Intl.Segmenter(undefined, { granularity: "word" });
  for (const { segment, index } of words.segment(text)) {
    const [start, end] = [from + index, from + index + segment.length];
    if (place < start || place >= end || !segment.trim()) continue;
    const before = view.state.sliceDoc(Math.max(0, start - BEFORE), start);
    return { from: start - (before.length - before.trimEnd().length), start, end, to };
  }
  return null;
}

async function tooltipAt(view: EditorView, place: number, oracle: Oracle, focus: boolean): Promise<Tooltip | null> {
  const word = oracle.wanted() && !composing(view) ? wordAt(view, place) : null;
  if (!word) return null;
  const before = view.state.sliceDoc(Math.max(0, word.from - BEFORE), word.from);
  if (!before.trim()) return null;
  const now = view.state.doc;
  const choices = await oracle.considered(before).catch(() => null);
  if (choices === null || view.state.doc !== now) return null;
  return {
    pos: word.start,
    end: word.end,
    above: true,
    create: () => ({ dom: drawn(choices, word, view, oracle, focus) }),
  };
}

function drawn(
  choices: Choice[] | string,
  word: { from: number; to: number },
  view: EditorView,
  oracle: Oracle,
  focus: boolean,
): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "considered";
  dom.setAttribute("role", "group");
  dom.setAttribute("aria-label", oracle.label());
  if (typeof choices === "string") {
    dom.textContent = choices;
    return dom;
  }
  for (const { text, probability } of choices) {
    const button = document.createElement("button");
    const share = document.createElement("small");
    button.textContent = text.trim();
    share.textContent = ` ${(probability * 100).toFixed(probability < 0.1 ? 1 : 0)}%`;
    button.append(share);
    button.onclick = () => {
      view.dispatch({ effects: shownOnDemand.of(null) });
      oracle.choose(word.from, word.to, text);
    };
    dom.append(button);
  }
  if (focus) requestAnimationFrame(() => dom.querySelector("button")?.focus());
  dom.onkeydown = (event) => {
    const buttons = [...dom.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === "Escape") view.dispatch({ effects: shownOnDemand.of(null) });
    else if (event.key === "ArrowDown") buttons[(at + 1) % buttons.length]?.focus();
    else if (event.key === "ArrowUp") buttons[(at - 1 + buttons.length) % buttons.length]?.focus();
    else return;
    event.preventDefault();
    if (event.key === "Escape") view.focus();
  };
  return dom;
}

const shownOnDemand = StateEffect.define<Tooltip | null>();
const onDemand = StateField.define<Tooltip | null>({
  create: () => null,
  update(value, tr) {
    for (const effect of tr.effects) if (effect.is(shownOnDemand)) return effect.value;
    return tr.docChanged || tr.selection ? null : value;
  },
  provide: (field) => showTooltip.from(field),
});

export function considering(oracle: Oracle): Extension {
  return [
    onDemand,
    hoverTooltip((view, place) => tooltipAt(view, place, oracle, false), { hideOnChange: true, hoverTime: PAUSE }),
    Prec.high(
      keymap.of([
        {
          key: "Alt-Enter",
          run: (view) => {
            void tooltipAt(view, view.state.selection.main.head, oracle, true).then((tooltip) =>
              view.dispatch({ effects: shownOnDemand.of(tooltip) }),
            );
            return true;
          },
        },
      ]),
    ),
  ];
}
