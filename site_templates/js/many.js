// The page that checks many photos and accounts at once. All of it happens in this browser: files are read
// here, and only whole parts of the index are fetched.

import { save } from "./files.js";
import { check } from "./many-check.js";
import { droppedFiles, grouped, namesOf } from "./many-files.js";
import { readAll } from "./many-read.js";
import { renderNothing, renderResult } from "./many-render.js";
import { asCsv, asJson, compare, openRow } from "./many-results.js";
import { Index } from "./shards.js";
import { copyOf, dataBlock, say } from "./words.js";

/**
 * @typedef {import("./many-given.js").Given} Given
 * @typedef {import("./many-results.js").Row} Row
 */

class ExposingMany extends HTMLElement {
  index = new Index(new URL("../../../", import.meta.url), dataBlock("current"));
  form = /** @type {HTMLFormElement} */ (this.querySelector("[data-form]"));
  input = /** @type {HTMLInputElement} */ (this.querySelector("#files"));
  folder = /** @type {HTMLInputElement} */ (this.querySelector("#folder"));
  lines = /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  work = /** @type {HTMLElement} */ (this.querySelector("[data-work]"));
  bar = /** @type {HTMLProgressElement} */ (this.querySelector("progress"));
  parts = /** @type {HTMLElement} */ (this.querySelector("[data-parts]"));
  status = /** @type {HTMLElement} */ (this.querySelector("[data-status]"));
  results = /** @type {HTMLElement} */ (this.querySelector("[data-results]"));
  /** @type {File[]} */
  dropped = [];
  /** @type {import("./many-given.js").Refusal[]} dropped files that the browser could not give */
  lost = [];
  /** @type {Given | null} what the results on the page are of */
  given = null;
  /** @type {Row[]} */
  rows = [];
  running = new AbortController();

  connectedCallback() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    for (const input of [this.input, this.folder]) input.addEventListener("change", () => this.showChosen());
    this.form.addEventListener("dragover", (event) => this.hover(event));
    this.form.addEventListener("dragleave", () => this.form.classList.remove("over"));
    this.form.addEventListener("drop", (event) => this.drop(event));
    this.addEventListener("click", (event) => this.press(event));
    addEventListener("hashchange", () => this.takeLines());
    const canChooseFolders = "webkitdirectory" in this.folder;
    /** @type {HTMLElement} */ (this.querySelector("[data-folder]")).hidden = !canChooseFolders;
    if (canChooseFolders) this.folder.webkitdirectory = true; // no attribute of standard HTML
    this.showChosen(); // a browser may have kept files over a reload
    this.takeLines();
  }

  /** All files that were chosen or dropped. */
  get files() {
    return [...(this.input.files ?? []), ...(this.folder.files ?? []), ...this.dropped];
  }

  showChosen() {
    const { files } = this;
    const chosen = /** @type {HTMLElement} */ (this.querySelector("[data-chosen]"));
    chosen.textContent = files.length ? say("chosen", { n: files.length, names: namesOf(files) }) : "";
    /** @type {HTMLElement} */ (this.querySelector("[data-clear]")).hidden = !files.length && !this.lost.length;
  }

  /** Take the lines that a link to this page holds, and leave none of them in the address. */
  takeLines() {
    const [, lines] = /^#lines=(.*)$/s.exec(location.hash) ?? [];
    if (lines === undefined) return;
    history.replaceState(null, "", location.pathname + location.search);
    try {
      this.lines.value = decodeURIComponent(lines);
    } catch {
      return; // a link that was cut off
    }
    /** @type {HTMLButtonElement} */ (this.form.querySelector("[type=submit]")).focus();
  }

  /** @param {DragEvent} event */
  hover(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.form.classList.add("over");
  }

  /** Add the files that were dropped to those chosen. @param {DragEvent} event */
  async drop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // else the browser would leave this page and open the file
    this.form.classList.remove("over");
    const { files, lost } = await droppedFiles(event.dataTransfer);
    this.dropped.push(...files);
    this.lost.push(...lost.map((file) => ({ file, reason: "unreadable" })));
    this.showChosen();
  }

  /** @param {Event} event */
  press(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const action = button?.dataset.action;
    if (action === "cancel") this.running.abort();
    if (action === "retry") this.guarded((signal) => this.ask(signal));
    if (action === "csv") this.save("exposing-results.csv", () => asCsv(this.rows, this.given?.unread ?? []));
    if (action === "json") this.save("exposing-results.json", () => asJson(this.rows, this.index.current));
    if (action !== "clear") return;
    this.input.value = this.folder.value = "";
    this.dropped = [];
    this.lost = [];
    this.showChosen();
    this.input.focus();
  }

  start() {
    this.results.replaceChildren();
    if (!crypto.subtle) return this.show(copyOf("message-insecure"));
    return this.guarded(async (signal) => {
      this.status.textContent = say("reading");
      this.bar.removeAttribute("value");
      this.parts.textContent = "";
      const given = await readAll(this.files, this.lines.value, signal);
      if (signal.aborted) return this.stopped();
      given.refusals = grouped([...this.lost, ...given.refusals]);
      this.given = given;
      this.rows = [...given.entries.values()].map(openRow);
      return this.rows.length ? this.ask(signal) : this.show(renderNothing(given));
    });
  }

  /**
   * Run a part of the work, which a later one cancels. If it fails, nothing of it is shown as an answer.
   * @param {(signal: AbortSignal) => Promise<void>} part
   */
  async guarded(part) {
    this.running.abort();
    const mine = new AbortController();
    this.running = mine;
    this.work.hidden = false;
    try {
      await part(mine.signal);
    } catch (error) {
      reportError(error);
      if (this.running === mine) this.show(copyOf("message-failed"));
    }
    if (this.running === mine) this.work.hidden = true;
  }

  /** Ask the index about all rows that are open, and show what is known then. @param {AbortSignal} signal */
  async ask(signal) {
    const mine = this.running;
    this.status.textContent = say("asking", { n: this.rows.filter((row) => row.state === "open").length });
    let quarter = 0;
    const faults = await check(this.index, this.rows, signal, (done, all) => {
      this.bar.max = all;
      this.bar.value = done;
      this.parts.textContent = say("parts", { done, all });
      const now = Math.floor((4 * done) / all);
      if (now > quarter && now < 4) this.status.textContent = say(`asked_${25 * now}`); // not every step is said
      quarter = now;
    });
    if (this.running !== mine || !this.given) return; // another check was begun meanwhile
    if (signal.aborted) faults.add("cancelled");
    compare(this.rows, this.given.earlier);
    this.show(await renderResult(this.rows, this.given, this.index.current, faults));
  }

  stopped() {
    if (!this.running.signal.aborted) return; // another check was begun
    this.status.textContent = say("cancelled");
    this.form.querySelector("button")?.focus();
  }

  /** @param {HTMLElement} part */
  show(part) {
    this.status.textContent = "";
    this.work.hidden = true;
    this.results.replaceChildren(part);
    /** @type {HTMLElement | null} */ (part.querySelector("[tabindex='-1']"))?.focus();
  }

  /** @param {string} name @param {() => Promise<Blob>} make */
  async save(name, make) {
    const said = /** @type {HTMLElement} */ (this.results.querySelector("[data-saved]"));
    said.textContent = say("saving");
    save(name, await make());
    said.textContent = say("saved", { name });
  }
}

customElements.define("exposing-many", ExposingMany);
