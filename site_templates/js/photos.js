// The photos of a card: a page of numbers with links, and after a click Flickr's own frames.

import { copyOf, put, say } from "./words.js";

const PAGE = 30; // photos shown at a time

/** @type {Map<Element, {all: () => void, first: () => void}>} how to show all photos of a list, and its first page */
const boxes = new Map();

// Paper has no next page.
addEventListener("beforeprint", () => shown().forEach(({ all }) => all()));
addEventListener("afterprint", () => shown().forEach(({ first }) => first()));

/** The lists that are on the page; others are forgotten. */
function shown() {
  for (const list of boxes.keys()) if (!list.isConnected) boxes.delete(list);
  return [...boxes.values()];
}

/**
 * Fill a card's box with its photos, a page at a time.
 * @param {HTMLElement} box @param {number[]} ids
 */
export function showPhotos(box, ids) {
  const list = /** @type {HTMLElement} */ (box.querySelector("ol"));
  const back = /** @type {HTMLButtonElement} */ (box.querySelector("[data-back]"));
  const next = /** @type {HTMLButtonElement} */ (box.querySelector("[data-next]"));
  const frames = /** @type {HTMLButtonElement} */ (box.querySelector("[data-frames]"));
  /** @param {number} first */
  const turnTo = (first) => {
    const last = Math.min(first + PAGE, ids.length);
    list.replaceChildren(...ids.slice(first, last).map(photoItem));
    list.classList.remove("framed");
    frames.hidden = false;
    put(box, "range", say("range", { first: first + 1, last, all: ids.length }));
    back.disabled = first === 0;
    next.disabled = last === ids.length;
    back.onclick = () => {
      turnTo(first - PAGE);
      if (back.disabled) next.focus();
    };
    next.onclick = () => {
      turnTo(last);
      if (next.disabled) back.focus();
    };
  };
  frames.addEventListener("click", () => {
    frames.hidden = true;
    list.classList.add("framed");
    for (const item of list.children) frame(item);
    list.querySelector("a")?.focus();
  });
  turnTo(0);
  boxes.set(list, { all: () => list.replaceChildren(...ids.map(photoItem)), first: () => turnTo(0) });
  if (ids.length <= PAGE) box.querySelector("[data-pages]")?.remove();
}

/** @param {number} id */
function photoItem(id) {
  const item = copyOf("photo");
  const link = item.querySelector("a");
  if (link) {
    link.textContent = String(id);
    link.href = `https://www.flickr.com/photo.gne?id=${id}`;
  }
  return item;
}

/**
 * Show a photo by Flickr's own frame, which shows nothing once its owner has hidden or deleted it.
 * @param {Element} item
 */
function frame(item) {
  const id = item.querySelector("a")?.textContent ?? "";
  if (!/^[0-9]+$/.test(id)) return;
  const view = document.createElement("iframe");
  view.src = `https://embedr.flickr.com/photos/${id}`;
  view.title = say("frame", { id });
  view.loading = "lazy";
  view.referrerPolicy = "no-referrer";
  item.classList.add("corners");
  item.prepend(view);
}
