"""Flickr's identifiers and URLs: recognise what was typed or listed, and bring it to one form.

`site_templates/js/identifiers.js` mirrors this module function by function and
`tests/vectors/queries.json` holds both to the same answers. So everything here is written with means
that both languages share: anchored patterns of linear time, NFKC, percent-decoding of whole segments;
and no URL library, because Python's and the browser's disagree on the odd cases.

The URL forms were counted in real lists and in the Flickr Foundation's parser
(https://github.com/Flickr-Foundation/flickr-url-parser).
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

MAX_LENGTH = 2048
"""Longest text that is looked at, in code points."""

_LONGEST_NSID = 64  # with what is invisible between its characters: longer texts need not be folded
_BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_NSID = re.compile(r"([0-9]{5,12})@[Nn]([0-9]{2})")
_ALIAS = re.compile(r"[a-z0-9_-]{1,64}")
_PHOTO_ID = re.compile(r"0*([1-9][0-9]{0,14})")
_PHOTO_FILE = re.compile(
    r"([0-9]{1,15})_[0-9A-Za-z]+(?:_[0-9A-Za-z]{1,2})?(?:_d)?\.(?:jpe?g|png|gif|JPE?G|PNG|GIF)"
)
# 2004: flickr.com/photos/<id>.jpg, and /photos/<id>_<the owner's NSID>_m.jpg
_OLD_FILE = re.compile(r"([0-9]{1,15})(?:_([0-9]{5,12}@[Nn][0-9]{2}))?(?:_[a-z])?\.(?:jpe?g|png|gif)")
_ADDRESS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/?#\\]*)(.*)", re.DOTALL)
_BARE_ADDRESS = re.compile(r"([^ /?#\\:@]+(?::[0-9]+)?)(/.+)", re.DOTALL)
_STATIC_HOST = re.compile(
    r"(?:[a-z0-9-]+\.)*static\.flickr\.com|(?:[a-z0-9-]+\.)*staticflickr\.com|(?:photos|farm)[0-9]*\.flickr\.com"
)
_PROXY_HOST = re.compile(r"l\.yimg\.com|i[0-9]\.wp\.com")
_WEB_HOSTS = frozenset(
    ("flickr.com", "www.flickr.com", "m.flickr.com", "secure.flickr.com", "commons.flickr.org")
)
_PHOTO_PAGES = frozenset(
    ("photo.gne", "photo_zoom.gne", "photo_exif.gne", "photo_edit.gne", "video_download.gne", "stewart.swf")
)
_RESERVED = frozenset(("me", "friends", "upload", "organize", "search"))
_OTHER_THINGS = {
    "albums": "album",
    "sets": "album",
    "gallery": "gallery",
    "galleries": "gallery",
    "groups": "group",
    "gp": "guest_pass",
}
_TRAILING = ".,;:!)]"


class Found(NamedTuple):
    """What one URL names. A field is empty where it names none; `reason` says why nothing is named.

    Reasons: `bad_url` (cannot be read as a web address), `album`, `gallery`, `group`, `guest_pass`,
    `short_link` (only Flickr's redirect knows), `other_page` (of no photo and no account).
    """

    nsid: str = ""
    alias: str = ""
    photo_id: str = ""
    image: str = ""
    tag: str = ""
    reason: str = ""


class Understood(NamedTuple):
    """The keys under which a typed text is searched; `reason` is set when there are none.

    Reasons: those of `Found`, and `empty`, `not_text` (lone surrogates), `too_long` (over MAX_LENGTH).
    """

    keys: tuple[str, ...]
    reason: str = ""
    taken: bool = False


def find_all(text: str) -> list[tuple[str, ...]]:
    """Stand-in."""
    found = [understand(word).keys for word in fold(text).split(" ") if "//" in word or as_nsid(word)]
    return list(dict.fromkeys(keys for keys in found if keys))


def understand(text: str) -> Understood:
    """Say what a visitor's text can be, as canonical keys, the most telling first.

    A bare word can be an account's name and a person's name; a bare number is a photo id.
    """
    if any("\ud800" <= char <= "\udfff" for char in text):
        return Understood((), "not_text")
    if len(text) > MAX_LENGTH:
        return Understood((), "too_long")
    bare = _unwrap(text)
    if nsid := as_nsid(bare):
        return Understood((f"nsid:{nsid}",))
    if (found := _as_url(bare)) and " " not in bare:
        return Understood(_keys(found), found.reason)
    if " " in fold(text) and (groups := find_all(text)):
        return Understood((), "several") if len(groups) > 1 else Understood(groups[0], "", True)
    return _as_words(text)


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
    folded = fold(text)
    if folded.startswith("#"):
        tag = as_tag(folded)
        return Understood((f"tag:{tag}",)) if tag else Understood((), "empty")
    if photo_id := as_photo_id(folded.replace(" ", "")):
        return Understood((f"photo:{photo_id}",))
    if not folded:
        return Understood((), "empty")
    person = as_person(text)
    return Understood((f"name:{folded}", f"person:{person}") if person else (f"name:{folded}",))


def fold(text: str) -> str:
    """Bring a name to the form in which names are compared.

    NFKC, lower case, invisible characters dropped, every run of white space one space, none at the ends.
    """
    text = "".join(map(_visible, unicodedata.normalize("NFKC", text)))
    text = unicodedata.normalize("NFKC", text.lower().replace("ς", "σ"))
    return " ".join(part for part in text.split(" ") if part)


@lru_cache(maxsize=1 << 12)
def _visible(char: str) -> str:
    """The character itself; a space for any white space; nothing for control and format characters."""
    if char in "\t\n\v\f\r":
        return " "
    category = unicodedata.category(char)
    if category[0] == "Z":
        return " "
    return "" if category in ("Cc", "Cf") else char


def as_nsid(text: str) -> str:
    """`12345678@N99` with a capital N if the text is an NSID, however typed; else an empty string."""
    match = len(text) <= _LONGEST_NSID and _NSID.fullmatch(fold(text).replace(" ", ""))
    return f"{match[1]}@N{match[2]}" if match else ""


def as_alias(text: str) -> str:
    """The path alias in lower case if the text can be one, else an empty string."""
    folded = fold(text)
    return folded if _ALIAS.fullmatch(folded) else ""


def as_photo_id(text: str) -> str:
    """The photo id without leading zeros (at most 15 digits), else an empty string."""
    match = _PHOTO_ID.fullmatch(text)
    return match[1] if match else ""


def as_tag(text: str) -> str:
    """A tag as it is compared: folded; letters, marks and numbers only."""
    kept = (char for char in fold(text) if unicodedata.category(char)[0] in "LMN")
    return unicodedata.normalize("NFKC", "".join(kept))


def as_person(text: str) -> str:
    """A person's name as it is searched: folded, `_` read as a space, Latin accents dropped.

    Empty when the text has no letter or holds an NSID: bare numbers and account ids name nobody.
    """
    folded = fold(text.replace("_", " "))
    if _NSID.search(folded) or not any(unicodedata.category(char)[0] == "L" for char in folded):
        return ""
    spread = unicodedata.normalize("NFD", folded)
    plain = "".join(char for char in spread if not "\u0300" <= char <= "\u036f")
    return unicodedata.normalize("NFC", plain)


def parse_url(text: str) -> Found:
    """What a URL from a list names; `reason` is `bad_url` if the text is no web address."""
    return _as_url(_unwrap(text)) or Found(reason="bad_url")


def _unwrap(text: str) -> str:
    """Drop what is invisible around a text, and one pair of <>, "" or '' around that."""
    text = _strip(text)
    if len(text) > 2 and text[0] + text[-1] in ("<>", '""', "''"):
        text = _strip(text[1:-1])
    return text


def _strip(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _visible(text[start]) in ("", " "):
        start += 1
    while end > start and _visible(text[end - 1]) in ("", " "):
        end -= 1
    return text[start:end]


def _as_url(text: str) -> Found | None:
    """Read a text as a web address; None if it does not look like one."""
    if match := _ADDRESS.fullmatch(text):
        if (match[1] or "http").lower() in ("http", "https"):
            return _locate(match[2], match[3])
        return Found(reason="bad_url")
    if "://" in text:
        return Found(reason="bad_url")
    match = _BARE_ADDRESS.fullmatch(text)
    if match and "." in match[1].strip("."):
        return _locate(match[1], match[2])
    return Found(reason="other_page") if text.lower() in _WEB_HOSTS else None


def _locate(authority: str, rest: str) -> Found:
    host = _host(authority)
    if not host or rest.startswith("\\") or any(unicodedata.category(char) == "Cc" for char in rest):
        return Found(reason="bad_url")
    found = _flickr(re.sub(r"\.?(?::(?:80|443))?$", "", host), rest)
    return found or Found(image=host.removeprefix("www.") + rest.split("#", 1)[0])


def _host(authority: str) -> str:
    """The host in lower case, with its port if it has one; empty if it is no host name.

    Look-alikes, such as the ligature in "ﬂickr.com", are refused and never folded into the real host.
    """
    name, colon, port = authority.partition(":")
    if colon and not re.fullmatch(r"[0-9]{1,5}", port):
        return ""
    if (
        not name.lower().removeprefix("www.")
        or name[0] in ".-"
        or unicodedata.normalize("NFKC", name) != name
    ):
        return ""
    if not all(char in "._-" or unicodedata.category(char)[0] in "LMN" for char in name):
        return ""
    return name.lower() + colon + port


def _flickr(host: str, rest: str) -> Found | None:
    """What a Flickr address names; None if the host is not Flickr's or the file is just an image."""
    if _PROXY_HOST.fullmatch(host):
        return _proxied(rest)
    if _STATIC_HOST.fullmatch(host):
        return _static(_segments(rest))
    if host == "embedr.flickr.com" and (photo_id := as_photo_id("".join(_segments(rest)[1:2]))):
        return Found(photo_id=photo_id)
    if host in ("flic.kr", "www.flic.kr"):
        return _short(_segments(rest))
    return _web(_segments(rest), rest) if host in _WEB_HOSTS else None


def _segments(rest: str) -> list[str]:
    """The parts of the path, decoded; empty ones are dropped."""
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    return [_decode(part) for part in path.split("/") if part]


def _decode(text: str) -> str:
    """Undo percent-encoding up to three times; text that is not valid UTF-8 inside stays as it is."""
    for _ in range(3):
        if "%" not in text or re.search(r"%(?![0-9A-Fa-f]{2})", text):
            break
        try:
            text = unquote_to_bytes(text).decode("utf-8")
        except UnicodeDecodeError:
            break
    return text


def _proxied(rest: str) -> Found | None:
    """A Flickr image behind an image proxy: its own address stands whole in the proxy's path."""
    start = max(rest.rfind("http://"), rest.rfind("https://"))
    inner = rest[start:].split("//", 1)[1] if start >= 0 else rest[1:]
    host, _, path = inner.partition("/")
    return _static(_segments(path)) if _STATIC_HOST.fullmatch(host.lower()) else None


def _static(segments: list[str]) -> Found | None:
    """Read `<id>_<secret>_<size>.jpg`; what follows it is ignored, and the host's number says nothing."""
    folders, name = segments[:-1], "".join(segments[-1:])
    if "buddyicons" in folders:
        match = _NSID.match(name)
        return Found(nsid=f"{match[1]}@N{match[2]}") if match else None
    if "video" in folders:
        photo_id = as_photo_id(segments[segments.index("video") + 1])
    else:
        match = _PHOTO_FILE.match(name)
        photo_id = as_photo_id(match[1]) if match else ""
    return Found(photo_id=photo_id) if photo_id else None


def _short(segments: list[str]) -> Found:
    if len(segments) > 1 and segments[0] == "p":
        photo_id = _base58(segments[1].rstrip(_TRAILING))
        return Found(photo_id=photo_id) if photo_id else Found(reason="bad_url")
    return Found(reason="short_link")


def _base58(code: str) -> str:
    """The photo id in a flic.kr code; empty if it is none. Nine letters stay below 2**53."""
    if not 0 < len(code) < 10 or any(char not in _BASE58 for char in code):
        return ""
    number = 0
    for char in code:
        number = number * 58 + _BASE58.index(char)
    return as_photo_id(str(number))


def _web(segments: list[str], rest: str) -> Found:
    """What a page of flickr.com names."""
    first = segments[0].lower() if segments else ""
    if segments and segments[-1].lower() in _PHOTO_PAGES:
        return _photo_page(rest)
    if first == "buddyicons":
        return _static(segments) or Found(reason="other_page")
    if first in ("photos", "photo", "people", "members") and len(segments) > 1:
        return _photos(segments[1], segments[2:])
    return Found(reason=_OTHER_THINGS.get(first, "other_page"))


def _photo_page(rest: str) -> Found:
    query = "".join(rest.split("#", 1)[0].split("?", 1)[1:]).replace("&amp;", "&")
    for part in query.split("&"):
        name, _, value = part.partition("=")
        value = _decode(value).rstrip(_TRAILING)
        photo_id = ""
        if name in ("id", "photo_id"):
            photo_id = as_photo_id(value)
        elif name == "short":
            photo_id = _base58(value)
        if photo_id:
            return Found(photo_id=photo_id)
    return Found(reason="other_page")


def _photos(owner: str, tail: list[str]) -> Found:
    """Read what follows flickr.com/photos/ or /people/: an owner, then perhaps a photo."""
    if owner.lower() == "tags" and tail:
        tag = as_tag(tail[0])
        return Found(tag=tag) if tag else Found(reason="other_page")
    if (match := _OLD_FILE.fullmatch(owner)) and (photo_id := as_photo_id(match[1])):
        return Found(nsid=(match[2] or "").upper(), photo_id=photo_id)
    owner = owner.rstrip(_TRAILING)
    nsid, alias = as_nsid(owner), as_alias(owner)
    if not (nsid or alias) or alias in _RESERVED or alias == "tags":
        return Found(reason="other_page")
    found = Found(nsid=nsid, alias="" if nsid else alias)
    if tail[2:3] == ["with"] and _OTHER_THINGS.get(tail[0].lower()) == "album":
        tail = tail[2:]  # a photo seen in its owner's album: /albums/<album>/with/<photo>
    if tail and tail[0].lower() == "with":
        tail = tail[1:]
    if photo_id := as_photo_id("".join(tail[:1]).rstrip(_TRAILING)):
        return found._replace(photo_id=photo_id)
    if len(tail) > 1 and tail[0].lower() in _OTHER_THINGS:
        return Found(reason=_OTHER_THINGS[tail[0].lower()])
    return found
