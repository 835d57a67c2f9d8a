// Canonical keys to answers, in the shape of `exposing search --json`. This mirrors build/exposing/records.py.

import { place, QUERY_KINDS } from "./keys.js";
import { patience } from "./shards.js";

/**
 * @typedef {import("./keys.js").Place} Place
 * @typedef {import("./shards.js").Current} Current
 * @typedef {import("./shards.js").Index} Index
 * Photo ids by the slug of another dataset.
 * @typedef {Record<string, number[]>} IdsBySlug
 * What one dataset holds: photos with their ids, or images with the labels they were given, or a tag's counts.
 * `owner_from`: those of the ids whose owner only this other list names; `from_parts`: those that are known to be
 * here because this other dataset is a part of it.
 * @typedef {{photos?: number, ids?: number[], owner_from?: IdsBySlug, from_parts?: IdsBySlug, images?: number,
 *   identities?: string[], owners?: number}} Holding
 * @typedef {Record<string, Holding>} Datasets  by slug
 * `found` is null where no dataset of the site can be searched by such a key.
 * @typedef {{found: boolean | null, datasets?: Datasets, accounts?: Datasets[]}} Answer
 * @typedef {Record<string, number[]>} Steps  datasets, such as "2,7+4" -> ids, the first and then differences
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
    /** @param {string} key @returns {Promise<[string, Answer]>} */
    const answer = async (key) => {
      const where = await place(key, shards);
      return [key, answerOf(await index.records(current, where, how), key, where, current)];
    };
    return { answers: new Map(await Promise.all(keys.map(answer))), current };
  }, signal);
}

/**
 * What a shard's records, with what current.json says of the datasets, say of a key.
 * @param {Record<string, any>} records @param {string} key @param {Place} where @param {Current} current
 * @returns {Answer}
 */
function answerOf(records, key, where, { datasets, kinds }) {
  const read = READERS.get(where.kind);
  if (!read) throw new Error(`no index of ${where.kind}`);
  const slugs = datasets.map(({ slug }) => slug);
  const own = read(records, where, slugs, kinds[where.kind]?.shards ?? 1);
  const found = OF_PHOTOS.has(where.kind) ? own.map((sets) => withWholes(sets, datasets)) : own;
  const kind = QUERY_KINDS.get(key.slice(0, key.indexOf(":"))) ?? "";
  const yes = found.some((sets) => Object.keys(sets).length > 0);
  const searched = datasets.some(({ answers }) => answers.includes(kind));
  return { found: yes || searched ? yes : null, ...(found.length > 1 ? { accounts: found } : { datasets: found[0] ?? {} }) };
}

/** Kinds of index of which a find in a dataset is a find in all that it is part of. */
const OF_PHOTOS = new Set(["accounts", "photos", "images"]);

/**
 * Holdings by dataset, with those of datasets of which one is a part; in the datasets' order.
 * @param {Datasets} own @param {Current["datasets"]} datasets
 * @returns {Datasets}
 */
function withWholes(own, datasets) {
  /** @type {Map<string, IdsBySlug>} */
  const added = new Map();
  for (const { slug, part_of } of datasets) {
    const holding = Object.hasOwn(own, slug) ? own[slug] : undefined;
    if (!holding?.ids?.length && holding?.images === undefined) continue;
    for (const whole of part_of) {
      const known = new Set(Object.hasOwn(own, whole) ? own[whole]?.ids : []);
      const ids = (holding.ids ?? []).filter((id) => !known.has(id));
      const isNew = ids.length > 0 || (holding.images !== undefined && !Object.hasOwn(own, whole));
      if (isNew) added.set(whole, { ...added.get(whole), [slug]: ids });
    }
  }
  return Object.fromEntries(datasets.flatMap(({ slug }) => {
    const holding = Object.hasOwn(own, slug) ? own[slug] : undefined;
    const parts = added.get(slug);
    return holding || parts ? [[slug, parts ? withParts(holding, parts) : holding ?? {}]] : [];
  }));
}

/**
 * What a dataset's own list says that it holds, if it is here, and what its parts add to that.
 * @param {Holding | undefined} holding @param {IdsBySlug} parts
 * @returns {Holding}
 */
