// When photos were posted, as far as their numbers tell. This mirrors build/exposing/years.py.

import { copyOf, say } from "./words.js";

/** @typedef {[number, number, number | null][]} Years  first id, first year, last year (null: open) */

/**
 * The years in which a photo can have been posted.
 * @param {number} id @param {Years} years
 * @returns {[number, number | null]}
 */
export function yearsOf(id, years) {
  const segment = years[segmentOf(id, years)];
  return segment ? [segment[1], segment[2]] : [0, null];
}

/**
 * The place of the last segment that begins at or before an id; -1 if none does.
 * @param {number} id @param {Years} years
 */
function segmentOf(id, years) {
  let at = years.length - 1;
  while ((years[at]?.[0] ?? 0) > id) at -= 1;
  return at;
}

/**
 * Photos per year, or per range of years, in order of time.
 * @param {Iterable<number>} ids @param {Years} years
 * @returns {Map<string, number>} a label for people -> photos
 */
export function perYear(ids, years) {
  const perSegment = new Map();
  for (const id of ids) {
    const at = segmentOf(id, years);
    perSegment.set(at, (perSegment.get(at) ?? 0) + 1);
  }
  /** @type {Map<string, {first: number, last: number | null, photos: number}>} */
  const counted = new Map();
  for (const [at, photos] of perSegment) {
    const [first, last] = [years[at]?.[1] ?? 0, years[at]?.[2] ?? null];
    const known = counted.get(`${first} ${last}`) ?? { first, last, photos: 0 };
    known.photos += photos;
    counted.set(`${first} ${last}`, known);
  }
  const ordered = [...counted.values()].sort((a, b) => a.first - b.first || (a.last ?? 9999) - (b.last ?? 9999));
  return new Map(ordered.map(({ first, last, photos }) => [labelOf(first, last), photos]));
}

/** @param {number} first @param {number | null} last */
function labelOf(first, last) {
  if (first === last) return String(first);
  const form = last === null ? "year_open" : "year_range";
  return say(form, { first: String(first), last: String(last) });
}

/**
 * A table with a bar per year.
 * @param {Set<number>} ids @param {Years} years
 */
export function renderYears(ids, years) {
  const part = copyOf("posted");
  const counts = perYear(ids, years);
  const most = Math.max(...counts.values());
  for (const [label, photos] of counts) {
    const row = copyOf("posted-row");
    const [name, count] = row.children;
    if (name) name.textContent = label;
    if (count) count.textContent = say("count", { n: photos });
    row.querySelector("rect")?.setAttribute("width", String((100 * photos) / most));
    part.querySelector("tbody")?.append(row);
  }
  return part;
}
