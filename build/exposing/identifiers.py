"""What a text means that was typed, pasted or dropped: the keys under which it is searched.

`site_templates/js/identifiers.js` mirrors this module function by function, as `names`, `urls` and `texts`
have their mirrors, and `tests/vectors/queries.json` holds both sides to the same answers. So everything in
them is written with means that both languages share: simple patterns of linear time, NFKC, percent-decoding.
"""

import re
from typing import NamedTuple

from exposing.names import as_alias, as_nsid, as_number, as_person, as_photo_id, as_tag, fold, strip
from exposing.texts import Piece, find, is_of_flickr, parse_url, photo_of_file, unwrap, whole_image
from exposing.urls import Found, is_image

__all__ = (
    "MAX_LENGTH",
    "Found",
    "Understood",
    "as_alias",
    "as_nsid",
    "as_number",
    "as_person",
    "as_photo_id",
    "as_tag",
    "find_all",
    "fold",
    "parse_url",
    "photo_of_file",
    "understand",
)

MAX_LENGTH = 2048
"""Longest text that is looked at, in code points."""

_QUOTED = frozenset(map("".join, zip("“„”„«»‹›‘‚’'「『《〈＂", "”“””»«›‹’‘’'」』》〉＂", strict=True)))
_DIGITS = {start + digit: str(digit) for start in (0x0660, 0x06F0) for digit in range(10)}
"""Digits of Arabic and Persian keyboards."""

_SEVERAL_FILES = re.compile(r"\.[A-Za-z0-9]{3,4}[ ,;]")
_EMAIL = re.compile(r"[0-9A-Za-z._%+-]@[0-9A-Za-z-]+\.[0-9A-Za-z.-]*[A-Za-z]")
_SPOILT = re.compile(r"[0-9][.,][0-9]*e\+?[0-9]{1,2}|[0-9]+e\+[0-9]{1,2}")
_NUMBERS = re.compile(r"[0-9]{7,15}(?:[ ,;]+[0-9]{7,15})+")
_SET_NUMBER = re.compile(r"7215[0-9]{13}")
_CAMERA_FILE = re.compile(
    r"[a-z _().-]*[0-9][0-9a-z _().-]*\.(?:jpe?g|png|gif|heic|tiff?|dng|cr2|nef|arw|mp4|mov|avi)"
)
_LABELS = frozenset(
    (
        "flickr",
        "photo",
        "photos",
        "image",
        "picture",
        "pic",
        "foto",
        "id",
        "number",
        "no",
        "nr",
        "the",
        "my",
        "is",
    )
)


class Understood(NamedTuple):
    """The keys under which a typed text is searched; `reason` is set when there are none, and `taken` when
    they stood inside a longer text, whose rest was left aside.

    Reasons: those of `Found`, and `empty`, `not_text` (lone surrogates), `too_long` (over MAX_LENGTH),
    `several` (different identifiers in one text), `email`, `spoilt` (a number that a spreadsheet has
    rounded), `file_name` (a file's name that says nothing of Flickr).
    """

    keys: tuple[str, ...]
    reason: str = ""
    taken: bool = False


def understand(text: str) -> Understood:
    """Say what a visitor's text can be, as canonical keys, the most telling first.

    A bare word can be an account's name and a person's name; a bare number is a photo id.
    """
    if _is_damaged(text):
        return Understood((), "not_text")
    if len(text) > MAX_LENGTH:
        return Understood((), "too_long")
    bare = unwrap(text)
    if nsid := as_nsid(bare):
        return Understood((f"nsid:{nsid}",))
    pieces = _pieces(bare)
    named = _one_photo(_distinct(pieces))
    meant = [found for found in named if not _is_aside(found)] or named
    if len(meant) > 1:
        return Understood((), "several")
    if meant:
        return Understood(_keys(meant[0]), taken=meant != named or not all(piece.whole for piece in pieces))
    reason = next((piece.found.reason for piece in pieces if piece.found.reason), "")
    if not reason and "://" in bare:
        reason = "bad_url"
    return Understood((), reason) if reason else _as_words(bare)


def find_all(text: str) -> list[tuple[str, ...]]:
    """The keys of every identifier inside a text: addresses, NSIDs, photos' files; distinct, in order.

    Bare words and bare numbers are none.
    """
    return [] if _is_damaged(text) else [_keys(found) for found in _distinct(_pieces(unwrap(text)))]


