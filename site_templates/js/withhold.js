// Ask to be left out. The request holds the hash of what was typed, never what was typed; nothing is sent.
// This mirrors build/exposing/withheld.py: the line that is made here is what `exposing withhold` takes.

import { understand } from "./identifiers.js";
import { sha256 } from "./keys.js";
import { say } from "./words.js";

/** What can be left out, by the prefix of its key: all but tags, which are nobody's. */
const KINDS = new Set(["nsid", "name", "photo", "image", "person"]);

class ExposingWithhold extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const text = this.piece("textarea", HTMLTextAreaElement);
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.prepare();
    });
    this.piece("select", HTMLSelectElement).addEventListener("change", () => this.prepare());
    this.piece("input", HTMLInputElement).addEventListener("input", () => this.show(false));
    this.piece("[data-action=copy]", HTMLElement).addEventListener("click", async () => {
      text.select();
      const done = await navigator.clipboard?.writeText(text.value).then(() => true, () => false);
      this.piece("output", HTMLElement).textContent = done ? say("copied") : "";
    });
  }

  async prepare() {
    const { keys, reason } = understand(this.piece("input", HTMLInputElement).value);
    const found = keysOf(keys);
    const choice = this.piece("select", HTMLSelectElement);
    this.show(found.length > 0 && Boolean(crypto.subtle), found.length > 1);
    if (!found.length) return this.status(reason ? say(`refused_${reason}`) : say("withhold_tag"));
    if (!crypto.subtle) return this.status(say("withhold_insecure"));
    const key = found[found.length > 1 ? choice.selectedIndex : 0] ?? "";
    const line = `${key.slice(0, key.indexOf(":"))}:${await sha256(new TextEncoder().encode(key))}`;
    const { site = "", contact = "" } = this.dataset;
    const text = say("withhold_request", { site, line });
    this.piece("textarea", HTMLTextAreaElement).value = text;
    if (contact.startsWith("mailto:")) {
      const link = this.piece("[data-mail]", HTMLAnchorElement);
      link.href = `${contact}?subject=${encodeURIComponent(say("withhold_subject"))}&body=${encodeURIComponent(text)}`;
    }
    this.status(say("withhold_ready"));
  }

  /** @param {boolean} request whether there is one @param {boolean} [choice] whether it may mean two things */
  show(request, choice = false) {
    this.piece("[data-request]", HTMLElement).hidden = !request;
    this.piece("[data-choice]", HTMLElement).hidden = !choice;
    this.status("");
    this.piece("output", HTMLElement).textContent = "";
  }

  /** @param {string} text */
  status(text) {
    this.piece("[role=status]", HTMLElement).textContent = text;
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
 * The keys of what can be left out. Of a photo's address, which also says whose it is, the photo alone.
 * @param {string[]} keys
 */
function keysOf(keys) {
  const found = keys.filter((key) => KINDS.has(key.slice(0, key.indexOf(":"))));
  return found[0]?.startsWith("photo:") ? found.slice(0, 1) : found;
}

customElements.define("exposing-withhold", ExposingWithhold);
