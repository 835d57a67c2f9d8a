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
const NUMBER_OR_TAG = /^(?:#.+|[0-9 ]+)$/s; // a search reads it so, although it can be a name

/** @param {Partial<Removal>} parts @returns {Removal} */
const removal = (parts) => ({ text: "", keys: [], reason: "", taken: false, account: "", ...parts });

/**
 * All that a text asks for, in its order; of a blank text, one that is refused as `empty`.
 * @param {string} text
 */
export function read(text) {
  const found = text.split(BREAKS).filter(fold).flatMap(readLine);
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
  if (keys.length && !taken) return [ofKeys(text, keys, false)];
  const groups = taken || reason === "several" ? findAll(text) : [];
  const found = (groups.length ? groups : [keys]).filter((group) => group.length);
  return found.length ? found.map((group) => ofKeys(text, group, true)) : [removal({ text, reason })];
}

/** @param {string} text @param {string[]} keys @param {boolean} taken */
function ofKeys(text, keys, taken) {
  const removable = keys.filter((key) => KINDS.has(kindOf(key)));
  if (!removable.length) return removal({ text, reason: "tag", taken });
  if (kindOf(removable[0] ?? "") !== "photo") return removal({ text, keys: removable, taken });
  // A photo's address also says whose it is; the photo alone was named.
  return removal({ text, keys: removable.slice(0, 1), taken, account: removable[1] ?? "" });
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
