"""What stands inside a longer text: addresses, account numbers and file names, wherever they came from.

`site_templates/js/texts.js` mirrors this module function by function. A text is cut at what no address
holds, each piece is looked at as it is and with its percent-encoding undone, and inside a piece each of
Flickr's host names begins an address: so redirectors, archives and proxies need no list of their own.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from exposing.names import as_nsid, strip
from exposing.urls import Found, elsewhere, flickr, flickr_host, is_image, is_named

_ROUNDS = 3
"""So often an address inside an address is encoded, at most."""

_QUOTES = "“”„‟«»‹›❝❞「」『』﹁﹂【】〔〕〖〗〘〙《》〈〉（）［］｛｝｟｠｢｣‘’‚‛″〝〞〟＂＜＞"
_STOPS = "、。，；：！？｡､،؛؟۔।։።·"
_SPACES = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACE = re.compile(f"[{_SPACES}]+")
_BREAKS = '<>"|`{}^[] ' + _QUOTES + _STOPS
_CLOSING = '>"|` ' + _QUOTES + _STOPS
_BREAK = re.compile(f"[{re.escape(_BREAKS)}]+")
"""What ends an address: quotes and brackets of every keyboard, and what ends a sentence elsewhere."""

_ENTITY = re.compile(
    r"&(?:quot|apos|lt|gt|nbsp|[lr]aquo|[lrb]dquo|[ls]?[lr]?squo|#3[49]|#x2[27]|#6[02]|#x3[ce]|#160);",
    re.IGNORECASE | re.ASCII,
)
_ENCODED = re.compile(r"%(0[9AD]|[2-7][0-9A-F])", re.IGNORECASE | re.ASCII)
_JSON = re.compile(r"\\u00([2-7][0-9a-f])|\\([/_])", re.IGNORECASE | re.ASCII)
_WRAPPED = re.compile(r" ?/ ?(?=(?:photos|people|p) ?/|[0-9]{6,15}(?![0-9]))", re.IGNORECASE | re.ASCII)
_THEN_OWNER = re.compile(r"/(photos|people) ?/ ?", re.IGNORECASE | re.ASCII)
_SPACED_HOST = re.compile(r"flickr ?[.,] ?com ?/", re.IGNORECASE | re.ASCII)
_TYPED_NSID = re.compile(r"[0-9０-９]{5,12} ?[@＠﹫] ?[NnＮｎ][0-9０-９]{2}(?![0-9０-９A-Za-z])")
_THEN_PHOTO = re.compile(r"(@N[0-9]{2})[ ,;:_-]{1,2}(?=[0-9]{8,15}(?![0-9@]))", re.IGNORECASE | re.ASCII)
_CORE = re.compile(r"flickr[.-](?:com|net|org)|flic\.kr|flickr\.app\.link", re.IGNORECASE | re.ASCII)
_PORT = re.compile(r":[0-9]{1,5}(?![0-9])")
_HOST_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
_LONGEST_HOST = 100
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+-]{0,30}):/+\Z")
_SCHEME_END = re.compile(r"h?t?tps?[:;]?/{0,3}\Z", re.IGNORECASE | re.ASCII)
_WEB_SCHEME = re.compile(r"h[htps]{2,7}|ttps?|feed|intent|googlechromes?|.*https?", re.IGNORECASE | re.ASCII)
_LABEL = re.compile(r"[^0-9.]*")
"""What may stand before an address without being a text of its own: brackets, bullets, "view-source:"."""

_NSID = re.compile(r"([0-9]{5,12})@[Nn]([0-9]{2})(?:/0*([1-9][0-9]{4,14})(?![0-9A-Za-z@]))?")
_NOISE = re.compile(r"(?:https?|www)?([^0-9A-Za-z]*)", re.IGNORECASE | re.ASCII)
_TRAILING = ".,;:!?'*_~)"
_AROUND = ".,;:!?'*_~=()"
_BESIDE_FILE = re.compile(r"[=;,:']")
_DIGIT = re.compile(r"[0-9]")
_STARTS_WORD = re.compile(r"[0-9A-Za-z]")
_WEB_START = re.compile(r"https?://", re.IGNORECASE | re.ASCII)

_COPY = r"(?: ?\([0-9]{1,3}\)| ?-? copy)?"
_PICTURE = r"\.(?:jpe?g|png|gif|tiff?|mp4|mov|avi|wmv|m4v|3gp|mpe?g)"
_DOWNLOAD = re.compile(
    rf"0*([1-9][0-9]{{0,14}})_(?:[0-9a-f]{{8}}|[0-9a-f]{{10}})(?:_[0-9a-z]{{1,2}})?(?:_d)?{_COPY}{_PICTURE}",
    re.IGNORECASE | re.ASCII,
)
_EXPORTED = re.compile(
    rf"(?:photo_0*([1-9][0-9]{{0,14}})[ _-]?{_COPY}\.json"
    rf"|.*_([1-9][0-9]{{7,14}})_(?:[3-6]k|[a-z]){_COPY}{_PICTURE}"
    rf"|.*_([1-9][0-9]{{8,14}}){_COPY}\.(?:mp4|mov|avi|wmv|m4v|3gp|mpe?g)"
    rf"|([1-9][0-9]{{8,14}}){_COPY}{_PICTURE})",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_DRIVE = 4
"""Characters of "file" and "///D", which stand before a path."""

_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])(?:[0-9]{6})?")
_TIME = re.compile(r"_(?:[0-9]{8}|[0-9]{10})[_. (-]")
_FACEBOOK = re.compile(r"[0-9]+_[0-9]{14,17}_[0-9]+_[a-z]\..*", re.DOTALL)


MAY_NAME = "flic"
"""An address that does not hold this, in capitals or small letters, is none of Flickr's and holds none."""


