/** The text of the open scene: its editor, its saving, and what happens when it was changed elsewhere. */

import { EditorState, Transaction, type ChangeSpec } from "@codemirror/state";
import { EditorView, type ViewUpdate } from "@codemirror/view";
import { mount, unmount } from "svelte";
import { setAuthors } from "../editor/authors";
import type { Choice } from "../editor/considered";
import { makeEditor, makeState, named, naming, phrases, type Given } from "../editor/editor";
import { askFor, type Wish } from "../editor/ghost";
import { composing, whenQuiet } from "../editor/quiet";
import { keyOf, take, takenField, told, untake, type Taken } from "../editor/taken";
import { ask, events, Failure, get, page, post } from "./api";
import { count } from "./count";
import { critics } from "./critics.svelte";
import { draftOf, dropDraft, keepDraft } from "./drafts";
import type { Edit, Lang, Revision, Scene } from "./kinds";
import Toolbar from "../parts/Toolbar.svelte";
import { studio } from "./studio.svelte";

const PAUSE = 800;

export type Saving = "saved" | "unsaved" | "saving" | "offline";

interface Conflict {
  stored: Revision;
  yours: Revision;
}

export class Manuscript {
  view: EditorView | null = $state.raw(null);
  scene: string | null = $state(null);
  revision: string | null = $state(null);
  saving: Saving = $state("saved");
  length = $state(0);
  conflict: Conflict | null = $state.raw(null);
  /** The place of the selection, for those who show what a tool would work on. */
  selection = $state({ from: 0, to: 0 });
  private savedText = "";
  private timer = 0;
  private drafting = 0;
  private flight: Promise<void> | null = null;
  private sent = new Map<string, string>();
  /** The suggestions that ghosts were kept as, by their jobs. */
  private kept = new Map<string, string>();
  private given: Given | null = null;

  /** Put an editor into the page. */
  mount(parent: HTMLElement): () => void {
    const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
    const { muse, oracle, bench } = this;
    this.given = { parent, nonce, changed: (update) => this.changed(update), muse, oracle, critic: critics, bench };
    this.view = makeEditor(this.given);
    const hidden = () => document.visibilityState === "hidden" && void this.flush();
    document.addEventListener("visibilitychange", hidden);
    studio.elsewhere = (scene, revision) => {
      if (scene === this.scene && revision !== this.revision && this.saving === "saved") void this.open(scene);
    };
    return () => {
      void this.flush();
      document.removeEventListener("visibilitychange", hidden);
      this.view?.destroy();
      this.view = null;
    };
  }

  /** What the editor says to those who do not see it, in the language of the page. */
  speak(lang: Lang, label: string) {
    const { t } = studio;
    const find = ["next", "previous", "all", "match case", "regexp", "by word", "replace", "close"] as const;
    const said: Record<string, string> = Object.fromEntries(find.map((word) => [word, t(word).toLowerCase()]));
    const more = { Find: t("find"), Replace: t("replace"), "replace all": t("replaceAll") };
    this.view?.dispatch({
      effects: [
        named.reconfigure(naming(label, t("write"))),
        phrases.reconfigure(EditorState.phrases.of(lang === "zh" ? { ...said, ...more } : {})),
      ],
    });
  }

  /** Show a scene; the one before it is saved first. A draft of an unlucky end is taken up again. */
  async open(scene: string | null): Promise<void> {
    await this.flush();
    if (scene === null) {
      this.scene = null;
      return;
    }
    await studio.attempt(async () => {
      const [{ revision }, draft] = await Promise.all([get<Scene>(`/scenes/${scene}`), draftOf(scene)]);
      if (studio.scene !== scene || !this.view || !this.given) return;
      this.scene = scene;
      this.conflict = null;
      this.sent.clear();
      this.settle(revision?.id ?? null, revision?.text ?? "");
      const lost = draft && draft.text !== this.savedText ? draft : null;
      if (draft && !lost) void dropDraft(scene);
      const kept = this.view.state.selection;
      this.view.setState(makeState(this.savedText, this.given));
      this.speak(studio.lang, studio.node?.title ?? "");
      if (kept.main.head && kept.main.head <= this.savedText.length && !lost) this.view.dispatch({ selection: kept });
      this.view.dispatch({ effects: setAuthors.of(revision?.authorship ?? []) });
      if (lost) {
        this.revision = lost.based_on;
        this.edit([{ from: 0, to: this.savedText.length, insert: lost.text }]);
        void this.save();
      }
    });
  }

