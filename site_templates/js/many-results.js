// The answers as files to keep, and what has changed since one that was kept.

import { csvOf } from "./files.js";
import { Pace } from "./many-pace.js";
import { searchedBy } from "./states.js";

/**
 * @typedef {import("./lookup.js").Answer} Answer
 * @typedef {import("./lookup.js").Datasets} Datasets
 * @typedef {import("./many-given.js").Entry} Entry
 * @typedef {import("./many-given.js").Unread} Unread
 * @typedef {import("./shards.js").Current} Current
 *
 * What one entry was found in. `state` is "open" while there is no answer, and "cannot" where no dataset can be
 * searched by such an entry; `ids` are distinct photos over all
 * datasets, and `count` how many photos or images that is, or how many bear a tag. `accounts` is how many
 * accounts share a name. `change` is set where an earlier result was given: "fresh", "gone", "changed", "same".
 * @typedef {"found" | "none" | "open" | "cannot"} State
 * @typedef {Entry & {state: State, datasets: Datasets, ids: number[], count: number, accounts: number, build: string,
 *   change: string}} Row
 *
 * Results that were saved earlier, by key; `found` is null where there was no answer.
 * @typedef {{input: string, key: string, found: boolean | null, photos: Map<string, Set<number>>}} Kept
 * @typedef {{asOf: string, searched: string[], results: Map<string, Kept>}} Earlier
 */

const FORMAT = 2; // in 1, `searched` was one list of datasets for every kind of query
const KEY = /^(?:nsid:[0-9]{5,12}@N[0-9]{2}|photo:[1-9][0-9]{0,14}|(?:name|image|person|tag):[^]{1,4096})$/;
export const PASSED = new Set(["passed", "heading"]); // cells that were not meant to be looked up
const ANSWERS = { found: "found", none: "not_found", open: "no_answer", cannot: "not_searchable" };
const COLUMNS = ["input", "file", "line", "read_as", "value", "answer", "datasets", "photos"];

/**
 * A row without its answer.
 * @param {Entry} entry
 * @returns {Row}
 */
export function openRow(entry) {
  return { ...entry, state: "open", datasets: {}, ids: [], count: 0, accounts: 0, build: "", change: "" };
}

/**
 * Enter an answer into its row. Where several accounts share a name, their photos are taken together.
 * @param {Row} row @param {Answer} answer @param {string} build
 */
export function enter(row, answer, build) {
  const sets = answer.accounts ?? [answer.datasets ?? {}];
  const slugs = [...new Set(sets.flatMap((set) => Object.keys(set)))];
  row.datasets = Object.fromEntries(slugs.map((slug) => [slug, joined(sets, slug)]));
  const holdings = Object.values(row.datasets);
  row.ids = [...new Set(holdings.flatMap((holding) => holding.ids ?? []))];
  row.count = row.ids.length || Math.max(0, ...holdings.map(({ images, photos }) => images ?? photos ?? 0));
  row.accounts = answer.accounts?.length ?? 0;
  row.state = answer.found === null ? "cannot" : answer.found ? "found" : "none";
  row.build = build;
}

/**
 * What one dataset holds of several accounts.
 * @param {Datasets[]} sets @param {string} slug
 */
function joined(sets, slug) {
  const holdings = sets.flatMap((set) => (Object.hasOwn(set, slug) ? [set[slug] ?? {}] : []));
  if (holdings.length === 1) return holdings[0] ?? {};
  const ids = [...new Set(holdings.flatMap((holding) => holding.ids ?? []))];
  return { photos: ids.length, ids };
}

/**
 * Say of every row what has changed since earlier results.
 * @param {Iterable<Row>} rows @param {Earlier | null} earlier
 */
export function compare(rows, earlier) {
  for (const row of rows) {
    const kept = earlier?.results.get(row.key);
    const both = kept && kept.found !== null && (row.state === "found" || row.state === "none");
    row.change = both ? changeOf(kept, row) : "";
  }
}