class Piece(NamedTuple):
    """What a part of a text names, and whether all of that part was read."""

    found: Found
    whole: bool


def is_of_flickr(found: Found) -> bool:
    """Whether this was read of an address of Flickr's, or of an NSID or a photo's file."""
    return bool(any(found[:3]) or found.tag or found.reason not in ("", "bad_url"))


def find(text: str) -> list[Piece]:
    """Everything that a text names, in order, and the reasons for addresses that name nothing.

    A part that is no identifier is a piece that names nothing, without a reason.
    """
    return _find(_prepared(text), 0)


def parse_url(text: str) -> Found:
    """What a URL from a list names; `reason` is `bad_url` if the text is no web address.

    Nearly all addresses of other hosts are seen not to hold one of Flickr's, and are not looked at closely.
    """
    bare = unwrap(text)
    image = elsewhere(bare)
    if image and image.image and MAY_NAME not in bare.lower():
        return image
    pieces = [piece.found for piece in find(bare)]
    named = list(dict.fromkeys(found for found in pieces if is_named(found) and not found.image))
    if named:
        return named[0] if len(named) == 1 else Found(reason="several")
    if image and image.image and not flickr_host(re.split(r"[/:]", image.image, maxsplit=1)[0]):
        return image
    return Found(reason=next((found.reason for found in pieces if found.reason), "bad_url"))


def unwrap(text: str) -> str:
    """Drop what is invisible around a text, and one pair of <>, "" or '' around that."""
    text = strip(text)
    if len(text) > 2 and text[0] + text[-1] in ("<>", '""', "''"):
        text = strip(text[1:-1])
    return text


def whole_image(text: str) -> Found | None:
    """A text that is one address of another host, though it holds what parts a text; else None."""
    if not (_WEB_START.match(text) or text.startswith("//")) or text.count("://") > 1 or _addresses(text):
        return None
    if is_image(_BREAK.split(text)[0].rstrip(_TRAILING)) or (" " in text and not is_image(text)):
        return None
    found = elsewhere(text.rstrip(_CLOSING))
    return found and _with_dot(found)


