// Load the whole index, so that searches need no request any more.

import { put, say } from "./words.js";

/** @typedef {import("./shards.js").Index} Index */

/**
 * Make a part of the page load the whole index on request.
 * @param {HTMLElement} part @param {Index} index
 */
export function offerWholeIndex(part, index) {
  const [load, stop] = /** @type {HTMLButtonElement[]} */ ([...part.querySelectorAll("button")]);
  const bar = part.querySelector("progress");
  const said = part.querySelector("output");
  if (!load || !stop || !bar || !said) return;
  put(part, "size", say("offline_size", { size: sizeOf(index.bytes) }));
  /** @type {AbortController | null} */
  let running = null;
  stop.addEventListener("click", () => running?.abort());
  load.addEventListener("click", async () => {
    running = new AbortController();
    const { signal } = running;
    said.textContent = "";
    for (const part of [stop, bar]) part.hidden = false;
    load.hidden = true;
    stop.focus();
    try {
      await index.loadAll(signal, (done, all) => {
        bar.max = all;
        bar.value = done;
      });
      said.textContent = say("offline_done");
    } catch {
      said.textContent = say(signal.aborted ? "offline_stopped" : "offline_failed");
      load.hidden = false;
      load.focus();
    }
    for (const part of [stop, bar]) part.hidden = true;
  });
}

/** @param {number} bytes */
function sizeOf(bytes) {
  return say("bytes", { amount: Math.max(0.1, Math.round(bytes / 1e5) / 10) });
}