  /** Wait until a scene is open, and show a place in it. */
  async show(scene: string, span?: { start: number; end: number }) {
    for (let tries = 0; this.scene !== scene && tries < 50; tries++) await new Promise((done) => setTimeout(done, 40));
    const { view } = this;
    if (!view || this.scene !== scene) return;
    if (span && span.end <= view.state.doc.length)
      view.dispatch({ selection: { anchor: span.start, head: span.end }, effects: EditorView.scrollIntoView(span.start, { y: "center" }) });
    view.focus();
  }

  private settle(revision: string | null, text: string) {
    this.revision = revision;
    this.savedText = text;
    this.saving = "saved";
    this.length = count(text, studio.work?.lang ?? "en");
  }

  private changed(update: ViewUpdate) {
    if (update.selectionSet || update.docChanged) {
      const { from, to } = update.state.selection.main;
      this.selection = { from, to };
    }
    for (const tr of update.transactions)
      for (const effect of tr.effects) if (effect.is(untake)) this.reopen(effect.value);
    if (!update.docChanged || !this.scene) return;
    this.saving = "unsaved";
    clearTimeout(this.timer);
    clearTimeout(this.drafting);
    this.drafting = window.setTimeout(() => this.draft(), 150);
    this.timer = window.setTimeout(() => void this.save(), PAUSE);
  }

  private draft() {
    if (!this.view || !this.scene || this.saving === "saved") return;
    const text = this.text;
    this.length = count(text, studio.work?.lang ?? "en");
    void keepDraft(this.scene, { text, based_on: this.revision });
  }

  get text(): string {
    return this.view?.state.doc.toString() ?? "";
  }

  /** Save now whatever is unsaved. */
  async flush() {
    clearTimeout(this.timer);
    if (this.view && this.scene && this.saving !== "saved" && !this.conflict) await this.save();
  }

  /** Save, one request at a time. What is being composed is not text yet, so that waits. */
  save(): Promise<void> {
    clearTimeout(this.timer);
    if (this.view && composing(this.view)) {
      whenQuiet(this.view, () => void this.save());
      return Promise.resolve();
    }
    this.flight ??= this.sending().finally(() => (this.flight = null));
    return this.flight;
  }

  private async sending(): Promise<void> {
    const { view, scene } = this;
    while (view && scene && scene === this.scene && this.text !== this.savedText && !this.conflict) {
      this.saving = "saving";
      await this.keepGhosts(view);
      // From here to the request nothing waits, so the text and the places belong together.
      const text = this.text;
      const accepted = view.state
        .field(takenField)
        .map((each) => ({ ...each, suggestion: each.suggestion ?? this.kept.get(each.job!) }))
        .filter((each) => each.suggestion);
      const given = accepted.map(({ suggestion, chosen, from, to }) => ({ suggestion, chosen, start: from, end: to }));
      try {
        const body = { text, based_on: this.revision, accepted: given };
        const saved = await ask<Revision>("PUT", `/scenes/${scene}?page=${page}`, body);
        if (scene !== this.scene) return;
        this.settle(saved.id, text);
        this.length = saved.length;
        studio.grown(scene, saved.length);
        for (const each of accepted) this.sent.set(keyOf(each), each.suggestion!);
        const same = this.text === text;
        if (same) void dropDraft(scene);
        view.dispatch({
          effects: [told.of(accepted), ...(same ? [setAuthors.of(saved.authorship)] : [])],
          annotations: Transaction.addToHistory.of(false),
        });
      } catch (error) {
        if (scene === this.scene) this.refused(error);
        return;
      }
    }
    if (scene === this.scene && this.text === this.savedText) this.saving = "saved";
  }

  private refused(error: unknown) {
    const failure = error instanceof Failure ? error : null;
    const both = failure?.body as Conflict | null;
    if (failure?.status === 409 && both?.stored) {
      this.conflict = both;
      this.saving = "unsaved";
      return;
    }
    this.saving = "offline";
    this.timer = window.setTimeout(() => void this.save(), 3000);
    if (!failure) throw error;
    if (failure.status) studio.complain(failure);
  }

  /** Keep the ghosts that were taken as suggestions. */
  private async keepGhosts(view: EditorView) {
    for (const { job } of view.state.field(takenField)) {
      if (!job || this.kept.has(job)) continue;
      const kept = await post<{ suggestion: string }>(`/jobs/${job}/keep`).catch(() => null);
      if (kept) this.kept.set(job, kept.suggestion);
    }
  }

