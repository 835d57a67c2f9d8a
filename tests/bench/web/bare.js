// The limit: the files that our page asked for, fetched at once and not looked into. `asked` is set by the bench.

import { serve } from "./render.js";

const fetched = async (url) => (await fetch(url)).arrayBuffer();
const work = new Worker(new URL("worker.js", import.meta.url));

serve(async () => {
  await Promise.all(window.asked.map(fetched));
  return new Map();
});

/** How long a fetch takes here and in a worker: whether the limit of the network holds for both. */
window.timeFetch = async (url) => {
  const began = performance.now();
  await fetched(`${url}?page`);
  return performance.now() - began;
};
window.timeFetchInWorker = (url) =>
  new Promise((resolve) => {
    work.onmessage = (event) => resolve(event.data);
    work.postMessage(new URL(`${url}?worker`, location.href).href);
  });
