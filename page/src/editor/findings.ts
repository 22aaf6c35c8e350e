/** What the critics found, underlined where it stands; the reason and the cure where the pointer rests or F8 leads. */

import { ChangeSet, Prec, StateEffect, StateField, type Extension } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  hoverTooltip,
  keymap,
  showTooltip,
  ViewPlugin,
  type DecorationSet,
  type Tooltip,
  type ViewUpdate,
} from "@codemirror/view";
import type { Finding } from "../lib/kinds";
import { composing, whenQuiet } from "./quiet";

export type Reach = "typing" | "scene" | "work";

/** Who looks at a text, and what can be done about a finding that now stands at `from`. */
export interface Critic {
  wanted(): boolean;
  /** What is found in the open scene; null if nobody could look. */
  look(text: string, reach: Reach): Promise<Finding[] | null>;
  told(now: Finding[]): void;
  acts(finding: Finding): { name: string; title: string; act: () => void }[];
}

const PAUSE = 700;

interface Found {
  findings: Finding[];
  reach: Reach;
  /** What was typed since the text was sent. */
  since: ChangeSet;
}
const setFindings = StateEffect.define<Found>();
/** Look at the open scene; the marks come when somebody has looked. */
export const lookFor = StateEffect.define<Reach>();
/** Take away the marks of these keys. */
export const dropFindings = StateEffect.define<readonly string[]>();

const looks = new WeakMap<Finding, Decoration>();

function lookOf(finding: Finding): Decoration {
  let look = looks.get(finding);
  if (!look) looks.set(finding, (look = Decoration.mark({ class: `finding ${finding.severity}`, finding })));
  return look;
}

const findingOf = (mark: Decoration): Finding => mark.spec.finding;

