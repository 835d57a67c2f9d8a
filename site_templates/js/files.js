// Files for the visitor to keep, made in this browser.

/**
 * A CSV table that a spreadsheet opens without running anything in it: every cell is quoted, and one that
 * would be read as a formula begins with an apostrophe.
 * @param {(string | number)[][]} rows
 */
export function csvOf(rows) {
  return rows.map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

/** @param {string | number} value */
function cellOf(value) {
  const text = String(value);
  return `"${(/^[=+\-@\t\r]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;
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
