/** The tools beside what is selected: under the pointer, or by Alt+S. */

import { Prec, StateEffect, StateField, type Extension } from "@codemirror/state";
import { keymap, showTooltip, type EditorView, type Tooltip } from "@codemirror/view";
import { composing } from "./quiet";

/** Who draws the tools into an element; it answers how to take them away again. */
export interface Bench {
  wanted(): boolean;
  draw(dom: HTMLElement, close: () => void): () => void;
}

const away = StateEffect.define<null>();

export function toolbar(bench: Bench): Extension {
  const create = (view: EditorView) => {
    const dom = document.createElement("div");
    dom.className = "toolbar";
    let undraw = () => {};
    dom.onkeydown = (event) => {
      const buttons = [...dom.querySelectorAll("button")];
      const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) buttons[(at + step + buttons.length) % buttons.length]?.focus();
      else if (event.key === "Escape") {
        view.dispatch({ effects: away.of(null) });
        view.focus();
      } else return;
      event.preventDefault();
    };
    // A press on a button must not take the selection away.
    dom.onmousedown = (event) => event.preventDefault();
    return { dom, mount: () => (undraw = bench.draw(dom, () => view.dispatch({ effects: away.of(null) }))), destroy: () => undraw() };
  };
  const field = StateField.define<Tooltip | null>({
    create: () => null,
    update(value, tr) {
      if (tr.effects.some((each) => each.is(away))) return null;
      if (!tr.selection && !tr.docChanged) return value;
      const { head, anchor, empty } = tr.newSelection.main;
      const selects = tr.isUserEvent("select") && !tr.isUserEvent("select.search");
      if (empty || !selects || !bench.wanted() || !tr.newDoc.sliceString(Math.min(head, anchor), Math.max(head, anchor)).trim())
        return null;
      // Beyond the end that moves, so that what is selected stays in sight.
      return { pos: head, above: head < anchor, create };
    },
    provide: (each) => showTooltip.from(each),
  });
  const focus = (view: EditorView) => {
    const first = view.dom.querySelector<HTMLElement>(".toolbar button");
    if (!first || composing(view)) return false;
    first.focus();
    return true;
  };
  const keys = [
    { key: "Alt-s", run: focus },
    {
      key: "Escape",
      run: (view: EditorView) => {
        if (view.state.field(field)) view.dispatch({ effects: away.of(null) });
        return false;
      },
    },
  ];
  return [field, Prec.high(keymap.of(keys))];
}
