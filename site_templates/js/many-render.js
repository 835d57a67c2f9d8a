// Many answers as part of the page. Every text goes in as text; every link is made of parts that were checked.

import { PASSED } from "./many-results.js";
import { isSearched, kindsOf, statesOf } from "./states.js";
import { PagedTable } from "./table.js";
import { copyOf, dataBlock, dayOf, home, listed, put, say } from "./words.js";

/**
 * @typedef {import("./many-given.js").Given} Given
 * @typedef {import("./many-given.js").Unread} Unread
 * @typedef {import("./many-results.js").Earlier} Earlier
 * @typedef {import("./many-results.js").Row} Row
 * @typedef {import("./shards.js").Current} Current
 * @typedef {import("./shards.js").Dataset} Dataset
 * @typedef {import("./states.js").State} State
 * @typedef {Row | Unread} Item  a line of the table
 */

const SHOWN = 20; // cells that were not understood, before the table
const LONGEST = 120; // characters of a text that are shown

/** @type {Set<string>} datasets that are not of faces themselves, but what such datasets were drawn from */
const collections = new Set(dataBlock("collections"));

/**
 * The page's answer when there is nothing to look up.
 * @param {Given} given
 */
export function renderNothing(given) {
  const message = copyOf("message-nothing");
  fill(message, [...given.refusals.map(refusalOf)]);
  const read = notes(given);
  if (read) message.append(read);
  return message;
}

/**
 * All results, led by one sentence that sums them up.
 * @param {Row[]} rows @param {Given} given @param {Current} current @param {Set<string>} faults why rows are open
 */
export async function renderResult(rows, given, current, faults) {
  const whole = copyOf("result");
  const found = rows.filter((row) => row.state === "found");
  const open = rows.filter((row) => row.state === "open");
  const tallies = tallyOf(found);
  const states = statesOf(current.datasets, kindsOf(rows.map((row) => row.key)), new Set(tallies.keys()));
  const searched = states.filter(isSearched).map(({ dataset }) => dataset);
  put(whole, "total", totalOf(rows.length, found, open.length, tallies.size, searched.length));
  put(whole, "unsearched", cannotOf(rows, states));
  put(whole, "checked-photos", checked("checked_photos", rows.filter(isPhoto)));
  put(whole, "checked-others", checked("checked_others", rows.filter((row) => !isPhoto(row))));
  put(whole, "as-of", say("as_of", { date: dayOf(current.as_of) }));
  const shared = found.filter((row) => row.accounts > 1).length;
  put(whole, "shared-names", shared ? say("shared_names", { n: shared }) : "");
  if (found.length || open.length === rows.length) whole.querySelector("[data-none]")?.remove();
  if (!found.length) whole.querySelector("[data-finds]")?.remove();
  whole.querySelector("[data-tally]")?.append(...states.map((state) => tallyRow(state, tallies)));
  const messages = [openMessage(open.length, faults), refusals(given), changes(rows, given.earlier, searched), notes(given)];
  whole.querySelector("[data-messages]")?.replaceWith(...messages.filter((part) => part !== null));
  showTable(whole, rows, given.unread, current);
  return whole;
}

/**
 * @param {number} all @param {Row[]} found @param {number} open @param {number} hits datasets @param {number} searched
 */
function totalOf(all, found, open, hits, searched) {
  const photos = new Set(found.flatMap((row) => row.ids)).size;
  if (photos) return say("total_photos", { n: photos, hits, searched });
  if (found.length) return say("total_found", { hits, searched });
  if (open) return say(open === all ? "total_open" : "total_none_open");
  if (!searched) return say("total_cannot");
  return say("total_none", { n: searched });
}

/** @param {Row} row */
function isPhoto(row) {
  return row.key.startsWith("photo:");
}

/** @param {string} sentence @param {Row[]} rows */
function checked(sentence, rows) {
  const answered = rows.filter((row) => row.state !== "open");
  const n = answered.filter((row) => row.state === "found").length;
  return answered.length ? say(sentence, { n, all: answered.length }) : "";
}

/**
 * Per dataset, the distinct photos and the entries that it holds.
 * @param {Row[]} found
 * @returns {Map<string, {photos: Set<number>, entries: number}>}
 */
function tallyOf(found) {
  const tallies = new Map();
  for (const row of found) {
    for (const [slug, holding] of Object.entries(row.datasets)) {
      const tally = tallies.get(slug) ?? { photos: new Set(), entries: 0 };
      for (const id of holding.ids ?? []) tally.photos.add(id);
      tally.entries += 1;
      tallies.set(slug, tally);
    }
  }
  return tallies;
}

