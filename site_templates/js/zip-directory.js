// Read a zip archive's directory out of a Blob, and nothing else of it.
// The format is PKWARE's APPNOTE 6.3 with zip64, and what is found beside the format: bytes before the archive or
// after it, and large archives without zip64, as the Mac makes them.

import { Pace } from "./many-pace.js";

/**
 * @typedef {{name: string, method: number, crc: number, packed: number, size: number, offset: number}} Member
 * Sizes are in bytes; `offset` is where the member's own header is, or that less a multiple of WRAP.
 * @typedef {{members: Member[], start: number}} Directory  `start` is where the directory is: members end there
 */

/** What an archive may ask of a browser, against archives that are made to fill its memory. */
export const LIMITS = { members: 400_000, directory: 96 * 2 ** 20, size: 16 * 2 ** 20, ratio: 200 };
/** Offsets and sizes of 32 bits count modulo this. */
export const WRAP = 2 ** 32;

const END = 0x06054b50;
const END_LENGTH = 22;
const LONGEST_TAIL = 2 ** 20; // bytes after the directory: a comment, or what a server has added
const ENDS = 16; // marks of an end that are tried
const END64 = 0x06064b50;
const END64_LENGTH = 56;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_LENGTH = 20;
const ENTRY = 0x02014b50;
const ENTRY_LENGTH = 46;
const LOCAL = 0x04034b50;
const SPANNED = 0x08074b50; // at the start of an archive that was cut, or was to be
const LOCAL_LENGTH = 30;
const ENCRYPTED = 0x2041; // the flags' bits 0, 6 and 13: encrypted, strongly, and with a masked directory
const ZIP64 = 1; // the extra field that holds what does not fit into 32 bits
const FULL16 = 0xffff;
const FULL32 = 0xffffffff;

/**
 * Why an archive is refused: it is `damaged`, `encrypted`, `split` over files, a `bomb`, `unsupported`, `foreign`:
 * no zip archive at all; or the browser is too `old` to unpack it.
 */
