// Words by key, from one JSON file per language. Vietnamese is the source, English has the same keys.
import { signal } from "../vendor/vendor.js";

export const LANGUAGES = ["vi", "en"];
export const language = signal("vi");
const words = signal({});

/** Fetch the words of `code` and turn the page to that language. */
export async function useLanguage(code) {
  const answer = await fetch(new URL(`../i18n/${code}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`words of ${code}: ${answer.status}`);
  words.value = await answer.json();
  language.value = code;
  document.documentElement.lang = code;
  document.title = t("app.title");
}

/** True where the catalogue has `key`. */
export const has = (key) => key in words.value;

/** The words of `key` with its {placeholders} filled in; `n` picks singular or plural. */
export function t(key, params = {}) {
  const text = words.value[key] || words.value[`${key}_${plural(params.n)}`];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

function plural(n) {
  if (typeof n !== "number") return "other";
  const rule = new Intl.PluralRules(language.value).select(n);
  return rule === "one" ? "one" : "other";
}

/** First letter small, as inside a sentence. */
export const small = (text) => text.charAt(0).toLocaleLowerCase("vi") + text.slice(1);

/** First letter large, as at the start of a sentence. */
export const large = (text) => text.charAt(0).toLocaleUpperCase("vi") + text.slice(1);

/** "Tiết 2", or what the school calls that slot; "" where the lesson has none. */
export const slotWords = (one) => one.slot_name || (one.slot ? t("lesson.slot", { k: one.slot }) : "");
