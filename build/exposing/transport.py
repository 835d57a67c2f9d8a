"""How files of a built site come from a folder or from the web, for `lookup`.

A file that cannot be had, or did not come whole, is a ShardError and never an empty answer.
"""

import gzip
import http.client
import queue
import random
import re
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from exposing.errors import ShardError

GZIP = b"\x1f\x8b"
"""The first bytes of what gzip packed. No JSON begins like that."""

TRIES = 3
"""How often a file is requested where that may help."""

TIMEOUT = 10
"""Seconds to wait for one file of a site, each time."""

LARGEST = 1 << 28
"""Bytes that a file of a site may have: hundreds of times the largest that a build makes."""

Fetch = Callable[[str, float], bytes]
"""The bytes of a file of a site, given its path and when to give up, by the monotonic clock."""


class MissingFileError(Exception):
    """A file that the site does not have: after a new deploy, a shard of the build before."""


class DamagedError(ShardError):
    """A file that came, but must not be believed."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path} {what}", fix="this is no answer: try again, or build the site again")


def unpacked(data: bytes, path: str) -> bytes:
    """A file's text. Some hosts have unpacked a `.gz` when it arrives, some have not."""
    try:
        return gzip.decompress(data) if data.startswith(GZIP) else data
    except (OSError, EOFError, zlib.error):
        raise DamagedError(path, "is damaged or incomplete") from None


def is_on_web(site: str) -> bool:
    """Whether a site is given by its address on the web, and not as a folder."""
    return site.startswith(("http://", "https://"))


def homes(site: str) -> Iterator[Fetch]:
    """What reads files of a site, given as any page of it: from there, then from each folder above.

    Raises ShardError where there is no such folder.
    """
    if is_on_web(site):
        parts = urlsplit(site)
        path = parts.path.strip("/").split("/")
        for depth in range(len(path), -1, -1):
            above = "".join(f"{part}/" for part in path[:depth] if part)
            if depth == 0 or path[depth - 1]:
                yield _from_url(urlunsplit((parts.scheme, parts.netloc, f"/{above}", "", "")))
        return
    start = Path(site)
    folder = start.parent if start.is_file() else _folder(site)
    for one in (folder, *folder.absolute().parents):
        yield _from_folder(one)


def _folder(site: str) -> Path:
    """The folder of this name. Raises ShardError where there is none."""
    if not Path(site).is_dir():
        ours = "name a site that `exposing build` made"
        fix = f"did you mean http://{site.rstrip('/')}/" if _HOST.fullmatch(site) else ours
        raise ShardError("no such folder", where=site, fix=fix)
    return Path(site)


_HOST = re.compile(r"(?:(?:\w[\w-]*\.)+\w[\w-]*|\w[\w-]*(?:\.\w[\w-]*)*:[0-9]+)(?:/.*)?")
"""An address that lacks its `http://`: its host has a dot, or a port."""


def _from_folder(folder: Path) -> Fetch:
    def fetch(path: str, _until: float) -> bytes:
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError:
            raise MissingFileError(str(folder / path)) from None
        except OSError as error:
            raise ShardError(f"{folder / path}: {error.strerror}", fix="try again") from None

    return fetch


def _from_url(base: str) -> Fetch:
    """What reads a file of a site on the web; it tries again, after a pause, where that may help."""

    def fetch(path: str, until: float) -> bytes:
        url = f"{base.rstrip('/')}/{path}"
        for tried in range(1, TRIES + 1):
            code, said = _ask(url, min(TIMEOUT, until - time.monotonic()))
            if isinstance(said, bytes):
                return said
            if code == HTTPStatus.NOT_FOUND:
                raise MissingFileError(url)
            pause = 0.3 * (tried + random.random())  # noqa: S311 - so that many readers do not come back at once
            hopeless = 300 <= code < 500 and code != HTTPStatus.TOO_MANY_REQUESTS
            if hopeless or tried == TRIES or time.monotonic() + pause > until:
                break
            time.sleep(pause)
        raise ShardError(f"{url} {said!s}", fix="this is no answer: try again later")

    return fetch


def _ask(url: str, seconds: float) -> tuple[int, bytes | str]:
    """The status and the bytes of one answer, or what went wrong, after so many seconds at most.

    In a thread of its own: a host that sends a byte now and then never runs into a socket's timeout.
    """
    answers: queue.SimpleQueue[tuple[int, bytes | str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=max(seconds, 0.1)) as response:
                data = response.read(LARGEST + 1)
                length = response.headers["Content-Length"]
                if len(data) > LARGEST or (length or str(len(data))) != str(len(data)):
                    answers.put((0, "did not come whole"))
                else:
                    answers.put((response.status, data))
        except urllib.error.HTTPError as error:
            answers.put((error.code, f"answered {error.code}"))
        except (OSError, http.client.HTTPException) as error:
            answers.put((0, f"could not be read ({error})"))

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=max(seconds, 0.1))
    except queue.Empty:
        return 0, f"did not come within {TIMEOUT} s"
