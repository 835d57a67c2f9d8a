// Take a result away: as a table, as JSON, on paper, or as a letter. All of it is made in this browser.

import { holdingsOf } from "./results.js";
import { kindsOf, searchedBy, statesOf, wordOf } from "./states.js";
import { dayOf, put, say } from "./words.js";

/**
 * @typedef {import("./lookup.js").Answer} Answer
 * @typedef {import("./lookup.js").Holding} Holding
 * @typedef {import("./shards.js").Current} Current
 * A query, its answers by canonical key, what was searched, and what is known of it.
 * @typedef {{query: string, taken: boolean, answers: Map<string, Answer>, current: Current,
 *   about: Map<string, import("./more.js").About>}} Found
 */

const LAWS = new Map([["eu_access", "eu"], ["eu_erasure", "eu"], ["uk_access", "uk"], ["uk_erasure", "uk"]]);

/**
 * What was found, one photo, image or account a row; then, a row each, the datasets in which nothing was found, or
 * which cannot be searched by this.
 * @param {Found} found
 */
export function tableOf({ answers, current, about }) {
  const rows = [["dataset", "answer", "photo", "address", "images", "labels", "owner_known_from", "known_by_part"]];
  const titleOf = (/** @type {string} */ slug) => about.get(slug)?.title ?? slug;
  const holdings = holdingsOf(answers);
  for (const [slug, holding] of holdings) {
    const labels = (holding.identities ?? []).join("; ");
    const first = [titleOf(slug), "found"];
    for (const id of holding.ids ?? []) {
      const [owners, parts] = [holding.owner_from, holding.from_parts].map((ids) => slugsWith(ids, id).map(titleOf).join("; "));
      rows.push([...first, String(id), photoPage(id), "", labels, owners ?? "", parts ?? ""]);
    }
    const parts = Object.keys(holding.from_parts ?? {}).map(titleOf).join("; ");
    const counted = String(holding.images ?? holding.photos ?? 0);
    if (!holding.ids?.length) rows.push([...first, "", "", counted, labels, "", parts]);
  }
  const states = statesOf(current.datasets, kindsOf(answers.keys()), new Set(holdings.map(([slug]) => slug)));
  for (const state of states.filter(({ found }) => !found)) {
    rows.push([titleOf(state.dataset.slug), wordOf(state), "", "", "", "", "", ""]);
  }
  return rows;
}

/** @param {Record<string, number[]> | undefined} ids by slug @param {number} id */
function slugsWith(ids, id) {
  return Object.entries(ids ?? {}).filter(([, some]) => some.includes(id)).map(([slug]) => slug);
}

/** @param {number} id */
function photoPage(id) {
  return `https://www.flickr.com/photo.gne?id=${id}`;
}

/**
 * The same as `exposing search --json` says, and of which build.
 * @param {Found} found
 */
export function jsonOf({ query, taken, answers, current }) {
  const found = [...answers.values()].map((answer) => answer.found);
  const yesOrNo = found.every((one) => one === null) ? null : found.includes(true);
  const { as_of, build } = current;
  const whole = {
    query,
    understood: [...answers.keys()],
    taken,
    reason: yesOrNo === null ? "not_searchable" : "",
    found: yesOrNo,
    searched: searchedBy(current.datasets),
    results: Object.fromEntries(answers),
    as_of,
    build,
  };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

/**
 * Fill the part of a result that writes letters.
 * @param {HTMLElement} part @param {Found} found
 */
export function prepareLetter(part, found) {
  const dataset = /** @type {HTMLSelectElement} */ (part.querySelector("[name=dataset]"));
  const kind = /** @type {HTMLSelectElement} */ (part.querySelector("[name=letter]"));
  const text = /** @type {HTMLTextAreaElement} */ (part.querySelector("textarea"));
  for (const slug of new Set(holdingsOf(found.answers).map(([slug]) => slug))) {
    dataset.add(new Option(found.about.get(slug)?.title ?? slug, slug));
  }
  const write = () => {
    text.value = letterOf(kind.value, dataset.value, found);
    put(part, "contact", contactOf(found.about.get(dataset.value)));
  };
  dataset.addEventListener("change", write);
  kind.addEventListener("change", write);
  write();
}

/**
 * A letter with the visitor's own findings.
 * @param {string} kind @param {string} slug @param {Found} found
 */
function letterOf(kind, slug, { query, answers, about }) {
  const known = about.get(slug);
  const law = LAWS.get(kind);
  const holdings = holdingsOf(answers).filter(([other]) => other === slug).map(([, holding]) => holding);
  const today = new Date().toISOString().slice(0, 10);
  return say(law ? kind.slice(3) : `${kind}_text`, {
    dataset: known?.title ?? slug,
    makers: known?.contact?.name ?? known?.makers ?? "",
    law: law ? say(`law_${law}`) : "",
    query,
    day: law ? dayOf(today) : today, // letters to the United States are in English on every page
    findings: (!law && idsOf(holdings).join(", ")) || findingsOf(holdings),
    name: say("your_name"),
    address: say("your_address"),
  });
}

/** @param {Holding[]} holdings */
function idsOf(holdings) {
  return [...new Set(holdings.flatMap((holding) => holding.ids ?? []))].sort((a, b) => a - b);
}

/** @param {Holding[]} holdings */
function findingsOf(holdings) {
  const ids = idsOf(holdings);
  if (ids.length) return say("letter_photos", { n: ids.length, ids: ids.join(", ") });
  const images = holdings.reduce((sum, holding) => sum + (holding.images ?? 0), 0);
  return images ? say("letter_images", { n: images }) : say("letter_account");
}

/** @param {import("./more.js").About | undefined} known */
function contactOf(known) {
  const address = known?.contact?.email || known?.contact?.url;
  if (known?.contact && address) return say("letter_write_to", { name: known.contact.name, address });
  return say("letter_no_contact", { address: known?.url ?? "" });
}
