// What every peer's page does: hear the form, and show for each dataset its count and the first page of photo ids.
// That is what our own page shows; a longer list would make the peers slower than they have to be.

const SLUGS = ["album", "columns", "more", "pages", "pairs", "paths", "records", "table"];
const PAGE = 30;

/** @param {(key: string) => Promise<Map<number, (number | bigint | string)[]>>} search photo ids by dataset number */
export function serve(search) {
  const form = document.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const results = document.querySelector("[data-results]");
    results.replaceChildren();
    const found = await search(form.querySelector("input").value);
    const heading = element("h2", found.size ? `Found in ${found.size} datasets` : "Not found");
    results.replaceChildren(heading, ...[...found].map(([number, ids]) => card(SLUGS[number], ids)));
  });
  document.documentElement.dataset.ready = "yes";
}

function card(slug, ids) {
  const article = element("article");
  article.className = "holding";
  const count = element("p", `${ids.length} photos`);
  count.dataset.put = "count";
  const list = element("ol");
  list.className = "photos";
  for (const id of ids.slice(0, PAGE)) {
    const link = element("a", String(id));
    link.href = `https://www.flickr.com/photo.gne?id=${id}`;
    list.append(element("li"));
    list.lastChild.append(link);
  }
  article.append(element("h4", slug), count, list);
  return article;
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** Rows of (dataset, photo), in order, as photo ids by dataset. */
export function byDataset(datasets, photos) {
  const found = new Map();
  for (let row = 0; row < photos.length; row += 1) {
    const ids = found.get(datasets[row]);
    if (ids) ids.push(photos[row]);
    else found.set(datasets[row], [photos[row]]);
  }
  return found;
}
