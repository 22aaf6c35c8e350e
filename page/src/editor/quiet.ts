/**
 * Changes that wait while an input method is composing.
 *
 * A change made by the program in the midst of a composition leaves half of the typed pinyin in the text, so every one
 * goes through here. It is applied 50 ms after the composition has ended, with whatever the text is by then.
 */

import { EditorView, ViewPlugin } from "@codemirror/view";

const AFTER = 50;

class Quiet {
  private waiting: (() => void)[] = [];
  private timer = 0;

  constructor(private readonly view: EditorView) {}

  do(act: () => void) {
    if (!this.busy() && !this.waiting.length) act();
    else this.waiting.push(act);
  }

  busy() {
    return this.view.composing || this.view.compositionStarted;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.busy()) return;
      for (const act of this.waiting.splice(0)) act();
    }, AFTER);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}

export const quiet = ViewPlugin.fromClass(Quiet, {
  eventHandlers: {
    compositionend() {
      this.later();
    },
    // Leaving the editor ends a composition in some browsers without saying so.
    blur() {
      this.later();
    },
  },
});

/** Do `act` at once, or as soon as nothing is being composed. */
export function whenQuiet(view: EditorView, act: () => void): void {
  view.plugin(quiet)?.do(act);
}

/** Whether something is being composed. */
export const composing = (view: EditorView): boolean => view.plugin(quiet)?.busy() ?? false;
