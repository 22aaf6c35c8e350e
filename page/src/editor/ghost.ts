/** Text that a model proposes at the cursor. It is drawn there and is never part of the document. */

import { Prec, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, keymap, ViewPlugin, WidgetType, type ViewUpdate } from "@codemirror/view";
import { composing, quiet } from "./quiet";
import { take } from "./taken";

/** Where the words come from: told of the text before the cursor, it says the whole ghost each time it grows. */
export interface Muse {
  wanted(): boolean;
  ask(before: string, begin: string, show: (text: string, job: string) => void, signal: AbortSignal): Promise<void>;
  label: string;
}

const PAUSE = 900;
const BEFORE = 6000;

interface Ghost {
  at: number;
  text: string;
  job: string;
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
      take.of({ job: ghost.job, chosen: 0, from: ghost.at, to }),
      setGhost.of(rest ? { ...ghost, at: to, text: rest } : null),
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
    async ask(demands: boolean, begin = "") {
      const { view } = this;
      const { state } = view;
      const at = state.selection.main.head;
      const before = state.sliceDoc(Math.max(0, at - BEFORE), at);
      if (!muse.wanted() || composing(view) || !state.selection.main.empty || !before.trim()) return;
      if (!demands && (!view.hasFocus || state.doc.lineAt(at).to !== at)) return;
      this.stop();
      const mine = (this.now = new AbortController());
      const show = (text: string, job: string) => {
        if (mine.signal.aborted || view.state.selection.main.head !== at) return;
        view.dispatch({ effects: setGhost.of(text ? { at, text, job } : null) });
      };
      await muse.ask(before, begin, show, mine.signal).catch(() => {});
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
      Decoration.widget({ widget: new GhostText(ghost.text, muse.label), side: 1 }).range(ghost.at),
    );
  });
  const keys = Prec.highest(
    keymap.of([
      { key: "Tab", run: (view) => accept(view, (text) => text) },
      { key: "Ctrl-ArrowRight", run: (view) => accept(view, firstWord) },
      { key: "Escape", run: dismiss },
      {
        key: "Mod-Enter",
        run: (view) => {
          void view.plugin(asking)?.ask(true);
          return true;
        },
      },
    ]),
  );
  return [quiet, ghostField, asking, drawn, keys];
}
