// A text of many lines: which of its cells name something that can be checked, and which do not.

import { understand } from "./identifiers.js";

/**
 * What one cell was taken for. `keys` is empty where it names nothing, and `reason` says why: one of
 * understand()'s, or `passed` where a cell among others was not meant to be looked up, or `heading`.
 * @typedef {{line: number, text: string, keys: string[], reason: string}} Reading
 * @typedef {{line: number, cells: string[]}} Line
 */

const QUOTED = /"((?:[^"]|""){0,8192})" */y; // bounded: a lone quote must not eat the file
const DELIMITERS = ["\t", ";", ","];
const ADDRESS = /^(?:https?:)?\/\/\S+$|^[^\s/@]+\.[a-z]{2,}(?::[0-9]+)?\/\S*$/i;
const NSID = /^[0-9]{5,12}@N[0-9]{2}$/i;
const LONG_NUMBER = /^[0-9]{8,15}$/; // shorter ones among other cells are years, counts and sizes
const DATE = /^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])(?:[0-9]{6})?$/;
const ID_HEADING = /^(?:flickr[ _-]?)?(?:(?:photo|image|picture|media)[ _-]?)?ids?$|^(?:flickr[ _-]?)?photos?$/i;
const NAME_HEADING = /^(?:flickr[ _-]?)?(?:user|owner|screen)?[ _-]?(?:names?|alias|aliases)$|^(?:path[ _-]?alias|users?|owners?)$/i;
const ONE_HEADING = /^(?:[a-z]+[ _-])?(?:urls?|links?|address|addresses|nsids?|tags?|accounts?|pages?)$/i;

/**
 * Read a text cell by cell. A bare name counts only where it stands alone on its line; among several cells,
 * only addresses, account numbers, #tags and photo numbers do.
 * @param {string} text @param {boolean} table whether it was saved as a table, so that its first line can be headings
 * @returns {Generator<Reading>} one for each cell that is not empty, or more where a cell holds several
 */
export function* readCells(text, table) {
  /** @type {string[] | null} */
  let headings = null;
  let first = true;
  for (const { line, cells } of linesOf(text)) {
    const filled = cells.filter((cell) => cell.trim()).length;
    if (!filled) continue;
    const heads = first && areHeadings(cells, table);
    if (heads) headings = cells.map((cell) => cell.trim());
    first = false;
    const alone = filled === 1 && (headings?.length ?? 1) === 1;
    const names = alone && (!headings || NAME_HEADING.test(headings[0] ?? ""));
    for (const [column, cell] of cells.entries()) {
      const text = cell.trim();
      if (text && heads) yield { line, text, keys: [], reason: "heading" };
      else if (text) yield* readCell(text, line, names, headings?.[column], alone);
    }
  }
}

/**
 * Whether a first line is made of headings: cells that name nothing, one of them a known word, or in a table.
 * @param {string[]} cells @param {boolean} table
 */
function areHeadings(cells, table) {
  const texts = cells.map((cell) => cell.trim()).filter(Boolean);
  if (texts.length === 1) return table && isHeading(texts[0] ?? "");
  return (table || texts.some(isHeading)) && texts.every((text) => !readToken(text, undefined).keys.length);
}

/** @param {string} text */
function isHeading(text) {
  return ID_HEADING.test(text) || NAME_HEADING.test(text) || ONE_HEADING.test(text);
}

/**
 * @param {string} cell @param {number} line @param {boolean} names whether a bare name counts here
 * @param {string | undefined} heading @param {boolean} alone
 * @returns {Reading[]}
 */
function readCell(cell, line, names, heading, alone) {
  const tokens = cell.split(/\s+/);
  const several = tokens.length > 1 && tokens.every(isTelling);
  return (several ? tokens : [cell]).map((text) => {
    const whole = names || (alone && !isName(text)) ? understand(text) : readToken(text, heading);
    return { line, text, keys: whole.keys, reason: whole.reason };
  });
}

/**
 * A text among others: taken only if it can hardly be anything else.
 * @param {string} text @param {string | undefined} heading of its column
 */
function readToken(text, heading) {
  const number = /^[0-9]{1,15}$/.test(text);
  const meant = heading === undefined ? LONG_NUMBER.test(text) && !DATE.test(text) : ID_HEADING.test(heading);
  if (number ? meant : isTelling(text)) return understand(text);
  return { keys: [], reason: "passed" };
}

/** @param {string} text */
function isTelling(text) {
  return ADDRESS.test(text) || NSID.test(text) || LONG_NUMBER.test(text) || /^#\S/.test(text);
}

/** @param {string} text */
function isName(text) {
  return (understand(text).keys[0] ?? "").startsWith("name:") && !ADDRESS.test(text);
}

/**
 * The cells of each line, as CSV has them; a quoted cell may hold line breaks.
 * @param {string} text
 * @returns {Generator<Line>}
 */
function* linesOf(text) {
  const delimiter = delimiterOf(text);
  const plain = new RegExp(`[^${delimiter}\\r\\n]*`, "y");
  let line = 1;
  for (let at = 0; at < text.length; line += 1) {
    /** @type {Line} */
    const found = { line, cells: [] };
    for (;;) {
      const quoted = quotedAt(text, at, delimiter);
      if (quoted) line += quoted[0].split("\n").length - 1;
      plain.lastIndex = at;
      const whole = (quoted ?? plain.exec(text))?.[0] ?? "";
      found.cells.push(quoted?.[1]?.replaceAll('""', '"') ?? whole);
      at += whole.length;
      if (text[at] !== delimiter) break;
      at += 1;
    }
    yield found;
    at += text.startsWith("\r\n", at) ? 2 : 1;
  }
}

/**
 * A quoted cell, if one begins here and ends where a cell can end.
 * @param {string} text @param {number} at @param {string} delimiter
 */
function quotedAt(text, at, delimiter) {
  if (text[at] !== '"') return null;
  QUOTED.lastIndex = at;
  const match = QUOTED.exec(text);
  return match && [delimiter, "\r", "\n", undefined].includes(text[QUOTED.lastIndex]) ? match : null;
}

/**
 * What parts the cells: the commonest of tab, semicolon and comma in the first lines.
 * @param {string} text
 */
function delimiterOf(text) {
  const head = text.slice(0, 4096);
  const counts = DELIMITERS.map((delimiter) => head.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}
