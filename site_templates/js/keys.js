// From a canonical key to the place where its answer is. This mirrors build/exposing/keys.py;
// tests/vectors/keys.json holds both to the same answers.

/**
 * Where a key's answer is: index kind, shard name, and the key inside the shard.
 * @typedef {{kind: string, shard: string, entry: string}} Place
 */

/** Which index holds a key, by the key's prefix. */
const KINDS = new Map([
  ["nsid", "accounts"], ["name", "accounts"], ["photo", "photos"],
  ["image", "images"], ["person", "people"], ["tag", "tags"],
]);

/**
 * Where to look for a key, given the number of bits of each kind of index. A photo's shard is its id
 * mod 2**bits and its entry id div 2**bits; any other key's shard is the top bits of its SHA-256, and its
 * entry is hex digits 5 to 16. Browsers offer SHA-256 on https and on this machine only.
 * @param {string} key
 * @param {Map<string, number>} bits
 * @returns {Promise<Place>}
 */
export async function place(key, bits) {
  const colon = key.indexOf(":");
  const kind = KINDS.get(key.slice(0, colon)) ?? "";
  const width = bits.get(kind) ?? 0;
  if (kind === "photos") {
    const id = Number(key.slice(colon + 1));
    const count = 2 ** width; // not a shift: photo ids are above 2**31
    return { kind, shard: shardName(id % count, width), entry: String(Math.floor(id / count)) };
  }
  const digits = await sha256(new TextEncoder().encode(key));
  const shard = parseInt(digits.slice(0, 4), 16) >> (16 - width);
  return { kind, shard: shardName(shard, width), entry: digits.slice(4, 16) };
}

/**
 * A shard's number in as many hex digits as its bits need, at least one.
 * @param {number} number @param {number} bits
 */
export function shardName(number, bits) {
  return number.toString(16).padStart(Math.max(1, Math.ceil(bits / 4)), "0");
}

/**
 * The SHA-256 of some bytes, in hex digits.
 * @param {BufferSource} data
 */
export async function sha256(data) {
  const digest = await crypto.subtle.digest("SHA-256", data);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
