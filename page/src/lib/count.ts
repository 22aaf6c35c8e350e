/** The length of a text while it is typed, by the rules of `bimo.text.count`. */

import type { Lang } from "./kinds";

const LATIN = "[\\p{L}\\p{N}](?:\\p{M}|['’\\-‐‑](?=[\\p{L}\\p{N}])|(?<=\\d)[.,:](?=\\d)|[\\p{L}\\p{N}])*";
const HAN = "\\p{Script=Han}";
const PLAIN = new RegExp(`[${HAN}]|(?:(?!${HAN})${LATIN.replaceAll("[\\p{L}\\p{N}]", `(?!${HAN})[\\p{L}\\p{N}]`)})`, "gu");
const WIDE = new RegExp(
  `${PLAIN.source}|[\\u3040-\\u30ff\\uac00-\\ud7a3\\u3001-\\u303f\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65“”‘’—…·]`,
  "gu",
);

/** 字 in Chinese, words in English. */
export function count(text: string, lang: Lang): number {
  return text.match(lang === "zh" ? WIDE : PLAIN)?.length ?? 0;
}