/**
 * How many entries no dataset could be searched by, and which datasets cannot be searched by some of the entries.
 * @param {Row[]} rows @param {State[]} states
 */
function cannotOf(rows, states) {
  const n = rows.filter((row) => row.state === "cannot").length;
  const partly = states.filter(({ cannot }) => cannot.length).length;
  return [n ? say("entries_cannot", { n }) : "", partly ? say("datasets_cannot", { n: partly }) : ""].filter(Boolean).join(" ");
}

/** @param {State} state @param {ReturnType<typeof tallyOf>} tallies */
function tallyRow({ dataset, found, none, cannot }, tallies) {
  const row = copyOf("tally");
  const link = row.querySelector("a");
  if (link) {
    link.textContent = dataset.title;
    link.href = new URL(`datasets/${dataset.slug}/`, home).href;
  }
  const tally = tallies.get(dataset.slug);
  const kinds = listed(cannot.map((kind) => say(`by_${kind}`)), "disjunction");
  put(row, "collection", collections.has(dataset.slug) ? say("collection") : "");
  put(row, "cannot", cannot.length ? say("dataset_cannot", { kinds }) : "");
  put(row, "photos", found || none.length ? say("count", { n: tally?.photos.size ?? 0 }) : "–");
  put(row, "entries", found || none.length ? say("count", { n: tally?.entries ?? 0 }) : "–");
  return row;
}

/** @param {number} open @param {Set<string>} faults */
function openMessage(open, faults) {
  if (!open) return null;
  const message = copyOf("message-open");
  put(message, "open", say("open", { n: open }));
  fill(message, [...faults].map((code) => say(`why_${code}`)));
  return message;
}

/** @param {Given} given */
function refusals({ refusals }) {
  return refusals.length ? fill(copyOf("message-refusals"), refusals.map(refusalOf)) : null;
}

/** @param {{file: string, reason: string}} refusal */
function refusalOf({ file, reason }) {
  return say("file_refused", { file: file || say("file_typed"), reason: say(`file_${reason}`) });
}

/** @param {Row[]} rows @param {Earlier | null} earlier @param {Dataset[]} searched */
function changes(rows, earlier, searched) {
  if (!earlier) return null;
  /** @param {string} change */
  const count = (change) => rows.filter((row) => row.change === change).length;
  const compared = ["fresh", "gone", "changed", "same"].map((change) => say(`changed_${change}`, { n: count(change) }));
  const unknown = rows.filter((row) => !row.change && earlier.results.has(row.key)).length;
  const now = new Set(searched.map((dataset) => dataset.slug));
  const added = searched.filter((dataset) => !earlier.searched.includes(dataset.slug)).map((dataset) => dataset.title);
  const dropped = earlier.searched.filter((slug) => !now.has(slug));
  return fill(copyOf("changes"), [
    ...compared,
    unknown ? say("changed_unknown", { n: unknown }) : "",
    earlier.asOf ? say("changed_since", { date: dayOf(earlier.asOf) }) : "",
    added.length ? say("changed_added", { names: listed(added, "conjunction") }) : "",
    dropped.length ? say("changed_dropped", { names: listed(dropped, "conjunction") }) : "",
  ]);
}

/** @param {Given} given */
function notes({ notes, repeated, unread }) {
  const lines = notes.map(({ file, kind, photos, ignored }) => say(`note_${kind}`, { file, n: photos, ignored }));
  if (repeated) lines.push(say("note_repeated", { n: repeated }));
  const lists = unreadLists(unread);
  if (!lines.length && !lists.length) return null;
  const part = fill(copyOf("given"), lines);
  part.append(...lists);
  return part;
}

/**
 * What was not understood, and what was passed over, each with its first few cells.
 * @param {Unread[]} unread
 */
function unreadLists(unread) {
  const passed = unread.filter((one) => PASSED.has(one.reason));
  const others = unread.filter((one) => !PASSED.has(one.reason));
  return [...unreadList("note_unread", others), ...unreadList("note_passed", passed)];
}

/** @param {string} sentence @param {Unread[]} ones */
function unreadList(sentence, ones) {
  if (!ones.length) return [];
  const head = document.createElement("p");
  head.textContent = say(sentence, { n: ones.length });
  const list = document.createElement("ul");
  list.className = "cells";
  const shown = ones.slice(0, SHOWN).map((one) => {
    const gaps = { where: whereOf(one), text: shortened(one.text), reason: reasonOf(one.reason) };
    return say("unread_item", gaps);
  });
  if (ones.length > SHOWN) shown.push(say("note_more", { n: ones.length - SHOWN }));
  list.append(...shown.map(item));
  return [head, list];
}

