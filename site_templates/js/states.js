// What came of a search in each dataset: found, not found, or that it cannot be searched this way.

import { QUERY_KINDS } from "./keys.js";

/**
 * @typedef {import("./shards.js").Dataset} Dataset
 * `none` are the kinds of query of the search that the dataset could answer, `cannot` those that it could not.
 * @typedef {{dataset: Dataset, found: boolean, none: string[], cannot: string[]}} State
 */

/**
 * The kinds of query that some keys are.
 * @param {Iterable<string>} keys
 */
export function kindsOf(keys) {
  return [...new Set([...keys].map((key) => QUERY_KINDS.get(key.slice(0, key.indexOf(":"))) ?? ""))];
}

/**
 * The state of every dataset that this build can search, or in which something was found.
 * @param {Dataset[]} datasets @param {string[]} kinds of the search @param {Set<string>} hits slugs
 * @returns {State[]}
 */
export function statesOf(datasets, kinds, hits) {
  return datasets.flatMap((dataset) => {
    const found = hits.has(dataset.slug);
    if (!dataset.answers.length && !found) return [];
    const none = kinds.filter((kind) => dataset.answers.includes(kind));
    return [{ dataset, found, none, cannot: kinds.filter((kind) => !none.includes(kind)) }];
  });
}

/** Whether a dataset was searched at all. @param {State} state */
export function isSearched({ found, none }) {
  return found || none.length > 0;
}

/**
 * A dataset's state as one word of the exports: a dataset that could answer one of the kinds was searched.
 * @param {State} state
 */
export function wordOf(state) {
  if (state.found) return "found";
  return isSearched(state) ? "not_found" : "not_searchable";
}

/**
 * By kind of query, the datasets that can answer it.
 * @param {Dataset[]} datasets
 * @returns {Record<string, string[]>}
 */
export function searchedBy(datasets) {
  const kinds = [...new Set(QUERY_KINDS.values())];
  return Object.fromEntries(kinds.map((kind) => {
    return [kind, datasets.filter(({ answers }) => answers.includes(kind)).map(({ slug }) => slug)];
  }));
}
