// The tables of datasets, sorted and filtered. Without this script they are whole, in order of names.

import { say } from "./words.js";

const order = new Intl.Collator(document.documentElement.lang, { numeric: true });

class ExposingCatalogue extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const field = this.querySelector("input");
    if (!form || !field) return;
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    field.addEventListener("input", () => this.filter(field.value));
    for (const table of this.querySelectorAll("table")) makeSortable(table);
    if (field.value) this.filter(field.value); // as typed before the page was reloaded
  }

  /**
   * Show the rows that hold every word, in what they say or in who made the dataset, and tell how many those are.
   * @param {string} text
   */
  filter(text) {
    const wanted = folded(text).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const section of this.querySelectorAll("section")) {
      let here = 0;
      for (const row of section.querySelectorAll("tbody tr")) {
        const words = folded(`${row.textContent} ${row.getAttribute("data-words")}`);
        const hit = wanted.every((word) => words.includes(word));
        row.toggleAttribute("hidden", !hit);
        here += Number(hit);
      }
      section.hidden = !here;
      shown += here;
    }
    const said = this.querySelector("output");
    if (said) said.textContent = wanted.length ? say("filtered", { n: shown }) : "";
  }
}

/**
 * A text without differences of case or accents.
 * @param {string} text
 */
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * Make the heads of a table's columns buttons that sort it.
 * @param {HTMLTableElement} table
 */
function makeSortable(table) {
  const body = table.tBodies[0];
  const heads = [...table.querySelectorAll("thead th")];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      body?.append(...[...body.rows].sort((a, b) => sign * compare(a.cells[column], b.cells[column])));
    });
  });
}

/**
 * Cells are in order of the number that they carry, or else of their text in the page's language.
 * @param {HTMLTableCellElement | undefined} a @param {HTMLTableCellElement | undefined} b
 */
function compare(a, b) {
  const [x, y] = [a?.dataset.number, b?.dataset.number];
  return x && y ? Number(x) - Number(y) : order.compare(a?.textContent ?? "", b?.textContent ?? "");
}

customElements.define("exposing-catalogue", ExposingCatalogue);
