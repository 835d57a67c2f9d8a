// The search of the page: what was typed, what it can be, and what was found.

import { understand } from "./identifiers.js";
import { lookup } from "./lookup.js";
import { more } from "./more.js";
import { Index, patience, ShardError } from "./shards.js";
import { copyOf, dataBlock, knows, listed, put, say, warm } from "./words.js";

const LINK = "#q=";
const SOON = 3000; // milliseconds that a refusal waits for its reason
// Fetched as soon as the page is there, before any answer: that they are fetched tells nobody what was found.
// One that does not come is asked for again by whoever needs it.
const files = () => import("./files.js");
const offline = () => import("./offline.js");
const rendering = () => import("./results.js").catch(() => {
  throw new ShardError("unreachable"); // it is the network that failed, not this page
});
const take = () => import("./take.js");
for (const later of [rendering, offline, files, take]) later().catch(() => {});

/** @typedef {import("./take.js").Found} Found */

class ExposingSearch extends HTMLElement {
  index = new Index(new URL("../../../", import.meta.url), dataBlock("current"));
  field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
  hint = /** @type {HTMLElement} */ (this.querySelector("[data-hint]"));
  status = /** @type {HTMLElement} */ (this.querySelector("[data-status]"));
  results = /** @type {HTMLElement} */ (this.querySelector("[data-results]"));
  /** What was searched on this page: kept in memory only, and found again by a number in the history. */
  past = [""];
  at = 0;
  running = 0;
  /** @type {Found | null} what the page shows now */
  found = null;

  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(this.field.value);
    });
    this.field.addEventListener("input", () => this.explain());
    this.field.addEventListener("input", () => setTimeout(() => this.warm()), { once: true });
    this.results.addEventListener("click", (event) => this.press(event));
    window.addEventListener("popstate", (event) => this.restore(event.state));
    const whole = /** @type {HTMLElement} */ (this.querySelector("[data-offline]"));
    const offered = Promise.all([offline(), more]);
    offered.then(([{ offerWholeIndex }]) => offerWholeIndex(whole, this.index)).catch(reportError);
    more.then(() => this.explain()); // the reasons of refusals have come
    this.openLink();
  }

  /** Do for nobody what the first answer needs: browsers are slow where a script or a format is used first. */
  async warm() {
    warm();
    const parts = await Promise.all([more, rendering()]).catch(() => null); // who searches asks for them again
    if (parts) parts[1].rehearse(this.index.current, parts[0]);
  }

  /** Run the search that the page's address carries, if it was copied here. The host never gets a fragment. */
  openLink() {
    const text = wordsOf(location.hash);
    if (text) this.at = this.past.push(text) - 1;
    history.replaceState(this.at, "");
    if (text) this.restore(this.at);
  }

  /** Say, as one types, what the text can be. */
  explain() {
    const text = this.field.value;
    const hint = text.trim() ? readingOf(text) : "";
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
  }

  /** @param {string} text */
  submit(text) {
    if (this.past[this.at] !== text) {
      const at = (this.at = this.past.push(text) - 1);
      const address = location.pathname + location.search; // without an older link's words
      setTimeout(() => history.pushState(at, "", address)); // what is asked of the host goes first: it takes longest
    }
    this.run(text);
    this.explain();
  }

  /** @param {number | null} state which of the past searches to show again; null after a new fragment */
  restore(state) {
    if (state === null) return this.openLink();
    const text = this.past[state] ?? "";
    this.at = state;
    this.field.value = text;
    this.explain();
    if (text) this.run(text);
    else this.clear();
  }

  clear() {
    this.running += 1;
    this.found = null;
    this.status.textContent = "";
    this.results.replaceChildren();
  }

  /** @param {string} text */
  async run(text) {
    this.clear();
    const mine = this.running;
    this.status.textContent = say("searching");
    this.index.requests = [];
    const [part, found] = await this.search(text);
    if (mine !== this.running) return; // another search was begun meanwhile
    this.found = found;
    this.status.textContent = "";
    part.querySelector("[data-requests]")?.append(...requestsOf(this.index));
    this.results.replaceChildren(part);
    /** @type {HTMLElement | null} */ (part.querySelector("[tabindex='-1']"))?.focus();
    const letter = /** @type {HTMLElement | null} */ (part.querySelector("[data-letter]"));
    if (!found?.about.size) letter?.remove(); // nothing is known of whom to write to, nor what
    else letter?.addEventListener("toggle", () => this.prepare(letter, found), { once: true });
  }

  /** @param {HTMLElement} letter @param {Found} found */
  prepare(letter, found) {
    take().then(({ prepareLetter }) => prepareLetter(letter, found)).catch(reportError);
  }

  /**
   * What to show for a text, and what was found if anything could be searched.
   * @param {string} query
   * @returns {Promise<[HTMLElement, Found | null]>}
   */
  async search(query) {
    const { keys, reason, taken } = understand(query);
    if (reason) {
      await Promise.race([more, new Promise((soon) => setTimeout(soon, SOON))]); // which brings the reason's sentence
      return [refusal(reason, query), null];
    }
    if (!crypto.subtle) return [copyOf("message-insecure"), null];
    const { signal, tooLate } = patience();
    try {
      const parts = Promise.all([lookup(this.index, keys, signal), more, rendering()]);
      const [{ answers, current }, known, { renderAnswers }] = await Promise.race([parts, tooLate]);
      return [renderAnswers(answers, current, known), { query, taken, answers, current, about: known.about }];
    } catch (error) {
      if (!(error instanceof ShardError)) reportError(error); // a bug: still never a "no"
      return [copyOf(`message-${error instanceof ShardError ? error.code : "unreachable"}`), null];
    }
  }

  /** @param {Event} event */
  press(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const action = button?.dataset.action ?? "";
    if (action === "retry") this.run(this.past[this.at] ?? "");
    if (action === "reload") location.reload();
    if (action === "print") print();
    if (action === "copy") this.copy(this.link(), "[data-said]");
    if (action === "letter-copy") this.copy(this.letter(), "[data-letter-said]");
    if (["csv", "json", "letter-save"].includes(action)) this.save(action);
  }

  /** The address of this page with the search in its fragment. */
  link() {
    return location.href.split("#", 1)[0] + LINK + encodeURIComponent(this.past[this.at] ?? "");
  }

  letter() {
    return this.results.querySelector("textarea")?.value ?? "";
  }

  /** @param {string} action */
  async save(action) {
    const { jsonOf, tableOf } = await take();
    const { csvOf, save } = await files();
    if (!this.found) return;
    if (action === "csv") save("exposing.csv", new Blob([csvOf(tableOf(this.found))], { type: "text/csv" }));
    if (action === "json") save("exposing.json", new Blob([jsonOf(this.found)], { type: "application/json" }));
    if (action === "letter-save") save("letter.txt", new Blob([this.letter()], { type: "text/plain" }));
  }

  /** @param {string} text @param {string} place where it is said that it was copied */
  async copy(text, place) {
    const said = /** @type {HTMLElement} */ (this.results.querySelector(place));
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    said.textContent = done ? say("copied") : text; // where the browser forbids it, to be copied by hand
  }
}

