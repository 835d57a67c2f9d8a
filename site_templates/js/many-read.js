// What a visitor gave, files or lines, as entries to check. Nothing here asks the network for anything.

import { readCells } from "./many-cells.js";
import { named } from "./many-export.js";
import { Given, RefusedFile } from "./many-given.js";
import { Pace } from "./many-pace.js";
import { readProfile } from "./many-profile.js";
import { decode, readContent, takeAll } from "./many-text.js";
import { readZip } from "./many-zip.js";
import { ZipError } from "./zip-directory.js";

const LONGEST_TEXT = 64 * 2 ** 20; // bytes
const OTHER_ARCHIVE = /\.(?:tgz|gz|bz2|xz|zst|tar|7z|rar)$/i;
const OTHER_OFFICE = /\.(?:xls|xlsb|doc|docx|ods|odt|numbers|pages|ppt|pptx|pdf)$/i;

/**
 * Read some files, and lines that were typed or pasted. A file that cannot be used is refused with its reason,
 * and the others are read.
 * @param {File[]} files @param {string} typed @param {AbortSignal} signal
 */
export async function readAll(files, typed, signal) {
  const given = new Given();
  const pace = new Pace();
  for (const file of files) {
    await refusing(given, file.name, () => readFile(given, file, signal));
    if (pace.due()) await pace.rest();
    if (signal.aborted) return given;
  }
  await refusing(given, "", () => takeAll(given, "", readCells(typed, false), signal));
  given.sum();
  return given;
}

/** @param {Given} given @param {string} file @param {() => Promise<void>} read */
async function refusing(given, file, read) {
  try {
    await read();
  } catch (error) {
    const reason = error instanceof RefusedFile ? error.reason : error instanceof ZipError ? `zip_${error.code}` : "";
    if (!reason && !(error instanceof DOMException)) throw error; // a bug; the browser's own errors are of the disk
    given.refusals.push({ file, reason: reason || "unreadable" });
  }
}

/** @param {Given} given @param {File} file @param {AbortSignal} signal */
async function readFile(given, file, signal) {
  const { kind, photo } = named(file.name);
  if (photo) given.takePhoto(file.name, photo);
  if (photo || ["picture", "system"].includes(kind)) return given.count(kind, file.name);
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (kind === "part" && !String.fromCharCode(...head).trim().startsWith("[")) return given.count(kind, file.name);
  const zipped = head[0] === 0x50 && head[1] === 0x4b && (head[2] ?? 99) < 9;
  if (zipped || kind === "zip") return readZip(given, file, signal);
  if (OTHER_OFFICE.test(file.name) || kind === "sheet") throw new RefusedFile("office");
  if (OTHER_ARCHIVE.test(file.name)) throw new RefusedFile("archive");
  if (file.size > LONGEST_TEXT) throw new RefusedFile("too_large");
  const text = decode(new Uint8Array(await file.arrayBuffer()));
  if (kind === "profile") return readProfile(given, file.name, text);
  return readContent(given, file.name, text, signal);
}