/** @param {Kept} kept @param {Row} row */
function changeOf(kept, row) {
  const found = row.state === "found";
  if (kept.found !== found) return found ? "fresh" : "gone";
  const now = Object.entries(row.datasets);
  const same = now.length === kept.photos.size && now.every(([slug, holding]) => {
    const before = kept.photos.get(slug);
    const ids = holding.ids ?? [];
    return before?.size === ids.length && ids.every((id) => before.has(id));
  });
  return same ? "same" : "changed";
}

/**
 * Results that this page saved earlier; null if it is something else.
 * @param {any} file what its JSON says: nothing in it is believed before it was looked at
 * @returns {Earlier | null}
 */
export function readEarlier(file) {
  const searched = file?.format === 1 ? [file.searched] : file?.format === FORMAT ? Object.values(file.searched ?? {}) : [];
  if (!searched.length || !searched.every(areTexts) || !Array.isArray(file.results)) return null;
  const results = new Map();
  for (const result of file.results) {
    const kept = readKept(result);
    if (!kept) return null;
    results.set(kept.key, kept);
  }
  return { asOf: String(file.as_of ?? ""), searched: [...new Set(searched.flat())], results };
}

/** @param {any} result @returns {Kept | null} */
function readKept(result) {
  const { input, key, found, datasets } = result ?? {};
  if (typeof input !== "string" || typeof key !== "string" || !KEY.test(key) || !key.isWellFormed()) return null;
  if (![true, false, null].includes(found) || typeof datasets !== "object") return null;
  const photos = new Map();
  for (const [slug, holding] of Object.entries(datasets ?? {})) {
    if (!Array.isArray(holding?.photos)) return null;
    photos.set(slug, new Set(holding.photos));
  }
  return { input, key, found, photos };
}

/** @param {unknown} value @returns {value is string[]} */
function areTexts(value) {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/**
 * The results as JSON that this page can read again.
 * @param {Row[]} rows @param {Current} current
 */
export async function asJson(rows, current) {
  const searched = searchedBy(current.datasets);
  const head = JSON.stringify({ format: FORMAT, as_of: current.as_of, build: current.build, searched });
  const parts = await inPieces(rows, (row, number) => `${number ? ",\n" : ""}${JSON.stringify(resultOf(row))}`);
  return new Blob([head.slice(0, -1), ',"results":[\n', ...parts, "\n]}\n"], { type: "application/json" });
}

/** @param {Row} row */
function resultOf({ input, key, state, datasets }) {
  const found = state === "open" || state === "cannot" ? null : state === "found";
  const held = Object.entries(datasets).map(([slug, { ids, images, owners, photos, owner_from, from_parts }]) => {
    const counts = owners === undefined ? { images } : { tagged: photos, owners }; // what is undefined is left out
    return [slug, { photos: ids ?? [], ...counts, owner_from, from_parts }];
  });
  return { input, key, answer: ANSWERS[state], found, datasets: Object.fromEntries(held) };
}

/**
 * The results as a table for a spreadsheet: every cell quoted, and none of them a formula.
 * @param {Row[]} rows @param {Unread[]} unread
 */
export async function asCsv(rows, unread) {
  const lines = await inPieces(rows, (row) => {
    const colon = row.key.indexOf(":");
    const as = [row.key.slice(0, colon), row.key.slice(colon + 1)];
    const datasets = Object.keys(row.datasets).join(" ");
    return csvOf([[row.input, row.file, row.line || "", ...as, ANSWERS[row.state], datasets, row.count]]);
  });
  const rest = await inPieces(unread, ({ text, file, line, reason }) => {
    const answer = PASSED.has(reason) ? "passed_over" : "not_understood";
    return csvOf([[text, file, line || "", "", "", answer, "", ""]]);
  });
  return new Blob(["\ufeff", csvOf([COLUMNS]), ...lines, ...rest], { type: "text/csv" }); // the mark is for Excel
}

/**
 * Each one written, without keeping the page from answering.
 * @template T
 * @param {T[]} ones @param {(one: T, number: number) => string} write
 */
async function inPieces(ones, write) {
  const pace = new Pace();
  const parts = [];
  for (const [number, one] of ones.entries()) {
    parts.push(write(one, number));
    if (pace.due()) await pace.rest();
  }
  return parts;
}