/**
 * The words of a copied link; nothing if the fragment is another, or was damaged on its way.
 * @param {string} hash
 */
function wordsOf(hash) {
  try {
    return hash.startsWith(LINK) ? decodeURIComponent(hash.slice(LINK.length)) : "";
  } catch {
    return "";
  }
}

/**
 * What a text can be, or why it is nothing that can be searched.
 * @param {string} text
 */
function readingOf(text) {
  const { keys, reason, taken } = understand(text);
  if (reason) return refused(reason);
  const readings = keys.map((key) => {
    const colon = key.indexOf(":");
    return say(`can_${key.slice(0, colon)}`, { value: key.slice(colon + 1) });
  });
  const either = keys.some((key) => key.startsWith("person:")); // a photo and its owner are searched both
  return say(taken ? "taken" : "understood", { what: listed(readings, either ? "disjunction" : "conjunction") });
}

/**
 * What the host saw of the last search, one request an item.
 * @param {Index} index
 */
function requestsOf(index) {
  const texts = index.requests.map(({ url }) => `GET ${new URL(url).pathname}`);
  return (texts.length ? texts : [say("request_none")]).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  });
}

/** @param {string} reason @param {string} text that was refused: several things in it can be checked at once */
function refusal(reason, text) {
  const message = copyOf("message-refused");
  put(message, "reason", refused(reason));
  const several = message.querySelector("[data-several]");
  const link = several?.querySelector("a");
  const lines = `#lines=${encodeURIComponent(text)}`; // no host gets a fragment
  if (link && reason === "several") link.setAttribute("href", link.getAttribute("href") + lines);
  else several?.remove();
  return message;
}

/** @param {string} reason */
function refused(reason) {
  return knows(`refused_${reason}`) ? say(`refused_${reason}`) : "";
}

customElements.define("exposing-search", ExposingSearch);
