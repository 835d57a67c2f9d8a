// Read the index: current.json, then whole shards. A shard is believed when it is the one that was asked
// for and its digest is right; otherwise the answer is an error, never a "no".

import { sha256, shardName } from "./keys.js";

/**
 * @typedef {import("./keys.js").Place} Place
 * @typedef {{slug: string, title: string, answers: string[], part_of: string[]}} Dataset  `answers`: kinds of query
 * @typedef {{format: number, build: string, as_of: string, sample: boolean, datasets: Dataset[],
 *   ending: string, kinds: Record<string, {shards: number, bytes: number}>}} Current
 * How files are asked for: past which caches, and when it is too late.
 * @typedef {{cache: RequestCache, signal: AbortSignal}} How
 * What was asked of the host, and what came: its status, 0 for nothing, and the bytes that the page got.
 * @typedef {{url: string, status: number, bytes: number}} Request
 */

const FORMAT = 3;
const MAX_SHARDS = 65_536; // of one kind
const TRIES = 3;
const TIMEOUT = 10_000; // milliseconds for one file
const PATIENCE = 30_000; // milliseconds after which a search says that it could not be finished
const TOGETHER = 4; // files loaded at a time
const SEAL = /,"sha256":"([0-9a-f]{64})"\}\n?$/; // the end of every file: the digest of all bytes before it
const SEAL_LENGTH = 78; // at the most, with a line end

/** Why there is no answer: `unreachable`, `damaged` (not what it should be), or `updated` (reload the page). */
export class ShardError extends Error {
  /** @param {"unreachable" | "damaged" | "updated"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * When the patience for a search begun now is at its end, and a failure at that moment.
 * @returns {{signal: AbortSignal, tooLate: Promise<never>}}
 */
export function patience() {
  const signal = AbortSignal.timeout(PATIENCE);
  const tooLate = /** @type {Promise<never>} */ (new Promise((_, fail) => {
    signal.addEventListener("abort", () => fail(new ShardError("unreachable")));
  }));
  tooLate.catch(() => {}); // there may be an answer by then, and nobody who waits
  return { signal, tooLate };
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
    /** @type {Map<string, Uint8Array<ArrayBuffer>>} shards that were loaded ahead, by path */
    this.loaded = new Map();
    /** @type {Request[]} every request since this was last emptied */
    this.requests = [];
  }

