// Web addresses: which of them are Flickr's, and what those name. This mirrors build/exposing/urls.py.
// No URL library is used: the browser's and Python's disagree on the odd cases.

import { asAlias, asNsid, asPhotoId, asTag } from "./names.js";

/**
 * What one URL names. A field is empty where it names none; `reason` says why nothing is named.
 * @typedef {{nsid: string, alias: string, photoId: string, image: string, tag: string, reason: string}} Found
 */

const BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
const SHORT_CODE = /^([1-9A-HJ-NP-Za-km-z]+)([^0-9A-Za-z].*)?$/s;
const NUMBER = /^0*([1-9][0-9]{0,14})([^0-9].*)?$/s;
const SET = /^7215[0-9]{13}(?![0-9])/;
const STATIC_FILE = /^0*([1-9][0-9]{0,14})_[0-9A-Za-z]/;
const ICON = /^([0-9]{5,12})@[Nn]([0-9]{2})/;
// 2004: flickr.com/photos/<id>.jpg, and /photos/<id>_<the owner's NSID>_m.jpg
const OLD_FILE = /^([0-9]{1,15})(?:_([0-9]{5,12}@[Nn][0-9]{2}))?(?:_[a-z])?\.(?:jpe?g|png|gif)$/;
const AFTER_OWNER = /[&,;:!'"*|()[\]{}<>~=]/;
const FLICKR_HOST =
  /^(?:(?:[a-z0-9-]+\.)*(?:static)?flickr\.com|(?:[a-z0-9-]+\.)*flickr\.(?:net|org)|(?:www\.)?flic\.kr|flickr\.app\.link)$/;
const BEHIND_PROXY =
  /^((?:[a-z0-9-]+\.)*(?:static)?flickr\.com|(?:[a-z0-9]+-)*(?:static)?flickr-com)\.([a-z0-9.-]+)$/;
/** How the addresses of translators and of libraries' proxies go on after `www-flickr-com.`. */
const PROXY =
  /prox|ezp|oclc|athens|vpn|(?:^|[.-])(?:lib|bib)|^translate\.goog$|\.(?:edu|(?:ac|edu)\.[a-z]{2})$/;
const STATIC_HOST =
  /^(?:(?:[a-z0-9-]+\.)*static\.flickr\.com|(?:[a-z0-9-]+\.)*staticflickr\.com|(?:photos|farm)[0-9]*\.flickr\.com)$/;
const PAGES_OF_PEOPLE = new Set(["photos", "photo", "people", "members"]);
const PHOTO_PAGES = new Set([
  "photo.gne", "photo_zoom.gne", "photo_exif.gne", "photo_edit.gne", "video_download.gne", "stewart.swf",
]);
const OWNER_PARAMETERS = new Set(["id", "ids", "nsid", "user_id", "user", "owner", "owner_id", "w"]);
const RESERVED = new Set(["me", "friends", "upload", "organize", "search", "tags"]);
const NOT_IN_POOLS = new Set(["tags", "map", "show", "interesting", "date", "archive"]);
const OTHER_THINGS = new Map([
  ["gallery", "gallery"], ["galleries", "gallery"], ["groups", "group"], ["gp", "guest_pass"],
]);
const IMAGE_ENDING = /\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?)$/i;
const ADDRESS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?\/\/([^/?#\\]*)(.*)$/s;
const BARE_ADDRESS = /^([^ /?#\\:@]+(?::[0-9]+)?)(\/.+)$/s;

/** @param {Partial<Found>} parts @returns {Found} */
export const found = (parts) => ({ nsid: "", alias: "", photoId: "", image: "", tag: "", reason: "", ...parts });

/**
 * Whether anything is named.
 * @param {Found} one
 */
export function isNamed(one) {
  return Boolean(one.nsid || one.alias || one.photoId || one.image || one.tag);
}

/**
 * Flickr's own host if this is one, or one behind which a library or a translator shows it, or empty.
 * @param {string} text
 */
export function flickrHost(text) {
  const host = text.toLowerCase().replace(/^[.-]+|[.-]+$/g, "");
  if (FLICKR_HOST.test(host)) return host;
  const match = BEHIND_PROXY.exec(host);
  if (!match || !PROXY.test(match[2] ?? "")) return "";
  const name = match[1] ?? "";
  return name.includes("flickr-com") ? name.replaceAll("-", ".") : name;
}

/**
 * What an address of one of Flickr's hosts names, from what follows the host.
 * @param {string} host @param {string} after
 * @returns {Found}
 */
export function flickr(host, after) {
  if (hasControl(after)) return found({ reason: "bad_url" });
  const rest = after.replaceAll("\\", "/");
  const segments = segmentsOf(rest);
  if (host === "flickr.app.link") return found({ reason: "app_link" });
  if (host.endsWith("flic.kr")) return short(segments);
  if (STATIC_HOST.test(host)) return staticFile(segments);
  const photoId = host === "embedr.flickr.com" ? asPhotoId(segments[1] ?? "") : "";
  if (photoId) return found({ photoId });
  const page = pageOf(segments);
  return isNamed(page) || page.reason !== "other_page" ? page : parameters(segments, rest);
}

/**
 * A text as a web address that is not Flickr's; null if it does not look like one.
 * @param {string} text
 * @returns {Found | null}
 */
export function elsewhere(text) {
  const match = ADDRESS.exec(text);
  if (match) {
    const scheme = (match[1] ?? "http").toLowerCase();
    if (scheme === "http" || scheme === "https") return imageAt(match[2] ?? "", match[3] ?? "");
    return found({ reason: scheme === "flickr" ? "app_link" : "bad_url" });
  }
  if (text.includes("://")) return found({ reason: "bad_url" });
  const bare = BARE_ADDRESS.exec(text);
  return bare?.[1]?.replace(/^\.+|\.+$/g, "").includes(".") ? imageAt(bare[1], bare[2] ?? "") : null;
}

/**
 * Whether an address ends as files of pictures do, before any query.
 * @param {string} address
 */
export function isImage(address) {
  return IMAGE_ENDING.test(address.split(/[?#]/, 1)[0] ?? "");
}

/** @param {string} authority @param {string} rest */
function imageAt(authority, rest) {
  const host = hostOf(authority);
  if (!host || rest.startsWith("\\") || hasControl(rest)) return found({ reason: "bad_url" });
  return found({ image: host.replace(/^www\./, "") + rest.split("#", 1)[0] });
}

/** @param {string} text */
function hasControl(text) {
  return /\p{Cc}/u.test(text);
}

/**
 * The host in lower case, with its port if it has one; empty if it is no host name. Look-alikes, such as
 * the ligature in "ﬂickr.com", are refused and never folded into the real host.
 * @param {string} authority
 */
function hostOf(authority) {
  const colon = authority.indexOf(":");
  const name = colon < 0 ? authority : authority.slice(0, colon);
  const port = colon < 0 ? "" : authority.slice(colon);
  if (port && !/^:[0-9]{1,5}$/.test(port)) return "";
  if (!/^[^.-]/.test(name) || /^www\.$/i.test(name) || name.normalize("NFKC") !== name) return "";
  return /^[._\-\p{L}\p{M}\p{N}]+$/u.test(name) ? name.toLowerCase() + port : "";
}

/**
 * The parts of the path, decoded; empty ones are dropped.
 * @param {string} rest
 */
function segmentsOf(rest) {
  const path = rest.split(/[?#]/, 1)[0] ?? "";
  return path.split("/").filter(Boolean).map(decode);
}

/**
 * Undo percent-encoding up to three times; text that is not valid UTF-8 inside stays as it is.
 * @param {string} text
 */
function decode(text) {
  for (let round = 0; round < 3; round += 1) {
    if (!text.includes("%") || /%(?![0-9A-Fa-f]{2})/.test(text)) break;
    try {
      text = decodeURIComponent(text);
    } catch {
      break;
    }
  }
  return text;
}

/**
 * The photo id with which a part of an address begins; empty if there is none, or it was cut off.
 * @param {string} text
 */
function numberOf(text) {
  const match = NUMBER.exec(text);
  const after = match?.[2] ?? "";
  return !match || isCut(after) || /^\p{N}/u.test(after) ? "" : (match[1] ?? "");
}

/**
 * Whether something was left out here, as programs do that show long addresses.
 * @param {string} text
 */
function isCut(text) {
  return text.startsWith("…") || text.startsWith("..");
}

/**
 * Read `<id>_<secret>_<size>.jpg`; what follows the id is ignored, and the host's number says nothing.
 * @param {string[]} segments
 */
function staticFile(segments) {
  const folders = segments.slice(0, -1);
  const name = segments.at(-1) ?? "";
  if (folders.includes("buddyicons")) {
    const match = ICON.exec(name);
    return match ? found({ nsid: `${match[1]}@N${match[2]}` }) : found({ reason: "other_page" });
  }
  const video = folders.includes("video") ? (segments[segments.indexOf("video") + 1] ?? "") : null;
  const photoId = video === null ? (STATIC_FILE.exec(name)?.[1] ?? "") : asPhotoId(video);
  return found(photoId ? { photoId } : { reason: SET.test(name) ? "album" : "other_page" });
}

/** @param {string[]} segments */
function short(segments) {
  if (segments.length < 2 || segments[0] !== "p") return found({ reason: "short_link" });
  const match = SHORT_CODE.exec(segments[1] ?? "");
  const photoId = match && !isCut(match[2] ?? "") ? base58(match[1] ?? "") : "";
  return found(photoId ? { photoId } : { reason: "bad_url" });
}

/**
 * The photo id in a flic.kr code; empty if it is none. Nine letters stay below 2**53.
 * @param {string} code
 */
function base58(code) {
  if (code.length < 1 || code.length > 9) return "";
  return asPhotoId(String([...code].reduce((number, char) => number * 58 + BASE58.indexOf(char), 0)));
}

/**
 * What a page of flickr.com names by its path.
 * @param {string[]} segments
 * @returns {Found}
 */
function pageOf(segments) {
  const folders = segments.slice(0, -1).map((segment) => segment.toLowerCase());
  if (folders[0] === "buddyicons") return staticFile(segments);
  if (folders[0] === "groups") return pool(segments.slice(2));
  const at = folders.findIndex((folder) => PAGES_OF_PEOPLE.has(folder));
  if (at >= 0) return photos(segments[at + 1] ?? "", segments.slice(at + 2));
  return found({ reason: OTHER_THINGS.get(segments[0]?.toLowerCase() ?? "") ?? "other_page" });
}

/**
 * Read what follows flickr.com/groups/<group>/: a member's or one photo in the pool, else the group.
 * @param {string[]} tail
 */
function pool(tail) {
  const shown = tail[1] ?? "";
  if (tail.length > 1 && tail[0]?.toLowerCase() === "pool") {
    const photoId = shown.toLowerCase() === "with" ? numberOf(tail[2] ?? "") : "";
    if (photoId) return found({ photoId });
    const nsid = asNsid(shown);
    if (nsid) return found({ nsid });
    const alias = asAlias(shown);
    if (alias && !NOT_IN_POOLS.has(alias) && !/^(?:page[0-9]|with)/.test(alias)) return found({ alias });
  }
  return found({ reason: "group" });
}

/**
 * What a page names by its query, such as photo.gne?id=, or by a path in its fragment or query.
 * @param {string[]} segments @param {string} rest
 */
function parameters(segments, rest) {
  const page = segments.at(-1)?.toLowerCase() ?? "";
  if (page.includes("group")) return found({ reason: "group" });
  let nsid = "";
  let photoId = "";
  for (const part of rest.replaceAll("&amp;", "&").split(/[?&#;]/).slice(1)) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = decode(part.slice(equals + 1));
    if (value.startsWith("/") || value.startsWith("!/")) {
      const path = pageOf(value.split("/").filter((one) => one && one !== "!"));
      if (isNamed(path)) return path;
    }
    if (name === "photo_id" || (name === "id" && PHOTO_PAGES.has(page))) photoId ||= numberOf(value);
    else if (name === "short") photoId ||= base58(SHORT_CODE.exec(value)?.[1] ?? "");
    if (OWNER_PARAMETERS.has(name)) nsid ||= asNsid(value.split(AFTER_OWNER, 1)[0] ?? "");
  }
  return found({ nsid, photoId, reason: nsid || photoId ? "" : "other_page" });
}

/**
 * Read what follows flickr.com/photos/ or /people/: an owner, then perhaps a photo.
 * @param {string} owner @param {string[]} tail
 */
function photos(owner, tail) {
  if (owner.toLowerCase() === "tags" && tail.length) {
    const tag = asTag(tail[0] ?? "");
    return found(tag ? { tag } : { reason: "other_page" });
  }
  const old = OLD_FILE.exec(owner);
  const oldId = asPhotoId(old?.[1] ?? "");
  if (oldId) return found({ nsid: (old?.[2] ?? "").toUpperCase(), photoId: oldId });
  const first = numberOf(tail[0] ?? "");
  const shown = first ? tail : shownOf(tail);
  const photoId = first || numberOf(shown[0] ?? "");
  // /photos/e/<what only Flickr can read>
  if (owner.toLowerCase() === "e" && shown.length && !photoId) return found({ reason: "guest_pass" });
  const name = (owner.split(AFTER_OWNER, 1)[0] ?? "").replace(/\.+$/, "");
  const nsid = asNsid(name);
  const word = nsid ? "" : asAlias(name);
  const alias = RESERVED.has(word) ? "" : word;
  if (photoId) return found({ nsid, alias, photoId });
  const cut = owner.includes("…") || isCut(owner.slice(name.length));
  if (cut || (shown.length && isUnreadable(shown[0] ?? ""))) return found({ reason: "bad_url" });
  return found({ nsid, alias, reason: nsid || alias ? "" : "other_page" });
}

/**
 * What follows an owner, from the photo on if it is seen elsewhere: /albums/<album>/with/<photo>.
 * @param {string[]} tail
 */
function shownOf(tail) {
  const at = tail.slice(0, 3).findIndex((part) => part.toLowerCase() === "with");
  return tail.slice(at + 1);
}

/**
 * Whether a part of an address was meant as a photo's number, which is cut off or damaged.
 * @param {string} part
 */
function isUnreadable(part) {
  return isCut(part) || (/^\p{N}/u.test(part) && !SET.test(part));
}
