// Texts as rows of cells: CSV as people have it, or one cell a line.

/**
 * `whole` is the line as it stands where it can be one address as well as a row of cells.
 * @typedef {{line: number, cells: string[], whole?: string}} Line
 */

const QUOTED = /"((?:[^"]|""){0,8192})" */y; // bounded: a lone quote must not eat the file
const DELIMITERS = ["\t", ";", ","];
const HEAD = 2 ** 16; // characters by which a text is judged
const SAMPLE = 200; // rows by which it is judged
const WEB = /^(?:https?:)?\/\/[^\s/]+\/\S*$/i;
const OF_FLICKR = /^(?:https?:)?\/\/(?:[a-z0-9-]+\.)*(?:flickr\.com|staticflickr\.com|flic\.kr)\//i;
const GOES_ON = /[/=&?%]|\.(?:jpe?g|png|gif|webp)$/i; // part of an address rather than a cell
const COMPLETE = /\.(?:jpe?g|png|gif|webp)$/i;
const ANEW = /^\s*(?:(?:https?:)?\/\/|#\S|[0-9]{5,12}@N[0-9]{2}\s*$|[0-9]{9,}\s*$)/i;

/**
 * The rows of a text. Cells are parted only by what makes most rows equally wide; an address stays whole.
 * @param {string} text
 * @param {(cells: string[]) => boolean} areHeadings whether a first row is headings, and so the others are rows
 * @returns {Generator<Line>}
 */
export function* rowsOf(text, areHeadings) {
  const { delimiter, width, headed } = formOf(text, areHeadings);
  for (const { line, cells } of split(text, delimiter)) {
    const reading = headed ? "row" : asAddress(cells);
    const whole = cells.join(delimiter);
    if (reading === "address") yield { line, cells: [whole] };
    else if (reading === "either") yield { line, cells, whole };
    else yield { line, cells: mended(cells, width, delimiter) };
  }
}

/**
 * What parts the cells, how wide most rows are then, and whether they have headings; no delimiter is one cell a line.
 * @param {string} text @param {(cells: string[]) => boolean} areHeadings
 */
function formOf(text, areHeadings) {
  const head = text.slice(0, HEAD);
  let best = { delimiter: "", width: 1, headed: false, share: 0.5 };
  for (const delimiter of DELIMITERS) {
    const rows = sample(head, delimiter, text.length > HEAD);
    const first = rows[0] ?? [];
    const headed = rows.length > 1 && first.length > 1 && areHeadings(first);
    const widths = rows.map((cells) => (headed ? cells.length : widthOf(cells, rows.length)));
    const { width, share } = commonest(widths);
    if (width > 1 && share > best.share) best = { delimiter, width, headed, share };
  }
  return best;
}

/**
 * The first rows that are not empty; the last is left out where the text goes on.
 * @param {string} head @param {string} delimiter @param {boolean} cut
 */
function sample(head, delimiter, cut) {
  const rows = [];
  for (const { cells } of split(head, delimiter)) {
    if (cells.some((cell) => cell.trim())) rows.push(cells);
    if (rows.length > SAMPLE) break;
  }
  return cut || rows.length > SAMPLE ? rows.slice(0, -1) : rows;
}

/** @param {string[]} cells @param {number} rows */
function widthOf(cells, rows) {
  const reading = asAddress(cells);
  return reading === "address" || (reading === "either" && rows === 1) ? 1 : cells.length;
}

/**
 * What a line that begins with an address is: one with commas in it (or several), a row of cells, or either.
 * @param {string[]} cells
 * @returns {"address" | "either" | "row"}
 */
function asAddress([first = "", ...rest]) {
  const one = rest.length && WEB.test(first) && !isOfFlickr(first);
  if (!one || rest.some((cell) => /\s/.test(cell))) return "row";
  if (rest.some((cell) => WEB.test(cell))) return rest.every((cell) => GOES_ON.test(cell)) ? "address" : "row";
  if (rest.some((cell) => ANEW.test(cell))) return "row";
  if (rest.some((cell) => GOES_ON.test(cell))) return COMPLETE.test(first) ? "either" : "address";
  return COMPLETE.test(first) ? "row" : "either";
}

/** Whether a text begins as an address at Flickr's, whose photos' addresses hold no commas. @param {string} text */
export function isOfFlickr(text) {
  return OF_FLICKR.test(text);
}

/**
 * The commonest of some numbers, and how common it is.
 * @param {number[]} numbers
 */
function commonest(numbers) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const one of numbers) counts.set(one, (counts.get(one) ?? 0) + 1);
  const [width, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), [1, 0]);
  return { width, share: count / numbers.length };
}

/**
 * A row that is wider than most, because an address in it holds what parts cells.
 * @param {string[]} cells @param {number} width @param {string} delimiter
 */
function mended(cells, width, delimiter) {
  const at = cells.findIndex((cell) => WEB.test(cell.trim()) && !isOfFlickr(cell.trim()));
  const surplus = cells.length - width;
  if (surplus <= 0 || at < 0 || at + surplus >= cells.length) return cells;
  const address = cells.slice(at, at + surplus + 1);
  const joined = address.slice(1).every((cell) => !/\s/.test(cell) && !ANEW.test(cell));
  return joined ? [...cells.slice(0, at), address.join(delimiter), ...cells.slice(at + surplus + 1)] : cells;
}

/**
 * The cells of each line, as CSV has them; a quoted cell may hold line breaks.
 * @param {string} text @param {string} delimiter or none
 * @returns {Generator<Line>}
 */
function* split(text, delimiter) {
  const plain = new RegExp(`[^${delimiter}\\r\\n]*`, "y");
  let line = 1;
  for (let at = 0; at < text.length; line += 1) {
    /** @type {Line} */
    const found = { line, cells: [] };
    for (;;) {
      const quoted = quotedAt(text, at, delimiter);
      if (quoted) line += quoted[0].split("\n").length - 1;
      plain.lastIndex = at;
      const whole = (quoted ?? plain.exec(text))?.[0] ?? "";
      found.cells.push(quoted?.[1]?.replaceAll('""', '"') ?? whole);
      at += whole.length;
      if (!delimiter || text[at] !== delimiter) break;
      at += 1;
    }
    yield found;
    at += text.startsWith("\r\n", at) ? 2 : 1;
  }
}

/**
 * A quoted cell, if one begins here and ends where a cell can end.
 * @param {string} text @param {number} at @param {string} delimiter
 */
function quotedAt(text, at, delimiter) {
  if (text[at] !== '"') return null;
  QUOTED.lastIndex = at;
  const match = QUOTED.exec(text);
  return match && [delimiter, "\r", "\n", undefined].includes(text[QUOTED.lastIndex]) ? match : null;
}
