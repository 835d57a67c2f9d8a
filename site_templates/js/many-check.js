// Ask the index about many keys: whole shards, a few at a time, in an order that follows from nothing.

import { place, shardName } from "./keys.js";
import { lookup } from "./lookup.js";
import { Pace } from "./many-pace.js";
import { enter } from "./many-results.js";
import { patience, ShardError } from "./shards.js";

/**
 * @typedef {import("./many-results.js").Row} Row
 * @typedef {import("./shards.js").Current} Current
 * @typedef {import("./shards.js").Index} Index
 * One shard to fetch, and the rows that it answers; none, if it is fetched only to hide which are needed.
 * @typedef {{kind: string, shard: string, rows: Row[]}} Group
 */

const AT_ONCE = 4; // shards on their way at one time
const FAILURES = 8; // in a row: then the host is away, and asking on would only keep the visitor waiting
const TOGETHER = 16; // keys looked up between two looks at the clock
const ROUNDS = 3; // how often a site that is deployed anew meanwhile is asked again

/**
 * Answer all rows that are open. A row stays open if its shard could not be read, or after a cancel.
 * @param {Index} index
 * @param {Row[]} rows
 * @param {AbortSignal} signal
 * @param {(done: number, all: number) => void} onStep shards that were asked for, of all
 * @returns {Promise<Set<string>>} why rows are open: codes of ShardError
 */
export async function check(index, rows, signal, onStep) {
  /** @type {Set<string>} */
  let faults = new Set();
  for (let round = 0; round < ROUNDS && !signal.aborted; round += 1) {
    const stale = rows.filter((row) => row.build !== index.current.build);
    if (!stale.length) break;
    faults = await checkOnce(index, stale, signal, onStep);
    if (faults.size) break;
  }
  for (const row of rows) if (row.build !== index.current.build) row.state = "open"; // builds are never mixed
  return faults;
}

/** @param {Index} index @param {Row[]} rows @param {AbortSignal} signal @param {(done: number, all: number) => void} onStep */
async function checkOnce(index, rows, signal, onStep) {
  /** @type {Set<string>} */
  const faults = new Set();
  const groups = await plan(index.current, rows);
  const cancelled = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  let next = 0;
  let done = 0;
  let failed = 0;
  const work = async () => {
    while (next < groups.length && failed < FAILURES && !signal.aborted) {
      const group = /** @type {Group} */ (groups[next]);
      next += 1;
      const fault = await answer(index, group, signal);
      if (signal.aborted) return;
      if (fault && group.rows.length) faults.add(fault);
      failed = fault ? failed + 1 : 0;
      done += 1;
      onStep(done, groups.length);
    }
  };
  onStep(0, groups.length);
  await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, work)), cancelled]);
  return faults;
}

/**
 * The shards to fetch, in order of their paths. Where more than half of a kind's shards are needed, all are
 * fetched: then the host learns nothing but that many things were looked for.
 * @param {Current} current @param {Row[]} rows
 * @returns {Promise<Group[]>}
 */
export async function plan(current, rows) {
  const counts = new Map(Object.entries(current.kinds).map(([kind, about]) => [kind, about.shards]));
  /** @type {Map<string, Map<string, Group>>} */
  const kinds = new Map();
  const pace = new Pace();
  for (let at = 0; at < rows.length; at += TOGETHER) {
    const some = rows.slice(at, at + TOGETHER);
    const places = await Promise.all(some.map((row) => place(row.key, counts)));
    for (const [number, { kind, shard }] of places.entries()) {
      groupOf(kinds, kind, shard).rows.push(/** @type {Row} */ (some[number]));
    }
    if (pace.due()) await pace.rest();
  }
  for (const [kind, shards] of kinds) {
    const count = counts.get(kind) ?? 1;
    if (shards.size <= count / 2) continue;
    for (let number = 0; number < count; number += 1) groupOf(kinds, kind, shardName(number, count));
  }
  const groups = [...kinds.values()].flatMap((shards) => [...shards.values()]);
  return groups.sort((one, other) => (`${one.kind}/${one.shard}` < `${other.kind}/${other.shard}` ? -1 : 1));
}

/** @param {Map<string, Map<string, Group>>} kinds @param {string} kind @param {string} shard */
function groupOf(kinds, kind, shard) {
  const shards = kinds.get(kind) ?? new Map();
  const group = shards.get(shard) ?? { kind, shard, rows: [] };
  kinds.set(kind, shards.set(shard, group));
  return group;
}

/**
 * Fetch a shard and answer its rows, then forget it: all shards together may be more than memory holds.
 * @param {Index} index @param {Group} group @param {AbortSignal} signal
 * @returns {Promise<string>} a ShardError's code, or nothing
 */
async function answer(index, group, signal) {
  try {
    await (group.rows.length ? answerRows(index, group.rows, signal) : fetchOnly(index, group));
    return "";
  } catch (error) {
    if (error instanceof ShardError) return error.code;
    reportError(error); // a bug: still never a "no"
    return "unreachable";
  } finally {
    for (const path of index.shards.keys()) if (path.includes(`/${group.kind}/${group.shard}.`)) index.shards.delete(path);
  }
}

/** @param {Index} index @param {Row[]} rows @param {AbortSignal} signal */
async function answerRows(index, rows, signal) {
  const pace = new Pace();
  for (let at = 0; at < rows.length; at += TOGETHER) {
    const some = rows.slice(at, at + TOGETHER);
    const { answers, current } = await lookup(index, some.map((row) => row.key));
    if (signal.aborted) return;
    for (const row of some) {
      const answer = answers.get(row.key);
      if (answer) enter(row, answer, current.build);
    }
    if (pace.due()) await pace.rest();
  }
}

/** @param {Index} index @param {Group} group */
function fetchOnly(index, { kind, shard }) {
  const { signal } = patience();
  return index.reading((current, how) => index.records(current, { kind, shard, entry: "" }, how), signal);
}
