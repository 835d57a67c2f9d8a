// A table of many rows: a page of them at a time, sorted by any column.

import { put, say } from "./words.js";

const PAGE = 100; // rows shown at a time

/**
 * The table of a box that holds a `<table>` with a button in each heading, `data-column` naming what it sorts
 * by, and buttons to turn its pages.
 * @template T
 */
export class PagedTable {
  /** @type {T[]} */
  items = [];
  /** @type {T[]} in the order shown */
  sorted = [];
  first = 0;
  column = "";
  direction = 1;

  /**
   * @param {HTMLElement} box
   * @param {Record<string, (item: T) => string | number>} columns what each column is sorted by
   * @param {(item: T) => HTMLElement} render a row
   */
  constructor(box, columns, render) {
    this.box = box;
    this.columns = columns;
    this.render = render;
    this.body = /** @type {HTMLElement} */ (box.querySelector("tbody"));
    this.back = /** @type {HTMLButtonElement} */ (box.querySelector("[data-back]"));
    this.next = /** @type {HTMLButtonElement} */ (box.querySelector("[data-next]"));
    this.back.addEventListener("click", () => this.turn(-PAGE));
    this.next.addEventListener("click", () => this.turn(PAGE));
    for (const heading of this.headings) heading.addEventListener("click", () => this.sortBy(heading.dataset.column ?? ""));
  }

  /** @returns {NodeListOf<HTMLElement>} */
  get headings() {
    return this.box.querySelectorAll("thead [data-column]");
  }

  /** @param {T[]} items */
  show(items) {
    this.items = items;
    this.first = 0;
    this.sort();
  }

  /** Sort by a column; by the same one again, the other way round. @param {string} column */
  sortBy(column) {
    this.direction = column === this.column ? -this.direction : 1;
    this.column = column;
    this.first = 0;
    for (const heading of this.headings) {
      const order = this.direction > 0 ? "ascending" : "descending";
      if (heading.dataset.column === column) heading.closest("th")?.setAttribute("aria-sort", order);
      else heading.closest("th")?.removeAttribute("aria-sort");
    }
    this.sort();
  }

  sort() {
    const value = this.columns[this.column];
    const valued = value ? this.items.map((item) => ({ item, by: value(item) })) : null;
    valued?.sort((one, other) => this.direction * (one.by < other.by ? -1 : one.by > other.by ? 1 : 0));
    this.sorted = valued ? valued.map(({ item }) => item) : this.items;
    this.draw();
  }

  /** @param {number} step */
  turn(step) {
    this.first += step;
    this.draw();
    if (this.back.disabled) this.next.focus();
    else if (this.next.disabled) this.back.focus();
  }

  draw() {
    const last = Math.min(this.first + PAGE, this.sorted.length);
    this.body.replaceChildren(...this.sorted.slice(this.first, last).map(this.render));
    this.back.disabled = this.first === 0;
    this.next.disabled = last === this.sorted.length;
    const range = { first: Math.min(this.first + 1, last), last, all: this.sorted.length };
    put(this.box, "rows", say("rows", range));
  }
}
