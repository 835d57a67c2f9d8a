// Read the members of a zip archive that are asked for, out of a Blob.
// The format is PKWARE's APPNOTE 6.3; stored and deflated members.

import { LIMITS, viewOf, WRAP, ZipError } from "./zip-directory.js";

/**
 * @typedef {import("./zip-directory.js").Directory} Directory
 * @typedef {import("./zip-directory.js").Member} Member
 */

const LOCAL = 0x04034b50;
const LOCAL_LENGTH = 30;
const STORED = 0;
const DEFLATED = 8;
const SMALL = 2 ** 20; // bytes below which a high ratio does no harm

/**
 * What a member holds, checked by its length and CRC-32. Throws ZipError.
 * @param {Blob} file @param {Directory} directory @param {Member} member
 * @param {number} [most] bytes
 * @returns {Promise<Uint8Array>}
 */
export async function readMember(file, directory, member, most = LIMITS.size) {
  if (member.method !== STORED && member.method !== DEFLATED) throw new ZipError("unsupported");
  const swollen = member.size > SMALL && member.size > LIMITS.ratio * member.packed;
  if (member.size > most || swollen) throw new ZipError("bomb");
  const start = await findData(file, directory, member);
  const packed = file.slice(start, start + member.packed).stream();
  const plain = member.method === DEFLATED ? packed.pipeThrough(inflating()) : packed;
  const data = await collect(plain, member.size);
  if (crc32(data) !== member.crc) throw new ZipError("damaged");
  return data;
}

/** What unpacks a member; browsers have it since 2022 or 2023. */
function inflating() {
  try {
    return new DecompressionStream("deflate-raw");
  } catch {
    throw new ZipError("old");
  }
}

/**
 * Where a member's data begin. Where offsets have lost what is above 32 bits, the member's own name tells.
 * @param {Blob} file @param {Directory} directory @param {Member} member
 */
async function findData(file, { start: end }, { name, offset, packed }) {
  for (let at = offset; at + LOCAL_LENGTH + packed <= end; at += WRAP) {
    const local = await viewOf(file, at, LOCAL_LENGTH);
    if (local.getUint32(0, true) !== LOCAL) continue;
    const nameLength = local.getUint16(26, true);
    const start = at + LOCAL_LENGTH + nameLength + local.getUint16(28, true);
    if (start + packed > end) continue;
    const named = end < WRAP || (await nameAt(file, at + LOCAL_LENGTH, nameLength)) === name;
    if (named) return start;
  }
  throw new ZipError("damaged");
}

/** @param {Blob} file @param {number} start @param {number} length */
async function nameAt(file, start, length) {
  return new TextDecoder().decode(await viewOf(file, start, length));
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
