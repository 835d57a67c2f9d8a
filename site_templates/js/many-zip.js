// Archives that a visitor gave: parts of a Flickr data export, workbooks, and archives of other things.

import { readRows } from "./many-cells.js";
import { named } from "./many-export.js";
import { RefusedFile } from "./many-given.js";
import { Pace } from "./many-pace.js";
import { readProfile } from "./many-profile.js";
import { isWorkbook, readSheets } from "./many-sheet.js";
import { decode, readContent, takeAll } from "./many-text.js";
import { readDirectory, ZipError } from "./zip-directory.js";
import { readMember } from "./zip.js";

/**
 * @typedef {import("./many-export.js").Named} Named
 * @typedef {import("./many-given.js").Given} Given
 * @typedef {import("./zip-directory.js").Directory} Directory
 * @typedef {import("./zip-directory.js").Member} Member
 * @typedef {Named & {member: Member}} Part
 */

const OFFICE = /^(?:content\.xml|word\/document\.xml|ppt\/presentation\.xml|xl\/workbook\.bin|Index\/Document\.iwa|Index\.zip)$/i;
const TEXT = /\.(?:txt|csv|tsv|jsonl?|ndjson|m?js|x?html?|xml|rss|atom|opml|md)$/i;
const MOST_TEXTS = 2000; // members that are opened in an archive of no known form

/**
 * Read an archive. The names of an export's members alone name the photos.
 * @param {Given} given @param {File} file @param {AbortSignal} signal
 */
export async function readZip(given, file, signal) {
  const directory = await readDirectory(file);
  if (isWorkbook(directory)) return readWorkbook(given, file, directory, signal);
  if (directory.members.some(({ name }) => OFFICE.test(name))) throw new RefusedFile("office");
  const parts = directory.members
    .filter(({ name }) => !/[/\\]$/.test(name))
    .map((member) => ({ ...named(member.name), member }))
    .filter(({ kind }) => kind !== "system");
  const nested = parts.filter(({ kind }) => kind === "zip").length;
  const isExport = parts.some(({ kind }) => ["photo", "profile", "part"].includes(kind));
  const read = isExport ? readExport : readOther;
  const found = await read(given, file, directory, parts, signal);
  given.note(file.name, "nested", nested);
  if (!found && !nested) throw new RefusedFile("zip_other");
}

/**
 * @param {Given} given @param {File} file @param {Directory} directory @param {Part[]} parts
 */
async function readExport(given, file, directory, parts) {
  const profile = parts.find(({ kind }) => kind === "profile")?.member;
  const text = profile ? decode(await readMember(file, directory, profile).catch(emptyIfOld)) : "";
  const photos = await takePhotos(given, file.name, parts);
  const opened = parts.filter(({ photo }) => photo).length + (profile ? 1 : 0);
  given.note(file.name, "zip", photos, parts.length - opened);
  if (profile) readProfile(given, file.name, text);
  return true;
}

/** The names of an export's members say enough even where none can be unpacked. @param {unknown} error */
function emptyIfOld(error) {
  if (error instanceof ZipError && error.code === "old") return new Uint8Array();
  throw error;
}

/**
 * An archive of pictures, or of anything else: its texts are read as if they had been given by themselves.
 * @param {Given} given @param {File} file @param {Directory} directory @param {Part[]} parts @param {AbortSignal} signal
 */
async function readOther(given, file, directory, parts, signal) {
  const before = given.taken;
  const photos = await takePhotos(given, file.name, parts);
  const texts = parts.filter(({ kind, member }) => kind === "other" && TEXT.test(member.name)).slice(0, MOST_TEXTS);
  let opened = 0;
  for (const { member } of texts) {
    const text = decode(await readMember(file, directory, member));
    await readContent(given, `${file.name}/${member.name}`, text, signal, false).then(() => (opened += 1), passRefusal);
    if (signal.aborted) return true;
  }
  const named = parts.filter(({ photo }) => photo).length;
  given.note(file.name, "media", photos, photos ? parts.length - named - opened : 0);
  return given.taken > before;
}

/** A text among many that holds nothing is no reason to refuse the others. @param {unknown} error */
function passRefusal(error) {
  if (!(error instanceof RefusedFile) || error.reason === "too_many") throw error;
}

/**
 * The photos that members' names tell of; how many.
 * @param {Given} given @param {string} file @param {Part[]} parts
 */
async function takePhotos(given, file, parts) {
  const pace = new Pace();
  const ids = new Set(parts.map(({ photo }) => photo).filter(Boolean));
  for (const id of ids) {
    given.takePhoto(file, id);
    if (pace.due()) await pace.rest();
  }
  return ids.size;
}

/** @param {Given} given @param {File} file @param {Directory} directory @param {AbortSignal} signal */
async function readWorkbook(given, file, directory, signal) {
  for (const rows of await readSheets(file, directory)) await takeAll(given, file.name, readRows(rows, true), signal);
}
