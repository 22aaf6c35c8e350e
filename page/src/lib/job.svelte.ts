/** One run of a tool: what it has written so far, what came of it, and a way to stop it. */

import { events, Failure, post, type Sent, type Told } from "./api";
import type { Alternative, Seen } from "./kinds";

/** The part of a scene that a tool was given; kept at its place by the editor. */
export interface Source {
  scene: string | null;
  from: number;
  to: number;
  text: string;
}

/** A step of a recipe that is done. */
export interface Done {
  id: string;
  text: string;
  files: string[];
  resumed: boolean;
}

interface Home {
  complain(error: unknown): void;
}

export class Job {
  id = $state("");
  tool = $state("");
  text = $state("");
  step = $state("");
  alternatives: Alternative[] = $state([]);
  suggestion: string | null = $state(null);
  asked: { text: string; tokens: number }[] = $state([]);
  seen: Seen | null = $state.raw(null);
  /** Of a recipe: the step at work, those that are done, and where their files lie. */
  at = $state("");
  done: Done[] = $state([]);
  run = $state("");
  warnings: string[] = $state([]);
  failed: Told | null = $state(null);
  over = $state(false);
  /** Whether the answer is to be shown as changes of its source. */
  compare = false;
  source: Source | null = $state.raw(null);
  /** Kept when nothing more will come. */
  ended: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(private readonly home: Home) {}

  /** Begin a run. */
  static begun(home: Home, tool: string, body: unknown, source: Source | null): Job {
    const job = new Job(home);
    job.tool = tool;
    job.source = source;
    job.ended = job.follow("POST", `/tools/${tool}`, body);
    return job;
  }

  /** Begin a recipe, or go on with it where it stopped. */
  static made(home: Home, recipe: string, body: unknown): Job {
    const job = new Job(home);
    job.tool = `recipe:${recipe}`;
    job.ended = job.follow("POST", `/recipes/${recipe}`, body);
    return job;
  }

  /** Go on reading a run that was begun before the page was loaded. */
  static found(home: Home, told: { id: string; kind: string; about: Record<string, any> }): Job {
    const job = new Job(home);
    job.id = told.id;
    job.tool = told.kind;
    const { scene, start, end } = told.about;
    if (scene && start != null) job.source = { scene, from: start, to: end ?? start, text: "" };
    job.ended = job.follow("GET", `/jobs/${told.id}/events`, undefined);
    return job;
  }

  async stop() {
    if (this.id) await post(`/jobs/${this.id}/cancel`).catch(() => {});
    else this.stopping.abort();
  }

  private async follow(method: string, path: string, body: unknown) {
    try {
      for await (const sent of events(method, path, body, this.stopping.signal)) this.hear(sent);
    } catch (error) {
      if (error instanceof Failure && error.status) this.failed = error.told;
      else if (error instanceof Failure) this.home.complain(error);
    }
    if (!this.alternatives.length && this.text.trim())
      this.alternatives = [{ text: this.text, measures: [], data: { unfinished: true } }];
    this.over = true;
  }

  private hear({ event, data }: Sent) {
    if (event === "started") this.id = data.job;
    else if (event === "progress") this.step = data.text;
    else if (event === "seen") this.seen = data;
    else if (event === "step") this.at = data.id;
    else if (event === "step_done") this.done.push(data);
    else if (event === "piece") this.text = data.restart ? data.text : this.text + data.text;
    else if (event === "asked") this.asked.push(data);
    else if (event === "warned") this.warnings.push(data.text);
    else if (event === "kept") this.suggestion = data.suggestion;
    else if (event === "failed") this.failed = data;
    else if (event === "result") {
      this.alternatives = data.alternatives.filter((each: Alternative) => each.text.trim());
      this.suggestion = data.suggestion ?? null;
      this.run = data.run ?? "";
    }
  }
}