/** @param {string} reason */
function reasonOf(reason) {
  return say(PASSED.has(reason) ? `reason_${reason}` : `refused_${reason}`);
}

/** @param {{file: string, line: number}} one */
function whereOf({ file, line }) {
  if (!line) return file;
  return file ? say("where_file", { file, line }) : say("where_line", { line });
}

/** @param {string} text */
function shortened(text) {
  const chars = [...text.slice(0, 2 * LONGEST)];
  return chars.length > LONGEST ? `${chars.slice(0, LONGEST).join("")}…` : text;
}

/**
 * Put texts into a part's list; a list without any goes.
 * @param {HTMLElement} part @param {string[]} texts
 */
function fill(part, texts) {
  const list = part.querySelector("[data-list]");
  const items = texts.filter(Boolean).map(item);
  if (items.length) list?.append(...items);
  else list?.remove();
  return part;
}

/** @param {string} text */
function item(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

/**
 * The table of entries, with the choice of which are shown.
 * @param {HTMLElement} whole @param {Row[]} rows @param {Unread[]} unread @param {Current} current
 */
function showTable(whole, rows, unread, current) {
  const titles = new Map(current.datasets.map((dataset) => [dataset.slug, dataset.title]));
  /** @type {Map<string, Item[]>} */
  const choices = new Map([
    ["found", rows.filter((row) => row.state === "found")],
    ["all", [...rows, ...unread]],
    ["unread", unread],
    ["open", rows.filter((row) => row.state === "open")],
    ["cannot", rows.filter((row) => row.state === "cannot")],
    ...["fresh", "gone", "changed"].map((change) => /** @type {[string, Item[]]} */ (
      [change, rows.filter((row) => row.change === change)])),
  ]);
  const table = new PagedTable(/** @type {HTMLElement} */ (whole.querySelector("[data-table]")), {
    input: (/** @type {Item} */ one) => textOf(one).toLowerCase(),
    read_as: (one) => ("key" in one ? one.key : ""),
    datasets: (one) => datasetsOf(one, titles),
    photos: (one) => ("key" in one ? one.count : -1),
  }, (one) => entryRow(one, titles));
  const select = /** @type {HTMLSelectElement} */ (whole.querySelector("select"));
  for (const [name, items] of choices) {
    if (items.length || name === "found" || name === "all") {
      select.append(new Option(say(`filter_${name}`, { n: items.length }), name));
    }
  }
  select.addEventListener("change", () => table.show(choices.get(select.value) ?? []));
  select.value = choices.get("found")?.length ? "found" : "all";
  table.show(choices.get(select.value) ?? []);
}

/** @param {Item} one */
function textOf(one) {
  return "key" in one ? one.input : one.text;
}

/** @param {Item} one @param {Map<string, string>} titles by slug */
function datasetsOf(one, titles) {
  if (!("key" in one)) return "";
  if (one.state !== "found") return say({ open: "no_answer", none: "not_found", cannot: "not_searchable" }[one.state]);
  return listed(Object.keys(one.datasets).map((slug) => titles.get(slug) ?? slug), "conjunction");
}

/** @param {Item} one @param {Map<string, string>} titles */
function entryRow(one, titles) {
  const row = copyOf("entry");
  put(row, "input", shortened(textOf(one)));
  put(row, "where", whereOf(one));
  put(row, "datasets", datasetsOf(one, titles));
  const value = /** @type {HTMLElement} */ (row.querySelector("[data-value]"));
  if ("key" in one) {
    const colon = one.key.indexOf(":");
    const kind = one.key.slice(0, colon);
    put(row, "kind", say(`kind_${kind}`));
    put(row, "shared", one.accounts > 1 ? say("shared", { n: one.accounts }) : "");
    put(row, "count", one.state === "found" ? say("count", { n: one.count }) : "");
    value.append(valueOf(kind, one.key.slice(colon + 1), one.state === "found"));
  } else {
    put(row, "kind", say(PASSED.has(one.reason) ? "passed_over" : "not_understood"));
    put(row, "shared", reasonOf(one.reason));
    put(row, "count", "");
    value.remove();
  }
  return row;
}

/**
 * What a key names; a photo that was found as a link.
 * @param {string} kind @param {string} value @param {boolean} found
 */
function valueOf(kind, value, found) {
  if (kind !== "photo" || !found || !/^[0-9]+$/.test(value)) return shortened(kind === "tag" ? `#${value}` : value);
  const link = /** @type {HTMLAnchorElement} */ (copyOf("photo"));
  link.textContent = value;
  link.href = `https://www.flickr.com/photo.gne?id=${value}`;
  return link;
}
