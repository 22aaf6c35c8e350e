/** Reading aloud from the cursor on, or the selection: one sentence is heard while the next one is made. */

import { EditorView } from "@codemirror/view";
import { untrack } from "svelte";
import { sentenceAt, setReading, setSentence, type Sentence } from "../editor/aloud";
import { whenQuiet } from "../editor/quiet";
import { paint, wordAt } from "../editor/spoken";
import { askBlob, Failure, post, type Told } from "./api";
import type { Lang } from "./kinds";
import { manuscript } from "./manuscript.svelte";
import { studio } from "./studio.svelte";

/** So many sentences are made ahead: behind a short one may come a long one. */
const AHEAD = 3;
/** So many clips are kept, so that one can go back a sentence. */
const KEPT = 8;

interface Chosen {
  voices: Partial<Record<Lang, string>>;
  speed: number;
  /** Whether the next scene follows. */
  onward: boolean;
}

class Aloud {
  state: "idle" | "loading" | "playing" | "paused" = $state("idle");
  nothing = $state(false);
  failed: Told | null = $state.raw(null);
  chosen: Chosen = $state({ voices: {}, speed: 1, onward: false, ...JSON.parse(localStorage.getItem("aloud") ?? "{}") });
  private readonly audio = new Audio();
  /** Clips by what was asked for; `stop` ends the making of one. */
  private readonly clips = new Map<string, { made: Promise<string | null>; stop: AbortController | null }>();
  /** Each beginning, jump and stop is a run of its own; what an earlier one waits for is of no account. */
  private run = 0;
  private at = 0;
  private cursor = 0;
  /** Whether only a part was asked for. */
  private part = false;
  /** Whether a clip is being heard, or would be but for the pause. */
  private sounding = false;
  private goOn: (() => void) | null = null;
  private halt = () => {};

  constructor() {
    $effect.root(() => {
      $effect(() => {
        if (studio.scene || !studio.scene) untrack(() => this.stop());
      });
    });
  }

  get active() {
    return this.state !== "idle";
  }

  /** Play, pause, and go on. */
  toggle() {
    if (this.state === "idle") void this.begin();
    else if (this.state === "paused") this.resume();
    else this.pause();
  }

  async begin() {
    const { view } = manuscript;
    if (!view || !manuscript.scene) return;
    this.stop();
    const run = ++this.run;
    this.state = "loading";
    this.failed = null;
    this.nothing = false;
    this.cursor = view.state.selection.main.head;
    const { from, to } = view.state.selection.main;
    const found = await this.trying(run, () => {
      const body = { text: manuscript.text, start: from, lang: studio.work?.lang ?? "en" };
      return post<(Omit<Sentence, "from" | "to"> & { start: number; end: number })[]>("/aloud", body);
    });
    if (run !== this.run || !found) return;
    const all = found.map(({ start, end, lang, pause }) => ({ from: start, to: end, lang, pause }));
    this.part = from < to;
    const sentences = this.part ? all.filter((each) => each.from < to) : all;
    if (!sentences.length) {
      this.stop();
      this.nothing = true;
      studio.panel = "aloud";
      return;
    }
    // Where the panel lies over the text, it makes way.
    if (studio.panel === "aloud" && !matchMedia("(min-width: 1100px)").matches) studio.panel = null;
    view.dispatch({ effects: setReading.of(sentences) });
    this.listenToKeys();
    await this.read(run, 0);
  }

  pause() {
    if (this.state === "idle") return;
    this.state = "paused";
    this.audio.pause();
  }

  resume() {
    this.state = "playing";
    if (this.goOn) this.goOn();
    else if (this.sounding) void this.audio.play().catch(() => {});
    this.goOn = null;
  }

  stop() {
    this.run++;
    this.hush();
    this.leave();
    if (this.state === "idle") return;
    this.state = "idle";
    const { view } = manuscript;
    if (view) whenQuiet(view, () => view.dispatch({ effects: setReading.of(null) }));
  }

  /** To the next sentence, the one before, or the same one anew. */
  step(by: -1 | 0 | 1) {
    if (!this.active) return;
    this.hush();
    void this.read(++this.run, Math.max(0, this.at + by));
  }

  choose(given: Partial<Chosen>) {
    this.chosen = { ...this.chosen, ...given };
    localStorage.setItem("aloud", JSON.stringify(this.chosen));
    if (this.state === "playing") this.step(0);
  }

  /** Whether a key of the page was meant for this. */
  key(event: KeyboardEvent): boolean {
    if (!event.altKey || event.ctrlKey || event.metaKey || !manuscript.scene) return false;
    if (event.code === "KeyP") {
      if (event.shiftKey) this.stop();
      else this.toggle();
    } else if (this.active && event.code === "Period") this.step(1);
    else if (this.active && event.code === "Comma") this.step(-1);
    else return false;
    return true;
  }

