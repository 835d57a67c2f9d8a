// Pagefind with a record per key. A key is one word of letters and digits that no other begins with.

import { serve } from "./render.js";

const pagefind = await import(new URL("pagefind/pagefind.js", location.href).href);
await pagefind.init();

serve(async (key) => {
  const { results } = await pagefind.search(wordOf(key));
  if (!results.length) return new Map();
  const { meta } = await results[0].data();
  if (meta.key !== key) return new Map();
  return new Map(JSON.parse(meta.photos));
});

function wordOf(key) {
  return `k${key.toLowerCase().replace(/[^a-z0-9]/g, "x")}z`;
}
