// What a text means that was typed, pasted or dropped: the keys under which it is searched.
//
// This mirrors build/exposing/identifiers.py function by function, as names.js, urls.js and texts.js mirror
// theirs; tests/vectors/queries.json holds both sides to the same answers.

import { asNsid, asNumber, asPerson, asPhotoId, asTag, fold, strip } from "./names.js";
import { find, isOfFlickr, photoOfFile, unwrap, wholeImage } from "./texts.js";
import { found, isImage } from "./urls.js";

/**
 * @typedef {import("./urls.js").Found} Found
 * @typedef {import("./texts.js").Piece} Piece
 * The keys under which a text is searched; `reason` is set when there are none, and `taken` when they stood
 * inside a longer text, whose rest was left aside.
 * @typedef {{keys: string[], reason: string, taken: boolean}} Understood
 */

export { asPerson, fold };

export const MAX_LENGTH = 2048;

const QUOTED = new Set("“” „“ ”” „” «» »« ‹› ›‹ ‘’ ‚‘ ’’ '' 「」 『』 《》 〈〉 ＂＂".split(" "));
const SEVERAL_FILES = /\.[A-Za-z0-9]{3,4}[ ,;]/;
const EMAIL = /[0-9A-Za-z._%+-]@[0-9A-Za-z-]+\.[0-9A-Za-z.-]*[A-Za-z]/;
const SPOILT = /^(?:[0-9][.,][0-9]*e\+?[0-9]{1,2}|[0-9]+e\+[0-9]{1,2})$/;
const NUMBERS = /^[0-9]{7,15}(?:[ ,;]+[0-9]{7,15})+$/;
const SET_NUMBER = /^7215[0-9]{13}$/;
const CAMERA_FILE =
  /^[a-z _().-]*[0-9][0-9a-z _().-]*\.(?:jpe?g|png|gif|heic|tiff?|dng|cr2|nef|arw|mp4|mov|avi)$/;
const LABELS = new Set([
  "flickr", "photo", "photos", "image", "picture", "foto", "id", "number", "no", "nr", "the", "my", "is",
]);

/** @param {string[]} keys @param {boolean} [taken] @returns {Understood} */
const understood = (keys, taken = false) => ({ keys, reason: "", taken });

/** @param {string} reason @returns {Understood} */
const refused = (reason) => ({ keys: [], reason, taken: false });

/**
 * Say what a visitor's text can be, as canonical keys, the most telling first. A bare word can be an
 * account's name and a person's name; a bare number is a photo id.
 * @param {string} text
 * @returns {Understood}
 */
export function understand(text) {
  if (isDamaged(text)) return refused("not_text");
  if (text.length > 2 * MAX_LENGTH || [...text].length > MAX_LENGTH) return refused("too_long");
  const bare = unwrap(text);
  const nsid = asNsid(bare);
  if (nsid) return understood([`nsid:${nsid}`]);
  const pieces = piecesOf(bare);
  const named = onePhoto(distinct(pieces));
  const plain = named.filter((one) => !isAside(one));
  const meant = plain.length ? plain : named;
  if (meant.length > 1) return refused("several");
  const rest = meant.length < named.length || !pieces.every((piece) => piece.whole);
  if (meant[0]) return understood(keysOf(meant[0]), rest);
  const unread = bare.includes("://") ? "bad_url" : "";
  const reason = pieces.find((piece) => piece.found.reason)?.found.reason ?? unread;
  return reason ? refused(reason) : asWords(bare);
}

/**
 * The keys of every identifier inside a text: addresses, NSIDs, photos' files; distinct, in order. Bare words
 * and bare numbers are none.
 * @param {string} text
 * @returns {string[][]}
 */
export function findAll(text) {
  return isDamaged(text) ? [] : distinct(piecesOf(unwrap(text))).map(keysOf);
}

/** @param {string} text */
function isDamaged(text) {
  return /\p{Cs}/u.test(text);
}

/**
 * What a text names, also where it is one file's name or one image's address with spaces in it.
 * @param {string} bare
 * @returns {Piece[]}
 */
function piecesOf(bare) {
  const mayBeFile = bare.includes(" ") && !bare.includes("//") && !SEVERAL_FILES.test(bare);
  const photoId = mayBeFile ? photoOfFile(bare) : "";
  if (photoId) return [{ found: found({ photoId }), whole: true }];
  const pieces = find(bare);
  if (pieces.some((piece) => isOfFlickr(piece.found))) return pieces;
  const image = wholeImage(bare);
  return image ? [{ found: image, whole: true }] : pieces;
}

