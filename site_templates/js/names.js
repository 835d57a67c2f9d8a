// Names and numbers in the one form in which they are compared. This mirrors build/exposing/names.py.

const NSID = /([0-9]{5,12})@[Nn]([0-9]{2})/;
const WHOLE_NSID = /^([0-9]{5,12})@[Nn]([0-9]{2})$/;
const ALIAS = /^[a-z0-9_-]{1,64}$/;
const PHOTO_ID = /^0*([1-9][0-9]{0,14})$/;
const SHEET_NUMBER = /^([0-9]{1,15})(?:[.,]0{0,6})?$/;
const THOUSANDS =
  /^[0-9]{1,3}(?:(?:,[0-9]{3}){2,4}|(?:\.[0-9]{3}){2,4}|(?:'[0-9]{3}){2,4}|(?: [0-9]{3}){2,4})$/;
const WHOLE_FLOAT = /^([0-9])[.,]([0-9]{5,14})e\+?([0-9]{1,2})$/;
const APOSTROPHES = /[\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u055a\u05f3\ua78c\uff07\u0060\u00b4]/g;
const HYPHENS = /[\u2010-\u2015\u2212\u058a\u05be\ufe58\ufe63\uff0d]/g;
/** Latin letters that Unicode does not take apart, as they are written without them. */
const LETTERS = new Map(Object.entries({
  ø: "o", ł: "l", đ: "d", ð: "d", ɖ: "d", ß: "ss", æ: "ae", œ: "oe", þ: "th",
  ı: "i", ħ: "h", ŧ: "t", ŋ: "n", ĸ: "k", ƀ: "b", ǥ: "g", ɨ: "i", ƶ: "z", ƚ: "l",
}));

/**
 * Bring a name to the form in which names are compared: one kind of apostrophe and hyphen, NFKC, lower case,
 * invisible characters dropped, every run of white space one space, none at the ends.
 * @param {string} text
 */
export function fold(text) {
  const plain = text.replace(APOSTROPHES, "'").replace(HYPHENS, "-").normalize("NFKC");
  const seen = [...plain].map(visible).join("");
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

/**
 * The text without white space and invisible characters at its ends.
 * @param {string} text
 */
export function strip(text) {
  const chars = [...text];
  const seen = chars.map((char) => !["", " "].includes(visible(char)));
  return chars.slice(Math.max(0, seen.indexOf(true)), seen.lastIndexOf(true) + 1).join("");
}

/** @param {string} text */
export function asNsid(text) {
  if (!/[@＠﹫]/.test(text)) return ""; // as nearly always: folding takes its time
  const match = WHOLE_NSID.exec(fold(text).replaceAll(" ", ""));
  return match ? `${match[1]}@N${match[2]}` : "";
}

/** @param {string} text */
export function asAlias(text) {
  const folded = fold(text);
  return ALIAS.test(folded) ? folded : "";
}

/** @param {string} text */
export function asPhotoId(text) {
  return PHOTO_ID.exec(text)?.[1] ?? "";
}

/**
 * The photo id in a number as spreadsheets write it, such as `90000000777.0`, `90,000,000,777` and
 * `9.0000000777E+10`; empty for any other text, and where digits were rounded away.
 * @param {string} text
 */
export function asNumber(text) {
  const plain = fold(text);
  const whole = SHEET_NUMBER.exec(plain)?.[1];
  if (whole) return asPhotoId(whole);
  if (THOUSANDS.test(plain)) return asPhotoId(plain.replace(/[^0-9]/g, ""));
  const float = WHOLE_FLOAT.exec(plain);
  return float?.[2]?.length === Number(float?.[3]) ? asPhotoId(`${float?.[1]}${float?.[2]}`) : "";
}

/** @param {string} text */
export function asTag(text) {
  return [...fold(text)].filter((char) => /[\p{L}\p{M}\p{N}]/u.test(char)).join("").normalize("NFKC");
}

/**
 * A person's name as it is searched: folded, `_` read as a space, Latin letters without their accents and
 * strokes, initials joined. Empty when the text has no letter or holds an NSID.
 * @param {string} text
 */
export function asPerson(text) {
  const folded = fold(text.replaceAll("_", " "));
  if (NSID.test(folded) || !/\p{L}/u.test(folded)) return "";
  const spread = folded.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  return withInitialsJoined([...spread].map((char) => LETTERS.get(char) ?? char).join("").normalize("NFC"));
}

/**
 * The name without dots after letters, and with single letters that follow each other as one word.
 * @param {string} name
 */
function withInitialsJoined(name) {
  /** @type {string[]} */
  const words = [];
  let initials = false;
  for (const word of name.replace(/([\p{L}\p{M}])\.+/gu, "$1 ").split(" ").filter(Boolean)) {
    const initial = /^\p{L}$/u.test(word);
    if (initial && initials) words[words.length - 1] += word;
    else words.push(word);
    initials = initial;
  }
  return words.join(" ");
}
