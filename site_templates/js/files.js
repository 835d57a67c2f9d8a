// Files for the visitor to keep, made in this browser.

/**
 * A CSV table that a spreadsheet opens without running anything in it: every cell is quoted, and one that
 * would be read as a formula begins with an apostrophe.
 * @param {(string | number)[][]} rows
 */
export function csvOf(rows) {
  return rows.map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

// How a formula begins, also in full-width characters and behind what a spreadsheet may leave out; and what
// ends a cell for some programs. CSV injection, OWASP.
const FORMULA = /^(?:[\s\0\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0\ufeff])/;

/** @param {string | number} value */
function cellOf(value) {
  const text = String(value);
  return `"${(FORMULA.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;
}

/**
 * Let the browser save a file.
 * @param {string} name @param {Blob} content
 */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still ask where to put it
}
