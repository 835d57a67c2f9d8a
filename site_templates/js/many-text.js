// Texts that a visitor gave: lists, tables, saved results, and documents of any form.

import { readCells } from "./many-cells.js";
import { isDocument, readDocument, readJson } from "./many-document.js";
import { RefusedFile } from "./many-given.js";
import { Pace } from "./many-pace.js";
import { readEarlier } from "./many-results.js";

/**
 * @typedef {import("./many-cells.js").Reading} Reading
 * @typedef {import("./many-given.js").Given} Given
 */

const TABLE = /\.(?:csv|tsv|tab)$/i;
const JSON_FILE = /\.(?:geo)?json$|\.har$/i;
const LINES_OF_JSON = /\.(?:jsonl|ndjson)$/i;
const ASSIGNED = /^\s*(?:export\s+(?:default\s+)?)?(?:(?:const|let|var)\s+)?([\w$.]*)\s*=?\s*(?=[[{])/;
const OF_FLICKR = /flickr|[0-9]@N[0-9]{2}\b/i;

/**
 * @param {Uint8Array} data
 */
export function decode(data) {
  const marked = (data[0] === 0xff && data[1] === 0xfe) || (data[0] === 0xfe && data[1] === 0xff);
  if (marked) throw new RefusedFile("utf16");
  if (data.subarray(0, 4096).includes(0)) throw new RefusedFile("binary");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data); // it drops a byte order mark
  } catch {
    throw new RefusedFile("not_utf8");
  }
}

/**
 * Read a file's text as what it is.
 * @param {Given} given @param {string} file @param {string} text @param {AbortSignal} signal
 * @param {boolean} [names] whether bare names in lists are looked up
 */
export async function readContent(given, file, text, signal, names = true) {
  const value = valueOf(file, text);
  if (value !== undefined && takeEarlier(given, file, value)) return;
  if (value !== undefined) {
    const name = /\.m?js$/i.test(file) ? (ASSIGNED.exec(text)?.[1] ?? "") : "";
    return takeFound(given, file, readJson(value, name, OF_FLICKR.test(text)), signal, "json_other");
  }
  if (JSON_FILE.test(file)) return takeFound(given, file, readDocument(text), signal, "json_other");
  if (isDocument(file, text)) return takeFound(given, file, readDocument(text), signal, "none_inside");
  const readings = readCells(text, TABLE.test(file), names);
  return takeAll(given, file, names ? readings : telling(readings), signal);
}

/** Readings of which those that name nothing are only counted. @param {Iterable<Reading>} readings */
function* telling(readings) {
  for (const reading of readings) yield reading.keys.length ? reading : { ...reading, reason: "aside" };
}

/**
 * Take what the cells of a list or a table were read as.
 * @param {Given} given @param {string} file @param {Iterable<Reading>} readings @param {AbortSignal} signal
 */
export async function takeAll(given, file, readings, signal) {
  const pace = new Pace();
  for (const reading of readings) {
    given.take(file, reading);
    if (pace.due()) await pace.rest();
    if (signal.aborted) return;
  }
}

/**
 * Take what was found in a document, and say how much that was; all else in it is left aside.
 * @param {Given} given @param {string} file @param {Iterable<Reading>} readings @param {AbortSignal} signal
 * @param {string} none why the file is refused if there is nothing
 */
async function takeFound(given, file, readings, signal, none) {
  const pace = new Pace();
  const found = new Set();
  for (const reading of readings) {
    if (reading.reason !== "aside") {
      given.take(file, reading);
      found.add(reading.keys[0] ?? reading.text);
    }
    if (pace.due()) await pace.rest();
    if (signal.aborted) return;
  }
  if (!found.size) throw new RefusedFile(none);
  given.note(file, "document", found.size);
}

/** @param {Given} given @param {string} file @param {unknown} value */
function takeEarlier(given, file, value) {
  const earlier = readEarlier(value);
  if (!earlier) return false;
  given.earlier = earlier;
  for (const { input, key } of earlier.results.values()) {
    given.take(file, { line: 0, text: input, keys: [key], reason: "" });
  }
  given.note(file, "earlier", earlier.results.size);
  return true;
}

/**
 * What a file's JSON says, also if a script assigns it or each line is JSON; undefined where it is none.
 * @param {string} file @param {string} text
 */
function valueOf(file, text) {
  const script = /\.m?js$/i.test(file) ? text.replace(ASSIGNED, "").replace(/;?\s*$/, "") : text;
  if (!/^\s*[[{]/.test(script)) return undefined;
  const value = parsed(script);
  const lines = value === undefined && (LINES_OF_JSON.test(file) || /^\s*\{.*\}\r?\n\s*\{/.test(text));
  return lines ? text.split("\n").map((line) => parsed(line)) : value;
}

/** @param {string} text @returns {unknown} undefined where it is no JSON */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
