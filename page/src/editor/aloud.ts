/** The sentences that are read aloud, kept at their places while one writes on; the one being read is lit. */

import { StateEffect, StateField, type ChangeDesc } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";
import type { Lang } from "../lib/kinds";

export interface Sentence {
  from: number;
  to: number;
  lang: Lang;
  pause: number;
}
interface Reading {
  sentences: readonly Sentence[];
  at: number;
}

/** Begin to read these, or stop with null. */
export const setReading = StateEffect.define<readonly Sentence[] | null>();
/** Light the sentence of this number. */
export const setSentence = StateEffect.define<number>();

const lit = Decoration.mark({ class: "read-aloud" });
const moved = (each: Sentence, changes: ChangeDesc): Sentence => {
  const from = changes.mapPos(each.from, 1);
  return { ...each, from, to: Math.max(from, changes.mapPos(each.to, -1)) };
};

const field = StateField.define<Reading | null>({
  create: () => null,
  update(value, tr) {
    if (value && tr.docChanged) value = { ...value, sentences: value.sentences.map((each) => moved(each, tr.changes)) };
    for (const effect of tr.effects) {
      if (effect.is(setReading)) value = effect.value && { sentences: effect.value, at: -1 };
      else if (effect.is(setSentence) && value) value = { ...value, at: effect.value };
    }
    return value;
  },
  provide: (field) =>
    EditorView.decorations.from(field, (value) => {
      const now = value?.sentences[value.at];
      return now && now.from < now.to ? Decoration.set(lit.range(now.from, now.to)) : Decoration.none;
    }),
});

/** The sentence of this number as it stands now; null behind the last one. */
export function sentenceAt(view: EditorView, at: number): (Sentence & { text: string }) | null {
  const found = view.state.field(field, false)?.sentences[at];
  return found ? { ...found, text: view.state.sliceDoc(found.from, found.to) } : null;
}

export const aloud = field;
