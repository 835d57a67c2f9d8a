// Files as a visitor gives them: dropped with their folders, or thousands at once.

import { listed, say } from "./words.js";

/** @typedef {import("./many-given.js").Refusal} Refusal */

const NAMED = 3; // of many files
const ALL = 6; // that many are named one by one

/** The names of some files, or of the first of many. @param {File[]} files */
export function namesOf(files) {
  return someOf(files.map((file) => file.name));
}

/** @param {string[]} names */
function someOf(names) {
  if (names.length <= ALL) return listed(names, "conjunction");
  return listed([...names.slice(0, NAMED), say("files_more", { n: names.length - NAMED })], "conjunction");
}

/**
 * Files that were refused for the same reason, said together where they are many.
 * @param {Refusal[]} refusals
 */
export function grouped(refusals) {
  /** @type {Map<string, string[]>} */
  const reasons = new Map();
  for (const { file, reason } of refusals) {
    if (!reasons.has(reason)) reasons.set(reason, []);
    reasons.get(reason)?.push(file);
  }
  return [...reasons].flatMap(([reason, files]) =>
    files.length > ALL ? [{ file: someOf(files), reason }] : files.map((file) => ({ file, reason })),
  );
}

/**
 * The files of a drop, those in folders included, and the names of what the browser could not give.
 * @param {DataTransfer} transfer
 * @returns {Promise<{files: File[], lost: string[]}>}
 */
export async function droppedFiles(transfer) {
  const dropped = [...transfer.items].filter((item) => item.kind === "file");
  const pairs = dropped.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() })); // at once: later they are gone
  /** @type {File[]} */
  const files = [];
  /** @type {string[]} */
  const lost = [];
  for (const { entry, file } of pairs) {
    if (entry?.isDirectory) await walk(/** @type {FileSystemDirectoryEntry} */ (entry), files, lost);
    else if (file) files.push(file);
  }
  return { files, lost };
}

/** @param {FileSystemDirectoryEntry} folder @param {File[]} files @param {string[]} lost */
async function walk(folder, files, lost) {
  /** @type {FileSystemEntry[]} */
  const waiting = [folder];
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    try {
      if (entry.isDirectory) for (const one of await entriesOf(entry)) waiting.push(one);
      else files.push(await fileOf(entry));
    } catch {
      lost.push(entry.name);
    }
  }
}

/** @param {FileSystemEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
}

/**
 * All that is in a folder; a browser gives at most a hundred at a time.
 * @param {FileSystemEntry} folder
 */
async function entriesOf(folder) {
  const reader = /** @type {FileSystemDirectoryEntry} */ (folder).createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    all.push(...some);
  }
}
