/** The editor of one scene: plain Markdown text. */

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  keymap,
  MatchDecorator,
  placeholder,
  tooltips,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from "@codemirror/view";
import { aloud } from "./aloud";
import { authors } from "./authors";
import { considering, type Oracle } from "./considered";
import { underlines, type Critic } from "./findings";
import { ghostText, type Muse } from "./ghost";
import { quiet } from "./quiet";
import { taken } from "./taken";
import { toolbar, type Bench } from "./toolbar";

/** Emphasis and headings of Markdown, shown as what they mean; the marks stay visible. */
const looks = [
  { match: /^#{1,6}\s.*$/g, look: "md-heading" },
  { match: /\*\*[^*\n]+\*\*/g, look: "md-strong" },
  { match: /(?<!\*)\*[^*\n]+\*(?!\*)/g, look: "md-em" },
];
const markdown = looks.map(({ match, look }) => {
  const found = new MatchDecorator({ regexp: match, decoration: Decoration.mark({ class: look }) });
  return ViewPlugin.fromClass(
    class {
      drawn: DecorationSet;
      constructor(view: EditorView) {
        this.drawn = found.createDeco(view);
      }
      update(update: ViewUpdate) {
        this.drawn = found.updateDeco(update, this.drawn);
      }
    },
    { decorations: (each) => each.drawn },
  );
});

export const named = new Compartment();
export const phrases = new Compartment();

export interface Given {
  parent: HTMLElement;
  nonce: string;
  muse: Muse;
  oracle: Oracle;
  critic: Critic;
  bench: Bench;
  changed: (update: ViewUpdate) => void;
}

export function makeEditor(given: Given): EditorView {
  return new EditorView({ parent: given.parent, state: makeState("", given) });
}

/** A fresh state with no history: what one scene was changed to cannot be undone into another. */
export function makeState(text: string, given: Given, more: Extension = []): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      EditorView.cspNonce.of(given.nonce),
      history(),
      drawSelection(),
      EditorView.lineWrapping,
      // The line at the cursor stays clear of the footer, with room for what is proposed there.
      EditorView.scrollMargins.of(() => ({ top: 16, bottom: 140 })),
      // What floats beside the text stays off the panels.
      tooltips({ tooltipSpace: (view) => (view.dom.closest("main") ?? view.dom).getBoundingClientRect() }),
      search({ top: true }),
      quiet,
      taken,
      authors,
      ghostText(given.muse),
      considering(given.oracle),
      underlines(given.critic),
      aloud,
      toolbar(given.bench),
      markdown,
      keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
      EditorView.updateListener.of(given.changed),
      named.of([]),
      phrases.of([]),
      more,
    ],
  });
}

/** What is said of the editor to those who do not see it, and in it while it is empty. */
export function naming(label: string, hint: string): Extension {
  return [EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "true", tabindex: "0" }), placeholder(hint)];
}
