// What a text asks to be removed, line by line. This mirrors build/exposing/removals.py;
// tests/vectors/removals.json holds both to the same answers.

import { asPerson, findAll, fold, understand } from "./identifiers.js";

/**
 * One thing that a line asks for. `keys` has one canonical key; or several, if the line can mean any of
 * them; or none, and then `reason` says why. `account` is the key of the account of a photo that was named
 * by its address: it is not removed.
 * @typedef {{text: string, keys: string[], reason: string, taken: boolean, account: string}} Removal
 */

/** What can be removed, by the prefix of its key. Not tags: many people use one. */
const KINDS = new Set(["nsid", "name", "photo", "image", "person"]);
const BREAKS = /[\n\v\f\r\x85\u2028\u2029]+/;
const SPACES = /[ \t\u00a0\u3000]+/;
const NUMBER = /[1-9][0-9]{7,14}/g;
// Numbers of photos, each too long to be a part of one number.
const NUMBERS = /^ *[1-9][0-9]{7,14}(?:[ ,;]+[1-9][0-9]{7,14})+ *$/;
const NUMBER_OR_TAG = /^(?:#.+|[0-9 ]+)$/s; // a search reads it so, although it can be a name

/** @param {Partial<Removal>} parts @returns {Removal} */
const removal = (parts) => ({ text: "", keys: [], reason: "", taken: false, account: "", ...parts });

/**
 * All that a text asks for, in its order; of a blank text, one that is refused as `empty`.
 * @param {string} text
 */
export function read(text) {
  const found = text.split(BREAKS).filter((line) => fold(line)).flatMap((line) => readLine(line));
  return found.length ? found : [removal({ reason: "empty" })];
}

/**
 * What one line asks for: several things if it holds several identifiers.
 * @param {string} text
 */
function readLine(text) {
  const colon = text.indexOf(":");
  const kind = fold(text.slice(0, Math.max(colon, 0)));
  if (KINDS.has(kind)) {
    const key = keyOf(kind, text.slice(colon + 1));
    return [removal(key ? { text, keys: [key] } : { text, reason: "kind" })];
  }
  const { keys, reason, taken } = understand(text);
  const groups = groupsOf(text);
  if (groups.length > 1) return groups.flatMap((group) => ofKeys(text, group, true));
  if (keys.length && !NUMBERS.test(text)) return ofKeys(text, keys, taken);
  const numbers = NUMBERS.test(text) ? (text.match(NUMBER) ?? []) : [];
  const found = numbers.map((number) => removal({ text, keys: [`photo:${number}`] }));
  return found.length ? found : [removal({ text, reason })];
}

/**
 * The keys of every identifier in a line; of its words one by one, where that loses none.
 * @param {string} text
 */
function groupsOf(text) {
  /** @param {string[][]} groups */
  const byKeys = (groups) => new Map(groups.map((keys) => [keys.join("\n"), keys]));
  const whole = byKeys(findAll(text));
  const words = byKeys(text.split(SPACES).flatMap((word) => findAll(word)));
  return [...([...whole.keys()].every((keys) => words.has(keys)) ? words : whole).values()];
}

/**
 * What the keys of one identifier ask for.
 * @param {string} text @param {string[]} keys @param {boolean} taken
 */
function ofKeys(text, keys, taken) {
  const removable = keys.filter((key) => KINDS.has(kindOf(key)));
  if (!removable.length) return [removal({ text, reason: "tag", taken })];
  if (kindOf(removable[0] ?? "") !== "photo") return [removal({ text, keys: removable, taken })];
  // A photo's address also says whose it is; the photo alone was named, and the image if it is one.
  const account = removable.find((key) => ["nsid", "name"].includes(kindOf(key))) ?? "";
  const images = removable.filter((key) => kindOf(key) === "image");
  return [
    removal({ text, keys: removable.slice(0, 1), taken, account }),
    ...images.map((key) => removal({ text, keys: [key], taken })),
  ];
}

/**
 * The key of this kind that a text is, exactly; empty if it is none.
 * @param {string} kind @param {string} value
 */
function keyOf(kind, value) {
  const { keys, taken } = understand(value);
  if (taken) return "";
  const found = keys.find((key) => kindOf(key) === kind);
  const canonical = kind === "name" ? fold : kind === "person" ? asPerson : undefined;
  const name = !found && canonical && NUMBER_OR_TAG.test(fold(value)) ? canonical(value) : "";
  return found ?? (name ? `${kind}:${name}` : "");
}

/**
 * A canonical key's prefix, without the colon.
 * @param {string} key
 */
export function kindOf(key) {
  return key.slice(0, key.indexOf(":"));
}
