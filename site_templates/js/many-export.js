// What the files of a Flickr data export are, by their names: nothing has to be opened to know it.

import { photoOfFile } from "./texts.js";

/**
 * `photo` is the Flickr photo that a file's name tells of. A `part` is of an export but of no use here, `system` is
 * what computers put beside files, and `picture` a picture or video without a photo number in its name.
 * @typedef {"photo" | "profile" | "part" | "media" | "picture" | "zip" | "sheet" | "system" | "other"} Kind
 * @typedef {{kind: Kind, photo: string}} Named
 */

const COPY = "(?:[ ._~(-][^/]*)?"; // "photo_1 (1).json", "photo_1 copy.json"
const PHOTO = new RegExp(`^photo_0*([1-9][0-9]{0,14})${COPY}\\.json$`, "i");
const PROFILE = new RegExp(`^account_profile${COPY}\\.json$`, "i");
const PART = new RegExp(
  `^(?:\\w+_part[0-9]+|account_\\w+|albums?|sets?|collections?|contacts|followers|following|faves|favorites|galler(?:y|ies)|groups?|apps?|testimonials|(?:sent_|received_)?flickrmail|discussions?|comments|(?:photos?|sets?|albums?|galler(?:y|ies)|apps?|groups?)_(?:comments|discussions))${COPY}\\.json$`,
  "i",
);
const MEDIA = /^(.*)\.(?:jpe?g|png|gif|webp|avif|heic|heif|tiff?|bmp|mp4|m4v|mov|qt|avi|wmv|mpe?g|mpg|mts|m2ts|3gp|3g2|ogv|ogg|webm|flv|mkv)$/i;
const OLD = /^(.*)_([1-9][0-9]{5,6})_o$/; // of the first years, whose numbers are short
const DATE = /^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])$/;
const SYSTEM = /^(?:\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|\.localized)$/i;

/**
 * @param {string} path the name of a file, or of a member of an archive, with or without folders before it
 * @returns {Named}
 */
export function named(path) {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  if (SYSTEM.test(name) || /(?:^|[/\\])__MACOSX[/\\]/.test(path)) return { kind: "system", photo: "" };
  const photo = PHOTO.exec(name)?.[1];
  if (photo) return { kind: "photo", photo };
  if (PROFILE.test(name)) return { kind: "profile", photo: "" };
  if (PART.test(name)) return { kind: "part", photo: "" };
  if (/\.zip$/i.test(name)) return { kind: "zip", photo: "" };
  if (/\.xls[xm]$/i.test(name)) return { kind: "sheet", photo: "" };
  const media = MEDIA.exec(name)?.[1];
  if (media === undefined) return { kind: "other", photo: "" };
  const id = photoOfFile(name) || ofOld(media);
  return { kind: id ? "media" : "picture", photo: id };
}

/**
 * The short photo number of the first years in a picture's name; a camera's date and time are none.
 * @param {string} stem
 */
function ofOld(stem) {
  const [, title = "", id = ""] = OLD.exec(stem) ?? [];
  return DATE.test(title.slice(-8)) ? "" : id;
}
