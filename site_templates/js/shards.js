// Read the index: current.json, then whole shards. A shard is believed when it is the one that was asked
// for and its digest is right; otherwise the answer is an error, never a "no".

import { sha256 } from "./keys.js";

/**
 * @typedef {import("./keys.js").Place} Place
 * @typedef {{slug: string, title: string, searched: boolean}} Dataset
 * @typedef {{format: number, build: string, as_of: string, sample: boolean, datasets: Dataset[],
 *   kinds: Record<string, {bits: number}>}} Current
 */

const FORMAT = 1;
const TRIES = 3;
const TIMEOUT = 10_000; // milliseconds for one file
const SEAL = /^,"sha256":"([0-9a-f]{64})"\}$/; // the end of every shard: the digest of all bytes before it
const SEAL_LENGTH = 77;

/** Why there is no answer: `unreachable`, `damaged` (not what it should be), or `updated` (reload the page). */
export class ShardError extends Error {
  /** @param {"unreachable" | "damaged" | "updated"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The file is not there: after a new deploy, a shard of the build before. */
class Missing extends Error {}

/** The index of one site. Shards that were read are kept. */
export class Index {
  /** @param {URL} root the site's own address @param {Current} current what the page was built with */
  constructor(root, current) {
    this.root = root;
    this.current = current;
    /** @type {Map<string, Promise<Record<string, unknown>>>} */
    this.shards = new Map();
    /** @type {Promise<Current> | null} */
    this.renewal = null;
  }

  /**
   * Run an attempt to read the index of one build. If a shard is missing or damaged, the site may have been
   * deployed anew: read current.json again, once, and attempt it with that, past every cache.
   * @template T
   * @param {(current: Current, cache: RequestCache) => Promise<T>} attempt
   * @returns {Promise<T>}
   */
  async reading(attempt) {
    const before = this.current;
    try {
      return await attempt(before, "default");
    } catch (error) {
      if (!(error instanceof Missing || (error instanceof ShardError && error.code === "damaged"))) throw error;
    }
    const now = await this.renewed(before);
    try {
      return await attempt(now, "reload");
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      throw new ShardError(now.build === before.build ? "unreachable" : "updated");
    }
  }

  /**
   * What current.json says now. Attempts that fail together share one request.
   * @param {Current} before
   */
  async renewed(before) {
    if (this.current !== before) return this.current;
    this.renewal ??= readCurrent(new URL("index/current.json", this.root)).finally(() => {
      this.renewal = null;
    });
    this.current = await this.renewal;
    return this.current;
  }

  /**
   * The entries of the shard that holds a place.
   * @param {string} build @param {Place} where @param {RequestCache} cache
   */
  entries(build, where, cache) {
    const path = `index/${build}/${where.kind}/${where.shard}.json`;
    const known = this.shards.get(path);
    if (known) return known;
    const reading = readShard(new URL(path, this.root), build, where, cache);
    reading.catch(() => this.shards.delete(path));
    this.shards.set(path, reading);
    return reading;
  }
}

/**
 * @param {URL} url
 * @returns {Promise<Current>}
 */
async function readCurrent(url) {
  let current;
  try {
    current = JSON.parse(new TextDecoder().decode(await get(url, "no-cache")));
  } catch (error) {
    if (error instanceof ShardError) throw error;
    throw new ShardError(error instanceof Missing ? "unreachable" : "damaged");
  }
  if (current?.format !== FORMAT) throw new ShardError("updated");
  return current;
}

/**
 * @param {URL} url @param {string} build @param {Place} where @param {RequestCache} cache
 * @returns {Promise<Record<string, unknown>>}
 */
async function readShard(url, build, where, cache) {
  const data = await get(url, cache);
  const seal = SEAL.exec(new TextDecoder().decode(data.slice(-SEAL_LENGTH)));
  if (seal?.[1] !== (await sha256(data.slice(0, -SEAL_LENGTH)))) throw new ShardError("damaged");
  const shard = JSON.parse(new TextDecoder().decode(data));
  const asked = shard.kind === where.kind && shard.shard === where.shard && shard.build === build;
  if (!asked) throw new ShardError("damaged");
  return shard.entries;
}

/**
 * The bytes of a file; asked for again, after a pause, where that may help.
 * @param {URL} url @param {RequestCache} cache
 */
async function get(url, cache) {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const response = await fetch(url, { cache, signal: AbortSignal.timeout(TIMEOUT) }).catch(() => null);
    if (response?.status === 404) throw new Missing();
    const data = response?.ok ? await response.arrayBuffer().catch(() => null) : null;
    if (data) return new Uint8Array(data);
    if (response && response.status >= 400 && response.status < 500 && response.status !== 429) break;
    if (tried < TRIES) await new Promise((resolve) => setTimeout(resolve, 300 * tried + 300 * Math.random()));
  }
  throw new ShardError("unreachable");
}
