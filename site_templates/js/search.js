// The search of the page: what was typed, what it can be, and what was found.

import { understand } from "./identifiers.js";
import { lookup } from "./lookup.js";
import { renderAnswers } from "./results.js";
import { Index, ShardError } from "./shards.js";
import { copyOf, dataBlock, listed, put, say } from "./words.js";

const LINK = "#q=";

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

  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(this.field.value);
    });
    this.field.addEventListener("input", () => this.explain());
    this.results.addEventListener("click", (event) => this.press(event));
    window.addEventListener("popstate", (event) => this.restore(event.state));
    this.openLink();
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
      this.at = this.past.push(text) - 1;
      history.pushState(this.at, "", location.pathname + location.search); // without an older link's words
    }
    this.explain();
    this.run(text);
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
    this.status.textContent = "";
    this.results.replaceChildren();
  }

  /** @param {string} text */
  async run(text) {
    this.clear();
    const mine = this.running;
    this.status.textContent = say("searching");
    const found = await this.search(text);
    if (mine !== this.running) return; // another search was begun meanwhile
    this.status.textContent = "";
    this.results.replaceChildren(found);
    /** @type {HTMLElement | null} */ (found.querySelector("[tabindex='-1']"))?.focus();
  }

  /** @param {string} text */
  async search(text) {
    const { keys, reason } = understand(text);
    if (reason) return refusal(reason);
    if (!crypto.subtle) return copyOf("message-insecure");
    try {
      return renderAnswers(await lookup(this.index, keys), this.index.current, this.index.root);
    } catch (error) {
      if (!(error instanceof ShardError)) reportError(error); // a bug: still never a "no"
      return copyOf(`message-${error instanceof ShardError ? error.code : "unreachable"}`);
    }
  }

  /** @param {Event} event */
  async press(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.action === "retry") this.run(this.past[this.at] ?? "");
    if (button?.dataset.action === "reload") location.reload();
    if (button?.dataset.action === "copy") this.copyLink();
  }

  async copyLink() {
    const text = this.past[this.at] ?? "";
    const link = location.href.split("#", 1)[0] + LINK + encodeURIComponent(text);
    const said = /** @type {HTMLElement} */ (this.results.querySelector("[data-copied]"));
    const done = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    said.textContent = done ? say("copied") : link; // where the browser forbids it, to be copied by hand
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
  const { keys, reason } = understand(text);
  if (reason) return say(`refused_${reason}`);
  const readings = keys.map((key) => {
    const colon = key.indexOf(":");
    return say(`can_${key.slice(0, colon)}`, { value: key.slice(colon + 1) });
  });
  const either = keys.some((key) => key.startsWith("person:")); // a photo and its owner are searched both
  return say("understood", { what: listed(readings, either ? "disjunction" : "conjunction") });
}

/** @param {string} reason */
function refusal(reason) {
  const message = copyOf("message-refused");
  put(message, "reason", say(`refused_${reason}`));
  return message;
}

customElements.define("exposing-search", ExposingSearch);
