// Identifiers out of documents that are no lists: web pages, bookmarks, feeds, wiki text, JSON of any form.

import { findAll } from "./identifiers.js";
import { readRow } from "./many-cells.js";
import { photoColumns } from "./many-columns.js";

/** @typedef {import("./many-cells.js").Reading} Reading */

const BY_NAME = /\.(?:x?html?|mht(?:ml)?|xml|rss|atom|opml|md|markdown|wiki|mediawiki|tex|rst|eml|mbox|rtf|m?js|css|ya?ml|toml|ini|log|vcf|ics)$/i;
const BY_LOOK = /^\s*<(?:!doctype|!--|\?xml|[a-z][a-z0-9:]*(?:\s[^>]*)?>)/i;
const LONG_LINE = /[^\r\n]{16384}/; // no list has such
const PICTURE = /\.(?:jpe?g|png|gif|webp|bmp|tiff?|avif|heic)(?:[?!:].*)?$/i;
const TAG = /<(\/?[a-z][a-z0-9:]*)([^>]*)>/gi;
const VALUE = /=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;
const SHOWS = /^(?:img|image|media:|enclosure|source|video|svg:image)/i; // tags whose addresses are of pictures
const ENTITIES = new Map([["amp", "&"], ["lt", "<"], ["gt", ">"], ["quot", '"'], ["apos", "'"], ["nbsp", " "]]);
const LONGEST = 4096; // characters looked at together
const LONG_NUMBER = /^[1-9][0-9]{8,11}$/;

/** Whether a text is a document and no list. @param {string} name of its file @param {string} text */
export function isDocument(name, text) {
  return BY_NAME.test(name) || BY_LOOK.test(text.slice(0, 1024)) || LONG_LINE.test(text.slice(0, 2 ** 20));
}

/**
 * The identifiers in a document. Of other hosts' addresses only those of pictures are taken: the rest are links.
 * @param {string} text
 * @returns {Generator<Reading>} now and then one without keys, so that a reader can pause
 */
export function* readDocument(text) {
  for (const { piece, shows } of piecesOf(text)) {
    for (const keys of findAll(piece)) {
      const taken = keys.filter((key) => shows || !key.startsWith("image:") || PICTURE.test(key));
      if (taken.length) yield { line: 0, text: textOf(taken[0] ?? ""), keys: taken, reason: "" };
    }
    yield { line: 0, text: "", keys: [], reason: "aside" };
  }
}

/** What a key names. @param {string} key */
function textOf(key) {
  return key.slice(key.indexOf(":") + 1);
}

/**
 * A document's texts and the values in its tags.
 * @param {string} text
 * @returns {Generator<{piece: string, shows: boolean}>}
 */
function* piecesOf(text) {
  let at = 0;
  for (const tag of text.matchAll(TAG)) {
    yield* short(text.slice(at, tag.index), false);
    for (const value of (tag[2] ?? "").matchAll(VALUE)) {
      yield* short(value[1] ?? value[2] ?? value[3] ?? "", SHOWS.test(tag[1] ?? ""));
    }
    at = tag.index + tag[0].length;
  }
  yield* short(text.slice(at), false);
}

/** Parts of a text that are short enough to be looked at. @param {string} text @param {boolean} shows */
function* short(text, shows) {
  for (const line of text.split(/[\r\n]+/)) {
    for (let at = 0, end = 0; at < line.length; at = end) {
      const space = line.length > at + LONGEST ? line.lastIndexOf(" ", at + LONGEST) : line.length;
      end = space > at ? space : at + LONGEST;
      if (/[./@_]/.test(line)) yield { piece: unescaped(line.slice(at, end)), shows };
    }
  }
}

/** @param {string} text */
export function unescaped(text) {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,5}));/gi, (whole, hex, decimal, name) => {
    const code = hex ? parseInt(hex, 16) : Number(decimal);
    if (name) return ENTITIES.get(name) ?? whole;
    return code > 0 && code < 0x110000 && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}

/**
 * The identifiers in JSON of any form: each object is read as a row of a table whose headings are its names.
 * @param {unknown} value @param {string} name what it is the value of
 * @param {boolean} flickrs whether it speaks of Flickr, so that a bare `id` can be a photo's number
 * @returns {Generator<Reading>}
 */
export function* readJson(value, name, flickrs) {
  const waiting = [{ value, name }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, name } = next;
    const members = isNested(value) && !Array.isArray(value) ? Object.entries(value) : null;
    const of = flickrs || /photo/i.test(name);
    if (members) yield* ofRecord(members.filter(([, one]) => !isNested(one)), of);
    else yield* ofList([value].flat().filter((one) => !isNested(one)), name);
    const nested = (members ?? [value].flat().map((one) => [name, one])).filter(([, one]) => isNested(one));
    if (members && /photo/i.test(name)) yield* ofList(nested.map(([key]) => key), name); // { "<photo>": { … } }
    for (const [key, one] of nested.reverse()) waiting.push({ value: one, name: key });
  }
}

/** @param {unknown} value @returns {value is object} */
function isNested(value) {
  return typeof value === "object" && value !== null;
}

/** @param {unknown} value */
function cellOf(value) {
  return value === null ? "" : String(value).trim();
}

/** @param {[string, unknown][]} members @param {boolean} flickrs @returns {Generator<Reading>} */
function* ofRecord(members, flickrs) {
  const headings = members.map(([name]) => name);
  const cells = members.map(([, value]) => cellOf(value));
  const photos = photoColumns(headings, [cells], flickrs).map((photo, at) => photo && LONG_NUMBER.test(cells[at] ?? ""));
  yield* told(readRow({ line: 0, cells: ["", ...cells] }, { headings: ["", ...headings], photos: [false, ...photos] }));
}

/** @param {unknown[]} values @param {string} name of the list @returns {Generator<Reading>} */
function* ofList(values, name) {
  const photos = !name || /photo|^ids?$/i.test(name);
  for (const cell of values.map(cellOf)) {
    const columns = { headings: ["", name], photos: [false, photos && LONG_NUMBER.test(cell)] };
    yield* told(readRow({ line: 0, cells: ["", cell] }, columns));
  }
}

/** Readings that name something; what does not is counted with the document. @param {Iterable<Reading>} readings */
function* told(readings) {
  for (const reading of readings) {
    const quiet = !reading.keys.length && reading.reason !== "spoilt";
    yield quiet ? { ...reading, reason: "aside" } : { ...reading, rest: false };
  }
}
