"""What a text asks to be removed, line by line: as a search would read it, and never as two things at once.

`site_templates/js/removals.js` mirrors this module; `tests/vectors/removals.json` holds both to the same
answers.
"""

import re
from typing import NamedTuple

from exposing.identifiers import as_person, find_all, fold, understand

KINDS = {
    "nsid": "a number such as 10000001@N99",
    "name": "an account's name",
    "photo": "the number or the address of a photo on Flickr",
    "image": "the address of an image outside Flickr",
    "person": "a person's name",
}
"""What can be removed: prefixes of keys, and what may follow them. Not tags: many people use one."""

_BREAKS = re.compile(r"[\n\v\f\r\x85\u2028\u2029]+")
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")
_NUMBER = re.compile(r"[1-9][0-9]{7,14}")
_NUMBERS = re.compile(rf" *{_NUMBER.pattern}(?:[ ,;]+{_NUMBER.pattern})+ *")
"""Numbers of photos, each too long to be a part of one number."""

_NUMBER_OR_TAG = re.compile(r"#.+|[0-9 ]+")  # a search reads it so, although it can be a name


class Removal(NamedTuple):
    """One thing that a line asks for.

    `keys` has one canonical key; or several, if the line can mean any of them; or none, and then `reason`
    says why: a reason of `Understood`, `tag`, or `kind` (not what the prefix in front of it says).
    """

    text: str  # the line
    keys: tuple[str, ...]
    reason: str = ""
    taken: bool = False  # the line has more text, which was not read
    account: str = ""  # key of the account of a photo that was named by its address: it is not removed


def lines(text: str) -> list[str]:
    """The lines of a text that are not blank."""
    return [line for line in _BREAKS.split(text) if fold(line)]


def read(text: str) -> list[Removal]:
    """All that a text asks for, in its order; of a blank text, one that is refused as `empty`."""
    return [one for line in lines(text) for one in read_line(line)] or [Removal("", (), "empty")]


def read_line(line: str) -> list[Removal]:
    """What one line asks for: several things if it holds several identifiers."""
    prefix, colon, value = line.partition(":")
    kind = fold(prefix)
    if colon and kind in KINDS:
        key = _key(kind, value)
        return [Removal(line, (key,)) if key else Removal(line, (), "kind")]
    keys, reason, taken = understand(line)
    groups = _groups(line)
    if len(groups) > 1:
        return [one for group in groups for one in _removals(line, group, taken=True)]
    if keys and not _NUMBERS.fullmatch(line):
        return _removals(line, keys, taken=taken)
    numbers = _NUMBER.findall(line) if _NUMBERS.fullmatch(line) else []
    return [Removal(line, (f"photo:{one}",)) for one in numbers] or [Removal(line, (), reason)]


def _groups(line: str) -> list[tuple[str, ...]]:
    """The keys of every identifier in a line; of its words one by one, where that loses none."""
    whole = find_all(line)
    words = dict.fromkeys(keys for word in _SPACES.split(line) for keys in find_all(word))
    return list(words) if set(whole) <= set(words) else whole


def _removals(line: str, keys: tuple[str, ...], *, taken: bool) -> list[Removal]:
    """What the keys of one identifier ask for."""
    removable = tuple(key for key in keys if kind_of(key) in KINDS)
    if not removable:
        return [Removal(line, (), "tag", taken)]
    if kind_of(removable[0]) != "photo":
        return [Removal(line, removable, "", taken)]
    # A photo's address also says whose it is; the photo alone was named, and the image if it is one.
    account = next((key for key in removable if kind_of(key) in ("nsid", "name")), "")
    images = [Removal(line, (key,), "", taken) for key in removable if kind_of(key) == "image"]
    return [Removal(line, removable[:1], "", taken, account), *images]


def _key(kind: str, value: str) -> str:
    """The key of this kind that a text is, exactly; empty if it is none."""
    keys, _, taken = understand(value)
    if taken:
        return ""
    for key in keys:
        if kind_of(key) == kind:
            return key
    if kind in _NAMES and _NUMBER_OR_TAG.fullmatch(fold(value)) and (name := _NAMES[kind](value)):
        return f"{kind}:{name}"
    return ""


_NAMES = {"name": fold, "person": as_person}
"""What brings names to the form in which they are compared."""


def kind_of(key: str) -> str:
    """A canonical key's prefix, without the colon."""
    return key.partition(":")[0]


def describe(key: str) -> str:
    """What a canonical key stands for, in words: `photo 90000000101`."""
    kind, _, value = key.partition(":")
    return _DESCRIBED[kind].format(value)


_DESCRIBED = {
    "nsid": "Flickr account {}",
    "name": "the account named {}",
    "photo": "photo {}",
    "image": "the image at {}",
    "person": "the person named {}",
}


def advice(removal: Removal) -> tuple[str, str]:
    """Why a line cannot be obeyed as it is, and what to write instead. Both empty if it can."""
    if len(removal.keys) == 1:
        return "", ""
    if removal.keys:
        return "may mean several things", f"say which: {' or '.join(removal.keys)}"
    if removal.reason == "kind":
        kind = fold(removal.text.partition(":")[0])
        return "cannot be left out", f"write {KINDS[kind]} after `{kind}:`"
    return "cannot be left out", _ADVICE.get(
        removal.reason, "give an account, a photo, an image or a person's name"
    )


_OPEN_IT = "open it in a browser, and give the address that it leads to"
_ADVICE = {
    "tag": "many people use a tag: give an account, a photo, an image or a person's name",
    "email": "lists have no e-mail addresses: give the account's number, or the address of its profile",
    "spoilt": "a spreadsheet has rounded this number: copy it again from where it came from",
    "file_name": "a file's name says nothing of Flickr: give the address of the photo",
    "bad_url": "it looks like a web address but is none: copy it again from the address bar",
    "app_link": "open it in Flickr's app, choose Share, and give that link",
    "short_link": _OPEN_IT,
    "guest_pass": _OPEN_IT,
    "album": "give the address of one photo, or of the account",
    "gallery": "give the address of one photo, or of the account",
    "group": "give the address of one photo, or of an account",
    "other_page": "give the address of a photo or of a profile",
    "too_long": "one name, number or address is at most 2,048 characters long",
}
