"""Names and numbers in the one form in which they are compared.

`site_templates/js/names.js` mirrors this module function by function.
"""

import re
import unicodedata
from functools import lru_cache

_NSID = re.compile(r"([0-9]{5,12})@[Nn]([0-9]{2})")
_ALIAS = re.compile(r"[a-z0-9_-]{1,64}")
_PHOTO_ID = re.compile(r"0*([1-9][0-9]{0,14})")
_SHEET_NUMBER = re.compile(r"([0-9]{1,15})(?:[.,]0{0,6})?")
_THOUSANDS = re.compile(
    r"[0-9]{1,3}(?:(?:,[0-9]{3}){2,4}|(?:\.[0-9]{3}){2,4}|(?:'[0-9]{3}){2,4}|(?: [0-9]{3}){2,4})"
)
_WHOLE_FLOAT = re.compile(r"([0-9])[.,]([0-9]{5,14})e\+?([0-9]{1,2})")
_APOSTROPHES = "\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u055a\u05f3\ua78c\uff07`\u00b4"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u058a\u05be\ufe58\ufe63\uff0d"
_PUNCTUATION = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-"))
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ɖ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th",
        "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ƀ": "b", "ǥ": "g", "ɨ": "i", "ƶ": "z", "ƚ": "l",
    }
)  # fmt: skip
"""Latin letters that Unicode does not take apart, as they are written without them."""


def fold(text: str) -> str:
    """Bring a name to the form in which names are compared.

    One kind of apostrophe and hyphen, NFKC, lower case, invisible characters dropped, every run of white
    space one space, none at the ends.
    """
    text = unicodedata.normalize("NFKC", text.translate(_PUNCTUATION))
    text = "".join(map(visible, text))
    text = unicodedata.normalize("NFKC", text.lower().replace("ς", "σ"))
    return " ".join(part for part in text.split(" ") if part)


@lru_cache(maxsize=1 << 12)
def visible(char: str) -> str:
    """The character itself; a space for any white space; nothing for control and format characters."""
    if char in "\t\n\v\f\r":
        return " "
    category = unicodedata.category(char)
    if category[0] == "Z":
        return " "
    return "" if category in ("Cc", "Cf") else char


def strip(text: str) -> str:
    """The text without white space and invisible characters at its ends."""
    start, end = 0, len(text)
    while start < end and visible(text[start]) in ("", " "):
        start += 1
    while end > start and visible(text[end - 1]) in ("", " "):
        end -= 1
    return text[start:end]


def as_nsid(text: str) -> str:
    """`12345678@N99` with a capital N if the text is an NSID, however typed; else an empty string."""
    if not any(mark in text for mark in "@＠﹫"):  # as nearly always: folding takes its time
        return ""
    match = _NSID.fullmatch(fold(text).replace(" ", ""))
    return f"{match[1]}@N{match[2]}" if match else ""


def as_alias(text: str) -> str:
    """The path alias in lower case if the text can be one, else an empty string."""
    folded = fold(text)
    return folded if _ALIAS.fullmatch(folded) else ""


def as_photo_id(text: str) -> str:
    """The photo id without leading zeros (at most 15 digits), else an empty string."""
    match = _PHOTO_ID.fullmatch(text)
    return match[1] if match else ""


def as_number(text: str) -> str:
    """The photo id in a number as spreadsheets write it, such as `90000000777.0`, `90,000,000,777` and
    `9.0000000777E+10`; empty for any other text, and where digits were rounded away.
    """
    plain = fold(text)
    if match := _SHEET_NUMBER.fullmatch(plain):
        return as_photo_id(match[1])
    if _THOUSANDS.fullmatch(plain):
        return as_photo_id(re.sub(r"[^0-9]", "", plain))
    match = _WHOLE_FLOAT.fullmatch(plain)
    return as_photo_id(match[1] + match[2]) if match and len(match[2]) == int(match[3]) else ""


def as_tag(text: str) -> str:
    """A tag as it is compared: folded; letters, marks and numbers only."""
    kept = (char for char in fold(text) if unicodedata.category(char)[0] in "LMN")
    return unicodedata.normalize("NFKC", "".join(kept))


def as_person(text: str) -> str:
    """A person's name as it is searched: folded, `_` read as a space, Latin letters without their accents
    and strokes, initials joined ("J. R. Sample" is "jr sample").

    Empty when the text has no letter or holds an NSID: bare numbers and account ids name nobody.
    """
    folded = fold(text.replace("_", " "))
    if _NSID.search(folded) or not any(map(_is_letter, folded)):
        return ""
    spread = unicodedata.normalize("NFD", folded)
    plain = _ACCENTS.sub("", spread).translate(_LETTERS)
    return _with_initials_joined(unicodedata.normalize("NFC", plain))


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] == "L"


def _with_initials_joined(name: str) -> str:
    """The name without dots after letters, and with single letters that follow each other as one word."""
    if "." in name:
        spaced, after_letter = [], False
        for char in name:
            dot = char == "." and after_letter
            spaced.append(" " if dot else char)
            after_letter = dot or unicodedata.category(char)[0] in "LM"
        name = "".join(spaced)
    words: list[str] = []
    initials = False
    for word in name.split(" "):
        if not word:
            continue
        initial = len(word) == 1 and _is_letter(word)
        if initial and initials:
            words[-1] += word
        else:
            words.append(word)
        initials = initial
    return " ".join(words)
