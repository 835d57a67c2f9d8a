// What is said about the datasets, and more sentences than the page needs to begin with.
// Fetched as soon as the page is there, before any answer: that it is fetched tells nobody what was found.

import { home, learn } from "./words.js";

/**
 * What the page says of a dataset.
 * @typedef {{title: string, description: string, used_for: string, makers: string, year: string, status: string,
 *   collection: boolean, derived_from: string[], url: string,
 *   contact: {name: string, email: string, url: string | null} | null}} About
 * By slug what is said of each dataset, and the table of years as build/exposing/years.py has it.
 * @typedef {{about: Map<string, About>, years: import("./posted.js").Years}} More
 */

/**
 * Where it cannot be had, answers are as right, and say less.
 * @type {Promise<More>}
 */
export const more = fetch(new URL("more.json", home))
  .then(async (response) => {
    const { datasets, words, years } = await response.json();
    learn(words);
    return { about: new Map(Object.entries(datasets)), years };
  })
  .catch(() => ({ about: new Map(), years: [] }));
