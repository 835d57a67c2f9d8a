// Flickr's identifiers and URLs: recognise what was typed, and bring it to one form.
//
// This mirrors build/exposing/identifiers.py function by function; tests/vectors/queries.json holds both
// to the same answers. No URL library is used: the browser's and Python's disagree on the odd cases.

/**
 * What one URL names. A field is empty where it names none; `reason` says why nothing is named.
 * @typedef {{nsid: string, alias: string, photoId: string, image: string, tag: string, reason: string}} Found
 *
 * The keys under which a text is searched; `reason` is set when there are none.
 * @typedef {{keys: string[], reason: string, taken?: boolean}} Understood
 */

export const MAX_LENGTH = 2048;

const LONGEST_NSID = 64; // with what is invisible between its characters
const BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
const NSID = /([0-9]{5,12})@[Nn]([0-9]{2})/;
const WHOLE_NSID = /^([0-9]{5,12})@[Nn]([0-9]{2})$/;
const ALIAS = /^[a-z0-9_-]{1,64}$/;
const PHOTO_ID = /^0*([1-9][0-9]{0,14})$/;
const PHOTO_FILE =
  /^([0-9]{1,15})_[0-9A-Za-z]+(?:_[0-9A-Za-z]{1,2})?(?:_d)?\.(?:jpe?g|png|gif|JPE?G|PNG|GIF)/;
