/** What the critics say of the open scene and of the whole work, and what the writer decides about it. */

import { dropFindings, lookFor, placeOf, showFinding, type Critic, type Reach } from "../editor/findings";
import { ask, events, Failure, get, post } from "./api";
import type { Finding } from "./kinds";
import { manuscript } from "./manuscript.svelte";
import { studio } from "./studio.svelte";

interface Report {
  findings: Finding[];
  gaps: { code: string; text: string }[];
  waived: number;
}

class Critics implements Critic {
  /** What stands in the open scene, in its order. */
  here: Finding[] = $state.raw([]);
  /** What was found in other scenes when the whole work was last looked at. */
  elsewhere: Finding[] = $state.raw([]);
  gaps: string[] = $state.raw([]);
  /** How many were called intended. */
  waived = $state(0);
  busy: Reach | null = $state(null);
  /** Of a long look: how far it is, from 0 to 1, its job, and whether the model reads too. */
  share = $state(0);
  deep = $state(false);
  private job = "";
  private dismissed = new Set<string>(JSON.parse(sessionStorage.getItem("dismissed") ?? "[]"));

  wanted = () => studio.settings.findings && !!manuscript.scene && !manuscript.conflict;

  /** Critics told in one breath must not end the writer's own work, so only what the writer asked for complains. */
  look = async (text: string, reach: Reach): Promise<Finding[] | null> => {
    const { scene } = manuscript;
    if (!scene) return null;
    if (reach !== "typing") this.busy = reach;
    try {
      const report = reach === "typing" ? await post<Report>("/check", { scene, text, reach }) : await this.long(scene, text, reach);
      if (!report) return null;
      if (scene !== manuscript.scene) return null;
      const found = report.findings.filter((each) => !this.dismissed.has(each.key));
      if (reach !== "typing") {
        this.gaps = report.gaps.map((each) => each.text);
        this.elsewhere = found.filter((each) => each.scene !== scene);
      }
      this.waived = report.waived;
      const mine = found.filter((each) => each.scene === scene);
      return reach === "typing" ? [...mine, ...this.awaited(scene, text)] : mine;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (reach !== "typing") studio.complain(error);
      return null;
    } finally {
      if (reach !== "typing") this.busy = null;
    }
  };

  /** A look that takes long, with progress and a stop; null if it failed, which was told. */
  private async long(scene: string, text: string, reach: Reach): Promise<Report | null> {
    let report: Report | null = null;
    this.share = 0;
    for await (const { event, data } of events("POST", "/check/job", { scene, text, reach, deep: this.deep }, new AbortController().signal)) {
      if (event === "started") this.job = data.job;
      else if (event === "progress") this.share = data.step / Math.max(1, data.total);
      else if (event === "checked") report = data;
      else if (event === "failed") studio.trouble = data;
    }
    this.job = "";
    return report;
  }

  stop = () => this.job && post(`/jobs/${this.job}/cancel`).catch(() => {});

  /** What a look at the whole work found in a scene that is opened only now, where its words still stand. */
  private awaited(scene: string, text: string): Finding[] {
    const mine = this.elsewhere.filter((each) => each.scene === scene);
    if (mine.length) this.elsewhere = this.elsewhere.filter((each) => each.scene !== scene);
    return mine.filter((each) => !each.cheap && text.slice(each.start, each.end) === each.quote);
  }

  told = (now: Finding[]) => {
    this.here = now;
  };

  /** The writer has switched the underlines on or off, or reads another language. */
  follow(on: boolean) {
    const effects = on ? lookFor.of("typing") : dropFindings.of(this.here.map((each) => each.key));
    if (manuscript.scene) manuscript.view?.dispatch({ effects });
  }

  async check(reach: Reach) {
    // The other scenes are read as they are saved.
    if (reach === "work") await manuscript.flush();
    manuscript.view?.dispatch({ effects: lookFor.of(reach) });
  }

  /** Show where a finding stands, in whatever scene. */
  async show(finding: Finding) {
    if (finding.scene !== manuscript.scene) {
      studio.pick(finding.scene);
      await manuscript.show(finding.scene, finding);
      return;
    }
    const { view } = manuscript;
    const place = view && placeOf(view, finding.key);
    if (view && place) showFinding(view, place, this);
  }

  /** Whether the words that the cure speaks of still stand where it expects them. */
  private cureOf(finding: Finding): { changes: { from: number; to: number; insert: string }[]; at: number } | null {
    const { view } = manuscript;
    const place = view && placeOf(view, finding.key);
    if (!view || !place || !finding.fixes.length || view.state.sliceDoc(place.from, place.to) !== finding.quote) return null;
    const moved = place.from - finding.start;
    const length = view.state.doc.length;
    const changes = finding.fixes.map((fix) => ({ from: fix.start + moved, to: fix.end + moved, insert: fix.new }));
    if (changes.some((each) => each.from < 0 || each.to > length)) return null;
    return { changes, at: place.from };
  }

  /** Make the change that a finding proposes; undo takes it back. */
  cure(finding: Finding) {
    const cure = this.cureOf(finding);
    if (!cure) return;
    manuscript.edit(cure.changes);
    this.drop(finding.key);
  }

  /** Remember that it was meant so. */
  async intend(finding: Finding) {
    const work = studio.work?.id;
    const { key, code, quote } = finding;
    const kept = await studio.attempt(() => post(`/works/${work}/intended`, { key, code, quote: quote.slice(0, 200) }));
    if (kept) this.drop(key);
    if (kept) this.waived += 1;
  }

  /** Hear no more of it until the page is opened anew. */
  dismiss(finding: Finding) {
    this.dismissed.add(finding.key);
    sessionStorage.setItem("dismissed", JSON.stringify([...this.dismissed]));
    this.drop(finding.key);
  }

  intended = () => get<{ key: string; code: string; quote: string }[]>(`/works/${studio.work?.id}/intended`);

  async regret(key: string) {
    await studio.attempt(() => ask("DELETE", `/works/${studio.work?.id}/intended/${key}`));
    manuscript.view?.dispatch({ effects: lookFor.of("typing") });
  }

  private drop(key: string) {
    this.elsewhere = this.elsewhere.filter((each) => each.key !== key);
    manuscript.view?.dispatch({ effects: dropFindings.of([key]) });
  }

  /** The cure in few words: what is put in place of what. */
  cureName(finding: Finding): string {
    const news = finding.fixes.map((fix) => fix.new.trim()).filter(Boolean);
    return news.length === 1 && news[0].length <= 24 ? `${studio.t("changeTo")} “${news[0]}”` : studio.t("changeIt");
  }

  acts = (finding: Finding) => [
    ...(finding.fixes.length ? [{ name: this.cureName(finding), title: finding.hint, act: () => this.cure(finding) }] : []),
    { name: studio.t("meantSo"), title: studio.t("meantSoHint"), act: () => void this.intend(finding) },
    { name: studio.t("dismiss"), title: studio.t("dismissHint"), act: () => this.dismiss(finding) },
  ];
}

export const critics = new Critics();