  private async read(run: number, at: number) {
    const { view } = manuscript;
    for (; view && run === this.run; at++) {
      const sentence = sentenceAt(view, at);
      if (!sentence) return void this.turn();
      this.at = at;
      if (this.state !== "paused") this.state = "loading";
      const next = Array.from({ length: AHEAD }, (_, step) => sentenceAt(view, at + 1 + step)).filter((each) => each !== null);
      this.leave(sentence, ...next);
      const url = await this.trying(run, () => this.clip(sentence));
      if (run !== this.run) return;
      if (url === undefined) return this.stop();
      this.show(view, at);
      for (const each of next) this.clip(each).catch(() => {});
      if (!url) continue;
      await this.unpaused();
      if (run !== this.run) return;
      this.state = "playing";
      const following = window.setInterval(() => this.follow(view, at), 80);
      await this.heard(url);
      clearInterval(following);
      paint(view, null);
      if (run !== this.run) return;
      await new Promise((done) => setTimeout(done, (1000 * sentence.pause) / this.chosen.speed));
    }
  }

  /** Let nobody make what is no longer wanted. */
  private leave(...wanted: { text: string; lang: Lang }[]) {
    const kept = wanted.map((each) => this.keyOf(each));
    for (const [key, { stop }] of [...this.clips]) if (stop && !kept.includes(key)) this.drop(key);
  }

  /** No sound, and no clip that waits to be heard. */
  private hush() {
    this.audio.pause();
    this.sounding = false;
    this.goOn = null;
    this.halt();
  }

  /** Paint the word that is heard. */
  private follow(view: EditorView, at: number) {
    const sentence = sentenceAt(view, at);
    const { currentTime, duration } = this.audio;
    if (!sentence || !duration) return;
    const word = wordAt(sentence.text, sentence.lang, currentTime / duration);
    paint(view, word && { from: sentence.from + word.from, to: sentence.from + word.to });
  }

  /** At the end of a scene: stop, or go on with the next that has a text, unless the writer works in this one. */
  private async turn() {
    const busy = manuscript.view?.state.selection.main.head !== this.cursor;
    this.stop();
    const scenes = studio.work?.outline.filter((node) => node.kind === "scene") ?? [];
    const here = scenes.findIndex((node) => node.id === studio.scene);
    const next = scenes.slice(here + 1).find((node) => studio.work?.lengths[node.id]);
    if (!next || !this.chosen.onward || this.part || busy) return;
    studio.pick(next.id);
    await manuscript.show(next.id, { start: 0, end: 0 });
    if (studio.scene === next.id) await this.begin();
  }

  private unpaused(): Promise<void> {
    return this.state === "paused" ? new Promise((done) => (this.goOn = done)) : Promise.resolve();
  }

  private heard(url: string): Promise<void> {
    return new Promise((done) => {
      this.sounding = true;
      this.halt = done;
      this.audio.onended = this.audio.onerror = () => {
        this.sounding = false;
        done();
      };
      this.audio.src = url;
      // A browser may want a click first; then the button says that it waits for one.
      this.audio.play().catch((error: Error) => error.name === "NotAllowedError" && this.pause());
    });
  }

  private clip(wanted: { text: string; lang: Lang }): Promise<string | null> {
    const key = this.keyOf(wanted);
    const known = this.clips.get(key);
    if (known) return known.made;
    const stop = new AbortController();
    const made = wanted.text.trim() ? this.make(key, stop) : Promise.resolve(null);
    this.clips.set(key, { made, stop });
    made.catch(() => this.clips.delete(key));
    for (const old of [...this.clips.keys()].slice(0, -KEPT)) this.drop(old);
    return made;
  }

  private async make(key: string, { signal }: AbortController): Promise<string | null> {
    const blob = await askBlob("POST", "/aloud/clip", JSON.parse(key), signal);
    const clip = this.clips.get(key);
    if (clip) clip.stop = null;
    return blob && URL.createObjectURL(blob);
  }

  private drop(key: string) {
    const clip = this.clips.get(key);
    this.clips.delete(key);
    clip?.stop?.abort();
    void clip?.made.then((url) => url && url !== this.audio.src && URL.revokeObjectURL(url)).catch(() => {});
  }

  private keyOf({ text, lang }: { text: string; lang: Lang }): string {
    const { voices, speed } = this.chosen;
    return JSON.stringify({ text: text.slice(0, 1000), lang, voice: voices[lang] ?? null, speed });
  }

  /** Light a sentence, and keep it in sight unless the writer went elsewhere. */
  private show(view: EditorView, at: number) {
    whenQuiet(view, () => {
      const sentence = sentenceAt(view, at);
      if (!sentence || !this.active) return;
      const follow = view.state.selection.main.head === this.cursor;
      const scroll = EditorView.scrollIntoView(sentence.from, { y: "nearest", yMargin: 150 });
      view.dispatch({ effects: [setSentence.of(at), ...(follow ? [scroll] : [])] });
    });
  }

  private async trying<T>(run: number, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      if (run !== this.run) return undefined;
      if (!(error instanceof Failure)) throw error;
      this.stop();
      if (!error.status) studio.complain(error);
      else {
        this.failed = error.told;
        studio.panel = "aloud";
      }
      return undefined;
    }
  }

  /** The keys for sound on a keyboard or headset. */
  private listenToKeys() {
    const { mediaSession } = navigator;
    if (!mediaSession) return;
    mediaSession.setActionHandler("play", () => this.resume());
    mediaSession.setActionHandler("pause", () => this.pause());
    mediaSession.setActionHandler("stop", () => this.stop());
    mediaSession.setActionHandler("nexttrack", () => this.step(1));
    mediaSession.setActionHandler("previoustrack", () => this.step(-1));
  }
}

export const aloud = new Aloud();