// 2004: flickr.com/photos/<id>.jpg, and /photos/<id>_<the owner's NSID>_m.jpg
const OLD_FILE = /^([0-9]{1,15})(?:_([0-9]{5,12}@[Nn][0-9]{2}))?(?:_[a-z])?\.(?:jpe?g|png|gif)$/;
const ADDRESS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?\/\/([^/?#\\]*)(.*)$/s;
const BARE_ADDRESS = /^([^ /?#\\:@]+(?::[0-9]+)?)(\/.+)$/s;
const STATIC_HOST =
  /^(?:(?:[a-z0-9-]+\.)*static\.flickr\.com|(?:[a-z0-9-]+\.)*staticflickr\.com|(?:photos|farm)[0-9]*\.flickr\.com)$/;
const PROXY_HOST = /^(?:l\.yimg\.com|i[0-9]\.wp\.com)$/;
const WEB_HOSTS = new Set([
  "flickr.com", "www.flickr.com", "m.flickr.com", "secure.flickr.com", "commons.flickr.org",
]);
const PHOTO_PAGES = new Set([
  "photo.gne", "photo_zoom.gne", "photo_exif.gne", "photo_edit.gne", "video_download.gne", "stewart.swf",
]);
const RESERVED = new Set(["me", "friends", "upload", "organize", "search", "tags"]);
const OTHER_THINGS = new Map([
  ["albums", "album"], ["sets", "album"], ["gallery", "gallery"], ["galleries", "gallery"],
  ["groups", "group"], ["gp", "guest_pass"],
]);
const TRAILING = /[.,;:!)\]]+$/;

/** @param {Partial<Found>} parts @returns {Found} */
const found = (parts) => ({ nsid: "", alias: "", photoId: "", image: "", tag: "", reason: "", ...parts });

/**
 * Say what a visitor's text can be, as canonical keys, the most telling first.
 * @param {string} text
 * @returns {Understood}
 */
export function understand(text) {
  if (!text.isWellFormed()) return { keys: [], reason: "not_text" };
  if (text.length > 2 * MAX_LENGTH || [...text].length > MAX_LENGTH) return { keys: [], reason: "too_long" };
  const bare = unwrap(text);
  const nsid = asNsid(bare);
  if (nsid) return { keys: [`nsid:${nsid}`], reason: "" };
  const url = asUrl(bare);
  if (url && !bare.includes(" ")) return { keys: keysOf(url), reason: url.reason };
  const groups = fold(text).includes(" ") ? findAll(text) : [];
  if (groups.length > 1) return { keys: [], reason: "several" };
  return groups[0] ? { keys: groups[0], reason: "", taken: true } : asWords(text);
}

/** @param {string} text @returns {string[][]} */
export function findAll(text) {
  const words = fold(text).split(" ").filter((word) => word.includes("//") || asNsid(word));
  const keys = words.map((word) => understand(word).keys).filter((one) => one.length);
  return [...new Map(keys.map((one) => [one.join(" "), one])).values()];
}

/** @param {Found} url */
function keysOf(url) {
  const parts = [
    ["photo", url.photoId], ["nsid", url.nsid], ["name", url.alias], ["tag", url.tag], ["image", url.image],
  ];
  return parts.filter(([, value]) => value).map(([kind, value]) => `${kind}:${value}`);
}

/** @param {string} text @returns {Understood} */
function asWords(text) {
  const folded = fold(text);
  if (folded.startsWith("#")) {
    const tag = asTag(folded);
    return tag ? { keys: [`tag:${tag}`], reason: "" } : { keys: [], reason: "empty" };
  }
  const photoId = asPhotoId(folded.replaceAll(" ", ""));
  if (photoId) return { keys: [`photo:${photoId}`], reason: "" };
  if (!folded) return { keys: [], reason: "empty" };
  const person = asPerson(text);
  return { keys: person ? [`name:${folded}`, `person:${person}`] : [`name:${folded}`], reason: "" };
}

/**
 * Bring a name to the form in which names are compared: NFKC, lower case, invisible characters dropped,
 * every run of white space one space, none at the ends.
 * @param {string} text
 */
export function fold(text) {
  const seen = [...text.normalize("NFKC")].map(visible).join("");
  const lower = seen.toLowerCase().replaceAll("ς", "σ").normalize("NFKC");
  return lower.split(" ").filter(Boolean).join(" ");
}

/**
 * The character itself; a space for any white space; nothing for control and format characters.
 * @param {string} char
 */
function visible(char) {
  if (/[\t\n\v\f\r\p{Z}]/u.test(char)) return " ";
  return /[\p{Cc}\p{Cf}]/u.test(char) ? "" : char;
}

/** @param {string} text */
function asNsid(text) {
  const match = [...text].length <= LONGEST_NSID && WHOLE_NSID.exec(fold(text).replaceAll(" ", ""));
  return match ? `${match[1]}@N${match[2]}` : "";
}

/** @param {string} text */
function asAlias(text) {
  const folded = fold(text);
  return ALIAS.test(folded) ? folded : "";
}

/** @param {string} text */
function asPhotoId(text) {
  return PHOTO_ID.exec(text)?.[1] ?? "";
}

/** @param {string} text */
function asTag(text) {
  return [...fold(text)].filter((char) => /[\p{L}\p{M}\p{N}]/u.test(char)).join("").normalize("NFKC");
}

/** @param {string} text */
export function asPerson(text) {
  const folded = fold(text.replaceAll("_", " "));
  if (NSID.test(folded) || !/\p{L}/u.test(folded)) return "";
  return folded.normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC");
}

/**
 * Drop what is invisible around a text, and one pair of <>, "" or '' around that.
 * @param {string} text
 */
function unwrap(text) {
  const chars = strip([...text]);
  const ends = `${chars[0]}${chars.at(-1)}`;
  const wrapped = chars.length > 2 && ["<>", '""', "''"].includes(ends);
  return (wrapped ? strip(chars.slice(1, -1)) : chars).join("");
}

/** @param {string[]} chars */
function strip(chars) {
  const seen = chars.map((char) => !["", " "].includes(visible(char)));
  return chars.slice(Math.max(0, seen.indexOf(true)), seen.lastIndexOf(true) + 1);
}

/**
 * Read a text as a web address; null if it does not look like one.
 * @param {string} text
 * @returns {Found | null}
 */
function asUrl(text) {
  const match = ADDRESS.exec(text);
  if (match) {
    const web = ["http", "https"].includes((match[1] ?? "http").toLowerCase());
    return web ? locate(match[2] ?? "", match[3] ?? "") : found({ reason: "bad_url" });
  }
  if (text.includes("://")) return found({ reason: "bad_url" });
  const bare = BARE_ADDRESS.exec(text);
  if (bare?.[1]?.replace(/^\.+|\.+$/g, "").includes(".")) return locate(bare[1], bare[2] ?? "");
  return WEB_HOSTS.has(text.toLowerCase()) ? found({ reason: "other_page" }) : null;
}

/** @param {string} authority @param {string} rest */
function locate(authority, rest) {
  const host = hostOf(authority);
  if (!host || rest.startsWith("\\") || /\p{Cc}/u.test(rest)) return found({ reason: "bad_url" });
  const image = host.replace(/^www\./, "") + rest.split("#", 1)[0];
  return flickr(host.replace(/\.?(?::(?:80|443))?$/, ""), rest) ?? found({ image });
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
 * What a Flickr address names; null if the host is not Flickr's or the file is just an image.
 * @param {string} host @param {string} rest
 * @returns {Found | null}
 */
function flickr(host, rest) {
  if (PROXY_HOST.test(host)) return proxied(rest);
  if (STATIC_HOST.test(host)) return staticFile(segmentsOf(rest));
  if (host === "embedr.flickr.com") {
    const photoId = asPhotoId(segmentsOf(rest)[1] ?? "");
    if (photoId) return found({ photoId });
  }
  if (host === "flic.kr" || host === "www.flic.kr") return short(segmentsOf(rest));
  return WEB_HOSTS.has(host) ? web(segmentsOf(rest), rest) : null;
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
 * A Flickr image behind an image proxy: its own address stands whole in the proxy's path.
 * @param {string} rest
 */
function proxied(rest) {
  const start = Math.max(rest.lastIndexOf("http://"), rest.lastIndexOf("https://"));
  const inner = start < 0 ? rest.slice(1) : rest.slice(rest.indexOf("//", start) + 2);
  const slash = inner.indexOf("/");
  const host = slash < 0 ? inner : inner.slice(0, slash);
  return STATIC_HOST.test(host.toLowerCase()) ? staticFile(segmentsOf(slash < 0 ? "" : inner.slice(slash))) : null;
}

/**
 * Read `<id>_<secret>_<size>.jpg`; what follows it is ignored, and the host's number says nothing.
 * @param {string[]} segments
 * @returns {Found | null}
 */
function staticFile(segments) {
  const folders = segments.slice(0, -1);
  const name = segments.at(-1) ?? "";
  if (folders.includes("buddyicons")) {
    const match = /^([0-9]{5,12})@[Nn]([0-9]{2})/.exec(name);
    return match ? found({ nsid: `${match[1]}@N${match[2]}` }) : null;
  }
  const file = folders.includes("video") ? segments[segments.indexOf("video") + 1] : PHOTO_FILE.exec(name)?.[1];
  const photoId = asPhotoId(file ?? "");
  return photoId ? found({ photoId }) : null;
}

/** @param {string[]} segments */
function short(segments) {
  if (segments.length < 2 || segments[0] !== "p") return found({ reason: "short_link" });
  const photoId = base58((segments[1] ?? "").replace(TRAILING, ""));
  return photoId ? found({ photoId }) : found({ reason: "bad_url" });
}

/**
 * The photo id in a flic.kr code; empty if it is none. Nine letters stay below 2**53.
 * @param {string} code
 */
function base58(code) {
  if (code.length < 1 || code.length > 9 || [...code].some((char) => !BASE58.includes(char))) return "";
  return asPhotoId(String([...code].reduce((number, char) => number * 58 + BASE58.indexOf(char), 0)));
}

/**
 * What a page of flickr.com names.
 * @param {string[]} segments @param {string} rest
 */
function web(segments, rest) {
  const first = segments[0]?.toLowerCase() ?? "";
  if (PHOTO_PAGES.has(segments.at(-1)?.toLowerCase() ?? "")) return photoPage(rest);
  if (first === "buddyicons") return staticFile(segments) ?? found({ reason: "other_page" });
  if (["photos", "photo", "people", "members"].includes(first) && segments.length > 1) {
    return photos(segments[1] ?? "", segments.slice(2));
  }
  return found({ reason: OTHER_THINGS.get(first) ?? "other_page" });
}

/** @param {string} rest */
function photoPage(rest) {
  const whole = rest.split("#", 1)[0] ?? "";
  const query = whole.includes("?") ? whole.slice(whole.indexOf("?") + 1).replaceAll("&amp;", "&") : "";
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = decode(equals < 0 ? "" : part.slice(equals + 1)).replace(TRAILING, "");
    const photoId = name === "short" ? base58(value) : ["id", "photo_id"].includes(name) ? asPhotoId(value) : "";
    if (photoId) return found({ photoId });
  }
  return found({ reason: "other_page" });
}

/**
 * Read what follows flickr.com/photos/ or /people/: an owner, then perhaps a photo.
 * @param {string} owner @param {string[]} tail
 */
function photos(owner, tail) {
  if (owner.toLowerCase() === "tags" && tail.length) {
    const tag = asTag(tail[0] ?? "");
    return tag ? found({ tag }) : found({ reason: "other_page" });
  }
  const old = OLD_FILE.exec(owner);
  const oldId = asPhotoId(old?.[1] ?? "");
  if (oldId) return found({ nsid: (old?.[2] ?? "").toUpperCase(), photoId: oldId });
  const plain = owner.replace(TRAILING, "");
  const nsid = asNsid(plain);
  const alias = nsid ? "" : asAlias(plain);
  if (!(nsid || alias) || RESERVED.has(alias)) return found({ reason: "other_page" });
  const inAlbum = tail[2] === "with" && OTHER_THINGS.get(tail[0]?.toLowerCase() ?? "") === "album";
  const shown = inAlbum ? tail.slice(2) : tail; // /albums/<album>/with/<photo>
  const rest = shown[0]?.toLowerCase() === "with" ? shown.slice(1) : shown;
  const photoId = asPhotoId((rest[0] ?? "").replace(TRAILING, ""));
  if (photoId) return found({ nsid, alias, photoId });
  const other = OTHER_THINGS.get(rest[0]?.toLowerCase() ?? "");
  return rest.length > 1 && other ? found({ reason: other }) : found({ nsid, alias });
}
