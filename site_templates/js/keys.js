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

/** What a key looks for, by the key's prefix: current.json says which of these a dataset can answer. */
export const QUERY_KINDS = new Map([
  ["nsid", "account"], ["name", "account"], ["photo", "photo"], ["image", "image"], ["person", "person"], ["tag", "tag"],
]);

/**
 * Where to look for a key, given the number of shards of each kind of index. With n shards, a photo's shard
 * is its id mod n and its entry id div n; any other key's shard is the first 32 bits of its SHA-256 times n,
 * div 2**32, and its entry is hex digits 5 to 16. Browsers offer SHA-256 on https and on this machine only.
 * @param {string} key
 * @param {Map<string, number>} shards
 * @returns {Promise<Place>}
 */
export async function place(key, shards) {
  const colon = key.indexOf(":");
  const kind = KINDS.get(key.slice(0, colon)) ?? "";
  const count = shards.get(kind) ?? 1;
  if (kind === "photos") {
    const id = Number(key.slice(colon + 1));
    return { kind, shard: shardName(id % count, count), entry: String(Math.floor(id / count)) };
  }
  const digits = await sha256(new TextEncoder().encode(key));
  const shard = Math.floor((parseInt(digits.slice(0, 8), 16) * count) / 2 ** 32); // exact, below 2**53
  return { kind, shard: shardName(shard, count), entry: digits.slice(4, 16) };
}

/**
 * A shard's number in as many hex digits as the last of so many shards needs.
 * @param {number} number @param {number} shards
 */
export function shardName(number, shards) {
  return number.toString(16).padStart((shards - 1).toString(16).length, "0");
}

/**
 * The SHA-256 of some bytes, in hex digits.
 * @param {BufferSource} data
 */
export async function sha256(data) {
  const digest = await crypto.subtle.digest("SHA-256", data);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
