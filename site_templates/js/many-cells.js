// Which cells of a text name something that can be checked, and which do not.

import { findAll, understand } from "./identifiers.js";
import { isPhotoHeading, photoColumns } from "./many-columns.js";
import { isOfFlickr, rowsOf } from "./many-table.js";

/**
 * What one cell was taken for. `keys` is empty where it names nothing, and `reason` says why: one of
 * understand()'s, or `passed` where a cell among others was not meant to be looked up, `heading`, or `aside` for
 * other text in which no identifier stands. `rest` is set where such text stands around an identifier.
 * @typedef {{line: number, text: string, keys: string[], reason: string, rest?: boolean}} Reading
 * @typedef {import("./many-table.js").Line} Line
 * What is known of a table's columns: their headings, and which of them hold photo numbers.
 * `names` is false where a bare name is not looked up even if it stands alone.
 * @typedef {{headings: string[] | null, photos: boolean[], names?: boolean}} Columns
 */

const ADDRESS = /^(?:https?:)?\/\/\S+$|^[^\s/@]+\.[a-z]{2,}(?::[0-9]+)?\/\S*$/i;
const NSID = /^[0-9]{5,12}@N[0-9]{2}$/i;
const NUMBER = /^[0-9]{1,15}$/;
const LONG_NUMBER = /^[0-9]{8,12}$/; // shorter ones among other cells are years, counts and sizes
const DATE = /^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])(?:[0-9]{6})?$/;
const NAME_HEADING = /^(?:flickr[ _-]?)?(?:user|owner|screen)?[ _-]?(?:names?|alias|aliases)$|^(?:path[ _-]?alias|users?|owners?)$/i;
const ONE_HEADING = /^(?:[a-z]+[ _-])?(?:urls?|links?|address|addresses|nsids?|tags?|accounts?|pages?)$/i;
const LICENCE = /^(?:https?:)?\/\/(?:www\.)?creativecommons\.org\//i;

