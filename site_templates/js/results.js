// Answers as part of the page. Every text goes in as text; every link is made of parts that were checked.

import { showPhotos } from "./photos.js";
import { renderYears } from "./posted.js";
import { isSearched, kindsOf, statesOf } from "./states.js";
import { copyOf, dayOf, home, listed, put, say } from "./words.js";

/**
 * @typedef {import("./lookup.js").Answer} Answer
 * @typedef {import("./lookup.js").Datasets} Datasets
 * @typedef {import("./lookup.js").Holding} Holding
 * @typedef {import("./shards.js").Current} Current
 * @typedef {import("./shards.js").Dataset} Dataset
 * @typedef {import("./more.js").About} About
 * @typedef {import("./states.js").State} State
 */

/**
 * All answers to one query, led by one sentence that sums them up.
 * @param {Map<string, Answer>} answers by canonical key
 * @param {Current} current
 * @param {import("./more.js").More} more
 */
export function renderAnswers(answers, current, { about, years }) {
  const holdings = holdingsOf(answers);
  const hits = new Set(holdings.map(([slug]) => slug));
  const states = statesOf(current.datasets, kindsOf(answers.keys()), hits);
  const searched = states.filter(isSearched);
  const photos = new Set(holdings.flatMap(([, holding]) => holding.ids ?? []));
  const whole = copyOf(hits.size ? "message-found" : "message-missing");
  put(whole, "total", totalOf(holdings, photos.size, hits.size, searched.length));
  const scope = { n: searched.length, known: current.datasets.length, day: dayOf(current.as_of) };
  put(whole, "scope", say("scope", scope));
  whole.querySelector("[data-roll]")?.append(...inOrder(states).map(rollItem));
  if (!searched.length) whole.querySelector("[data-no]")?.remove();
  offerOtherWays(whole, states);
  if (photos.size && years.length) whole.querySelector("[data-posted]")?.append(renderYears(photos, years));
  const list = whole.querySelector("[data-answers]");
  for (const [key, answer] of answers) list?.append(renderAnswer(key, answer, current.datasets, hits, about));
  return whole;
}

/**
 * Datasets in which something was found, then those that were searched, then those that cannot be.
 * @param {State[]} states
 */
function inOrder(states) {
  const rank = (/** @type {State} */ state) => (state.found ? 0 : isSearched(state) ? 1 : 2);
  return [...states].sort((one, other) => rank(one) - rank(other));
}

/**
 * What to try instead, of datasets that cannot be searched by what was typed.
 * @param {HTMLElement} whole @param {State[]} states
 */
function offerOtherWays(whole, states) {
  const asked = new Set(states.flatMap(({ none, cannot }) => [...none, ...cannot]));
  const others = states.filter(({ found, cannot }) => !found && cannot.length);
  const ways = [...new Set(others.flatMap(({ dataset }) => dataset.answers))].filter((kind) => !asked.has(kind));
  if (!ways.length) return whole.querySelector("[data-other-ways]")?.remove();
  put(whole, "other-ways", say("other_ways", { kinds: listed(ways.map((kind) => say(`by_${kind}`)), "disjunction") }));
  if (!ways.includes("photo")) whole.querySelector("[data-by-photo]")?.remove();
}

/**
 * Make an answer that nobody sees, so that the browser has compiled all that a true one needs.
 * @param {Current} current @param {import("./more.js").More} more
 */
export function rehearse(current, more) {
  const [first] = current.datasets;
  const holding = { photos: 2, ids: [90000000001, 90000000002] };
  const datasets = first ? { [first.slug]: holding } : {};
  renderAnswers(new Map([["nsid:10000001@N99", { found: true, datasets }]]), current, more);
}

/**
 * Everything that some answers found, by dataset.
 * @param {Map<string, Answer>} answers
 * @returns {[string, Holding][]}
 */
export function holdingsOf(answers) {
  return [...answers.values()].flatMap(setsOf).flatMap((set) => Object.entries(set));
}

/**
 * One sentence: distinct photos, and how often they were found. A photo in two datasets is one photo.
 * @param {[string, Holding][]} holdings by dataset @param {number} photos @param {number} hits datasets
 * @param {number} searched
 */
function totalOf(holdings, photos, hits, searched) {
  if (!hits) return searched ? say("total_none", { n: searched }) : say("total_cannot");
  /** @type {Map<string, Set<number>>} */
  const bySlug = new Map();
  for (const [slug, { ids = [] }] of holdings) bySlug.set(slug, new Set([...(bySlug.get(slug) ?? []), ...ids]));
  const finds = [...bySlug.values()].reduce((sum, ids) => sum + ids.size, 0);
  const where = say("in_datasets", { n: searched, hits });
  if (!photos) return say("total_found", { where });
  const what = say("photos", { n: photos });
  return say(finds > photos ? "total_finds" : "total_photos", { what, where, times: say("times", { n: finds }) });
}

/** @param {State} state */
function rollItem({ dataset, found, none, cannot }) {
  const item = copyOf("roll-item");
  item.classList.toggle("hit", found);
  item.classList.toggle("cannot", !found && !none.length);
  put(item, "title", dataset.title);
  put(item, "state", found ? say("roll_found") : notFound(none, cannot));
  return item;
}

