// What stands inside a longer text: addresses, account numbers and file names, wherever they came from.
// This mirrors build/exposing/texts.py.

import { asNsid, strip } from "./names.js";
import { elsewhere, flickr, flickrHost, found, isImage, isNamed } from "./urls.js";

/**
 * @typedef {import("./urls.js").Found} Found
 * What a part of a text names, and whether all of that part was read.
 * @typedef {{found: Found, whole: boolean}} Piece
 */

const ROUNDS = 3; // so often an address inside an address is encoded, at most
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
// What ends an address: quotes and brackets of every keyboard, and what ends a sentence elsewhere.
const BREAK =
  /[<>"|\u0060{}^[\] “”„‟«»‹›❝❞「」『』﹁﹂【】〔〕〖〗〘〙《》〈〉（）［］｛｝｟｠｢｣‘’‚‛″〝〞〟＂＜＞、。，；：！？｡､،؛؟۔।։።·]/;
const ENTITY =
  /&(?:quot|apos|lt|gt|nbsp|[lr]aquo|[lrb]dquo|[ls]?[lr]?squo|#3[49]|#x2[27]|#6[02]|#x3[ce]|#160);/gi;
const ENCODED = /%(0[9AD]|[2-7][0-9A-F])/gi;
const JSON_ESCAPE = /\\u00([2-7][0-9a-f])|\\([/_])/gi;
const WRAPPED = / ?\/ ?(?=(?:photos|people|p) ?\/|[0-9]{6,15}(?![0-9]))/gi;
const THEN_OWNER = /\/(photos|people) ?\/ ?/gi;
const SPACED_HOST = /flickr ?[.,] ?com ?\//gi;
const TYPED_NSID = /[0-9０-９]{5,12} ?[@＠﹫] ?[NnＮｎ][0-9０-９]{2}(?![0-9０-９A-Za-z])/g;
const THEN_PHOTO = /(@N[0-9]{2})[ ,;:_-]{1,2}(?=[0-9]{8,15}(?![0-9@]))/gi;
const CORE = /flickr[.-](?:com|net|org)|flic\.kr|flickr\.app\.link/gi;
const PORT = /:[0-9]{1,5}(?![0-9])/y;
const HOST_CHAR = /[A-Za-z0-9.-]/;
const LONGEST_HOST = 100;
const SCHEME = /([A-Za-z][A-Za-z0-9+-]{0,30}):\/+$/;
const SCHEME_END = /h?t?tps?[:;]?\/{0,3}$/i;
const WEB_SCHEME = /^(?:h[htps]{2,7}|ttps?|feed|intent|googlechromes?|.*https?)$/i;
/** What may stand before an address without being a text of its own: brackets, bullets, "view-source:". */
const LABEL = /^[^0-9.]*$/;
const NSID = /([0-9]{5,12})@[Nn]([0-9]{2})(?:\/0*([1-9][0-9]{4,14})(?![0-9A-Za-z@]))?/g;
const NEXT_NSID = /^[0-9]{5,12}@[Nn][0-9]{2}/;
const NOISE = /^(?:https?|www)?([^0-9A-Za-z]*)$/i;
const TRAILING = ".,;:!?'*_~)";
const AROUND = ".,;:!?'*_~=()";
const BESIDE_FILE = /[=;,:']/;
const WEB_START = /https?:\/\//i;

const COPY = "(?: ?\\([0-9]{1,3}\\)| ?-? copy)?";
const VIDEO = "mp4|mov|avi|wmv|m4v|3gp|mpe?g";
const PICTURE = `\\.(?:jpe?g|png|gif|tiff?|${VIDEO})`;
const DOWNLOAD = new RegExp(
  `^0*([1-9][0-9]{0,14})_(?:[0-9a-f]{8}|[0-9a-f]{10})(?:_[0-9a-z]{1,2})?(?:_d)?${COPY}${PICTURE}$`,
  "i",
);
const EXPORTED = new RegExp(
  `^(?:photo_0*([1-9][0-9]{0,14})[ _-]?${COPY}\\.json`
    + `|.*_([1-9][0-9]{7,14})_(?:[3-6]k|[a-z])${COPY}${PICTURE}`
    + `|.*_([1-9][0-9]{8,14})${COPY}\\.(?:${VIDEO})`
    + `|([1-9][0-9]{8,14})${COPY}${PICTURE})$`,
  "is",
);
const DRIVE = 4; // characters of "file" and "///D", which stand before a path
const DATE = /^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])(?:[0-9]{6})?$/;
const THEN_TIME = /^0*[0-9]+_(?:[0-9]{8}|[0-9]{10})[_. (-]/;
const FACEBOOK = /^[0-9]+_[0-9]{14,17}_[0-9]+_[a-z]\./;

/**
 * Whether this was read of an address of Flickr's, or of an NSID or a photo's file.
 * @param {Found} one
 */
export function isOfFlickr(one) {
  return Boolean(one.nsid || one.alias || one.photoId || one.tag || (one.reason && one.reason !== "bad_url"));
}

/**
 * Everything that a text names, in order, and the reasons for addresses that name nothing. A part that is no
 * identifier is a piece that names nothing, without a reason.
 * @param {string} text
 */
export function find(text) {
  return findIn(prepared(text), 0);
}

/**
 * Drop what is invisible around a text, and one pair of <>, "" or '' around that.
 * @param {string} text
 */
export function unwrap(text) {
  const bare = strip(text);
  const ends = bare.slice(0, 1) + bare.slice(-1);
  return bare.length > 2 && ["<>", '""', "''"].includes(ends) ? strip(bare.slice(1, -1)) : bare;
}

/**
 * A text that is one address of another host, though it holds what parts a text; else null.
 * @param {string} text
 */
export function wholeImage(text) {
  const begins = WEB_START.exec(text)?.index === 0 || text.startsWith("//");
  if (!begins || text.split("://").length > 2 || addresses(text).length) return null;
  const first = trimEnd(text.split(BREAK, 1)[0] ?? "", (char) => TRAILING.includes(char));
  if (isImage(first) || (text.includes(" ") && !isImage(text))) return null;
  const one = elsewhere(trimEnd(text, (char) => BREAK.test(char) && !"]}^[{<".includes(char)));
  return one && withDot(one);
}

/**
 * The photo id in the name of a file as Flickr gives it to downloads and exports; else empty.
 * @param {string} path
 */
export function photoOfFile(path) {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  const id = DOWNLOAD.exec(name)?.[1];
  if (id) return DATE.test(id) && THEN_TIME.test(name) ? "" : id;
  const match = EXPORTED.exec(name);
  if (!match || FACEBOOK.test(name)) return "";
  const other = match[2] ?? match[3] ?? match[4] ?? "";
  return match[1] ?? (DATE.test(other) ? "" : other);
}

/**
 * @param {string} text @param {(char: string) => boolean} drop
 */
function trimEnd(text, drop) {
  let end = text.length;
  while (end && drop(text[end - 1] ?? "")) end -= 1;
  return text.slice(0, end);
}

/**
 * A text without some characters at its ends.
 * @param {string} text @param {string} chars
 */
function trim(text, chars) {
  const rest = trimEnd(text, (char) => chars.includes(char));
  let start = 0;
  while (start < rest.length && chars.includes(rest[start] ?? "")) start += 1;
  return rest.slice(start);
}

/**
 * The text as it was meant: without what is invisible, the spelling of HTML and JSON, and line breaks inside
 * addresses.
 * @param {string} text
 */
function prepared(text) {
  return text
    .replace(/\p{Cf}/gu, "")
    .replace(/&(?:amp|#38);/g, "&")
    .replace(ENTITY, " ")
    .replace(/&(?:#64|#x40|commat);/g, "@")
    .replace(/&#(?:47|x2F);/g, "/")
    .replace(JSON_ESCAPE, (_, code, char) => char ?? charOf(code))
    .replace(SPACE, " ")
    .replace(SPACED_HOST, "flickr.com/")
    .replace(WRAPPED, "/")
    .replace(THEN_OWNER, "/$1/")
    .replace(TYPED_NSID, asNsid)
    .replace(THEN_PHOTO, "$1/");
}

/** @param {string} code two hex digits */
function charOf(code) {
  return String.fromCharCode(parseInt(code, 16));
}

/**
 * @param {string} text @param {number} round
 * @returns {Piece[]}
 */
function findIn(text, round) {
  return text.split(BREAK).filter((chunk) => !isNoise(chunk)).flatMap((chunk) => read(chunk, round));
}

/**
 * Whether a part of a text says nothing: bullets, arrows, a scheme that was parted from its address.
 * @param {string} chunk
 */
function isNoise(chunk) {
  const match = NOISE.exec(chunk);
  return match !== null && !/[\p{L}\p{N}]/u.test(match[1] ?? "");
}

/**
 * What one part without a break names.
 * @param {string} chunk @param {number} round
 */
function read(chunk, round) {
  const pieces = addresses(chunk);
  if (pieces.some((piece) => isNamed(piece.found))) return pieces;
  const opened = round < ROUNDS ? openedOf(chunk) : chunk;
  const inner = opened === chunk ? [] : findIn(opened.replace(SPACE, " "), round + 1);
  if (inner.some((piece) => isOfFlickr(piece.found))) return inner;
  return pieces.length ? pieces : others(chunk);
}

/**
 * A text with its percent-encoding undone once, as far as it is ASCII and can be seen.
 * @param {string} text
 */
function openedOf(text) {
  return text.replace(ENCODED, (_, code) => charOf(code));
}

/**
 * Flickr's addresses in a part of a text.
 * @param {string} chunk
 */
function addresses(chunk) {
  /** @type {Piece[]} */
  const pieces = [];
  const places = [...chunk.matchAll(CORE)].flatMap((match) => placeOf(chunk, match.index ?? 0, match[0].length) ?? []);
  for (const [number, { start, end, host }] of places.entries()) {
    const after = places[number + 1]?.start ?? chunk.length;
    const before = chunk.slice(Math.max(0, start - LONGEST_HOST), start);
    const last = pieces.at(-1);
    if (last && isNamed(last.found) && isParameter(before)) continue; // a part of an address that was understood
    const scheme = SCHEME.exec(before.slice(-40))?.[1];
    if (scheme && !WEB_SCHEME.test(scheme)) {
      pieces.push({ found: found({ reason: "bad_url" }), whole: false });
      continue;
    }
    const cut = chunk.slice(end, after);
    let rest = after < chunk.length ? cut.replace(SCHEME_END, "") : cut;
    if (/^\/*$/.test(rest) && isParameter(before)) continue; // the host alone, as where one came from
    const first = chunk[0] ?? "";
    if (start && "_*~".includes(first)) rest = trimEnd(rest, (char) => char === first);
    const whole = last ? isNamed(last.found) : LABEL.test(openedOf(before));
    pieces.push({ found: flickr(host, /^[/?#\\]/.test(rest) ? rest : ""), whole });
  }
  return pieces;
}

/**
 * Where one of Flickr's hosts begins and ends around a match, and its name; null if it is no host.
 * @param {string} chunk @param {number} start @param {number} length
 */
function placeOf(chunk, start, length) {
  const least = Math.max(0, start - LONGEST_HOST);
  let end = start + length;
  const most = Math.min(chunk.length, end + LONGEST_HOST);
  while (start > least && HOST_CHAR.test(chunk[start - 1] ?? "")) start -= 1;
  while (end < most && HOST_CHAR.test(chunk[end] ?? "")) end += 1;
  const host = flickrHost(chunk.slice(start, end));
  if (!host || /[@_\p{L}\p{M}\p{N}]$/u.test(chunk.slice(Math.max(0, start - 2), start))) return null;
  PORT.lastIndex = end;
  if (PORT.test(chunk)) end = PORT.lastIndex;
  return /^[@_\p{L}\p{M}\p{N}]/u.test(chunk.slice(end, end + 2)) ? null : { start, end, host };
}

/**
 * Whether an address stands as a value in the query of the address before it.
 * @param {string} before
 */
function isParameter(before) {
  return before.slice(-20).replace(SCHEME_END, "").endsWith("=");
}

/**
 * What a part names that holds no address of Flickr's.
 * @param {string} chunk
 * @returns {Piece[]}
 */
function others(chunk) {
  const image = imageIn(chunk);
  const named = accounts(chunk);
  if (image && named.length) {
    return named.map((one) => ({ found: { ...one.found, image: image.found.image }, whole: image.whole }));
  }
  const files = WEB_START.test(chunk) ? [] : filesIn(chunk, image?.found.image ?? "");
  if (files.length) return files;
  if (named.length) return named;
  return [image ?? { found: found({}), whole: false }];
}

/**
 * The photos' files that a part names, each alone or as a value: `src='<file>'`.
 * @param {string} chunk @param {string} image
 * @returns {Piece[]}
 */
function filesIn(chunk, image) {
  const parts = chunk.split(BESIDE_FILE).filter((part) => !isNoise(part));
  const photos = parts.map((part) => photoOfFile(trim(part, AROUND))).filter(Boolean);
  const whole = photos.length === parts.filter((part) => [...part].length > DRIVE).length;
  return photos.map((photoId) => ({ found: found({ photoId, image }), whole }));
}

/**
 * The NSIDs of a part, each with the photo id after it, as in 12345678@N99/90000000001.
 * @param {string} chunk
 * @returns {Piece[]}
 */
function accounts(chunk) {
  let last = 0;
  return [...chunk.matchAll(NSID)].flatMap((match) => {
    const start = match.index ?? 0;
    const end = start + match[0].length;
    const begins = start === last || !/[0-9]/.test(chunk[start - 1] ?? "");
    if (!begins || (/[0-9A-Za-z]/.test(chunk[end] ?? "") && !NEXT_NSID.test(chunk.slice(end, end + 16)))) return [];
    last = end;
    const short = chunk.length < LONGEST_HOST;
    const whole = short && LABEL.test(chunk.slice(0, start)) && isNoise(chunk.slice(end));
    return [{ found: found({ nsid: `${match[1]}@N${match[2]}`, photoId: match[3] ?? "" }), whole }];
  });
}

/**
 * An address of another host in a part of a text, without the punctuation around it.
 * @param {string} chunk
 * @returns {Piece | null}
 */
function imageIn(chunk) {
  const match = chunk.startsWith("//") ? null : WEB_START.exec(chunk);
  const start = match?.index ?? 0;
  const rest = chunk.slice(start);
  const trimmed = trimEnd(rest, (char) => TRAILING.includes(char));
  const address = isImage(trimmed) ? trimmed : rest;
  const one = elsewhere(address);
  if (!one || !(one.reason || match || address.startsWith("//") || isImage(address))) return null;
  return { found: withDot(one), whole: LABEL.test(chunk.slice(0, start)) };
}

/**
 * An address as it is, if its host's name can be one on the web: it has a dot.
 * @param {Found} one
 */
function withDot(one) {
  const bad = one.image && !one.image.split(/[/:]/, 1)[0]?.includes(".");
  return bad ? found({ reason: "bad_url" }) : one;
}
