// A stub until identifiers.js has findAll.

import { understand } from "./identifiers.js";

const PIECE = /(?:https?:)?\/\/[^\s"'<>\]|}]+|\b[0-9]{5,12}@N[0-9]{2}\b|\b(?:www\.)?(?:flickr\.com|flic\.kr)\/[^\s"'<>\]|}]+|\b[0-9]{8,12}_[0-9a-f]{10}(?:_[a-z0-9])?\.(?:jpe?g|png|gif)/gi;

/** @param {string} text @returns {string[][]} */
export function findAll(text) {
  const pieces = text.match(PIECE) ?? [];
  const all = pieces.map((piece) => understand(piece.replace(/[.,;:!)]+$/, "")).keys).filter((keys) => keys.length);
  return [...new Map(all.map((keys) => [keys.join(" "), keys])).values()];
}
