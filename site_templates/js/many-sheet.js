// The cells of an .xlsx workbook (ECMA-376): its sheets, their shared texts, and the addresses behind its links.

import { unescaped } from "./many-document.js";
import { readMember } from "./zip.js";

/**
 * @typedef {import("./many-table.js").Line} Line
 * @typedef {import("./zip-directory.js").Directory} Directory
 */

const MOST = 64 * 2 ** 20; // bytes of one sheet
const SHEET = /^xl\/worksheets\/[^/]+\.xml$/i;
const LINKS = /^xl\/worksheets\/_rels\/[^/]+\.rels$/i;
const ROW = /<(?:\w+:)?row\b[^>]*?(?:\/>|>(.*?)<\/(?:\w+:)?row>)/gs;
const CELL = /<(?:\w+:)?c\b([^>]*?)(?:\/>|>(.*?)<\/(?:\w+:)?c>)/gs;
const ITEM = /<(?:\w+:)?si\b[^>]*?(?:\/>|>(.*?)<\/(?:\w+:)?si>)/gs;
const VALUE = /<(?:\w+:)?v\b[^>]*>(.*?)<\/(?:\w+:)?v>/s;
const TEXT = /<(?:\w+:)?t\b[^>]*>(.*?)<\/(?:\w+:)?t>/gs;
const TARGET = /\bTarget="(https?:[^"]*)"/g;

/** Whether an archive is a workbook. @param {Directory} directory */
export function isWorkbook({ members }) {
  return members.some(({ name }) => SHEET.test(name));
}

/**
 * Its sheets, each as rows of cells.
 * @param {Blob} file @param {Directory} directory
 * @returns {Promise<Generator<Line>[]>}
 */
export async function readSheets(file, directory) {
  /** @param {RegExp} name */
  const read = async (name) => {
    const found = directory.members.filter((member) => name.test(member.name));
    const texts = [];
    for (const member of found) texts.push(new TextDecoder().decode(await readMember(file, directory, member, MOST)));
    return texts;
  };
  const [shared = ""] = await read(/^xl\/sharedStrings\.xml$/i);
  const texts = [...shared.matchAll(ITEM)].map((item) => textOf(item[1] ?? ""));
  const sheets = (await read(SHEET)).map((sheet) => rowsOf(sheet, texts));
  return [...sheets, ...(await read(LINKS)).map(linksOf)];
}

/** @param {string} sheet @param {string[]} texts @returns {Generator<Line>} */
function* rowsOf(sheet, texts) {
  let line = 0;
  for (const row of sheet.matchAll(ROW)) {
    line = Number(/\br="([0-9]+)"/.exec(row[0].slice(0, row[0].indexOf(">")))?.[1] ?? line + 1);
    /** @type {string[]} */
    const cells = [];
    for (const [, about = "", inside = ""] of (row[1] ?? "").matchAll(CELL)) {
      const at = columnOf(/\br="([A-Z]{1,3})[0-9]+"/.exec(about)?.[1]) ?? cells.length;
      while (cells.length < at) cells.push("");
      cells[at] = cellOf(/\bt="(\w+)"/.exec(about)?.[1] ?? "n", inside, texts);
    }
    yield { line, cells };
  }
}

/**
 * Which column letters name, from 0. @param {string | undefined} letters
 */
function columnOf(letters) {
  return letters === undefined ? undefined : [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/**
 * A cell's text; a whole number is written with all its digits, which the file always has.
 * @param {string} type @param {string} inside @param {string[]} texts
 */
function cellOf(type, inside, texts) {
  if (type === "inlineStr") return textOf(inside);
  const value = unescaped(VALUE.exec(inside)?.[1] ?? "");
  if (type === "s") return texts[Number(value)] ?? "";
  return type === "n" && value && Number.isSafeInteger(Number(value)) ? String(Number(value)) : value;
}

/** @param {string} inside */
function textOf(inside) {
  const spoken = inside.replace(/<(?:\w+:)?rPh\b.*?<\/(?:\w+:)?rPh>/gs, ""); // how a Japanese text is pronounced
  return [...spoken.matchAll(TEXT)].map((text) => unescaped(text[1] ?? "")).join("");
}

/** @param {string} rels @returns {Generator<Line>} */
function* linksOf(rels) {
  for (const link of rels.matchAll(TARGET)) yield { line: 0, cells: [unescaped(link[1] ?? "")] };
}