def photo_of_file(path: str) -> str:
    """The photo id in the name of a file as Flickr gives it to downloads and exports; else empty."""
    name = re.split(r"[/\\]", path)[-1]
    match = _DOWNLOAD.fullmatch(name)
    if match:
        taken_then = _DATE.fullmatch(match[1]) and _TIME.match(name, match.end(1))
        return "" if taken_then else match[1]
    match = _EXPORTED.fullmatch(name)
    if not match or _FACEBOOK.fullmatch(name):
        return ""
    photo_id = match[1] or match[2] or match[3] or match[4]
    return "" if not match[1] and _DATE.fullmatch(photo_id) else photo_id


def _prepared(text: str) -> str:
    """The text as it was meant: without what is invisible, the spelling of HTML and JSON, and line breaks
    inside addresses.
    """
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = re.sub(r"&(?:amp|#38);", "&", text)
    text = _ENTITY.sub(" ", text)
    text = re.sub(r"&(?:#64|#x40|commat);", "@", text).replace("&#47;", "/").replace("&#x2F;", "/")
    text = _JSON.sub(lambda match: match[2] or chr(int(match[1], 16)), text)
    text = _SPACE.sub(" ", text)
    text = _SPACED_HOST.sub("flickr.com/", text)
    text = _THEN_OWNER.sub(r"/\1/", _WRAPPED.sub("/", text))
    text = _TYPED_NSID.sub(lambda match: as_nsid(match[0]), text)
    return _THEN_PHOTO.sub(r"\1/", text)


def _find(text: str, round_: int) -> list[Piece]:
    found = []
    for chunk in _BREAK.split(text):
        if not _is_noise(chunk):
            found += _read(chunk, round_)
    return found


def _is_noise(chunk: str) -> bool:
    """Whether a part of a text says nothing: bullets, arrows, a scheme that was parted from its address."""
    match = _NOISE.fullmatch(chunk)
    return match is not None and not any(unicodedata.category(char)[0] in "LN" for char in match[1])


def _read(chunk: str, round_: int) -> list[Piece]:
    """What one part without a break names."""
    found = _addresses(chunk)
    if not any(is_named(piece.found) for piece in found):
        opened = _opened(chunk) if round_ < _ROUNDS else chunk
        inner = _find(_SPACE.sub(" ", opened), round_ + 1) if opened != chunk else []
        if any(is_of_flickr(piece.found) for piece in inner):
            return inner
        found += _others(chunk, found)
    return found


def _opened(text: str) -> str:
    """A text with its percent-encoding undone once, as far as it is ASCII and can be seen."""
    return _ENCODED.sub(lambda match: chr(int(match[1], 16)), text)


def _addresses(chunk: str) -> list[Piece]:
    """Flickr's addresses in a part of a text."""
    found: list[Piece] = []
    places = [
        place for match in _CORE.finditer(chunk) if (place := _place(chunk, match.start(), match.end()))
    ]
    for number, (start, end, host) in enumerate(places):
        after = places[number + 1][0] if number + 1 < len(places) else len(chunk)
        before = chunk[max(0, start - _LONGEST_HOST) : start]
        if found and is_named(found[-1].found) and _is_parameter(before):
            continue  # a part of an address that was understood
        if (match := _SCHEME.search(before[-40:])) and not _WEB_SCHEME.fullmatch(match[1]):
            found.append(Piece(Found(reason="bad_url"), whole=False))
            continue
        rest = chunk[end:after]
        if after < len(chunk):
            rest = _SCHEME_END.sub("", rest)
        if not rest.strip("/") and _is_parameter(before):
            continue  # the host alone, as where one came from
        emphasis = chunk[0] if start and chunk[0] in "_*~" else ""
        rest = rest.rstrip(emphasis) if emphasis else rest
        whole = is_named(found[-1].found) if found else bool(_LABEL.fullmatch(_opened(before)))
        found.append(Piece(flickr(host, rest if rest[:1] in ("/", "?", "#", "\\") else ""), whole))
    return found


