"""What a file's first bytes tell: how it is packed, in which encoding it is, and whether it is a list."""

import codecs
import io
import re
from typing import IO, Any

from exposing.manifest import UTF8

HEAD = 1 << 10
"""Bytes that are looked at."""

BUFFER = 1 << 18
"""Bytes that are decoded at a time."""

TEXTS = ("csv", "tsv", "json", "jsonl", "lines")
"""Formats that are text."""

MARK = "\ufffe"
"""Stands in a text for what could not be decoded. Unicode promises that it is no character."""

_MAGIC = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ"}
_ZIP = b"PK\x03\x04"
_LFS = b"version https://git-lfs.github.com/spec/"
_SPREADSHEETS = (_ZIP, b"\xd0\xcf\x11\xe0")
"""What newer and older spreadsheets begin with."""

_PACKED = {b"\x28\xb5\x2f\xfd": "Zstandard", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!": "RAR"}
_PACKED |= {b"\x04\x22\x4d\x18": "LZ4", b"\x1f\x9d": "compress"}
"""Packings that Python cannot undo by itself."""

_OTHERS = {
    b"PAR1": ("Parquet", 'say format = "parquet"'),
    b"SQLite format 3\x00": ("an SQLite database", "save its table as CSV"),
    b"\x89HDF": ("HDF5, as newer .mat files are", "save its table as CSV"),
    b"MATLAB 5.0": ("a MATLAB file", "save its table as CSV"),
    b"ARROW1": ("Arrow or Feather", "save it as Parquet"),
    b"\x93NUMPY": ("a NumPy array", "save it as CSV"),
    b"%PDF": ("a PDF", "get the list itself"),
}
"""What is no text, and what to do about it."""


def packing(head: bytes) -> str:
    """The ending that files which begin like this should have; nothing for those that are not compressed."""
    return next((ending for ending, magic in _MAGIC.items() if head.startswith(magic)), "")


def is_zip(head: bytes) -> bool:
    """Whether a file begins as a zip, which spreadsheets are too."""
    return head.startswith(_ZIP)


def is_tar(head: bytes) -> bool:
    """Whether a file begins as a tar."""
    return head[257:262] == b"ustar"


def no_list(head: bytes, form: str) -> tuple[str, str] | None:
    """What a file is that is no list of a format, and what to do; None if it may be one."""
    if found := instead(head, form):
        return found
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            return f"is packed by {name}", "unpack it, or pack it again as .gz, .xz or .zip"
    return _no_text(head, form) if form in TEXTS else None


def instead(head: bytes, form: str) -> tuple[str, str] | None:
    """What servers give out instead of a list, and what to do; None if it is nothing of that."""
    if head.startswith(_LFS):
        return (
            "is a Git LFS pointer, not the list",
            "run `git lfs pull` where it came from, or get it from"
            " https://media.githubusercontent.com/media/OWNER/REPOSITORY/BRANCH/PATH",
        )
    page = _page(head) if form not in ("lines", "python") else ""
    return (f"is {page}, not {form}", "get the list itself, not the page that leads to it") if page else None


def _page(head: bytes) -> str:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<table")):
        return "a web page"
    return "XML" if start.startswith((b"<?xml", b"<!--")) else ""


def _no_text(head: bytes, form: str) -> tuple[str, str] | None:
    if head.startswith(_SPREADSHEETS):
        return (
            f"is a spreadsheet or an archive, and not {form}",
            "save it as CSV, or let its name end in .zip",
        )
    for magic, (name, fix) in _OTHERS.items():
        if head.startswith(magic):
            return f"is {name}, and not {form}", fix
    return None


def wide(head: bytes) -> str:
    """The encoding of text that has two or four bytes for each letter; "" for any other."""
    for mark, name in ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")):
        if head.startswith(mark):
            return name
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2], head[1::2]
    if len(head) >= 8 and odd.count(0) > 0.4 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if len(head) >= 8 and even.count(0) > 0.4 * len(even) and not odd.count(0) else ""


def likely(shown: str) -> str:
    r"""How a manifest names the encoding of a text whose bytes are shown as `\xe9`; "" if there are none."""
    runs = re.findall(r"(?:\\x[89a-f][0-9a-f])+", shown)
    if not runs:
        return ""
    data = bytes.fromhex("".join(runs).replace("\\x", ""))
    letters = sum(byte >= 0xC0 for byte in data)
    western = max(map(len, runs)) <= 2 * len(r"\xe9") and 2 * letters >= len(data)
    return 'encoding = "cp1252"' if western else f"encoding = {_OTHERWISE}"


_OTHERWISE = '"cp1251" (Cyrillic), "gb18030" (Chinese), "shift_jis" (Japanese) or what else it is in'


def _mark(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeDecodeError):
        return MARK, error.end
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - it is called for these two alone
    return MARK.encode() * (error.end - error.start), error.end


MARKED = "exposing.marked"
"""The name under which codecs know how errors become MARK."""
codecs.register_error(MARKED, _mark)


def decoded(stream: IO[bytes], encoding: str) -> IO[bytes]:
    """A stream of text in some encoding, as UTF-8 with MARK for what cannot be decoded."""
    return stream if encoding == UTF8 else io.BufferedReader(_Decoded(stream, encoding), BUFFER)


class _Decoded(io.RawIOBase):
    """A stream in another encoding, as UTF-8. To go back it is decoded again from its beginning."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self.stream, self.encoding, self.start = stream, encoding, stream.tell()
        self._begin()

    def _begin(self) -> None:
        self.decoder = codecs.getincrementaldecoder(self.encoding)(MARKED)
        self.ready, self.at, self.ended = b"", 0, False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready and not self.ended:
            data = self.stream.read(BUFFER)
            self.ended = not data
            self.ready = self.decoder.decode(data, final=not data).encode("utf-8", MARKED)
        part, self.ready = self.ready[: len(buffer)], self.ready[len(buffer) :]
        buffer[: len(part)] = part
        self.at += len(part)
        return len(part)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        offset += self.at if whence == io.SEEK_CUR else 0
        if offset < self.at:
            self.stream.seek(self.start)
            self._begin()
        while self.at < offset and self.readinto(memoryview(bytearray(min(BUFFER, offset - self.at)))):
            pass
        return self.at

    def tell(self) -> int:
        return self.at