// Numbers as spreadsheets write them: with a decimal point, in groups, as a formula, or rounded.
const FLOAT = /^([1-9][0-9]{0,14})[.,]0+$/;
const GROUPED = /^[1-9][0-9]{0,2}([.,'’\u00a0\u202f ])[0-9]{3}(?:\1[0-9]{3}){2,3}$/;
const AS_TEXT = /^=?(["'])([0-9]{1,15})\1$|^'([0-9]{1,15})$/;
const SCIENTIFIC = /^[0-9](?:[.,][0-9]+)?e\+[0-9]{1,2}$/i;

const MARKER = /^(?:[-*+•–—]|[0-9]{1,5}[.)]|\[[ x]?\])\s+/i;
const MARKUP = /<[a-z!/?][^>]*>|\[\[|\{\{|\[\/?[a-z]+[=\]]|\]\(|^={2,}|^\|\s*\w+\s*=/i;
const TAGS = /<[^>]*>|\[\/?[a-z]+(?:=[^\]]*)?\]/gi;
const MOST_WORDS = 8; // of a name
const SENTENCE = /^(?:\S+\s+){5,}\S+[.!?:,;]$/;
const SAMPLE = 200; // rows by which columns are judged

/**
 * Read a text cell by cell. A bare name counts only where it stands alone on its line; among several cells,
 * only addresses, account numbers, #tags and photo numbers do.
 * @param {string} text @param {boolean} table whether it was saved as a table, so that its first line can be headings
 * @param {boolean} [names] whether bare names are looked up at all
 * @returns {Generator<Reading>} one for each cell that is not empty, or more where a cell holds several
 */
export function readCells(text, table, names) {
  return readRows(rowsOf(text, (cells) => areHeadings(cells, table)), table, names);
}

/**
 * @param {Iterable<Line>} lines @param {boolean} table @param {boolean} [names]
 * @returns {Generator<Reading>}
 */
export function* readRows(lines, table, names = true) {
  const rows = filled(lines);
  const sample = [];
  for (let next = rows.next(); !next.done; next = rows.next()) {
    sample.push(next.value);
    if (sample.length > SAMPLE) break;
  }
  const headings = areHeadings(sample[0]?.cells ?? [], table) ? (sample.shift() ?? null) : null;
  const photos = photoColumns(headings?.cells ?? [], sample.map((row) => row.cells));
  const columns = { headings: headings && headings.cells, photos, names };
  for (const text of headings?.cells ?? []) if (text) yield { line: headings?.line ?? 1, text, keys: [], reason: "heading" };
  for (const row of sample) yield* readRow(row, columns);
  for (const row of rows) yield* readRow(row, columns);
}

/**
 * The rows that hold anything, without white space around their cells.
 * @param {Iterable<Line>} lines @returns {Generator<Line>}
 */
function* filled(lines) {
  for (const row of lines) {
    const cells = row.cells.map((cell) => cell.trim());
    if (cells.some(Boolean)) yield { ...row, cells };
  }
}

/**
 * Whether a first line is made of headings: cells that name nothing, one of them a known word, or in a table.
 * @param {string[]} cells @param {boolean} table
 */
function areHeadings(cells, table) {
  const texts = cells.map((cell) => cell.trim()).filter(Boolean);
  if (texts.length === 1) return table && isHeading(texts[0] ?? "");
  return (table || texts.some(isHeading)) && !texts.some((text) => isTelling(plain(text)) || NUMBER.test(text));
}

/** @param {string} text */
function isHeading(text) {
  return isPhotoHeading(text) || NAME_HEADING.test(text) || ONE_HEADING.test(text);
}

/**
 * @param {Line} row @param {Columns} columns
 * @returns {Generator<Reading>}
 */
export function* readRow({ line, cells, whole }, { headings, photos, names = true }) {
  const alone = cells.filter(Boolean).length === 1 && (headings?.length ?? 1) === 1;
  if (alone) {
    const [heading] = headings ?? [];
    const meant = names && (heading === undefined || NAME_HEADING.test(heading));
    return yield* readLine(cells.find(Boolean) ?? "", line, meant);
  }
  if (whole) yield* understood(whole, line, whole);
  const unknown = headings || cells.some(namesPhoto) ? false : undefined; // what a bare number beside them is
  for (const [column, text] of cells.entries()) {
    if (text) yield* readCell(text, line, photos[column] ?? unknown);
  }
}

/**
 * A line that is not parted into cells: one thing, several, or other text around some.
 * @param {string} text @param {number} line @param {boolean} names whether a bare name counts
 * @returns {Generator<Reading>}
 */
function* readLine(text, line, names) {
  const bare = plain(text.replace(MARKER, ""));
  const tokens = bare.split(/[,;]?\s+|[,;](?=(?:https?:)?\/\/)/).filter(Boolean);
  const cells = bare.split(/[\t,;]/).map((cell) => cell.trim());
  const address = ADDRESS.test(bare) && !isOfFlickr(bare); // commas may be part of it
  const several = tokens.length > 1 && tokens.every(isTelling);
  if (several) yield* readRow({ line, cells: tokens }, { headings: null, photos: [] });
  else if (!address && cells.length > 1 && cells.some(isTelling)) yield* readRow({ line, cells }, { headings: null, photos: [] });
  else if (isTelling(bare) || SCIENTIFIC.test(bare) || NUMBER.test(bare)) yield* understood(bare, line, text);
  else yield* readText(text, bare, line, names);
}

/**
 * @param {string} text @param {string} bare @param {number} line @param {boolean} names
 * @returns {Generator<Reading>}
 */
function* readText(text, bare, line, names) {
  const inside = all(bare, line, text);
  const inner = plain(bare.replace(TAGS, " ").trim());
  if (inside.length) yield* inside;
  else if (inner !== bare && isTelling(inner)) yield* understood(inner, line, text).map((one) => ({ ...one, rest: true }));
  else if (isProse(bare)) yield { line, text, keys: [], reason: "aside" };
  else if (names) yield* understood(bare, line, text);
  else yield { line, text, keys: [], reason: "passed" };
}

/** Whether a text is no name, but markup or a sentence. @param {string} text */
function isProse(text) {
  return MARKUP.test(text) || SENTENCE.test(text) || text.split(/\s+/).length > MOST_WORDS;
}

/**
 * A text among others: taken only if it can hardly be anything else.
 * @param {string} cell @param {number} line
 * @param {boolean | undefined} photo whether a number is a photo's; undefined where only its look tells
 * @returns {Reading[]}
 */
function readCell(cell, line, photo) {
  const text = plain(cell);
  const tokens = text.split(/\s+/);
  if (tokens.length > 1 && tokens.every(isTelling)) return tokens.flatMap((token) => readCell(token, line, photo));
  const number = NUMBER.test(text) || SCIENTIFIC.test(text);
  const meant = photo ?? (SCIENTIFIC.test(text) || (LONG_NUMBER.test(text) && !DATE.test(text)));
  if (number ? meant : isTelling(text) && !LICENCE.test(text)) return understood(text, line, cell);
  const inside = number || LICENCE.test(text) || !/[./@]/.test(text) ? [] : all(text, line, cell);
  return inside.length ? inside : [{ line, text: cell, keys: [], reason: "passed" }];
}

/**
 * What a text is by itself; where it holds several things, each of them.
 * @param {string} bare @param {number} line @param {string} text as it was given
 * @returns {Reading[]}
 */
function understood(bare, line, text) {
  const { keys, reason, taken } = understand(bare);
  if (reason === "several") return all(bare, line, text);
  return [{ line, text, keys, reason, rest: taken }];
}

/** @param {string} bare @param {number} line @param {string} text @returns {Reading[]} */
function all(bare, line, text) {
  return findAll(bare).map((keys, number) => ({ line, text, keys, reason: "", rest: !number }));
}

/**
 * A number without what a spreadsheet has put around it; any other text as it is.
 * @param {string} text
 */
function plain(text) {
  const quoted = AS_TEXT.exec(text);
  const number = quoted?.[2] ?? quoted?.[3] ?? FLOAT.exec(text)?.[1];
  return number ?? (GROUPED.test(text) ? text.replace(/[^0-9]/g, "") : text);
}

/** @param {string} text */
function isTelling(text) {
  return ADDRESS.test(text) || NSID.test(text) || LONG_NUMBER.test(text) || /^#\S/.test(text);
}

/** Whether a cell is the address of one of Flickr's photos. @param {string} text */
function namesPhoto(text) {
  return ADDRESS.test(text) && understand(text).keys.some((key) => key.startsWith("photo:"));
}
