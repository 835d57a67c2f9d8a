// The page's sentences. They stand in a data block of the page, never in a script.

/** @typedef {string | Record<string, string>} Sentence  a text, or one per plural category */

/** @type {Map<string, Sentence>} */
const sentences = new Map(Object.entries(dataBlock("words")));
const language = document.documentElement.lang;
// Made when they are first needed: the first of them takes a phone a tenth of a second.
const plural = once(() => new Intl.PluralRules(language));
const number = once(() => new Intl.NumberFormat(language, { numberingSystem: "latn" })); // as photo numbers are written
const day = once(() => new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC", numberingSystem: "latn" }));

/** The home of the page's language, where links to pages lead from. */
export const home = new URL(document.documentElement.dataset.home ?? "./", location.href);

/**
 * What `make` makes, made once.
 * @template T
 * @param {() => T} make
 */
function once(make) {
  /** @type {T | undefined} */
  let made;
  return () => (made ??= make());
}

/** Have all ready that words about an answer need, while the visitor is typing. */
export function warm() {
  for (const make of [plural, number, day]) make();
}

/**
 * A data block of the page.
 * @param {string} id
 */
export function dataBlock(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

/**
 * Take in sentences that came later than the page.
 * @param {Record<string, Sentence>} more
 */
export function learn(more) {
  for (const [name, sentence] of Object.entries(more)) sentences.set(name, sentence);
}

/**
 * Whether there is such a sentence by now: some come later than the page.
 * @param {string} name
 */
export function knows(name) {
  return sentences.has(name);
}

/**
 * A sentence with its gaps filled; `n` chooses between the forms of number.
 * @param {string} name
 * @param {Record<string, string | number>} [gaps]
 */
export function say(name, gaps = {}) {
  const sentence = sentences.get(name) ?? name;
  const category = typeof gaps.n === "number" ? plural().select(gaps.n) : "other";
  return fill(typeof sentence === "string" ? sentence : (sentence[category] ?? sentence.other ?? ""), gaps);
}

/**
 * A text with its `{gaps}` filled.
 * @param {string} text @param {Record<string, string | number>} gaps
 */
function fill(text, gaps) {
  return text.replace(/\{(\w+)\}/g, (_, gap) => {
    const value = gaps[gap] ?? "";
    return typeof value === "number" ? number().format(value) : value;
  });
}

/**
 * A day in words.
 * @param {string} date as 2026-11-23
 */
export function dayOf(date) {
  return day().format(new Date(date));
}

/**
 * Some words as a list in the page's language.
 * @param {string[]} words @param {"conjunction" | "disjunction"} type
 */
export function listed(words, type) {
  return new Intl.ListFormat(language, { type }).format(words);
}

/**
 * A copy of one of the page's templates.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function copyOf(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  return /** @type {HTMLElement} */ (copy.firstElementChild);
}

/**
 * Put a text where a template has a place for it; a place without text goes.
 * @param {ParentNode} part @param {string} name @param {string} text
 */
export function put(part, name, text) {
  const place = part.querySelector(`[data-put="${name}"]`);
  if (text && place) place.textContent = text;
  else place?.remove();
}
