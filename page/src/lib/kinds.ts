/** What the server answers, as far as the page reads it. Places are UTF-16 units. */

export type Lang = "zh" | "en";
export type Both = Record<Lang, string>;

export interface Settings {
  language: "auto" | Lang;
  theme: "auto" | "light" | "dark";
  ai: boolean;
  ghost: boolean;
  findings: boolean;
  authorship: boolean;
  model: string;
  strength: number | null;
  font_size: number;
}

export interface Work {
  id: string;
  title: string;
  kind: string;
  lang: Lang;
  brief: Record<string, string>;
  changed: string;
}

export interface Node {
  id: string;
  parent: string | null;
  kind: "part" | "chapter" | "scene";
  title: string;
  summary: string;
  status: "planned" | "draft" | "done";
  pov: string | null;
}

export interface OpenWork extends Work {
  outline: Node[];
  lengths: Record<string, number>;
  goals: { scene: string | null; period: "day" | "total"; amount: number }[];
  written: Record<string, number>;
}

export type Author = "writer" | "model" | "model_edited";
export interface Run {
  start: number;
  end: number;
  author: Author;
}

export interface RevisionInfo {
  id: string;
  number: number;
  cause: string;
  at: string;
  length: number;
}

export interface Revision extends RevisionInfo {
  text: string;
  authorship: Run[];
}

export interface Scene {
  node: Node;
  revision: Revision | null;
}

export interface Schema {
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  items?: Schema;
  default?: unknown;
  description?: Both;
  minimum?: number;
  maximum?: number;
  title?: string;
}

export interface Tool {
  id: string;
  names: Both;
  help: Both;
  main: string;
  schema: { properties: Record<string, Schema>; required?: string[] };
}

export interface Measure {
  name: string;
  value: number;
  unit: string;
}

export interface Alternative {
  text: string;
  measures: Measure[];
  data: Record<string, unknown>;
}

export interface Edit {
  start: number;
  end: number;
  new: string;
}

export interface Form {
  id: string;
  lang: Lang;
  kind: string;
  names: Both;
  about: Both;
}

export interface Mark {
  start: number;
  end: number;
  text: string;
  expected: string;
  found: string;
  reading: string;
  ok: boolean;
}

/** What is found in a poem. */
export interface Fault {
  start: number;
  end: number;
  code: string;
  severity: string;
  message: string;
}

interface Spot {
  scene: string;
  start: number;
  end: number;
  quote: string;
}

/** What a critic says of words of a scene; a cure is all of its fixes together. */
export interface Finding extends Spot {
  key: string;
  critic: string;
  critic_name: string;
  code: string;
  severity: "error" | "warning" | "hint";
  cheap: boolean;
  before: string;
  after: string;
  text: string;
  hint: string;
  evidence: Spot[];
  fixes: { start: number; end: number; new: string }[];
}

export interface Scan {
  lang: Lang;
  form: string | null;
  variant: string;
  holds: boolean;
  lines: { start: number; end: number; marks: Mark[]; rhyme: string; group: string }[];
  findings: Fault[];
  near: { form: string; errors: number }[];
}

export interface Entry {
  id: string;
  kind: "character" | "place" | "thing" | "note";
  names: { text: string; lang: Lang | null; role: string }[];
  description: string;
  private: string;
}

export interface Fact {
  id: string;
  entry: string;
  text: string;
  from_scene: string | null;
  secret: boolean;
  knowers: { entry: string; from_scene: string | null }[];
}

/** What a model saw, or would see: part by part, and what was left out. */
export interface Seen {
  budget: number;
  tokens: number;
  parts: Part[];
  left_out: Part[];
}
export interface Part {
  kind: string;
  name: string;
  text: string;
  tokens: number;
  reason: string | null;
}

export interface Branch {
  id: string;
  name: string;
  chosen: boolean;
  created: string;
  closed: string | null;
  head: string;
}

export interface Recipe {
  id: string;
  names: Both;
  about: Both;
  steps: { id: string; tool: string; names: Both }[];
}

export type Shown = ["same" | "del" | "ins", string][];

export interface Bible {
  entries: Entry[];
  relations: { id: string; source: string; target: string; kind: string }[];
  facts: Fact[];
}
