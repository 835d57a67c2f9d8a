// Ask to be left out. The request holds hashes of what was typed, never what was typed; nothing is sent.
// This mirrors build/exposing/withheld.py: the command that is made here does what it says there.

import { sha256 } from "./keys.js";
import { kindOf, read } from "./removals.js";
import { copyOf, put, say } from "./words.js";

class ExposingWithhold extends HTMLElement {
  /** What the text asks for; another list as soon as the text is another. @type {import("./removals.js").Removal[]} */
  removals = [];

  connectedCallback() {
    this.hidden = false;
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.removals = read(this.piece("#query", HTMLTextAreaElement).value);
      this.list();
      this.prepare();
    });
    this.addEventListener("change", () => this.prepare());
    this.piece("#query", HTMLTextAreaElement).addEventListener("input", () => this.clear());
    this.piece("[data-action=copy]", HTMLElement).addEventListener("click", async () => {
      const text = this.piece("[data-text]", HTMLTextAreaElement);
      text.select();
      const done = await navigator.clipboard?.writeText(text.value).then(() => true, () => false);
      this.piece("output", HTMLElement).textContent = done ? say("copied") : "";
    });
  }

  /** Nothing of what was asked for before stands beside another text. */
  clear() {
    this.removals = [];
    this.list();
    this.status("");
  }

  /** Show what each line was understood as; lines that can mean two things with a choice. */
  list() {
    const items = this.removals.filter(({ reason }) => reason !== "empty").map((removal) => {
      const item = copyOf("withhold-line");
      item.toggleAttribute("data-refused", !removal.keys.length);
      put(item, "text", removal.text.trim());
      for (const [name, text] of Object.entries(said(removal))) put(item, name, text);
      if (removal.keys.length < 2) item.querySelector("[data-choice]")?.remove();
      else item.querySelector("select")?.append(...removal.keys.map((key) => new Option(nameOf(key).join(" "), key)));
      return item;
    });
    this.piece("[data-lines]", HTMLElement).replaceChildren(...items);
    this.piece("[data-request]", HTMLElement).hidden = true;
  }

  /** Make the request, if every line asks for one thing. */
  async prepare() {
    const removals = this.removals;
    if (!removals.length) return;
    const keys = this.chosen();
    this.piece("[data-request]", HTMLElement).hidden = true;
    this.piece("output", HTMLElement).textContent = "";
    if (removals[0]?.reason === "empty") return this.status(say("withhold_empty"));
    if (removals.some((removal) => !removal.keys.length)) return this.status(say("withhold_correct"));
    if (keys.includes("")) return this.status(say("withhold_choose"));
    if (!crypto.subtle) return this.status(say("withhold_insecure"));
    const stored = await Promise.all([...new Set(keys)].map(lineOf));
    if (keys.join("\n") !== this.chosen().join("\n")) return; // changed meanwhile
    this.compose(stored.join(" "));
    this.status(say("withhold_ready"));
  }

  /** The key of each thing that was asked for; empty where nothing is chosen yet. */
  chosen() {
    const items = [...this.piece("[data-lines]", HTMLElement).children];
    return this.removals.map(({ keys }, number) =>
      keys.length > 1 ? (items[number]?.querySelector("select")?.value ?? "") : (keys[0] ?? ""));
  }

  /** @param {string} line what `exposing withhold` is given */
  compose(line) {
    const { site = "", contact = "" } = this.dataset;
    const text = say("withhold_request", { site, line });
    this.piece("[data-text]", HTMLTextAreaElement).value = text;
    if (contact.startsWith("mailto:")) {
      const link = this.piece("[data-mail]", HTMLAnchorElement);
      link.href = `${contact}?subject=${encodeURIComponent(say("withhold_subject"))}&body=${encodeURIComponent(text)}`;
    }
    this.piece("[data-request]", HTMLElement).hidden = false;
  }

  /** @param {string} text */
  status(text) {
    this.piece("[data-status]", HTMLElement).textContent = text;
  }

  /**
   * A piece of the form.
   * @template {HTMLElement} T
   * @param {string} selector @param {{new(): T, prototype: T}} type
   * @returns {T}
   */
  piece(selector, type) {
    const found = this.querySelector(selector);
    if (!(found instanceof type)) throw new Error(`no ${selector}`);
    return found;
  }
}

/**
 * What a line was understood as, or why it was not: words, the value that they are about, and a note.
 * @param {import("./removals.js").Removal} removal
 */
function said({ keys: [key = "", ...others], reason, taken }) {
  const refused = reason === "tag" || reason === "kind" ? `withhold_${reason}` : `refused_${reason}`;
  if (!key) return { said: "", value: "", note: say(refused) };
  if (others.length) return { said: "", value: "", note: say("withhold_which") };
  const notes = [taken && say("withhold_taken"), kindOf(key) === "photo" && say("withhold_alone")];
  const [what, value] = nameOf(key);
  return { said: what, value, note: notes.filter(Boolean).join(" ") };
}

/**
 * What a key is of, in words, and which one.
 * @param {string} key
 * @returns {[string, string]}
 */
function nameOf(key) {
  return [say(`withhold_${kindOf(key)}`), key.slice(kindOf(key).length + 1)];
}

/**
 * A request as the file of the build has it: the prefix of a key, and its digest.
 * @param {string} key
 */
async function lineOf(key) {
  return `${kindOf(key)}:${await sha256(new TextEncoder().encode(key))}`;
}

customElements.define("exposing-withhold", ExposingWithhold);
