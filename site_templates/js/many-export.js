// What the files of a Flickr data export are, by their names: nothing has to be opened to know it.

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
const COPIED = /(?: ?\([0-9]+\)| copy(?: [0-9]+)?| - copy)$/i;
const WITH_SECRET = /^([1-9][0-9]{3,12})_([0-9a-f]{8,10})(?:_[0-9a-z]{1,2})?(?:_d)?$/i;
const WITH_TITLE = /^(?:(.*)_)?([1-9][0-9]{5,12})_o$/i;
const OF_VIDEO = /^.+_([1-9][0-9]{9,12})$/;
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
  const id = ofMedia(media.replace(COPIED, ""));
  return { kind: id ? "media" : "picture", photo: id };
}

/**
 * The photo number in a picture's name, as Flickr writes them: `<id>_<secret>_o`, `<title>_<id>_o`, and
 * `<title>_<id>` for videos. A camera's dates and counters are none.
 * @param {string} stem
 */
function ofMedia(stem) {
  const [, first = "", secret = ""] = WITH_SECRET.exec(stem) ?? [];
  if (first && !DATE.test(first) && !DATE.test(secret)) return first;
  const [, title = "", id = ""] = WITH_TITLE.exec(stem) ?? [];
  const time = id.length === 6 && DATE.test(title.slice(-8));
  if (id && !DATE.test(id) && !time) return id;
  return OF_VIDEO.exec(stem)?.[1] ?? "";
}
