// Answers as part of the page. Every text goes in as text; every link is made of parts that were checked.

import { showPhotos } from "./photos.js";
import { copyOf, dataBlock, listed, put, say } from "./words.js";

/**
 * @typedef {import("./lookup.js").Answer} Answer
 * @typedef {import("./lookup.js").Datasets} Datasets
 * @typedef {import("./lookup.js").Holding} Holding
 * @typedef {import("./shards.js").Current} Current
 * @typedef {import("./shards.js").Dataset} Dataset
 */

/** @type {Set<string>} datasets that are not of faces themselves, but what such datasets were drawn from */
const collections = new Set(dataBlock("collections"));

/**
 * All answers to one query, led by one sentence that sums them up.
 * @param {Map<string, Answer>} answers by canonical key
 * @param {Current} current
 * @param {URL} root the site's own address
 */
export function renderAnswers(answers, current, root) {
  const holdings = [...answers.values()].flatMap(setsOf).flatMap((set) => Object.entries(set));
  const searched = current.datasets.filter((dataset) => dataset.searched);
  const hits = new Set(holdings.map(([slug]) => slug));
  const whole = copyOf(hits.size ? "message-found" : "message-missing");
  put(whole, "total", totalOf(holdings, hits.size, searched.length));
  put(whole, "as-of", current.as_of);
  whole.querySelector("[data-roll]")?.append(...searched.map((dataset) => rollItem(dataset, hits.has(dataset.slug))));
  const list = whole.querySelector("[data-answers]");
  for (const [key, answer] of answers) list?.append(renderAnswer(key, answer, current.datasets, root));
  return whole;
}

/**
 * One sentence: distinct photos, and how often they were found. A photo in two datasets is one photo.
 * @param {[string, Holding][]} holdings by dataset @param {number} hits datasets @param {number} searched
 */
function totalOf(holdings, hits, searched) {
  if (!hits) return say("total_none", { n: searched });
  const photos = new Set(holdings.flatMap(([, holding]) => holding.ids ?? [])).size;
  const finds = new Set(holdings.flatMap(([slug, holding]) => (holding.ids ?? []).map((id) => `${slug} ${id}`))).size;
  const where = say("in_datasets", { n: searched, hits });
  if (!photos) return say("total_found", { where });
  const what = say("photos", { n: photos });
  return say(finds > photos ? "total_finds" : "total_photos", { what, where, times: say("times", { n: finds }) });
}

/** @param {Dataset} dataset @param {boolean} hit */
function rollItem(dataset, hit) {
  const item = copyOf("roll-item");
  item.classList.toggle("hit", hit);
  put(item, "title", dataset.title);
  put(item, "state", say(hit ? "roll_found" : "roll_none"));
  return item;
}

/** @param {Answer} answer */
function setsOf(answer) {
  return answer.accounts ?? [answer.datasets ?? {}];
}

/**
 * What one key finds: a heading that says how the query was read, then a card per dataset.
 * @param {string} key @param {Answer} answer @param {Dataset[]} datasets @param {URL} root
 */
function renderAnswer(key, answer, datasets, root) {
  const part = copyOf("answer");
  const colon = key.indexOf(":");
  put(part, "as", say(`as_${key.slice(0, colon)}`));
  put(part, "value", key.slice(colon + 1));
  put(part, "none", answer.found ? "" : say(`none_${key.slice(0, colon)}`));
  put(part, "shared", answer.accounts ? say("shared", { n: answer.accounts.length }) : "");
  setsOf(answer).forEach((set, number) => {
    if (answer.accounts) part.append(accountHeading(number + 1));
    for (const dataset of datasets) {
      const holding = Object.hasOwn(set, dataset.slug) ? set[dataset.slug] : undefined;
      if (holding) part.append(renderHolding(dataset, holding, root));
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
 * @param {Dataset} dataset @param {Holding} holding @param {URL} root
 */
function renderHolding(dataset, holding, root) {
  const card = copyOf("holding");
  const link = card.querySelector("a");
  if (link) {
    link.textContent = dataset.title;
    link.href = new URL(`datasets/${dataset.slug}/`, root).href;
  }
  put(card, "count", countOf(holding));
  const names = (holding.identities ?? []).map((name) => say("quoted", { name }));
  const labels = { n: holding.images ?? 1, names: listed(names, "conjunction") };
  put(card, "labels", names.length ? say("labelled", labels) : "");
  put(card, "collection", collections.has(dataset.slug) ? say("collection") : "");
  const ids = holding.ids ?? [];
  const photos = /** @type {HTMLElement} */ (card.querySelector("[data-photos]"));
  if (ids.length) showPhotos(photos, ids);
  else photos.remove();
  return card;
}

/** @param {Holding} holding */
function countOf({ photos, ids, images, owners }) {
  if (images !== undefined) return say("images", { n: images });
  const what = say("photos", { n: photos ?? 0 });
  if (owners !== undefined) return say("tagged", { what, owners: say("accounts", { n: owners }) });
  return ids?.length ? what : say("account_only");
}
