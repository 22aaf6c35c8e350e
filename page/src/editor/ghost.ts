/** Text that a model proposes at the cursor. It is drawn there and is never part of the document. */

import { Prec, StateEffect, StateField, type Extension } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  keymap,
  showTooltip,
  ViewPlugin,
  WidgetType,
  type Tooltip,
  type ViewUpdate,
} from "@codemirror/view";
import { composing, quiet } from "./quiet";
import { take } from "./taken";

/** What is asked for: words after `before` that start with `begin`, in `n` ways. */
export interface Wish {
  before: string;
  begin: string;
  n: number;
}
/** Where the words come from: it says the whole ghost each time it grows, and in the end every way there is. */
export interface Muse {
  wanted(): boolean;
  ask(wish: Wish, show: (texts: string[], job: string) => void, signal: AbortSignal): Promise<void>;
  label(): string;
}

const PAUSE = 900;
const BEFORE = 6000;
/** So many ways on are asked for at once. */
const WAYS = 3;

interface Ghost {
  at: number;
  text: string;
  job: string;
  /** All ways on, and which of them this is. */
  ways: string[];
  chosen: number;
}

export const setGhost = StateEffect.define<Ghost | null>();
/** Ask at once for text that begins with these words. */
export const askFor = StateEffect.define<string>();

class GhostText extends WidgetType {
  constructor(
    readonly text: string,
    readonly label: string,
  ) {
    super();
  }

  /** An unchanged ghost is not drawn anew: that would disturb an input method beside it. */
  eq(other: GhostText) {
    return other.text === this.text;
  }

  toDOM() {
    const span = document.createElement("span");
    span.className = "ghost";
    span.textContent = this.text;
    span.title = this.label;
    return span;
  }

  ignoreEvent() {
    return false;
  }
}

const ghostField = StateField.define<Ghost | null>({
  create: () => null,
  update(value, tr) {
    for (const effect of tr.effects) if (effect.is(setGhost)) return effect.value;
    return tr.docChanged || (value && tr.selection && tr.newSelection.main.head !== value.at) ? null : value;
  },
});

/** The first word of a text, with the space before it. */
export function firstWord(text: string): string {
  let length = 0;
  for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    length += segment.length;
    if (isWordLike || segment.includes("\n")) break;
  }
  return text.slice(0, length);
}

function accept(view: EditorView, wish: (text: string) => string): boolean {
  const ghost = view.state.field(ghostField);
  if (!ghost || composing(view)) return false;
  const text = wish(ghost.text);
  const to = ghost.at + text.length;
  const rest = ghost.text.slice(text.length);
  view.dispatch({
    changes: { from: ghost.at, insert: text },
    selection: { anchor: to },
    effects: [
      take.of({ job: ghost.job, chosen: ghost.chosen, from: ghost.at, to }),
      setGhost.of(rest ? { ...ghost, at: to, text: rest, ways: [] } : null),
    ],
    userEvent: "input.ghost",
    scrollIntoView: true,
  });
  return true;
}

function dismiss(view: EditorView): boolean {
  if (!view.state.field(ghostField)) return false;
  view.dispatch({ effects: setGhost.of(null) });
  return true;
}

/** The ways on as cards below the cursor. */
function cards(ghost: Ghost, label: string): Tooltip {
  const create = (view: EditorView) => {
    const dom = document.createElement("div");
    dom.className = "ways";
    dom.setAttribute("role", "group");
    dom.setAttribute("aria-label", label);
    dom.onmousedown = (event) => event.preventDefault();
    for (const [number, text] of ghost.ways.entries()) {
      const card = document.createElement("button");
      card.textContent = text.trim();
      card.tabIndex = -1;
      card.setAttribute("aria-pressed", String(number === ghost.chosen));
      card.onclick = () => {
        view.dispatch({ effects: setGhost.of({ ...ghost, chosen: number, text }) });
        accept(view, (all) => all);
        view.focus();
      };
      dom.append(card);
    }
    return { dom };
  };
  return { pos: ghost.at, create };
}

