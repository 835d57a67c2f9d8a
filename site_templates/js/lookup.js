// Canonical keys to answers, in the shape of `exposing search --json`. This mirrors build/exposing/lookup.py.

import { place } from "./keys.js";
import { patience } from "./shards.js";

/**
 * @typedef {import("./keys.js").Place} Place
 * @typedef {import("./shards.js").Current} Current
 * @typedef {import("./shards.js").Index} Index
 * What one dataset holds: photos with their ids, or images with the labels they were given, or a tag's counts.
 * @typedef {{photos?: number, ids?: number[], images?: number, identities?: string[], owners?: number}} Holding
 * @typedef {Record<string, Holding>} Datasets  by slug
 * @typedef {{found: boolean, datasets?: Datasets, accounts?: Datasets[]}} Answer
 * @typedef {Record<string, number[]>} Steps  datasets, such as "2,7" -> ids, the first and then differences
 */

/**
 * What the index says of some keys, and of which build that is: one for all keys, even if the site is deployed
 * anew in between. All requests start together and follow from the keys alone, so that a hit and a miss look
 * alike to the host.
 * @param {Index} index
 * @param {string[]} keys
 * @param {AbortSignal} [signal] when it is too late
 * @returns {Promise<{answers: Map<string, Answer>, current: Current}>}
 */
export function lookup(index, keys, signal = patience().signal) {
  return index.reading(async (current, how) => {
    const shards = new Map(Object.entries(current.kinds).map(([kind, about]) => [kind, about.shards]));
    const slugs = current.datasets.map((dataset) => dataset.slug);
    /** @param {string} key @returns {Promise<[string, Answer]>} */
    const answer = async (key) => {
      const where = await place(key, shards);
      const read = READERS.get(where.kind);
      if (!read) throw new Error(`no index of ${where.kind}`);
      return [key, read(await index.entries(current, where, how), where, slugs, shards.get(where.kind) ?? 1)];
    };
    return { answers: new Map(await Promise.all(keys.map(answer))), current };
  }, signal);
}

/** @typedef {(entries: any, where: Place, slugs: string[], shards: number) => Answer} Read */

/** @type {Read} */
function account(entries, where, slugs) {
  const record = own(entries, where.entry);
  if (Array.isArray(record)) return { found: true, accounts: record.map((one) => photosOf(one, slugs)) };
  return { found: Object.keys(record).length > 0, datasets: photosOf(record, slugs) };
}

/**
 * @param {Steps} record @param {string[]} slugs
 * @returns {Datasets}
 */
function photosOf(record, slugs) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  for (const [among, steps] of Object.entries(record)) {
    let id = 0;
    const ids = steps.map((step) => (id += step));
    for (const number of numbersOf(among)) found.set(number, [...(found.get(number) ?? []), ...ids]);
  }
  const inOrder = [...found].sort(([one], [other]) => one - other);
  return Object.fromEntries(inOrder.map(([number, ids]) => {
    return [slugs[number] ?? number, { photos: ids.length, ids: ids.sort((one, other) => one - other) }];
  }));
}

/** @param {string} among the numbers of datasets, such as "2,7" */
function numbersOf(among) {
  return among.split(",").map(Number);
}

/** @type {Read} */
function photo(entries, where, slugs, shards) {
  const rest = Number(where.entry);
  const id = rest * shards + parseInt(where.shard, 16);
  const among = Object.keys(entries).find((datasets) => {
    let at = 0;
    return entries[datasets].some((/** @type {number} */ step) => (at += step) === rest);
  });
  const holding = among === undefined ? [] : numbersOf(among);
  const datasets = Object.fromEntries(holding.map((number) => [slugs[number] ?? number, { photos: 1, ids: [id] }]));
  return { found: among !== undefined, datasets };
}

/** @type {Read} */
function image(entries, where, slugs) {
  const datasets = bySlug(entries, slugs, (/** @type {Record<string, string[]>} */ labels) => {
    const holding = Object.keys(labels).filter((label) => labels[label]?.includes(where.entry));
    return holding.length ? { images: 1, identities: holding.filter(Boolean) } : null;
  });
  return { found: Object.keys(datasets).length > 0, datasets };
}

/** @type {Read} */
function person(entries, where, slugs) {
  const datasets = bySlug(own(entries, where.entry), slugs, (/** @type {Record<string, number>} */ labels) => ({
    images: Object.values(labels).reduce((sum, count) => sum + count, 0),
    identities: Object.keys(labels),
  }));
  return { found: Object.keys(datasets).length > 0, datasets };
}

/** @type {Read} */
function tag(entries, where, slugs) {
  const datasets = bySlug(own(entries, where.entry), slugs, (/** @type {[number, number]} */ [photos, owners]) => ({
    photos,
    owners,
  }));
  return { found: Object.keys(datasets).length > 0, datasets };
}

/**
 * A member that the shard itself has; never one that every object inherits.
 * @param {Record<string, any>} entries @param {string} key
 */
function own(entries, key) {
  return Object.hasOwn(entries, key) ? entries[key] : {};
}

/**
 * @template T
 * @param {Record<string, T>} record @param {string[]} slugs @param {(value: T) => Holding | null} read
 * @returns {Datasets}
 */
function bySlug(record, slugs, read) {
  /** @type {Datasets} */
  const datasets = {};
  for (const [number, value] of Object.entries(record)) {
    const holding = read(value);
    if (holding) datasets[slugs[Number(number)] ?? number] = holding;
  }
  return datasets;
}

/** @type {Map<string, Read>} */
const READERS = new Map([
  ["accounts", account], ["photos", photo], ["images", image], ["people", person], ["tags", tag],
]);
