// What a visitor gave, files or lines, as entries to check. Nothing here asks the network for anything.

import { understand } from "./identifiers.js";
import { readCells } from "./many-cells.js";
import { Pace } from "./many-pace.js";
import { readEarlier } from "./many-results.js";
import { readDirectory, readMember, ZipError } from "./zip.js";

/**
 * @typedef {import("./many-cells.js").Reading} Reading
 * @typedef {import("./many-results.js").Earlier} Earlier
 * One thing to check: a key, and the first text that led to it. `line` is 0 where there are no lines.
 * @typedef {{key: string, input: string, file: string, line: number}} Entry
 * @typedef {{file: string, line: number, text: string, reason: string}} Unread  a cell that names nothing
 * @typedef {{file: string, kind: "zip" | "profile" | "earlier", photos: number, ignored: number}} Note
 * @typedef {{file: string, reason: string}} Refusal
 */

export const MOST = 200_000; // entries: beyond that the page would grow too slow to be of use
const LONGEST_TEXT = 64 * 2 ** 20; // bytes
const PHOTO_FILE = /(?:^|\/)photo_0*([1-9][0-9]{0,14})\.json$/;
const PROFILE_FILE = /(?:^|\/)account_profile\.json$/;

/** A file that cannot be used. */
export class RefusedFile extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** All that was given, each key once. */
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
  repeated = 0; // cells of which every key was there already

  /** @param {string} file @param {Reading} reading */
  take(file, { line, text, keys, reason }) {
    if (!keys.length) this.unread.push({ file, line, text, reason });
    else if (line && keys.every((key) => this.entries.has(key))) this.repeated += 1;
    for (const key of keys) if (!this.entries.has(key)) this.entries.set(key, { key, input: text, file, line });
    if (this.entries.size > MOST || this.unread.length > MOST) throw new RefusedFile("too_many");
  }
}

/**
 * Read some files, and lines that were typed or pasted. A file that cannot be used is refused with its reason,
 * and the others are read.
 * @param {File[]} files @param {string} typed @param {AbortSignal} signal
 */
export async function readAll(files, typed, signal) {
  const given = new Given();
  for (const file of files) {
    await refusing(given, file.name, () => readFile(given, file, signal));
    if (signal.aborted) return given;
  }
  await refusing(given, "", () => readText(given, "", typed, false, signal));
  return given;
}

/** @param {Given} given @param {string} file @param {() => Promise<void>} read */
async function refusing(given, file, read) {
  try {
    await read();
  } catch (error) {
    const reason = error instanceof RefusedFile ? error.reason : error instanceof ZipError ? `zip_${error.code}` : "";
    if (!reason && !(error instanceof DOMException)) throw error; // a bug; the browser's own errors are of the disk
    given.refusals.push({ file, reason: reason || "unreadable" });
  }
}

/** @param {Given} given @param {File} file @param {AbortSignal} signal */
async function readFile(given, file, signal) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const zipped = head[0] === 0x50 && head[1] === 0x4b && (head[2] ?? 99) < 9;
  const photo = PHOTO_FILE.exec(file.name)?.[1];
  if (zipped || /\.zip$/i.test(file.name)) return readZip(given, file);
  if (photo) return given.take(file.name, { line: 0, text: photo, keys: [`photo:${photo}`], reason: "" });
  if (file.size > LONGEST_TEXT) throw new RefusedFile("too_large");
  const text = decode(new Uint8Array(await file.arrayBuffer()));
  if (PROFILE_FILE.test(file.name)) return noteProfile(given, file.name, text);
  if (/\.json$/i.test(file.name) || /^\s*\{/.test(text)) return takeEarlier(given, file.name, text);
  return readText(given, file.name, text, /\.(?:csv|tsv|tab)$/i.test(file.name), signal);
}

/**
 * @param {Uint8Array} data
 */
function decode(data) {
  const marked = (data[0] === 0xff && data[1] === 0xfe) || (data[0] === 0xfe && data[1] === 0xff);
  if (marked) throw new RefusedFile("utf16");
  if (data.subarray(0, 4096).includes(0)) throw new RefusedFile("binary");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data); // it drops a byte order mark
  } catch {
    throw new RefusedFile("not_utf8");
  }
}

/** @param {Given} given @param {string} file @param {string} text @param {boolean} table @param {AbortSignal} signal */
async function readText(given, file, text, table, signal) {
  const pace = new Pace();
  for (const reading of readCells(text, table)) {
    given.take(file, reading);
    if (pace.due()) await pace.rest();
    if (signal.aborted) return;
  }
}

/**
 * Read an archive of Flickr's data export. The names of its members alone name the photos.
 * @param {Given} given @param {File} file
 */
async function readZip(given, file) {
  const directory = await readDirectory(file);
  const photos = directory.members.map(({ name }) => PHOTO_FILE.exec(name)?.[1] ?? "").filter(Boolean);
  const profile = directory.members.find(({ name }) => PROFILE_FILE.test(name));
  if (!photos.length && !profile) throw new RefusedFile("zip_other");
  const text = profile ? decode(await readMember(file, directory, profile)) : "";
  const pace = new Pace();
  for (const id of photos) {
    given.take(file.name, { line: 0, text: id, keys: [`photo:${id}`], reason: "" });
    if (pace.due()) await pace.rest();
  }
  const ignored = directory.members.length - photos.length - (profile ? 1 : 0);
  given.notes.push({ file: file.name, kind: "zip", photos: photos.length, ignored });
  if (profile) noteProfile(given, file.name, text);
}

/** @param {Given} given @param {string} file @param {string} text */
function noteProfile(given, file, text) {
  const readings = readProfile(text);
  if (!readings.length) given.refusals.push({ file, reason: "profile" });
  for (const reading of readings) given.take(file, reading);
}

/**
 * Whom an export's account_profile.json is of. A screen name is taken as a username, not as a person's name.
 * @param {string} text
 * @returns {Reading[]}
 */
function readProfile(text) {
  const profile = parsed(text);
  /** @param {string} field */
  const field = (field) => {
    const value = isObject(profile) && Object.hasOwn(profile, field) ? profile[field] : "";
    return typeof value === "string" ? value.trim() : "";
  };
  const alias = field("path_alias");
  const texts = [field("nsid"), alias && `https://www.flickr.com/photos/${encodeURIComponent(alias)}/`];
  return [...texts, field("photos_url"), field("profile_url"), field("screen_name")].flatMap((text) => {
    const keys = understand(text).keys.filter((key) => /^(?:nsid|name):/.test(key));
    return keys.length ? [{ line: 0, text, keys, reason: "" }] : [];
  });
}

/** @param {Given} given @param {string} file @param {string} text */
function takeEarlier(given, file, text) {
  const earlier = readEarlier(parsed(text));
  if (!earlier) throw new RefusedFile("json_other");
  given.earlier = earlier;
  for (const { input, key } of earlier.results.values()) {
    given.take(file, { line: 0, text: input, keys: [key], reason: "" });
  }
  given.notes.push({ file, kind: "earlier", photos: earlier.results.size, ignored: 0 });
}

/** @param {string} text @returns {unknown} undefined where it is no JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
