/**
 * The word that is heard just now, within the sentence that is read.
 *
 * The voices do not tell when they say what, so the place is reckoned from how long the signs take. It is painted by the
 * browser over the text (CSS custom highlights): the editor knows nothing of it, so it cannot disturb an input method.
 */

import type { EditorView } from "@codemirror/view";
import type { Lang } from "../lib/kinds";

const NAME = "spoken";
const cutters: Partial<Record<Lang, Intl.Segmenter>> = {};

/** How long a stretch takes to say, in signs: a pause takes as long as some. */
const weigh = (text: string, lang: Lang) =>
  lang === "zh"
    ? [...text].reduce((sum, sign) => sum + (/\p{Script=Han}/u.test(sign) ? 1 : /[，。！？；：、…—]/.test(sign) ? 1.2 : 0.35), 0)
    : text.length + 4 * (text.match(/[,;:—]/g)?.length ?? 0);

/** The word of a text at a share of its time, 0 to 1. */
export function wordAt(text: string, lang: Lang, share: number): { from: number; to: number } | null {
  if (!Intl.Segmenter) return null;
  const cutter = (cutters[lang] ??= new Intl.Segmenter(lang, { granularity: "word" }));
  const pieces = [...cutter.segment(text)];
  const total = pieces.reduce((sum, each) => sum + weigh(each.segment, lang), 0);
  let passed = 0;
  let last = null;
  for (const { segment, index, isWordLike } of pieces) {
    if (isWordLike) last = { from: index, to: index + segment.length };
    passed += weigh(segment, lang);
    if (last && passed >= share * total) return last;
  }
  return last;
}

/** Paint a word, or none. */
export function paint(view: EditorView, word: { from: number; to: number } | null) {
  if (!CSS.highlights) return;
  CSS.highlights.delete(NAME);
  if (!word || word.from < view.viewport.from || word.to > Math.min(view.viewport.to, view.state.doc.length)) return;
  const [start, end] = [view.domAtPos(word.from, 1), view.domAtPos(word.to, -1)];
  const range = document.createRange();
  range.setStart(start.node, start.offset);
  range.setEnd(end.node, end.offset);
  CSS.highlights.set(NAME, new Highlight(range));
}