/** The new marks at the places they have by now, and of the old ones those that a quick look does not renew. */
function renewed(old: DecorationSet, { findings, reach, since }: Found): DecorationSet {
  const fresh = findings.filter((each) => each.end <= since.length && !since.touchesRange(each.start, each.end));
  const marks = Decoration.set(fresh.map((each) => lookOf(each).range(each.start, each.end)), true).map(since);
  if (reach !== "typing") return marks;
  const known = new Set(findings.map((each) => each.key));
  const kept: ReturnType<Decoration["range"]>[] = [];
  for (const at = old.iter(); at.value; at.next()) {
    const finding = findingOf(at.value);
    if (!finding.cheap && !known.has(finding.key)) kept.push(at.value.range(at.from, at.to));
  }
  return marks.update({ add: kept, sort: true });
}

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, tr) {
    let now = value.map(tr.changes);
    // Taking a mark away beside what is being composed would disturb the input method; the next look does it.
    if (tr.docChanged && !tr.isUserEvent("input.type.compose"))
      tr.changes.iterChangedRanges((_from, _to, from, to) => {
        now = now.update({ filterFrom: from, filterTo: to, filter: (start, end) => start >= to || end <= from });
      });
    for (const effect of tr.effects) {
      if (effect.is(setFindings)) now = renewed(now, effect.value);
      else if (effect.is(dropFindings))
        now = now.update({ filter: (_from, _to, mark) => !effect.value.includes(findingOf(mark).key) });
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

interface Place {
  from: number;
  to: number;
  finding: Finding;
}

function places(view: EditorView): Place[] {
  const found: Place[] = [];
  for (const at = view.state.field(marks).iter(); at.value; at.next())
    found.push({ from: at.from, to: at.to, finding: findingOf(at.value) });
  return found;
}

/** Where a finding stands now; null once its words were changed. */
export function placeOf(view: EditorView, key: string): Place | null {
  return places(view).find((each) => each.finding.key === key) ?? null;
}

const shown = StateEffect.define<Tooltip | null>();
const onDemand = StateField.define<Tooltip | null>({
  create: () => null,
  update(value, tr) {
    for (const effect of tr.effects) if (effect.is(shown)) return effect.value;
    return tr.docChanged || tr.selection ? null : value;
  },
  provide: (field) => showTooltip.from(field),
});

function tooltip(there: Place[], critic: Critic, focus = false): Tooltip {
  const { from, to } = there[0];
  return { pos: from, end: to, create: (view) => ({ dom: drawn(there, critic, view, focus) }) };
}

function drawn(there: Place[], critic: Critic, view: EditorView, focus: boolean): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "found";
  dom.setAttribute("role", "group");
  for (const { finding } of there) {
    const said = document.createElement("p");
    said.className = finding.severity;
    said.textContent = finding.text;
    const hint = document.createElement("small");
    hint.textContent = finding.hint;
    said.append(hint);
    dom.append(said);
    dom.setAttribute("aria-label", finding.text);
    for (const { name, title, act } of critic.acts(finding)) {
      const button = document.createElement("button");
      button.textContent = name;
      button.title = title;
      button.onclick = () => {
        view.dispatch({ effects: shown.of(null) });
        view.focus();
        act();
      };
      dom.append(button);
    }
  }
  if (focus) requestAnimationFrame(() => dom.querySelector("button")?.focus());
  dom.onkeydown = (event) => {
    const buttons = [...dom.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) {
      const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
      buttons[(at + step + buttons.length) % buttons.length]?.focus();
    } else if (event.key === "Escape") {
      view.dispatch({ effects: shown.of(null) });
      view.focus();
    } else return;
    event.preventDefault();
  };
  return dom;
}

/** Put the cursor at a finding and say what it is. */
export function showFinding(view: EditorView, place: Place, critic: Critic) {
  view.dispatch({
    selection: { anchor: place.from },
    effects: [
      EditorView.scrollIntoView(place.from, { y: "center" }),
      shown.of(tooltip([place], critic)),
      EditorView.announce.of(`${place.finding.quote}: ${place.finding.text} ${place.finding.hint}`),
    ],
  });
  view.focus();
}

const at = (view: EditorView, place: number): Place[] =>
  places(view).filter((each) => each.from <= place && place <= each.to);

class Looking {
  private timer = 0;
  private gone = false;
  private flights = new Set<{ since: ChangeSet }>();

  constructor(
    private readonly view: EditorView,
    private readonly critic: Critic,
  ) {
    this.later(0);
  }

  update(update: ViewUpdate) {
    if (update.docChanged) {
      for (const flight of this.flights) flight.since = flight.since.compose(update.changes);
      this.later();
    }
    const effects = update.transactions.flatMap((tr) => tr.effects);
    for (const each of effects) if (each.is(lookFor)) whenQuiet(this.view, () => void this.look(each.value));
    if (effects.some((each) => each.is(setFindings) || each.is(dropFindings)))
      this.critic.told(places(this.view).map((each) => each.finding));
  }

  later(pause = PAUSE) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      // What is being composed is not text yet.
      if (composing(this.view)) whenQuiet(this.view, () => this.later());
      else if (this.critic.wanted()) void this.look("typing");
    }, pause);
  }

  async look(reach: Reach) {
    if (this.gone) return;
    const { doc } = this.view.state;
    const flight = { since: ChangeSet.empty(doc.length) };
    this.flights.add(flight);
    const findings = await this.critic.look(doc.toString(), reach);
    if (this.gone || !findings) return void this.flights.delete(flight);
    whenQuiet(this.view, () => {
      this.flights.delete(flight);
      if (!this.gone) this.view.dispatch({ effects: setFindings.of({ findings, reach, since: flight.since }) });
    });
  }

  destroy() {
    clearTimeout(this.timer);
    this.gone = true;
  }
}

export function underlines(critic: Critic): Extension {
  const step = (by: 1 | -1) => (view: EditorView) => {
    const all = places(view);
    if (!all.length || composing(view)) return all.length > 0;
    const here = view.state.selection.main.head;
    const next = by > 0 ? all.find((each) => each.from > here) : all.findLast((each) => each.from < here);
    showFinding(view, next ?? all.at(by > 0 ? 0 : -1)!, critic);
    return true;
  };
  return [
    marks,
    onDemand,
    ViewPlugin.define((view) => new Looking(view, critic)),
    hoverTooltip((view, place) => {
      const there = composing(view) ? [] : at(view, place);
      return there.length ? tooltip(there, critic) : null;
    }),
    Prec.high(
      keymap.of([
        { key: "F8", run: step(1), shift: step(-1) },
        {
          key: "Mod-.",
          run: (view) => {
            const there = at(view, view.state.selection.main.head);
            if (there.length) view.dispatch({ effects: shown.of(tooltip(there, critic, true)) });
            return there.length > 0;
          },
        },
      ]),
    ),
  ];
}