export class ZipError extends Error {
  /** @param {"damaged" | "encrypted" | "split" | "bomb" | "unsupported" | "foreign" | "old"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * The members of an archive, by its directory alone. Throws ZipError.
 * @param {Blob} file
 * @returns {Promise<Directory>}
 */
export async function readDirectory(file) {
  const { start, length, count, full, before } = await findDirectory(file);
  if (length > LIMITS.directory) throw new ZipError("bomb");
  const view = await viewOf(file, start, length);
  const names = new TextDecoder(); // only names in ASCII are looked for, which every encoding writes alike
  const pace = new Pace();
  /** @type {Member[]} */
  const members = [];
  for (let at = 0; at < length; at += entryLength(view, at)) {
    members.push(readEntry(view, at, names, start, before));
    if (members.length > LIMITS.members) throw new ZipError("bomb");
    if (pace.due()) await pace.rest();
  }
  const counted = full ? members.length : members.length % (FULL16 + 1); // the Mac counts no further
  if (counted !== count && members.length !== count) throw new ZipError("damaged");
  return { members, start };
}

/**
 * Where the directory is, by the record at the archive's end: the first of those that look like one that is.
 * @param {Blob} file
 */
async function findDirectory(file) {
  const tail = Math.max(0, file.size - END_LENGTH - LONGEST_TAIL);
  const view = await viewOf(file, tail, file.size - tail);
  /** @type {ZipError | null} */
  let first = null;
  for (const at of endsOf(view)) {
    try {
      return await directoryOf(file, view, tail, at);
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      first ??= error;
    }
  }
  throw first ?? new ZipError(!file.size || (await isMarked(file)) ? "damaged" : "foreign");
}

/** Whether a file begins as archives do. @param {Blob} file */
async function isMarked(file) {
  return file.size >= 4 && [LOCAL, SPANNED].includes((await viewOf(file, 0, 4)).getUint32(0, true));
}

/**
 * Where an end may be: first those whose comment ends with the file, then others, the last first.
 * @param {DataView} view
 */
function endsOf(view) {
  /** @type {number[]} */
  const exact = [];
  /** @type {number[]} */
  const others = [];
  for (let at = view.byteLength - END_LENGTH; at >= 0 && others.length < ENDS; at -= 1) {
    if (view.getUint8(at) !== 0x50 || view.getUint32(at, true) !== END) continue;
    const reaches = at + END_LENGTH + view.getUint16(at + 20, true) === view.byteLength;
    (reaches ? exact : others).push(at);
  }
  return [...exact.slice(0, ENDS), ...others];
}

/**
 * The directory that a record of the end tells of. It lies before that record, wherever the record says it is.
 * `before` is how many bytes stand before the archive, and `full` whether its numbers are of 64 bits.
 * @param {Blob} file @param {DataView} view the file from `tail` on @param {number} tail @param {number} at
 */
async function directoryOf(file, view, tail, at) {
  if (view.getUint16(at + 4, true) !== view.getUint16(at + 6, true)) throw new ZipError("split");
  const short = {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
  };
  const full = at >= LOCATOR64_LENGTH && view.getUint32(at - LOCATOR64_LENGTH, true) === LOCATOR64;
  const found = full ? await end64(file, view, tail + at - LOCATOR64_LENGTH, at) : { ...short, end: tail + at };
  for (const start of new Set([found.end - found.length, found.start])) {
    if (start < 0 || start + found.length > found.end) continue;
    if (found.length && !(await isEntry(file, start))) continue;
    return { ...found, start, full, before: Math.max(0, start - found.start) % WRAP };
  }
  throw new ZipError("damaged");
}

/** @param {Blob} file @param {number} at */
async function isEntry(file, at) {
  return at + ENTRY_LENGTH <= file.size && (await viewOf(file, at, 4)).getUint32(0, true) === ENTRY;
}

/**
 * The zip64 record of an archive's end, where its locator says it is, or just before that if bytes stand before
 * the archive. Numbers above 2**53 lose digits, and lie beyond the file anyway.
 * @param {Blob} file @param {DataView} tail @param {number} locator where it is in the file
 * @param {number} at where the locator ends in the tail
 */
async function end64(file, tail, locator, at) {
  const said = Number(tail.getBigUint64(at - LOCATOR64_LENGTH + 8, true));
  for (const end of new Set([said, locator - END64_LENGTH])) {
    if (end < 0 || end + END64_LENGTH > locator) continue;
    const view = await viewOf(file, end, END64_LENGTH);
    if (view.getUint32(0, true) !== END64) continue;
    if (view.getUint32(16, true) !== view.getUint32(20, true)) throw new ZipError("split");
    const [count, length, start] = [32, 40, 48].map((field) => Number(view.getBigUint64(field, true)));
    return { count: count ?? 0, length: length ?? 0, start: start ?? 0, end };
  }
  throw new ZipError("damaged");
}

/**
 * One entry of the directory. @param {DataView} view @param {number} at @param {TextDecoder} names
 * @param {number} end where the members end @param {number} before bytes before the archive
 * @returns {Member}
 */
function readEntry(view, at, names, end, before) {
  if (at + ENTRY_LENGTH > view.byteLength || view.getUint32(at, true) !== ENTRY) throw new ZipError("damaged");
  if (at + entryLength(view, at) > view.byteLength) throw new ZipError("damaged");
  if (view.getUint16(at + 8, true) & ENCRYPTED) throw new ZipError("encrypted");
  const nameLength = view.getUint16(at + 28, true);
  const name = names.decode(new Uint8Array(view.buffer, view.byteOffset + at + ENTRY_LENGTH, nameLength));
  const wide = wideNumbers(view, at + ENTRY_LENGTH + nameLength, view.getUint16(at + 30, true));
  /** @param {number} short @returns {number} */
  const number = (short) => {
    const value = short === FULL32 ? wide.shift() : short;
    if (value === undefined) throw new ZipError("damaged");
    return value;
  };
  const size = number(view.getUint32(at + 24, true)); // zip64 gives them in this order
  const packed = number(view.getUint32(at + 20, true));
  const offset = number(view.getUint32(at + 42, true)) + before;
  if (![0, FULL16].includes(view.getUint16(at + 34, true))) throw new ZipError("split");
  if (offset + LOCAL_LENGTH + packed > end) throw new ZipError("damaged");
  return { name, method: view.getUint16(at + 10, true), crc: view.getUint32(at + 16, true), packed, size, offset };
}

/** @param {DataView} view @param {number} at */
function entryLength(view, at) {
  const parts = [28, 30, 32].map((part) => view.getUint16(at + part, true)); // name, extra fields, comment
  return parts.reduce((sum, part) => sum + part, ENTRY_LENGTH);
}

/**
 * The 64-bit numbers of an entry's extra fields. @param {DataView} view @param {number} at @param {number} length
 */
function wideNumbers(view, at, length) {
  const end = at + length;
  for (let size = 0; at + 4 <= end; at += 4 + size) {
    size = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) !== ZIP64) continue;
    if (at + 4 + size > end) throw new ZipError("damaged");
    return Array.from({ length: Math.floor(size / 8) }, (_, n) => Number(view.getBigUint64(at + 4 + 8 * n, true)));
  }
  return [];
}

/** Some bytes of a file. @param {Blob} file @param {number} start @param {number} length */
export async function viewOf(file, start, length) {
  if (!(start >= 0 && start + length <= file.size)) throw new ZipError("damaged");
  return new DataView(await file.slice(start, start + length).arrayBuffer());
}