def _place(chunk: str, start: int, end: int) -> tuple[int, int, str] | None:
    """Where one of Flickr's hosts begins and ends around a match, and its name; None if it is no host."""
    least, most = max(0, start - _LONGEST_HOST), min(len(chunk), end + _LONGEST_HOST)
    while start > least and chunk[start - 1] in _HOST_CHARS:
        start -= 1
    while end < most and chunk[end] in _HOST_CHARS:
        end += 1
    host = flickr_host(chunk[start:end])
    if not host or (start and _is_of_a_word(chunk[start - 1])):
        return None
    port = _PORT.match(chunk, end)
    end = port.end() if port else end
    if end < len(chunk) and _is_of_a_word(chunk[end]):
        return None
    return start, end, host


def _is_of_a_word(char: str) -> bool:
    """Whether a character beside a host's name makes another name of it."""
    return char in "@_" or unicodedata.category(char)[0] in "LMN"


def _is_parameter(before: str) -> bool:
    """Whether an address stands as a value in the query of the address before it."""
    return _SCHEME_END.sub("", before[-20:]).endswith("=")


def _others(chunk: str, addresses: list[Piece]) -> list[Piece]:
    """What a part names in which no address of Flickr's names anything."""
    if addresses:
        return []
    image = _elsewhere(chunk)
    accounts = list(_accounts(chunk))
    if image and accounts:
        return [Piece(one.found._replace(image=image.found.image), image.whole) for one in accounts]
    files = [] if _WEB_START.search(chunk) else _files(chunk, image.found.image if image else "")
    return files or accounts or [image or Piece(Found(), whole=False)]


def _files(chunk: str, address: str) -> list[Piece]:
    """The photos' files that a part names, each alone or as a value: `src='<file>'`."""
    parts = [part for part in _BESIDE_FILE.split(chunk) if not _is_noise(part)]
    photos = [photo_id for part in parts if (photo_id := photo_of_file(part.strip(_AROUND)))]
    whole = len(photos) == len([part for part in parts if len(part) > _DRIVE])
    return [Piece(Found(photo_id=photo_id, image=address), whole) for photo_id in photos]


def _accounts(chunk: str) -> Iterator[Piece]:
    """The NSIDs of a part, each with the photo id after it, as in 12345678@N99/90000000001."""
    last = 0
    for match in _NSID.finditer(chunk):
        start, end = match.span()
        begins = start == last or not _DIGIT.match(chunk, start - 1)
        if begins and (not _STARTS_WORD.match(chunk, end) or _NSID.match(chunk, end)):
            last = end
            found = Found(nsid=f"{match[1]}@N{match[2]}", photo_id=match[3] or "")
            short = len(chunk) < _LONGEST_HOST
            whole = short and _LABEL.fullmatch(chunk[:start]) and _is_noise(chunk[end:])
            yield Piece(found, bool(whole))


def _elsewhere(chunk: str) -> Piece | None:
    """An address of another host in a part of a text, without the punctuation around it."""
    match = None if chunk.startswith("//") else _WEB_START.search(chunk)
    start = match.start() if match else 0
    address = chunk[start:].rstrip(_TRAILING)
    if not is_image(address):
        address = chunk[start:]
    found = elsewhere(address)
    if not found or not (found.reason or match or address.startswith("//") or is_image(address)):
        return None
    return Piece(_with_dot(found), bool(_LABEL.fullmatch(chunk[:start])))


def _with_dot(found: Found) -> Found:
    """An address as it is, if its host's name can be one on the web: it has a dot."""
    bad = found.image and "." not in found.image.split("/", 1)[0].partition(":")[0]
    return Found(reason="bad_url") if bad else found
