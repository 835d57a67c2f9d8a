// Which columns of a table hold Flickr's photo numbers, and which hold other numbers under a like name.

import { understand } from "./identifiers.js";

const PHOTO_HEADING = /^(?:flickr[ _-]?)?photo[ _-]?(?:ids?|numbers?|no|nr)$|^flickr[ _-]?(?:ids?|numbers?)$|^(?:flickr[ _-]?)?photos?$/i;
const ANY_ID_HEADING = /^(?:(?:image|picture|media)[ _-]?)?ids?$/i; // of Flickr, or of whoever made the table
const ANNOTATION = /^(?:annotation|label|class|categor|caption|bbox|box|x_?min|x_?max|subset|segmentation|iscrowd|confidence)/i;
const ADDRESS = /^(?:https?:)?\/\/\S+$/i;

/** @param {string} text */
export function isPhotoHeading(text) {
  return PHOTO_HEADING.test(text) || ANY_ID_HEADING.test(text);
}

/** @param {string} text */
function holdsAddress(text) {
  return ADDRESS.test(text);
}

/**
 * For each column with a heading, whether the numbers in it are Flickr's.
 * @param {string[]} headings @param {string[][]} rows some of the table's
 * @param {boolean} any whether a bare "id" can be a photo's at all
 */
export function photoColumns(headings, rows, any = true) {
  const annotated = !any || headings.some((heading) => ANNOTATION.test(heading));
  return headings.map((heading, column) => {
    if (PHOTO_HEADING.test(heading)) return true;
    if (!ANY_ID_HEADING.test(heading) || annotated) return false;
    return !areRowNumbers(rows.map((cells) => cells[column] ?? "")) && areFlickrs(column, rows);
  });
}

/** Whether numbers only count the rows. @param {string[]} numbers */
function areRowNumbers(numbers) {
  const [first = "", ...rest] = numbers;
  return rest.length > 0 && rest.every((number, at) => Number(number) === Number(first) + at + 1);
}

/**
 * Whether numbers under a heading that any table may have are Flickr's: a photo's address beside one says the same,
 * or no row holds an address.
 * @param {number} column @param {string[][]} rows
 */
function areFlickrs(column, rows) {
  const addresses = rows.map((cells) => cells.filter(holdsAddress));
  const agree = rows.some((cells, row) => {
    const key = `photo:${Number(cells[column])}`;
    return addresses[row]?.some((address) => understand(address).keys.includes(key));
  });
  return agree || !addresses.some((some) => some.length);
}
