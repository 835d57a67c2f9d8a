"""One file of the web to the disk: resumed where it broke off, within a limit, never more than fits."""

import hashlib
import json
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from functools import partial
from http.client import HTTPException, IncompleteRead, InvalidURL
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from exposing import closed, web
from exposing.errors import FetchError

CHUNK = 1 << 16
"""Bytes that are read at a time."""

LOOK = 1 << 10
"""Chunks after which free disk is looked at again."""

LEFT = 256 << 20
"""Bytes of the disk that stay free."""

TRIES, WAIT, TIMEOUT = 4, 1.0, 30.0
"""How often a file is begun or gone on with; seconds before the second time, doubled each time; seconds in
which a server must say something."""

Progress = Callable[[str, Iterable[bytes], int], Iterable[bytes]]
"""Shows how far chunks of bytes have come, under a label, out of how many."""


class Source(NamedTuple):
    """An address, and what may be done for it."""

    url: str
    key: str  # where a person has written it
    most: int  # bytes
    intranet: bool  # whether it may be in a private network
    secret: bool = False  # whether no part of it may be in what is said

    @property
    def said(self) -> str:
        """What it is called in messages."""
        return f"what {self.key} leads to" if self.secret else self.url

    @property
    def label(self) -> str:
        """What it is called on a terminal."""
        return self.key if self.secret else PurePosixPath(urlsplit(self.url).path).name


class RefusedError(FetchError):
    """A file that must not be taken: it is too large. Retries would not help."""


def check_address(source: Source) -> None:
    """Raise FetchError for what cannot be requested."""
    try:
        urlsplit(source.url).port  # noqa: B018 - it is looked at when it is asked for
    except ValueError as error:
        why = type(error).__name__ if source.secret else error
        raise FetchError(f"{source.said} is no address of the web ({why})", fix=_correct(source)) from None


def _correct(source: Source) -> str:
    return f"correct {source.key}"


def download(source: Source, folder: Path, progress: Progress) -> Path:
    """Download a file below `folder`, going on where an earlier try ended.

    Raises FetchError, which says where a person has written the address.
    """
    check_address(source)
    closed.make(folder)
    part = folder / f"{hashlib.sha256(source.url.encode()).hexdigest()[:16]}.part"
    for number in range(TRIES):
        if number:
            time.sleep(WAIT * 2 ** (number - 1))
        try:
            _go_on(source, part, progress)
            return part
        except web.ForbiddenError as error:
            raise FetchError(f"{source.said} {error}", fix=error.fix or _correct(source)) from None
        except RefusedError:
            part.unlink(missing_ok=True)
            raise
        except (OSError, ValueError, HTTPException) as error:
            reason, again = _reason(error, secret=source.secret)
            if isinstance(error, urllib.error.HTTPError) and error.code == 416:
                part.unlink(missing_ok=True)
            if not again:
                break
    kept = part.exists() and part.stat().st_size and part.with_suffix(".json").exists()
    fix = "try again; what came is kept" if kept else f"try again, or {_correct(source)}"
    raise FetchError(f"{source.said} {reason}", fix=fix)


def _reason(error: Exception, *, secret: bool) -> tuple[str, bool]:
    """Why nothing came, and whether to try again. Of a secret address only the class of the error is said."""
    if isinstance(error, urllib.error.HTTPError):
        again = error.code >= 500 or error.code in (416, 429)
        return f"answered {error.code}" + ("" if secret else f" {error.reason}"), again
    if isinstance(error, IncompleteRead):
        return "broke off", True
    inner = getattr(error, "reason", error)
    said = type(inner).__name__ if secret else " ".join(str(inner).split())
    # it may be the disk that failed, or there is nothing to connect to
    again = not (getattr(error, "filename", None) or isinstance(error, InvalidURL))
    return f"could not be read ({said})", again


def _go_on(source: Source, part: Path, progress: Progress) -> None:
    """Download the rest of a file. What tells one version of it from another is kept beside it."""
    about = part.with_suffix(".json")
    begun = part.stat().st_size if part.exists() and about.exists() else 0
    headers = {"User-Agent": "exposing"}
    if begun:
        headers |= {"Range": f"bytes={begun}-", "If-Range": json.loads(about.read_text())["version"]}
    opener = web.opener(private=source.intranet)
    with opener.open(web.request(source.url, headers), timeout=TIMEOUT) as answer:
        goes_on = answer.status == 206 and _first(answer.headers) == begun
        begun = begun if goes_on else 0
        if not begun and (answer.headers.get_content_type() == "text/html"):
            raise FetchError(
                f"{source.said} is a web page, not a list", fix=f"{_correct(source)} to the file's own"
            )
        whole = begun + int(answer.headers.get("Content-Length") or 0)
        _note_version(answer.headers, about)
        with part.open("ab" if begun else "wb") as file:
            count = -(-(whole - begun) // CHUNK)
            chunks = _bounded(answer, begun, whole, part, source)
            for chunk in progress(source.label, chunks, count):
                file.write(chunk)
    if part.stat().st_size < whole:
        raise ValueError(f"{part.stat().st_size:,} of {whole:,} bytes came")
    about.unlink(missing_ok=True)


def _note_version(headers: Any, about: Path) -> None:
    tag = headers.get("ETag") or "W/"
    if tag.startswith("W/"):  # a weak tag does not tell versions apart
        tag = ""
    if version := tag or headers.get("Last-Modified"):
        about.write_text(json.dumps({"version": version}))
    else:
        about.unlink(missing_ok=True)


def _bounded(answer: Any, begun: int, whole: int, part: Path, source: Source) -> Iterable[bytes]:
    """The bytes that come, until there are more than may be, or than the disk has room for."""
    _check_size(whole, source)
    for number, chunk in enumerate(iter(partial(answer.read, CHUNK), b"")):
        begun += len(chunk)
        _check_size(begun, source)
        if number % LOOK == 0:
            needed = max(whole - begun, LOOK * CHUNK if number else len(chunk))
            _check_room(needed, part.parent, source)
        yield chunk


def _check_size(size: int, source: Source) -> None:
    if size > source.most:
        limit = f"has more than {source.most:,} bytes"
        fix = _correct(source) if source.secret else "where that is right, write a larger `max_bytes`"
        raise RefusedError(f"{source.said} {limit}", fix=fix)


def _check_room(needed: int, folder: Path, source: Source) -> None:
    free = shutil.disk_usage(folder).free
    if needed + LEFT > free:
        what = f"{source.said} does not fit: {needed:,} bytes more, and {free:,} are free on the disk"
        raise RefusedError(what, fix=f"make room; {LEFT >> 20} MiB stay free")


def _first(headers: Any) -> int:
    """The first byte of what was sent of a file."""
    match = re.match(r"bytes ([0-9]+)-", headers.get("Content-Range", ""))
    return int(match[1]) if match else -1
