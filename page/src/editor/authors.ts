/** Colours for the words of a model, and for the writer's changes inside them. */

import { RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";
import type { Run } from "../lib/kinds";
import { take } from "./taken";

export const setAuthors = StateEffect.define<readonly Run[]>();

const looks = {
  model: Decoration.mark({ class: "by-model" }),
  model_edited: Decoration.mark({ class: "by-both" }),
};

function drawn(runs: readonly Run[], length: number): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const run of runs)
    if (run.author !== "writer" && run.start < run.end && run.end <= length)
      builder.add(run.start, run.end, looks[run.author]);
  return builder.finish();
}

export const authors = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, tr) {
    let now = value.map(tr.changes);
    for (const effect of tr.effects) {
      if (effect.is(setAuthors)) now = drawn(effect.value, tr.newDoc.length);
      else if (effect.is(take) && effect.value.from < effect.value.to)
        now = now.update({ add: [looks.model.range(effect.value.from, effect.value.to)] });
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