def _is_damaged(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _pieces(bare: str) -> list[Piece]:
    """What a text names, also where it is one file's name or one image's address with spaces in it."""
    may_be_file = " " in bare and "//" not in bare and not _SEVERAL_FILES.search(bare)
    if may_be_file and (photo_id := photo_of_file(bare)):
        return [Piece(Found(photo_id=photo_id), whole=True)]
    pieces = find(bare)
    if not any(is_of_flickr(piece.found) for piece in pieces):
        image = whole_image(bare)
        return [Piece(image, whole=True)] if image else pieces
    return pieces


def _distinct(pieces: list[Piece]) -> list[Found]:
    """What pieces name, each once. What two say of one photo is joined; its owner's page is a part."""
    kept: dict[tuple[str, ...], Found] = {}
    for found in (piece.found for piece in pieces):
        key = ("photo", found.photo_id) if found.photo_id else _keys(found)
        if key:
            known = kept.get(key, found)
            kept[key] = known._replace(nsid=known.nsid or found.nsid, alias=known.alias or found.alias)
    owners = {key for found in kept.values() if found.photo_id for key in _keys(found)[1:]}
    return [found for found in kept.values() if found.photo_id or not owners.intersection(_keys(found))]


def _one_photo(named: list[Found]) -> list[Found]:
    """One photo beside one account number, as in feeds, is that account's photo: both are searched."""
    if len(named) == 2 and (named[0].photo_id or named[1].photo_id):
        photo, account = named if named[0].photo_id else named[::-1]
        if not photo.nsid and _keys(account) == (f"nsid:{account.nsid}",):
            return [photo._replace(nsid=account.nsid)]
    return named


def _is_aside(found: Found) -> bool:
    """What hardly is what a longer text is about: a tag, or a page that is no picture."""
    return bool(found.tag or (found.image and not found.photo_id and not is_image(found.image)))


def _keys(found: Found) -> tuple[str, ...]:
    parts = (
        ("photo", found.photo_id),
        ("nsid", found.nsid),
        ("name", found.alias),
        ("tag", found.tag),
        ("image", found.image),
    )
    return tuple(f"{kind}:{value}" for kind, value in parts if value)


def _as_words(text: str) -> Understood:
    """Read what is no address: a #tag, a number, a name."""
    text = _unquoted(text)
    folded = fold(text)
    if folded.startswith("#"):
        tag = as_tag(folded)
        return Understood((f"tag:{tag}",)) if tag else Understood((), "empty")
    if not folded:
        return Understood((), "empty")
    if _NUMBERS.fullmatch(folded):
        ids = {photo_id for number in re.split(r"[ ,;]+", folded) if (photo_id := as_photo_id(number))}
        return (
            Understood(tuple(f"photo:{one}" for one in ids)) if len(ids) == 1 else Understood((), "several")
        )
    number, taken = _number(folded)
    if number:
        return Understood((f"photo:{number}",), taken=taken)
    if reason := _refusal(folded):
        return Understood((), reason)
    person = as_person(text)
    names = [folded, folded[1:]] if re.fullmatch(r"@[^@ ]+", folded) else [folded]
    return Understood((*(f"name:{one}" for one in names), *([f"person:{person}"] if person else [])))


def _number(folded: str) -> tuple[str, bool]:
    """The photo id that a text is, as people and spreadsheets write it; and whether words stood before it."""
    digits = folded.translate(_DIGITS).strip(" .,;:!?()[]\"'=")
    if 6 < len(digits) < 40 and (photo_id := as_number(digits)):
        return photo_id, False
    if photo_id := as_photo_id(digits.replace(" ", "")):
        return photo_id, False
    *words, last = [word for word in re.split(r"[^0-9a-z]+", digits) if word] or [""]
    labelled = words and _LABELS.issuperset(words) and re.fullmatch(r"[0-9]{8,15}", last)
    return (as_photo_id(last), True) if labelled else ("", False)


def _refusal(folded: str) -> str:
    """Why a text is no name; empty if it may be one."""
    if _SPOILT.fullmatch(folded):
        return "spoilt"
    if _SET_NUMBER.fullmatch(folded):
        return "album"
    if _EMAIL.search(folded):
        return "email"
    return "file_name" if _CAMERA_FILE.fullmatch(re.split(r"[/\\]", folded)[-1]) else ""


def _unquoted(text: str) -> str:
    """A name without one pair of quotation marks around it."""
    quoted = len(text) > 2 and text[0] + text[-1] in _QUOTED
    return (strip(text[1:-1]) if quoted else "") or text