/**
 * What pieces name, each once. What two say of one photo is joined; its owner's page is a part.
 * @param {Piece[]} pieces
 */
function distinct(pieces) {
  /** @type {Map<string, Found>} */
  const kept = new Map();
  for (const { found: one } of pieces) {
    const key = one.photoId || keysOf(one).join("\n");
    const known = kept.get(key) ?? one;
    if (key) kept.set(key, { ...known, nsid: known.nsid || one.nsid, alias: known.alias || one.alias });
  }
  const all = [...kept.values()];
  const owners = new Set(all.filter((one) => one.photoId).flatMap((one) => keysOf(one).slice(1)));
  return all.filter((one) => one.photoId || !keysOf(one).some((key) => owners.has(key)));
}

/**
 * One photo beside one account number, as in feeds, is that account's photo: both are searched.
 * @param {Found[]} named
 */
function onePhoto(named) {
  const photo = named.find((one) => one.photoId);
  const account = named.find((one) => one !== photo);
  const number = account && keysOf(account).join() === `nsid:${account.nsid}`;
  return named.length === 2 && photo && !photo.nsid && number ? [{ ...photo, nsid: account.nsid }] : named;
}

/**
 * What hardly is what a longer text is about: a tag, or a page that is no picture.
 * @param {Found} one
 */
function isAside(one) {
  return Boolean(one.tag || (one.image && !one.photoId && !isImage(one.image)));
}

/** @param {Found} one */
function keysOf(one) {
  const parts = [
    ["photo", one.photoId], ["nsid", one.nsid], ["name", one.alias], ["tag", one.tag], ["image", one.image],
  ];
  return parts.filter(([, value]) => value).map(([kind, value]) => `${kind}:${value}`);
}

/**
 * Read what is no address: a #tag, a number, a name.
 * @param {string} quoted
 */
function asWords(quoted) {
  const text = unquoted(quoted);
  const folded = fold(text);
  if (folded.startsWith("#")) {
    const tag = asTag(folded);
    return tag ? understood([`tag:${tag}`]) : refused("empty");
  }
  if (!folded) return refused("empty");
  if (NUMBERS.test(folded)) {
    const ids = new Set(folded.split(/[ ,;]+/).map(asPhotoId).filter(Boolean));
    return ids.size === 1 ? understood([`photo:${[...ids][0]}`]) : refused("several");
  }
  const [number, taken] = numberIn(folded);
  if (number) return understood([`photo:${number}`], taken);
  const reason = refusalOf(folded);
  if (reason) return refused(reason);
  const person = asPerson(text);
  const names = /^@[^@ ]+$/.test(folded) ? [folded, folded.slice(1)] : [folded];
  return understood([...names.map((one) => `name:${one}`), ...(person ? [`person:${person}`] : [])]);
}

/**
 * The photo id that a text is, as people and spreadsheets write it; and whether words stood before it.
 * @param {string} folded
 * @returns {[string, boolean]}
 */
function numberIn(folded) {
  const digits = folded.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, asciiDigit)
    .replace(/^[ .,;:!?()[\]"'=]+|[ .,;:!?()[\]"'=]+$/g, "");
  const whole = digits.length > 6 && digits.length < 40 ? asNumber(digits) : "";
  if (whole) return [whole, false];
  const photoId = asPhotoId(digits.replaceAll(" ", ""));
  if (photoId) return [photoId, false];
  const words = digits.split(/[^0-9a-z]+/).filter(Boolean);
  const last = words.pop() ?? "";
  const labelled = words.length && words.every((word) => LABELS.has(word)) && /^[0-9]{8,15}$/.test(last);
  return labelled ? [asPhotoId(last), true] : ["", false];
}

/**
 * A digit of an Arabic or Persian keyboard as 0 to 9.
 * @param {string} char
 */
function asciiDigit(char) {
  return String(char.charCodeAt(0) & 15);
}

/**
 * Why a text is no name; empty if it may be one.
 * @param {string} folded
 */
function refusalOf(folded) {
  if (SPOILT.test(folded)) return "spoilt";
  if (SET_NUMBER.test(folded)) return "album";
  if (EMAIL.test(folded)) return "email";
  return CAMERA_FILE.test(folded.split(/[/\\]/).at(-1) ?? "") ? "file_name" : "";
}

/**
 * A name without one pair of quotation marks around it.
 * @param {string} text
 */
function unquoted(text) {
  const quoted = [...text].length > 2 && QUOTED.has(text.slice(0, 1) + text.slice(-1));
  return (quoted ? strip(text.slice(1, -1)) : "") || text;
}
