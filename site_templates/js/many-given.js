// All that a visitor gave, as entries to check, and what is said about the rest.

/**
 * @typedef {import("./many-cells.js").Reading} Reading
 * @typedef {import("./many-export.js").Kind} Kind
 * @typedef {import("./many-results.js").Earlier} Earlier
 * One thing to check: a key, and the first text that led to it. `line` is 0 where there are no lines.
 * @typedef {{key: string, input: string, file: string, line: number}} Entry
 * @typedef {{file: string, line: number, text: string, reason: string}} Unread  a cell that names nothing
 * What a file was taken for, `photos` of what was counted in it, and how many files in it were `ignored`.
 * @typedef {{file: string, kind: "zip" | "media" | "nested" | "named" | "parts" | "pictures" | "document" | "aside" | "earlier",
 *   photos: number, ignored: number}} Note
 * @typedef {{file: string, reason: string}} Refusal
 */

export const MOST = 200_000; // entries: beyond that the page would grow too slow to be of use
const NAMES = 3; // of files that are named together

/** A file that cannot be used. */
export class RefusedFile extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Each key once. */
export class Given {
  /** @type {Map<string, Entry>} */
  entries = new Map();
  /** @type {Unread[]} */
  unread = [];
  /** @type {Note[]} */
  notes = [];
  /** @type {Refusal[]} */
  refusals = [];
  /** @type {Earlier | null} */
  earlier = null;
  taken = 0; // cells that name anything
  repeated = 0; // cells of which every key was there already
  aside = 0; // lines with other text, which was left aside
  /** @type {Map<Kind, string[]>} files whose names said all that was needed, by what they are */
  named = new Map();

  /** @param {string} file @param {Reading} reading */
  take(file, { line, text, keys, reason, rest }) {
    if (rest || reason === "aside") this.aside += 1;
    if (reason === "aside") return;
    if (keys.length) this.taken += 1;
    if (!keys.length) this.unread.push({ file, line, text, reason });
    else if (line && keys.every((key) => this.entries.has(key))) this.repeated += 1;
    for (const key of keys) if (!this.entries.has(key)) this.entries.set(key, { key, input: text, file, line });
    if (this.entries.size > MOST || this.unread.length > MOST) throw new RefusedFile("too_many");
  }

  /** A photo by the number in a file's name. @param {string} file @param {string} id */
  takePhoto(file, id) {
    this.take(file, { line: 0, text: id, keys: [`photo:${id}`], reason: "" });
  }

  /** A file of which only the name was needed. @param {Kind} kind @param {string} name */
  count(kind, name) {
    const names = this.named.get(kind);
    if (names) names.push(name);
    else this.named.set(kind, [name]);
  }

  /** @param {string} file @param {Note["kind"]} kind @param {number} photos @param {number} [ignored] */
  note(file, kind, photos, ignored = 0) {
    if (photos || ignored) this.notes.push({ file, kind, photos, ignored });
  }

  /** Say once of all files together what is the same of many. */
  sum() {
    const { named } = this;
    const numbered = [...(named.get("photo") ?? []), ...(named.get("media") ?? [])];
    this.note(someOf(numbered), "named", numbered.length);
    this.note(someOf(named.get("part") ?? []), "parts", named.get("part")?.length ?? 0);
    this.note(someOf(named.get("picture") ?? []), "pictures", named.get("picture")?.length ?? 0);
    this.note("", "aside", this.aside);
  }
}

/** The first of some names. @param {string[]} names */
function someOf(names) {
  return `${names.slice(0, NAMES).join(", ")}${names.length > NAMES ? ", …" : ""}`;
}
