/** What the whole page shares: the session, the settings, the works, and which of them is open. */

import { ask, events, Failure, get, page, post, type Told } from "./api";
import type { Lang, Node, OpenWork, Settings, Tool, Work } from "./kinds";
import { Job } from "./job.svelte";
import { values, words, type Word } from "./words";

export type Panel =
  | "tools"
  | "findings"
  | "talk"
  | "verse"
  | "recipes"
  | "plan"
  | "bible"
  | "history"
  | "search"
  | "publish"
  | "play"
  | "measures"
  | "voice"
  | "aloud"
  | "foryou"
  | "settings";
export type Door = "opening" | "in" | "password" | "shut" | "away";

interface State {
  language: Lang;
  settings: Settings;
  engine: Engine;
  work: string | null;
  jobs: { id: string; kind: string; page: string; about: Record<string, any> }[];
}
interface Engine {
  model: string;
  state: string;
  error: Told | null;
}

/** The writer's day, as the desk writes it: 2026-01-31. */
export const today = (): string => new Date().toLocaleDateString("sv");

class Studio {
  door: Door = $state("opening");
  settings: Settings = $state({
    language: "auto",
    theme: "auto",
    ai: true,
    ghost: true,
    findings: true,
    authorship: false,
    model: "",
    strength: null,
    font_size: 18,
  });
  engine: Engine | null = $state(null);
  works: Work[] = $state([]);
  tools: Tool[] = $state([]);
  work: OpenWork | null = $state(null);
  scene: string | null = $state(null);
  panel: Panel | null = $state(null);
  /** Whether the outline is shown where the window is too narrow for it. */
  drawer = $state(false);
  trouble: Told | null = $state(null);
  jobs: Job[] = $state([]);
  /** A tool that was chosen beside the selection, with what is given to it. */
  asked: { tool: string; given: Record<string, unknown> } | null = $state.raw(null);

  lang: Lang = $derived(
    this.settings.language === "auto" ? (navigator.language.startsWith("zh") ? "zh" : "en") : this.settings.language,
  );
  node: Node | null = $derived(this.work?.outline.find((each) => each.id === this.scene) ?? null);
  length: number = $derived(Object.values(this.work?.lengths ?? {}).reduce((sum, each) => sum + each, 0));

  /** A word of the page. */
  t = (word: Word): string => words[this.lang][word];
  /** One of the values that a field takes, in the language of the page. */
  value = (value: string): string => (this.lang === "zh" && values[value]) || value;
  /** A title, or that there is none. */
  titled = (title: string): string => title || this.t("untitled");

  /** The keys of the page, for the list of them. */
  readonly keys: [string, Word][] = [
    ["Ctrl+Enter", "keyGhost"],
    ["Tab", "keyTake"],
    ["Ctrl+→", "keyWord"],
    ["Alt+], Alt+[", "keyWays"],
    ["Esc", "keyDismiss"],
    ["Alt+S", "keyToolbar"],
    ["Alt+Enter", "considered"],
    ["F8, Shift+F8", "keyFindings"],
    ["Ctrl+.", "keyCure"],
    ["Alt+P, Alt+Shift+P", "keyAloud"],
    ["Alt+., Alt+,", "keySentence"],
    ["Alt+R", "keyDictate"],
    ["Alt+1 … 0", "keyPanels"],
    ["F6", "keyRooms"],
    ["Alt+↑ ↓, F2, Del", "keyOutline"],
    ["Ctrl+F", "find"],
    ["Ctrl+S", "save"],
  ];

  /** Listeners for texts that were saved by another page. */
  elsewhere: (scene: string, revision: string) => void = () => {};

  /** Come in by the token in the fragment of the address, and show the work that it names. */
  async open() {
    const given = new URLSearchParams(location.hash.slice(1));
    const token = given.get("token");
    if (location.hash) history.replaceState(null, "", location.pathname);
    try {
      if (token) await post("/session", { token });
      await this.begin(given.get("work"));
    } catch (error) {
      await this.shut(error);
    }
  }

