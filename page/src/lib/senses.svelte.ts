/** Whether this studio can read aloud and listen, and how what is missing comes here. */

import { events, get, post, type Told } from "./api";
import type { Lang } from "./kinds";
import { studio } from "./studio.svelte";

export type Sense = "aloud" | "dictation";
interface Weights {
  id: string;
  size: number;
  licence: string;
}
export interface Voice {
  id: string;
  lang: Lang;
  woman: boolean;
}
type Known = Record<Sense, { missing: Told | null; weights: Weights }> & { voices: Voice[] };

class Senses {
  known: Known | null = $state.raw(null);
  /** What is being fetched: bytes that came, of how many. */
  fetching: Record<string, { done: number; total: number; job: string }> = $state({});
  failed: Told | null = $state.raw(null);

  async look() {
    await studio.attempt(async () => (this.known = await get<Known>("/senses")));
  }

  async fetch({ id, size }: Weights) {
    this.failed = null;
    this.fetching[id] = { done: 0, total: size, job: "" };
    const now = this.fetching[id];
    try {
      for await (const { event, data } of events("POST", `/senses/weights/${id}`, {}, new AbortController().signal)) {
        if (event === "started") now.job = data.job;
        else if (event === "progress") now.done = data.step;
        else if (event === "failed") this.failed = data;
      }
    } catch (error) {
      studio.complain(error);
    }
    delete this.fetching[id];
    await this.look();
  }

  stop({ id }: Weights) {
    const job = this.fetching[id]?.job;
    if (job) void post(`/jobs/${job}/cancel`).catch(() => {});
  }
}

export const senses = new Senses();
