"""Web addresses: which of them are Flickr's, and what those name.

`site_templates/js/urls.js` mirrors this module function by function. No URL library is used, because
Python's and the browser's disagree on the odd cases.

The forms were counted in real lists and in the Flickr Foundation's parser
(https://github.com/Flickr-Foundation/flickr-url-parser).
"""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from exposing.names import as_alias, as_nsid, as_photo_id, as_tag

_BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_SHORT_CODE = re.compile(r"([1-9A-HJ-NP-Za-km-z]+)([^0-9A-Za-z].*)?", re.DOTALL)
_NUMBER = re.compile(r"0*([1-9][0-9]{0,14})([^0-9].*)?", re.DOTALL)
_SET = re.compile(r"7215[0-9]{13}(?![0-9])")
_STATIC_FILE = re.compile(r"0*([1-9][0-9]{0,14})_[0-9A-Za-z]")
_ICON = re.compile(r"([0-9]{5,12})@[Nn]([0-9]{2})")
# 2004: flickr.com/photos/<id>.jpg, and /photos/<id>_<the owner's NSID>_m.jpg
_OLD_FILE = re.compile(r"([0-9]{1,15})(?:_([0-9]{5,12}@[Nn][0-9]{2}))?(?:_[a-z])?\.(?:jpe?g|png|gif)")
_AFTER_OWNER = re.compile(r"[&,;:!'\"*|()\[\]{}<>~=]")
_FLICKR_HOST = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:static)?flickr\.com|(?:[a-z0-9-]+\.)*flickr\.(?:net|org)|(?:www\.)?flic\.kr"
    r"|flickr\.app\.link"
)
_BEHIND_PROXY = re.compile(
    r"((?:[a-z0-9-]+\.)*(?:static)?flickr\.com|(?:[a-z0-9]+-)*(?:static)?flickr-com)\.([a-z0-9.-]+)"
)
_PROXY = re.compile(
    r"prox|ezp|oclc|athens|vpn|(?:^|[.-])(?:lib|bib)|^translate\.goog\Z|\.(?:edu|(?:ac|edu)\.[a-z]{2})\Z"
)
"""How the addresses of translators and of libraries' proxies go on after `www-flickr-com.`."""

_STATIC_HOST = re.compile(
    r"(?:[a-z0-9-]+\.)*static\.flickr\.com|(?:[a-z0-9-]+\.)*staticflickr\.com|(?:photos|farm)[0-9]*\.flickr\.com"
)
_PAGES_OF_PEOPLE = frozenset(("photos", "photo", "people", "members"))
_PHOTO_PAGES = frozenset(
    ("photo.gne", "photo_zoom.gne", "photo_exif.gne", "photo_edit.gne", "video_download.gne", "stewart.swf")
)
_OWNER_PARAMETERS = frozenset(
    ("id", "ids", "nsid", "user_id", "user", "owner", "owner_id", "w", "path_alias")
)
_RESERVED = frozenset(("me", "friends", "upload", "organize", "search", "tags"))
_NOT_IN_POOLS = frozenset(("tags", "map", "show", "interesting", "date", "archive"))
_OTHER_THINGS = {"gallery": "gallery", "galleries": "gallery", "groups": "group", "gp": "guest_pass"}
_IMAGE_ENDING = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?)\Z", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/?#\\]*)(.*)", re.DOTALL)
_BARE_ADDRESS = re.compile(r"([^ /?#\\:@]+(?::[0-9]+)?)(/.+)", re.DOTALL)


class Found(NamedTuple):
    """What one URL names. A field is empty where it names none; `reason` says why nothing is named.

    Reasons: `bad_url` (cannot be read as a web address), `album`, `gallery`, `group`, `guest_pass`,
    `short_link` (only Flickr's redirect knows), `app_link` (only Flickr's app knows), `other_page` (of no
    photo and no account).
    """

    nsid: str = ""
    alias: str = ""
    photo_id: str = ""
    image: str = ""
    tag: str = ""
    reason: str = ""


def is_named(found: Found) -> bool:
    """Whether anything is named."""
    return any(found[:5])