/**
 * What is said of a dataset in which nothing was found: by which kinds it was searched, and by which it cannot be.
 * @param {string[]} none @param {string[]} cannot
 */
export function notFound(none, cannot) {
  const kinds = listed(cannot.map((kind) => say(`by_${kind}`)), "disjunction");
  const states = [none.length ? say("roll_none") : "", cannot.length ? say("roll_cannot", { kinds }) : ""];
  return states.filter(Boolean).join(" · ");
}

/** @param {Answer} answer */
function setsOf(answer) {
  return answer.accounts ?? [answer.datasets ?? {}];
}

/**
 * What one key finds: a heading that says how the query was read, then a card per dataset.
 * @param {string} key @param {Answer} answer @param {Dataset[]} datasets @param {Set<string>} hits
 * @param {Map<string, About>} about
 */
function renderAnswer(key, answer, datasets, hits, about) {
  const part = copyOf("answer");
  const colon = key.indexOf(":");
  put(part, "as", say(`as_${key.slice(0, colon)}`));
  put(part, "value", key.slice(colon + 1));
  const [kind = ""] = kindsOf([key]);
  const nothing = answer.found === null ? say("none_here", { kind: say(`by_${kind}`) }) : say(`none_${key.slice(0, colon)}`);
  put(part, "none", answer.found ? "" : nothing);
  put(part, "shared", answer.accounts && about.size ? say("shared", { n: answer.accounts.length }) : "");
  setsOf(answer).forEach((set, number) => {
    if (answer.accounts) part.append(accountHeading(number + 1));
    for (const dataset of datasets) {
      const holding = Object.hasOwn(set, dataset.slug) ? set[dataset.slug] : undefined;
      if (holding) part.append(renderHolding(dataset, holding, hits, about));
    }
  });
  return part;
}

/** @param {number} number */
function accountHeading(number) {
  const heading = copyOf("account");
  heading.textContent = say("account_number", { number });
  return heading;
}

/**
 * What one dataset holds, as a card.
 * @param {Dataset} dataset @param {Holding} holding @param {Set<string>} hits datasets in which anything was found
 * @param {Map<string, About>} about
 */
function renderHolding({ slug, title }, holding, hits, about) {
  const card = copyOf("holding");
  const link = card.querySelector("a");
  if (link) {
    link.textContent = title;
    link.href = new URL(`datasets/${slug}/`, home).href;
  }
  const known = about.get(slug);
  put(card, "count", countOf(holding));
  put(card, "description", known?.description ?? "");
  put(card, "made", known ? say("made_by", { makers: known.makers, year: known.year, status: known.status }) : "");
  put(card, "used", known?.used_for ?? "");
  const names = (holding.identities ?? []).map((name) => say("quoted", { name }));
  const labels = { n: holding.images ?? 1, names: listed(names, "conjunction") };
  put(card, "labels", known && names.length ? say("labelled", labels) : "");
  put(card, "joined", marks("joined", holding.owner_from, about));
  put(card, "parts", marks("by_part", holding.from_parts, about));
  put(card, "collection", known?.collection ? say("collection") : "");
  put(card, "lineage", holding.owners === undefined ? lineageOf(slug, hits, about) : "");
  const ids = holding.ids ?? [];
  const photos = /** @type {HTMLElement} */ (card.querySelector("[data-photos]"));
  if (ids.length) showPhotos(photos, ids);
  else photos.remove();
  return card;
}

/**
 * Why things count here of which the dataset's own list does not say so, and which lists do.
 * @param {string} sentence @param {Record<string, number[]> | undefined} ids by slug @param {Map<string, About>} about
 */
function marks(sentence, ids, about) {
  const names = Object.keys(ids ?? {}).map((slug) => about.get(slug)?.title ?? slug);
  const photos = new Set(Object.values(ids ?? {}).flat());
  return names.length ? say(sentence, { n: photos.size || 1, names: listed(names, "conjunction") }) : "";
}

/**
 * What a hit means for datasets in which nothing was found: those drawn from this one, and what it was drawn from.
 * @param {string} slug @param {Set<string>} hits @param {Map<string, About>} about
 */
function lineageOf(slug, hits, about) {
  const titleOf = (/** @type {string} */ other) => about.get(other)?.title ?? other;
  const children = [...about].filter(([other, { derived_from }]) => derived_from.includes(slug) && !hits.has(other));
  const parents = (about.get(slug)?.derived_from ?? []).filter((other) => !hits.has(other));
  return [
    ...children.map(([other]) => say("lineage_child", { child: titleOf(other), parent: titleOf(slug) })),
    ...parents.map((other) => say("lineage_parent", { child: titleOf(slug), parent: titleOf(other) })),
  ].join(" ");
}

/** @param {Holding} holding */
function countOf({ photos, ids, images, owners }) {
  if (images !== undefined) return say("images", { n: images });
  const what = say("photos", { n: photos ?? 0 });
  if (owners !== undefined) return say("tagged", { what, owners: say("accounts", { n: owners }) });
  return ids?.length ? what : say("account_only");
}