  async begin(named: string | null = null) {
    const state = await get<State>("/state");
    this.settings = state.settings;
    this.engine = state.engine;
    this.door = "in";
    this.panel ??= matchMedia("(min-width: 1100px)").matches ? "tools" : null;
    void this.listen();
    void get<Tool[]>("/tools").then((tools) => (this.tools = tools));
    this.works = await get<Work[]>("/works");
    const [, , id, scene] = location.pathname.split("/");
    const wanted = named ?? id ?? state.work;
    if (wanted && this.works.some((work) => work.id === wanted)) await this.show(wanted, scene ?? null);
    for (const job of state.jobs) if (job.page === page && !/^(ghost|check|dictation|weights:.*)$/.test(job.kind)) this.jobs.push(Job.found(this, job));
    addEventListener("popstate", () => {
      const [, , id, scene] = location.pathname.split("/");
      void (id ? this.show(id, scene ?? null, false) : this.leave(false));
    });
    addEventListener("pagehide", () => navigator.sendBeacon(`/api/pages/${page}/leave`));
  }

  private async shut(error: unknown) {
    const health = await get<{ password: boolean }>("/health").catch(() => null);
    const failed = error instanceof Failure ? error : null;
    if (!health || !failed) this.door = "away";
    else this.door = failed.status === 401 && health.password ? "password" : "shut";
    if (failed && failed.status && failed.status !== 401) this.trouble = failed.told;
  }

  async enter(password: string) {
    await this.attempt(async () => {
      await post("/login", { password });
      await this.begin();
    });
  }

  /** Do something, and show what went wrong. Whether it was done. */
  attempt = async (act: () => Promise<unknown>): Promise<boolean> => {
    try {
      await act();
      return true;
    } catch (error) {
      this.complain(error);
      return false;
    }
  };

  complain(error: unknown) {
    if (!(error instanceof Failure)) throw error;
    this.trouble = error.status ? error.told : { ...error.told, message: this.t("away") };
    if (error.status === 401) this.door = "shut";
  }

  async show(id: string, scene: string | null = null, remember = true) {
    await this.attempt(async () => {
      const work = await get<OpenWork>(`/works/${id}`);
      const scenes = work.outline.filter((node) => node.kind === "scene");
      this.work = work;
      this.scene = scenes.find((node) => node.id === scene)?.id ?? scenes[0]?.id ?? null;
      if (remember) this.remember();
    });
  }

  pick(scene: string) {
    this.scene = scene;
    this.drawer = false;
    this.remember();
  }

  async leave(remember = true) {
    this.work = this.scene = null;
    if (remember) this.remember();
    await this.attempt(async () => (this.works = await get<Work[]>("/works")));
  }

  /** Read the outline and the lengths of the open work anew. */
  async refresh() {
    const id = this.work?.id;
    if (!id) return;
    const work = await get<OpenWork>(`/works/${id}`);
    if (this.work?.id !== id) return;
    this.work = work;
    if (this.scene && !work.outline.some((node) => node.id === this.scene)) this.scene = null;
  }

  /** A scene has been saved at this length; what was written today grows with it. */
  grown(scene: string, length: number) {
    if (!this.work) return;
    const { lengths, written } = this.work;
    const day = today();
    this.work.written = { ...written, [day]: (written[day] ?? 0) + length - (lengths[scene] ?? 0) };
    this.work.lengths = { ...lengths, [scene]: length };
  }

  private remember() {
    const path = this.work ? `/w/${this.work.id}${this.scene ? `/${this.scene}` : ""}` : "/";
    if (path !== location.pathname) history.pushState(null, "", path);
  }

  async change(given: Partial<Settings>) {
    await this.attempt(async () => (this.settings = await ask<Settings>("PATCH", "/settings", given)));
  }

  /** News from the server for as long as the page is open; holding it open keeps this page's jobs alive. */
  private async listen() {
    for (let wait = 500; this.door === "in"; wait = Math.min(wait * 2, 8000)) {
      try {
        for await (const { event, data } of events("GET", "/events", undefined, new AbortController().signal)) {
          wait = 500;
          if (event === "settings") this.settings = data;
          else if (event === "engine") this.engine = data;
          else if (event === "saved") this.hear(data);
        }
      } catch (error) {
        if (error instanceof Failure && error.status === 401) this.door = "shut";
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  private hear(saved: { scene: string; work: string; revision: string; page: string }) {
    if (saved.page === page) return;
    if (saved.work === this.work?.id) void this.refresh().catch(() => {});
    this.elsewhere(saved.scene, saved.revision);
  }
}

export const studio = new Studio();