def flickr_host(host: str) -> str:
    """Flickr's own host if this is one, or one behind which a library or a translator shows it, or empty."""
    host = host.lower().strip(".-")
    if _FLICKR_HOST.fullmatch(host):
        return host
    match = _BEHIND_PROXY.fullmatch(host)
    if not match or not _PROXY.search(match[2]):
        return ""
    return match[1].replace("-", ".") if "flickr-com" in match[1] else match[1]


def flickr(host: str, rest: str) -> Found:
    """What an address of one of Flickr's hosts names, from what follows the host."""
    if _has_control(rest):
        return Found(reason="bad_url")
    rest = rest.replace("\\", "/")
    segments = _segments(rest)
    if host == "flickr.app.link":
        return Found(reason="app_link")
    if host.endswith("flic.kr"):
        return _short(segments)
    if _STATIC_HOST.fullmatch(host):
        return _static(segments)
    if host == "embedr.flickr.com" and (photo_id := as_photo_id("".join(segments[1:2]))):
        return Found(photo_id=photo_id)
    page = _page(segments)
    return page if is_named(page) or page.reason != "other_page" else _parameters(segments, rest)


def elsewhere(text: str) -> Found | None:
    """A text as a web address that is not Flickr's; None if it does not look like one."""
    if match := _ADDRESS.fullmatch(text):
        if (match[1] or "http").lower() in ("http", "https"):
            return _image(match[2], match[3])
        return Found(reason="app_link" if match[1].lower() == "flickr" else "bad_url")
    if "://" in text:
        return Found(reason="bad_url")
    match = _BARE_ADDRESS.fullmatch(text)
    return _image(match[1], match[2]) if match and "." in match[1].strip(".") else None


def is_image(address: str) -> bool:
    """Whether an address ends as files of pictures do, before any query."""
    return bool(_IMAGE_ENDING.search(re.split(r"[?#]", address, maxsplit=1)[0]))


def _image(authority: str, rest: str) -> Found:
    host = _host(authority)
    if not host or rest.startswith("\\") or _has_control(rest):
        return Found(reason="bad_url")
    return Found(image=host.removeprefix("www.") + rest.split("#", 1)[0])


def _has_control(text: str) -> bool:
    return any(unicodedata.category(char) == "Cc" for char in text)


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


def _number(text: str) -> str:
    """The photo id with which a part of an address begins; empty if there is none, or it was cut off."""
    match = _NUMBER.fullmatch(text)
    after = (match[2] or "") if match else ""
    if not match or _is_cut(after) or (after and unicodedata.category(after[0])[0] == "N"):
        return ""
    return match[1]


def _is_cut(text: str) -> bool:
    """Whether something was left out here, as programs do that show long addresses."""
    return text.startswith(("…", ".."))


def _static(segments: list[str]) -> Found:
    """Read `<id>_<secret>_<size>.jpg`; what follows the id is ignored, and the host's number says nothing."""
    folders, name = segments[:-1], "".join(segments[-1:])
    if "buddyicons" in folders:
        match = _ICON.match(name)
        return Found(nsid=f"{match[1]}@N{match[2]}") if match else Found(reason="other_page")
    if "video" in folders:
        photo_id = as_photo_id(segments[segments.index("video") + 1])
    else:
        match = _STATIC_FILE.match(name)
        photo_id = match[1] if match else ""
    if photo_id:
        return Found(photo_id=photo_id)
    return Found(reason="album" if _SET.match(name) else "other_page")


def _short(segments: list[str]) -> Found:
    if len(segments) > 1 and segments[0] == "p":
        match = _SHORT_CODE.fullmatch(segments[1])
        photo_id = base58(match[1]) if match and not _is_cut(match[2] or "") else ""
        return Found(photo_id=photo_id) if photo_id else Found(reason="bad_url")
    return Found(reason="short_link")


def base58(code: str) -> str:
    """The photo id in a flic.kr code; empty if it is none. Nine letters stay below 2**53."""
    if not 0 < len(code) < 10 or any(char not in _BASE58 for char in code):
        return ""
    number = 0
    for char in code:
        number = number * 58 + _BASE58.index(char)
    return as_photo_id(str(number))