  /** The size of all shards, before compression. */
  get bytes() {
    return Object.values(this.current.kinds).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Load every shard, a few at a time, and keep it. What was loaded before a stop or a failure is kept too.
   * @param {AbortSignal} signal @param {(done: number, all: number) => void} progress
   */
  async loadAll(signal, progress) {
    await this.reading(async (current, how) => {
      const places = Object.entries(current.kinds).flatMap(([kind, { shards }]) =>
        Array.from({ length: shards }, (_, number) => ({ kind, shard: shardName(number, shards), entry: "" })));
      let done = 0;
      const next = places.values();
      const load = async () => {
        for (const where of next) {
          signal.throwIfAborted();
          const path = pathOf(current, where);
          if (!this.loaded.has(path)) {
            const data = await this.get(path, how);
            await textOf(data);
            this.loaded.set(path, data);
          }
          progress((done += 1), places.length);
        }
      };
      const stopped = new Promise((_, stop) => {
        signal.addEventListener("abort", () => stop(signal.reason));
      });
      await Promise.race([stopped, Promise.all(Array.from({ length: TOGETHER }, load))]);
    }, signal);
  }

  /**
   * Run an attempt to read the index of one build. If a shard is missing or damaged, the site may have been
   * deployed anew: read current.json again, once, and attempt it with that, past every cache.
   * @template T
   * @param {(current: Current, how: How) => Promise<T>} attempt
   * @param {AbortSignal} signal when it is too late
   * @returns {Promise<T>}
   */
  async reading(attempt, signal) {
    const before = this.current;
    try {
      return await attempt(before, { cache: "default", signal });
    } catch (error) {
      if (!(error instanceof Missing || (error instanceof ShardError && error.code === "damaged"))) throw error;
    }
    const now = await this.renewed(before, signal);
    try {
      return await attempt(now, { cache: "reload", signal });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      throw new ShardError(now.build === before.build ? "unreachable" : "updated");
    }
  }

  /**
   * What current.json says now. Attempts that fail together share one request.
   * @param {Current} before @param {AbortSignal} signal
   */
  async renewed(before, signal) {
    if (this.current !== before) return this.current;
    this.renewal ??= this.readCurrent(signal).finally(() => {
      this.renewal = null;
    });
    this.current = await this.renewal;
    return this.current;
  }

  /** @param {AbortSignal} signal @returns {Promise<Current>} */
  async readCurrent(signal) {
    let current;
    try {
      const data = await this.get("index/current.json", { cache: "no-cache", signal });
      current = JSON.parse(new TextDecoder().decode(data));
      if (current?.format !== FORMAT) throw new ShardError("updated");
      await textOf(data);
    } catch (error) {
      if (error instanceof ShardError) throw error;
      throw new ShardError(error instanceof Missing ? "unreachable" : "damaged");
    }
    const counts = Object.values(current.kinds).map(({ shards }) => shards);
    if (!counts.every((count) => Number.isInteger(count) && count > 0 && count <= MAX_SHARDS)) {
      throw new ShardError("damaged");
    }
    return current;
  }

  /**
   * The records of the shard that holds a place.
   * @param {Current} current @param {Place} where @param {How} how
   */
  records(current, where, how) {
    const path = pathOf(current, where);
    const known = this.shards.get(path);
    if (known) return known;
    const reading = this.readShard(current, where, path, how);
    reading.catch(() => this.shards.delete(path));
    this.shards.set(path, reading);
    return reading;
  }

  /**
   * @param {Current} current @param {Place} where @param {string} path @param {How} how
   * @returns {Promise<Record<string, unknown>>}
   */
  async readShard({ build, kinds }, where, path, how) {
    const shard = JSON.parse(await textOf(this.loaded.get(path) ?? (await this.get(path, how))));
    const wanted = shard.kind === where.kind && shard.shard === where.shard && shard.build === build;
    if (!wanted || shard.of !== kinds[where.kind]?.shards || !shard.records) throw new ShardError("damaged");
    return shard.records;
  }

  /**
   * The bytes of a file; asked for again, after a pause, where that may help.
   * @param {string} path @param {How} how
   */
  async get(path, { cache, signal }) {
    const url = new URL(path, this.root).href;
    for (let tried = 1; tried <= TRIES && !signal.aborted; tried += 1) {
      const ended = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
      const response = await fetch(url, { cache, redirect: "error", signal: ended }).catch(() => null);
      const data = response?.ok ? await response.arrayBuffer().catch(() => null) : null;
      this.requests.push({ url, status: response?.status ?? 0, bytes: data?.byteLength ?? 0 });
      if (response?.status === 404) throw new Missing();
      if (data) return new Uint8Array(data);
      if (response && response.status >= 400 && response.status < 500 && response.status !== 429) break;
      if (tried < TRIES) await new Promise((resolve) => setTimeout(resolve, 300 * tried + 300 * Math.random()));
    }
    throw new ShardError("unreachable");
  }
}

/** @param {Current} current @param {Place} where */
function pathOf(current, where) {
  return `index/${current.build}/${where.kind}/${where.shard}${current.ending}`;
}

/**
 * The text of a file that arrived as it was written.
 * @param {Uint8Array<ArrayBuffer>} data
 */
async function textOf(data) {
  const plain = await opened(data);
  const seal = SEAL.exec(new TextDecoder().decode(plain.slice(-SEAL_LENGTH)));
  if (!seal || seal[1] !== (await sha256(plain.slice(0, -seal[0].length)))) throw new ShardError("damaged");
  return new TextDecoder().decode(plain);
}

/**
 * What gzip packed, unpacked. Some hosts' `.gz` files are unpacked by the browser as they arrive, some are not.
 * @param {Uint8Array<ArrayBuffer>} data
 */
async function opened(data) {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  try {
    const plain = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch {
    throw new ShardError("damaged");
  }
}