function withParts(holding, parts) {
  const ids = ascending([...(holding?.ids ?? []), ...Object.values(parts).flat()]);
  const counts = ids.length ? { photos: ids.length, ids } : { images: 1, identities: [] };
  return { ...holding, ...counts, from_parts: parts };
}

/** @param {number[]} ids */
function ascending(ids) {
  return [...new Set(ids)].sort((one, other) => one - other);
}

/** @typedef {(records: any, where: Place, slugs: string[], shards: number) => Datasets[]} Read */

/**
 * One set of holdings, or several where several accounts have the name.
 * @type {Read}
 */
function accounts(records, where, slugs) {
  const record = own(records, where.entry);
  return (Array.isArray(record) ? record : [record]).map((one) => photosOf(one, slugs));
}

/**
 * @param {Steps} record @param {string[]} slugs
 * @returns {Datasets}
 */
function photosOf(record, slugs) {
  /** @type {Map<number, Gathered>} */
  const found = new Map();
  for (const [among, steps] of Object.entries(record)) {
    let id = 0;
    const ids = steps.map((step) => (id += step));
    const [first = "", second = ""] = among.split("+");
    const naming = numbersOf(first);
    for (const number of naming) gather(found, number, ids, []);
    for (const number of numbersOf(second)) gather(found, number, ids, naming.map((name) => slugs[name] ?? String(name)));
  }
  const inOrder = [...found].sort(([one], [other]) => one - other);
  return Object.fromEntries(inOrder.map(([number, one]) => [slugs[number] ?? number, holdingOf(one)]));
}

/** @typedef {{ids: number[], from: Map<string, number[]>}} Gathered  `from`: slugs that name the owner */

/** @param {Map<number, Gathered>} found @param {number} dataset @param {number[]} ids @param {string[]} from slugs */
function gather(found, dataset, ids, from) {
  const one = found.get(dataset) ?? { ids: [], from: new Map() };
  found.set(dataset, { ids: [...one.ids, ...ids], from: one.from });
  for (const slug of from) one.from.set(slug, [...(one.from.get(slug) ?? []), ...ids]);
}

/** @param {Gathered} one @returns {Holding} */
function holdingOf({ ids, from }) {
  const holding = { photos: ids.length, ids: ascending(ids) };
  const inOrder = [...from].sort(([one], [other]) => (one < other ? -1 : 1));
  return from.size ? { ...holding, owner_from: Object.fromEntries(inOrder.map(([slug, one]) => [slug, ascending(one)])) } : holding;
}

/** @param {string} among the numbers of datasets, such as "2,7" */
function numbersOf(among) {
  return among.split(",").filter(Boolean).map(Number);
}

/** @type {Read} */
function photo(records, where, slugs, shards) {
  const rest = Number(where.entry);
  const id = rest * shards + parseInt(where.shard, 16);
  const among = Object.keys(records).find((datasets) => {
    let at = 0;
    return records[datasets].some((/** @type {number} */ step) => (at += step) === rest);
  });
  const holding = among === undefined ? [] : numbersOf(among);
  return [Object.fromEntries(holding.map((number) => [slugs[number] ?? number, { photos: 1, ids: [id] }]))];
}

/** @type {Read} */
function image(records, where, slugs) {
  return [bySlug(records, slugs, (/** @type {Record<string, string[]>} */ labels) => {
    const holding = Object.keys(labels).filter((label) => labels[label]?.includes(where.entry));
    return holding.length ? { images: 1, identities: holding.filter(Boolean) } : null;
  })];
}

/** @type {Read} */
function person(records, where, slugs) {
  return [bySlug(own(records, where.entry), slugs, (/** @type {Record<string, number>} */ labels) => ({
    images: Object.values(labels).reduce((sum, count) => sum + count, 0),
    identities: Object.keys(labels),
  }))];
}

/** @type {Read} */
function tag(records, where, slugs) {
  return [bySlug(own(records, where.entry), slugs, (/** @type {[number, number]} */ [photos, owners]) => ({
    photos,
    owners,
  }))];
}

/**
 * A member that the shard itself has; never one that every object inherits.
 * @param {Record<string, any>} records @param {string} key
 */
function own(records, key) {
  return Object.hasOwn(records, key) ? records[key] : {};
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
  ["accounts", accounts], ["photos", photo], ["images", image], ["people", person], ["tags", tag],
]);
