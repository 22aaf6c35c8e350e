/** What the writer took from suggestions and no save has told the server yet, kept at its place through edits. */

import { invertedEffects } from "@codemirror/commands";
import { StateEffect, StateField, type ChangeDesc, type Extension } from "@codemirror/state";

export interface Taken {
  /** The suggestion, or the job of a ghost that is kept as one when it is saved. */
  suggestion?: string;
  job?: string;
  chosen: number;
  from: number;
  to: number;
}

const moved = (each: Taken, changes: ChangeDesc): Taken => ({
  ...each,
  from: changes.mapPos(each.from, 1),
  to: changes.mapPos(each.to, -1),
});

export const take = StateEffect.define<Taken>({ map: moved });
/** Undo of `take`: the words are gone again. */
export const untake = StateEffect.define<Taken>({ map: moved });
/** A save has told the server. */
export const told = StateEffect.define<Taken[]>();

/** What tells one taken proposal from another. */
export const keyOf = (each: Taken) => `${each.job ?? each.suggestion} ${each.chosen}`;
const same = (a: Taken, b: Taken) => keyOf(a) === keyOf(b);

export const takenField = StateField.define<readonly Taken[]>({
  create: () => [],
  update(value, tr) {
    let now = tr.docChanged ? value.map((each) => moved(each, tr.changes)) : value;
    for (const effect of tr.effects) {
      if (effect.is(take)) {
        const last = now.find((each) => same(each, effect.value) && each.to === effect.value.from && each.job);
        // A ghost that is taken word by word stays one.
        now = last
          ? now.map((each) => (each === last ? { ...each, to: effect.value.to } : each))
          : [...now, effect.value];
      } else if (effect.is(untake)) {
        now = now.filter((each) => !same(each, effect.value));
      } else if (effect.is(told)) {
        now = now.filter((each) => !effect.value.some((old) => same(old, each)));
      }
    }
    return now === value ? value : now.filter((each) => each.from < each.to);
  },
});

export const taken: Extension = [
  takenField,
  invertedEffects.of((tr) =>
    tr.effects.flatMap((effect) =>
      effect.is(take) ? [untake.of(effect.value)] : effect.is(untake) ? [take.of(effect.value)] : [],
    ),
  ),
];
