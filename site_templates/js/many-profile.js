// Whose data export it is.

import { understand } from "./identifiers.js";
import { isObject, parsed } from "./many-text.js";

/**
 * @typedef {import("./many-cells.js").Reading} Reading
 * @typedef {import("./many-given.js").Given} Given
 */

/** Take the account that an export is of. @param {Given} given @param {string} file @param {string} text */
export function readProfile(given, file, text) {
  const readings = accountsOf(parsed(text));
  if (!readings.length) given.refusals.push({ file, reason: "profile" });
  for (const reading of readings) given.take(file, reading);
}

/**
 * Whom an export's account_profile.json is of. A screen name is taken as a username, not as a person's name.
 * @param {unknown} profile
 * @returns {Reading[]}
 */
function accountsOf(profile) {
  /** @param {string} field */
  const field = (field) => {
    const value = isObject(profile) && Object.hasOwn(profile, field) ? profile[field] : "";
    return typeof value === "string" ? value.trim() : "";
  };
  const alias = field("path_alias");
  const texts = [field("nsid"), alias && `https://www.flickr.com/photos/${encodeURIComponent(alias)}/`];
  return [...texts, field("photos_url"), field("profile_url"), field("screen_name")].flatMap((text) => {
    const keys = understand(text).keys.filter((key) => /^(?:nsid|name):/.test(key));
    return keys.length ? [{ line: 0, text, keys, reason: "" }] : [];
  });
}
