/** Dictation: a recording made in the page and written down by the studio. The words are the writer's own. */

import { aloud } from "./aloud.svelte";
import { events, Failure, post, type Told } from "./api";
import type { Lang } from "./kinds";
import { manuscript } from "./manuscript.svelte";
import { studio } from "./studio.svelte";
import type { Word } from "./words";

/** Seconds; what comes of it stays well below what the studio takes at once. */
const LONGEST = 30 * 60;
const BITS = 48_000;

class Dictation {
  state: "idle" | "recording" | "writing" | "done" = $state("idle");
  seconds = $state(0);
  /** What is spoken; "" for either language or both, which takes longer. */
  language: Lang | "" = $state((localStorage.getItem("spoken") ?? "") as Lang | "");
  /** How much of the recording is written down, 0 to 1. */
  share = $state(0);
  text = $state("");
  failed: Told | null = $state.raw(null);
  /** Kept until its words are taken or thrown away: what was said must not be lost. */
  sound: Blob | null = $state.raw(null);
  private recorder: MediaRecorder | null = null;
  private stopping = new AbortController();

  choose(language: Lang | "") {
    this.language = language;
    localStorage.setItem("spoken", language);
  }

  toggle() {
    if (this.state === "recording") this.end();
    else if (this.state !== "writing") void this.begin();
  }

  async begin() {
    this.failed = null;
    if (!navigator.mediaDevices || !("MediaRecorder" in window)) return this.refuse("microphoneUnsafe");
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch (error) {
      return this.refuse((error as Error).name === "NotAllowedError" ? "microphoneRefused" : "noMicrophone");
    }
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS });
    const pieces: Blob[] = [];
    const began = Date.now();
    this.seconds = 0;
    const timer = window.setInterval(() => {
      this.seconds = Math.round((Date.now() - began) / 1000);
      if (this.seconds >= LONGEST) this.end();
    }, 250);
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
      this.sound = new Blob(pieces);
      void this.send();
    };
    // The microphone would hear it.
    aloud.pause();
    this.recorder = recorder;
    this.state = "recording";
    recorder.start(1000);
    // What takes long to load is loaded while one speaks.
    void post("/dictation/ready").catch(() => {});
  }

  end() {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  /** Have the recording written down, for the first time or again. */
  async send() {
    if (!this.sound) return;
    this.state = "writing";
    this.text = "";
    this.share = 0;
    this.failed = null;
    this.stopping = new AbortController();
    const query = new URLSearchParams({
      ...(studio.work ? { work: studio.work.id } : {}),
      ...(this.language ? { language: this.language } : {}),
    });
    try {
      for await (const { event, data } of events("POST", `/dictation?${query}`, this.sound, this.stopping.signal)) {
        if (event === "piece") this.text += data.text;
        else if (event === "progress") this.share = data.step / Math.max(1, data.total);
        else if (event === "failed") this.failed = data;
      }
    } catch (error) {
      if (error instanceof Failure && error.status) this.failed = error.told;
      else if (error instanceof Failure) studio.complain(error);
    }
    this.state = "done";
  }

  drop() {
    this.stopping.abort();
    this.state = "idle";
    this.text = "";
    this.sound = this.failed = null;
  }

  /** Put what was said at the cursor. */
  take() {
    const { view } = manuscript;
    if (!view) return;
    const before = view.state.sliceDoc(0, view.state.selection.main.to).slice(-1);
    const space = /[\p{L}\p{N}\p{P}]/u.test(before) && /^[\p{Script=Latin}\d]/u.test(this.text) && !/[（“‘([]/.test(before);
    manuscript.insert((space ? " " : "") + this.text, null);
    this.drop();
  }

  /** Whether a key of the page was meant for this. */
  key(event: KeyboardEvent): boolean {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyR" || !manuscript.scene) return false;
    studio.panel = "aloud";
    this.toggle();
    return true;
  }

  private refuse(word: "noMicrophone" | "microphoneRefused" | "microphoneUnsafe") {
    const { t } = studio;
    const hint = `${word}Hint` as Word;
    this.failed = { code: `page.${word}`, message: t(word), hint: t(hint), retryable: true, partial: "" };
  }
}

export const dictation = new Dictation();