  /** Undo took the words away again, so the decision is taken back as well. */
  private reopen(undone: Taken) {
    const suggestion = this.sent.get(keyOf(undone));
    if (suggestion && this.sent.delete(keyOf(undone))) void post(`/suggestions/${suggestion}/reopen`).catch(() => {});
  }

  /** End a conflict with the writer's own text, or with the one that stands there. Both stay in the history. */
  async decide(mine: boolean) {
    const { conflict, view, scene } = this;
    if (!conflict || !view || !scene) return;
    this.conflict = null;
    this.settle(conflict.stored.id, conflict.stored.text);
    if (mine) {
      this.saving = "unsaved";
      await this.save();
    } else {
      await dropDraft(scene);
      await this.open(scene);
    }
  }

  /** Change the text as one step of undo; `accepted` says which suggestion each new piece comes from. */
  edit(changes: ChangeSpec, accepted: Taken[] = [], select?: { anchor: number; head?: number }) {
    const { view } = this;
    if (!view) return;
    whenQuiet(view, () => {
      view.dispatch({
        changes,
        selection: select,
        effects: accepted.map((each) => take.of(each)),
        userEvent: "input.complete",
        scrollIntoView: true,
      });
      // Taken words are saved before the writer goes on, so that later changes in them are known as such.
      if (accepted.length) void this.save();
    });
  }

  /** Put a proposal at the cursor. */
  insert(text: string, suggestion: string | null, chosen = 0) {
    const { view } = this;
    if (!view) return;
    whenQuiet(view, () => {
      const at = view.state.selection.main.to;
      const given = suggestion ? [{ suggestion, chosen, from: at, to: at + text.length }] : [];
      this.edit({ from: at, insert: text }, given, { anchor: at + text.length });
      view.focus();
    });
  }

  /** Make edits of a part that begins at `from`; what they bring is the suggestion's. */
  apply(from: number, edits: Edit[], suggestion: string | null, chosen = 0) {
    let shift = 0;
    const accepted: Taken[] = [];
    const changes = edits.map((edit) => {
      const start = from + edit.start + shift;
      if (suggestion && edit.new) accepted.push({ suggestion, chosen, from: start, to: start + edit.new.length });
      shift += edit.new.length - (edit.end - edit.start);
      return { from: from + edit.start, to: from + edit.end, insert: edit.new };
    });
    this.edit(changes, accepted);
    this.view?.focus();
  }

  /** What else was considered; a chosen word takes the place of the model's text from there on, and a ghost goes on. */
  private readonly oracle = {
    wanted: () => studio.settings.ai && !!this.scene && !this.conflict,
    label: () => studio.t("considered"),
    considered: async (before: string) => {
      const body = { before, scene: this.scene, lang: studio.work?.lang };
      const told = await post<{ able: boolean; considered: Choice[] }>(`/considered?page=${page}`, body);
      if (!told.able) return studio.t("notConsidered");
      return told.considered.length ? told.considered : studio.t("nothingElse");
    },
    choose: (from: number, to: number, text: string) => {
      const { view } = this;
      if (!view) return;
      whenQuiet(view, () => {
        view.dispatch({
          changes: { from, to },
          selection: { anchor: from },
          effects: askFor.of(text),
          userEvent: "delete.considered",
          scrollIntoView: true,
        });
        view.focus();
      });
    },
  };

  /** The tools beside a selection. */
  private readonly bench = {
    wanted: () => studio.settings.ai && !!this.scene && !this.conflict,
    draw: (target: HTMLElement, close: () => void) => {
      const drawn = mount(Toolbar, { target, props: { close } });
      return () => void unmount(drawn);
    },
  };

  /** Where the words at the cursor come from. */
  private readonly muse = {
    label: () => studio.t("waysOn"),
    wanted: () => studio.settings.ai && studio.settings.ghost && !!this.scene && !this.conflict,
    ask: async (wish: Wish, show: (texts: string[], job: string) => void, signal: AbortSignal) => {
      let job = "";
      let text = "";
      const stop = () => job && void post(`/jobs/${job}/cancel`).catch(() => {});
      signal.addEventListener("abort", stop);
      const body = { ...wish, work: studio.work?.id, scene: this.scene, lang: studio.work?.lang };
      for await (const { event, data } of events("POST", "/ghost", body, signal)) {
        if (event === "started") job = data.job;
        else if (event === "piece") show([(text += data.text)], job);
        else if (event === "result")
          show(data.alternatives.length ? data.alternatives.map((each: { text: string }) => each.text) : [text], job);
      }
      signal.removeEventListener("abort", stop);
    },
  };
}

export const manuscript = new Manuscript();
