// The privacy page's own search, which shows every request that it makes.

import { understand } from "./identifiers.js";
import { lookup } from "./lookup.js";
import { Index } from "./shards.js";
import { copyOf, dataBlock, say } from "./words.js";

class ExposingPrivacy extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.show(field.value);
    });
  }

  /** @param {string} text */
  async show(text) {
    const { keys, reason } = understand(text);
    const index = new Index(new URL("../../../", import.meta.url), dataBlock("current"));
    await lookup(index, keys).catch(() => null); // the requests are shown whatever came of them
    const status = /** @type {HTMLElement} */ (this.querySelector("[data-status]"));
    status.textContent = reason ? say(`refused_${reason}`) : say("requests_made", { n: index.requests.length });
    const table = /** @type {HTMLElement} */ (this.querySelector("[data-requests]"));
    table.hidden = index.requests.length === 0;
    table.querySelector("tbody")?.replaceChildren(...index.requests.map(rowOf));
  }
}

/** @param {import("./shards.js").Request} request */
function rowOf({ url, status, bytes }) {
  const row = copyOf("request-row");
  const texts = [url, status ? String(status) : say("request_failed"), say("count", { n: bytes })];
  const places = row.querySelectorAll("code, td");
  texts.forEach((text, at) => {
    const place = places[at];
    if (place) place.textContent = text;
  });
  return row;
}

customElements.define("exposing-privacy", ExposingPrivacy);