def _page(segments: list[str]) -> Found:
    """What a page of flickr.com names by its path."""
    folders = [segment.lower() for segment in segments[:-1]]
    if "buddyicons" in folders[:1]:
        return _static(segments)
    if "groups" in folders[:1]:
        return _pool(segments[2:])
    at = next((at for at, folder in enumerate(folders) if folder in _PAGES_OF_PEOPLE), None)
    if at is not None:
        return _photos(segments[at + 1], segments[at + 2 :])
    first = segments[0].lower() if segments else ""
    return Found(reason=_OTHER_THINGS.get(first, "other_page"))


def _pool(tail: list[str]) -> Found:
    """Read what follows flickr.com/groups/<group>/: a member's or one photo in the pool, else the group."""
    if len(tail) > 1 and tail[0].lower() == "pool":
        if tail[1].lower() == "with" and (photo_id := _number("".join(tail[2:3]))):
            return Found(photo_id=photo_id)
        if nsid := as_nsid(tail[1]):
            return Found(nsid=nsid)
        alias = as_alias(tail[1])
        if alias and alias not in _NOT_IN_POOLS and not re.match(r"page[0-9]|with", alias):
            return Found(alias=alias)
    return Found(reason="group")


def _parameters(segments: list[str], rest: str) -> Found:
    """What a page names by its query, such as photo.gne?id=, or by a path in its fragment or query."""
    page = segments[-1].lower() if segments else ""
    if "group" in page:
        return Found(reason="group")
    nsid = photo_id = ""
    for part in re.split(r"[?&#;]", rest.replace("&amp;", "&"))[1:]:
        name, equals, value = part.partition("=")
        value = _decode(value if equals else part)
        if value.startswith(("/", "!/")):
            found = _page([one for one in value.split("/") if one and one != "!"])
            if is_named(found):
                return found
        if name == "photo_id" or (name == "id" and page in _PHOTO_PAGES):
            photo_id = photo_id or _number(value)
        elif name == "short" and (match := _SHORT_CODE.fullmatch(value)):
            photo_id = photo_id or base58(match[1])
        if name in _OWNER_PARAMETERS:
            nsid = nsid or as_nsid(_AFTER_OWNER.split(value)[0])
    return Found(nsid=nsid, photo_id=photo_id, reason="" if nsid or photo_id else "other_page")


def _photos(owner: str, tail: list[str]) -> Found:
    """Read what follows flickr.com/photos/ or /people/: an owner, then perhaps a photo."""
    if owner.lower() == "tags" and tail:
        tag = as_tag(tail[0])
        return Found(tag=tag) if tag else Found(reason="other_page")
    if (match := _OLD_FILE.fullmatch(owner)) and (photo_id := as_photo_id(match[1])):
        return Found(nsid=(match[2] or "").upper(), photo_id=photo_id)
    photo_id = _number("".join(tail[:1]))
    if not photo_id:
        tail = _shown(tail)
        photo_id = _number("".join(tail[:1]))
    if owner.lower() == "e" and tail and not photo_id:
        return Found(reason="guest_pass")  # /photos/e/<what only Flickr can read>
    name = _AFTER_OWNER.split(owner)[0].rstrip(".")
    nsid = as_nsid(name)
    alias = "" if nsid else as_alias(name)
    if alias in _RESERVED:
        alias = ""
    if photo_id:
        return Found(nsid=nsid, alias=alias, photo_id=photo_id)
    if "…" in owner or _is_cut(owner[len(name) :]) or (tail and _is_unreadable(tail[0])):
        return Found(reason="bad_url")
    return Found(nsid=nsid, alias=alias, reason="" if nsid or alias else "other_page")


def _shown(tail: list[str]) -> list[str]:
    """What follows an owner, from the photo on if it is seen elsewhere: /albums/<album>/with/<photo>."""
    at = next((at for at, part in enumerate(tail[:3]) if part.lower() == "with"), None)
    return tail if at is None else tail[at + 1 :]


def _is_unreadable(part: str) -> bool:
    """Whether a part of an address was meant as a photo's number, which is cut off or damaged."""
    return _is_cut(part) or (unicodedata.category(part[0])[0] == "N" and not _SET.match(part))
