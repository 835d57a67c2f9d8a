// Read a zip archive out of a Blob: its directory first, then only the members that are asked for.
// The format is PKWARE's APPNOTE 6.3; stored and deflated members, with zip64.

import { Pace } from "./many-pace.js";

/**
 * @typedef {{name: string, method: number, crc: number, packed: number, size: number, offset: number}} Member
 * Sizes are in bytes; `offset` is where the member's own header is.
 * @typedef {{members: Member[], start: number}} Directory  `start` is where the directory is: members end there
 */

/** What an archive may ask of a browser, against archives that are made to fill its memory. */
export const LIMITS = { members: 400_000, directory: 96 * 2 ** 20, size: 16 * 2 ** 20, ratio: 200 };

const END = 0x06054b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const END64 = 0x06064b50;
const END64_LENGTH = 56;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_LENGTH = 20;
const ENTRY = 0x02014b50;
const ENTRY_LENGTH = 46;
const LOCAL = 0x04034b50;
const LOCAL_LENGTH = 30;
const ENCRYPTED = 0x2041; // the flags' bits 0, 6 and 13: encrypted, strongly, and with a masked directory
const ZIP64 = 1; // the extra field that holds what does not fit into 32 bits
const FULL16 = 0xffff;
const FULL32 = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
const SMALL = 2 ** 20; // bytes below which a high ratio does no harm

/** Why an archive is refused: it is `damaged`, `encrypted`, `split` over files, a `bomb`, or `unsupported`. */
export class ZipError extends Error {
  /** @param {"damaged" | "encrypted" | "split" | "bomb" | "unsupported"} code */
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
  const { start, length, count } = await findDirectory(file);
  if (count > LIMITS.members || length > LIMITS.directory) throw new ZipError("bomb");
  const view = await viewOf(file, start, length);
  const names = new TextDecoder(); // only names in ASCII are looked for, which every encoding writes alike
  const pace = new Pace();
  /** @type {Member[]} */
  const members = [];
  let at = 0;
  for (; members.length < count; at += entryLength(view, at)) {
    members.push(readEntry(view, at, names, start));
    if (pace.due()) await pace.rest();
  }
  if (at !== length) throw new ZipError("damaged");
  return { members, start };
}

/**
 * Where the directory is, by the record at the archive's end.
 * @param {Blob} file
 */
async function findDirectory(file) {
  const tail = Math.max(0, file.size - END_LENGTH - LONGEST_COMMENT - LOCATOR64_LENGTH);
  const view = await viewOf(file, tail, file.size - tail);
  const at = lastEnd(view);
  if (view.getUint16(at + 4, true) !== view.getUint16(at + 6, true)) throw new ZipError("split");
  const short = {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
  };
  const is64 = at >= LOCATOR64_LENGTH && view.getUint32(at - LOCATOR64_LENGTH, true) === LOCATOR64;
  const found = is64 ? await end64(file, Number(view.getBigUint64(at - LOCATOR64_LENGTH + 8, true))) : short;
  const end = is64 ? tail + at - LOCATOR64_LENGTH : tail + at;
  if (found.start + found.length > end || found.count * ENTRY_LENGTH > found.length) throw new ZipError("damaged");
  return found;
}

/** @param {DataView} view */
function lastEnd(view) {
  for (let at = view.byteLength - END_LENGTH; at >= 0; at -= 1) {
    const reaches = () => at + END_LENGTH + view.getUint16(at + 20, true) === view.byteLength;
    if (view.getUint32(at, true) === END && reaches()) return at;
  }
  throw new ZipError("damaged");
}

/**
 * The zip64 record of an archive's end. Numbers above 2**53 lose digits, and lie beyond the file anyway.
 * @param {Blob} file @param {number} start
 */
async function end64(file, start) {
  const view = await viewOf(file, start, END64_LENGTH);
  if (view.getUint32(0, true) !== END64) throw new ZipError("damaged");
  if (view.getUint32(16, true) !== view.getUint32(20, true)) throw new ZipError("split");
  return {
    count: Number(view.getBigUint64(32, true)),
    length: Number(view.getBigUint64(40, true)),
    start: Number(view.getBigUint64(48, true)),
  };
}

/**
 * One entry of the directory. @param {DataView} view @param {number} at @param {TextDecoder} names
 * @param {number} end where the members end
 * @returns {Member}
 */
function readEntry(view, at, names, end) {
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
  const offset = number(view.getUint32(at + 42, true));
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

/**
 * What a member holds, checked by its length and CRC-32. Throws ZipError.
 * @param {Blob} file @param {Directory} directory @param {Member} member
 * @returns {Promise<Uint8Array>}
 */
export async function readMember(file, directory, member) {
  if (member.method !== STORED && member.method !== DEFLATED) throw new ZipError("unsupported");
  const swollen = member.size > SMALL && member.size > LIMITS.ratio * member.packed;
  if (member.size > LIMITS.size || swollen) throw new ZipError("bomb");
  const local = await viewOf(file, member.offset, LOCAL_LENGTH);
  if (local.getUint32(0, true) !== LOCAL) throw new ZipError("damaged");
  const start = member.offset + LOCAL_LENGTH + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + member.packed > directory.start) throw new ZipError("damaged");
  const packed = file.slice(start, start + member.packed).stream();
  const plain = member.method === DEFLATED ? packed.pipeThrough(new DecompressionStream("deflate-raw")) : packed;
  const data = await collect(plain, member.size);
  if (crc32(data) !== member.crc) throw new ZipError("damaged");
  return data;
}

/**
 * Exactly so many bytes of a stream; it is stopped as soon as there are more.
 * @param {ReadableStream<Uint8Array>} stream @param {number} size
 */
async function collect(stream, size) {
  const data = new Uint8Array(size);
  const reader = stream.getReader();
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new ZipError("damaged");
    });
    if (done) break;
    if (filled + value.length > size) {
      reader.cancel().catch(() => {});
      throw new ZipError("damaged");
    }
    data.set(value, filled);
    filled += value.length;
  }
  if (filled !== size) throw new ZipError("damaged");
  return data;
}

/** @param {Blob} file @param {number} start @param {number} length */
async function viewOf(file, start, length) {
  if (!(start >= 0 && start + length <= file.size)) throw new ZipError("damaged");
  return new DataView(await file.slice(start, start + length).arrayBuffer());
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** @param {Uint8Array} data */
function crc32(data) {
  let crc = -1;
  for (const byte of data) crc = /** @type {number} */ (CRC_TABLE[(crc ^ byte) & 0xff]) ^ (crc >>> 8);
  return ~crc >>> 0;
}