export function ghostText(muse: Muse): Extension {
  class Asking {
    timer = 0;
    now: AbortController | null = null;

    constructor(readonly view: EditorView) {}

    update(update: ViewUpdate) {
      const wish = update.transactions.flatMap((tr) => tr.effects).find((effect) => effect.is(askFor));
      if (wish) {
        this.stop();
        this.timer = window.setTimeout(() => void this.ask(true, wish.value), 0);
        return;
      }
      const accepted = update.transactions.some((tr) => tr.isUserEvent("input.ghost"));
      if (accepted && update.state.field(ghostField)) return;
      if (update.docChanged || update.selectionSet) {
        this.stop();
        if (update.transactions.some((tr) => tr.isUserEvent("input"))) this.later();
      }
    }

    later() {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.ask(false), PAUSE);
    }

    stop() {
      clearTimeout(this.timer);
      this.now?.abort();
      this.now = null;
    }

    /** Unless the writer `demands` it, only at the end of a line, where nothing has to make way. */
    async ask(demands: boolean, begin = "", n = 1) {
      const { view } = this;
      const { state } = view;
      const at = state.selection.main.head;
      const before = state.sliceDoc(Math.max(0, at - BEFORE), at);
      if (!muse.wanted() || composing(view) || !state.selection.main.empty || !before.trim()) return;
      if (!demands && (!view.hasFocus || state.doc.lineAt(at).to !== at)) return;
      this.stop();
      const mine = (this.now = new AbortController());
      const show = (texts: string[], job: string) => {
        if (mine.signal.aborted || composing(view) || view.state.selection.main.head !== at) return;
        const [text] = texts;
        const ways = texts.length > 1 ? texts : [];
        view.dispatch({ effects: setGhost.of(text ? { at, text, job, ways, chosen: 0 } : null) });
      };
      await muse.ask({ before, begin, n }, show, mine.signal).catch(() => {});
    }

    destroy() {
      this.stop();
    }
  }
  const asking = ViewPlugin.fromClass(Asking, {
    eventHandlers: {
      compositionend() {
        this.later();
      },
    },
  });
  const drawn = EditorView.decorations.compute([ghostField], (state) => {
    const ghost = state.field(ghostField);
    if (!ghost) return Decoration.none;
    return Decoration.set(
      Decoration.widget({ widget: new GhostText(ghost.text, muse.label()), side: 1 }).range(ghost.at),
    );
  });
  const choices = showTooltip.compute([ghostField], (state) => {
    const ghost = state.field(ghostField);
    return ghost?.ways.length ? cards(ghost, muse.label()) : null;
  });
  /** The next way on, or the one before; where there is but one, more are asked for. */
  const turn = (by: 1 | -1) => (view: EditorView) => {
    const ghost = view.state.field(ghostField);
    if (composing(view)) return false;
    if (!ghost?.ways.length) {
      void view.plugin(asking)?.ask(true, "", WAYS);
      return true;
    }
    const chosen = (ghost.chosen + by + ghost.ways.length) % ghost.ways.length;
    const text = ghost.ways[chosen];
    view.dispatch({ effects: [setGhost.of({ ...ghost, chosen, text }), EditorView.announce.of(text)] });
    return true;
  };
  const keys = Prec.highest(
    keymap.of([
      { key: "Tab", run: (view) => accept(view, (text) => text) },
      { key: "Ctrl-ArrowRight", run: (view) => accept(view, firstWord) },
      { key: "Escape", run: dismiss },
      { key: "Alt-]", run: turn(1), preventDefault: true },
      { key: "Alt-[", run: turn(-1), preventDefault: true },
      {
        key: "Mod-Enter",
        run: (view) => {
          void view.plugin(asking)?.ask(true);
          return true;
        },
      },
    ]),
  );
  return [quiet, ghostField, asking, drawn, choices, keys];
}
