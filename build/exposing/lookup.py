"""Search a built site, from a folder or a URL: the reference reader of the index, for Python users too.

It fetches what the page's script fetches: `current.json`, then one shard per key, chosen by the key alone.
A shard that cannot be read, or must not be believed, is a ShardError and never a "no".
"""

import gzip
import hashlib
import http.client
import itertools
import json
import queue
import random
import re
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

from exposing.errors import ShardError
from exposing.identifiers import understand
from exposing.keys import FORMAT, MAX_SHARDS, Place, place

if TYPE_CHECKING:
    import pandas as pd

GZIP = b"\x1f\x8b"
"""The first bytes of what gzip packed. No JSON begins like that."""

TRIES = 3
"""How often a file is asked for where that may help."""

TIMEOUT = 10
"""Seconds to wait for one file of a site, each time."""

PATIENCE = 30
"""Seconds after which a search says that it could not be finished."""

LARGEST = 1 << 28
"""Bytes that a file of a site may have: hundreds of times the largest that a build makes."""

FRESH = 60
"""Seconds after which a site on the web is asked again whether it is still the same."""

Json = dict[str, Any]


class Holding(TypedDict, total=False):
    """What one dataset holds; which of these are there depends on the kind of key."""

    photos: int  # how many photos: of an account, a photo's key, or with a tag
    ids: list[int]  # their numbers on Flickr, ascending
    images: int  # how many images: of an address, or of a person
    identities: list[str]  # the labels that the dataset gives the person
    owners: int  # how many accounts have photos with the tag


class Result(TypedDict, total=False):
    """What the index says of one key."""

    found: bool
    datasets: dict[str, Holding]  # by slug
    accounts: list[dict[str, Holding]]  # in the place of `datasets`: a name that several accounts have


class Answer(TypedDict):
    """What a site says of a query."""

    query: str
    understood: list[str]  # the canonical keys that it was searched under; none: it was not understood
    found: bool
    searched: list[str]  # slugs of the datasets that were searched: the others say nothing either way
    results: dict[str, Result]  # by key


class MissingFileError(Exception):
    """A file that the site does not have: after a new deploy, a shard of the build before."""


def search(query: str, site: str | Path) -> Answer:
    """Search a site, given as a folder or a URL, for what a visitor would type.

    The site learns no more than it does of its page: one shard of the index is fetched for each key, chosen
    by a hash, and what was fetched once is kept for the next search. Raises ShardError where it cannot tell.
    """
    until = time.monotonic() + PATIENCE
    reader = _reader(str(site))
    reader.renew(until)
    understood = understand(query)
    results, current = reader.answers(understood.keys, until)
    return {
        "query": query,
        "understood": list(understood.keys),
        "found": any(answer["found"] for answer in results.values()),
        "searched": [dataset["slug"] for dataset in current["datasets"] if dataset["searched"]],
        "results": results,
    }


def table(queries: Iterable[str], site: str | Path) -> "pd.DataFrame":
    """Search a site for many queries: a table of what was found, a photo, image or tag a row.

    Columns: query, key, dataset, photo (its number on Flickr), photos, images, owners, identities. Queries
    for which nothing was found have no row. Raises ShardError where it cannot tell.
    """
    import pandas as pd  # noqa: PLC0415 - a search by itself does without

    rows: list[Json] = []
    for query in queries:
        for key, result in search(query, site)["results"].items():
            for datasets in result.get("accounts", [result.get("datasets", {})]):
                for slug, holding in datasets.items():
                    about = {"query": query, "key": key, "dataset": slug}
                    counts = {name: holding.get(name) for name in ("photos", "images", "owners")}
                    counts["identities"] = "; ".join(holding.get("identities", []))
                    photos: list[Any] = [*holding.get("ids", [])] or [None]
                    rows += [about | counts | {"photo": photo} for photo in photos]
    columns = ["query", "key", "dataset", "photo", "photos", "images", "owners", "identities"]
    numbers = dict.fromkeys(columns[3:7], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


@lru_cache(maxsize=8)
def _reader(site: str) -> "Reader":
    return Reader(site)


class Reader:
    """A site's index; shards that were read once are kept."""

    def __init__(self, site: str) -> None:
        self._on_web = site.startswith(("http://", "https://"))
        self._fetch = _from_url(site) if self._on_web else _from_folder(_folder(site))
        self._shards: dict[tuple[str, Place], Json] = {}
        self.current: Json = {}
        self.renew(time.monotonic() + PATIENCE)

    def renew(self, until: float) -> None:
        """See whether the site is another build by now: in a folder each time, on the web after a while.

        Raises ShardError where that is not known at the moment `until`, by the monotonic clock.
        """
        if not self.current or not self._on_web or time.monotonic() - self._read > FRESH:
            self.current = self._read_current(until)
            build = self.current["build"]
            self._shards = {where: entries for where, entries in self._shards.items() if where[0] == build}

    def answer(self, key: str) -> Result:
        """What the index says of one canonical key. Raises ShardError where that is not known in time."""
        return self.answers([key])[0][key]

    def answers(self, keys: Iterable[str], until: float | None = None) -> tuple[dict[str, Result], Json]:
        """What the index says of some canonical keys, and current.json of the build that says all of it.

        Raises ShardError where that is not known at the moment `until`, or in time.
        """
        until = until or time.monotonic() + PATIENCE
        current = self.current
        try:
            return {key: self._answer(key, current, until) for key in keys}, current
        except (MissingFileError, _DamagedError):  # a new deploy may have taken the place of the old one
            current = self.current = self._read_current(until)
        try:
            return {key: self._answer(key, current, until) for key in keys}, current
        except MissingFileError as error:
            raise ShardError(f"{error} is missing", fix="the site is incomplete: build it again") from None

    def _answer(self, key: str, current: Json, until: float) -> Result:
        shards = {kind: about["shards"] for kind, about in current["kinds"].items()}
        where = place(key, shards)
        entries = self._shard(where, current, until)
        slugs = [dataset["slug"] for dataset in current["datasets"]]
        return cast("Result", _ANSWERS[where.kind](entries, where, slugs, shards[where.kind]))

    def _read_current(self, until: float) -> Json:
        try:
            current: Json = json.loads(self._fetch("index/current.json", until))
        except MissingFileError as error:
            raise ShardError(f"{error} is missing", fix="name a site that `exposing build` made") from None
        except ValueError:
            raise ShardError(
                "index/current.json is not JSON", fix="try again, or build the site again"
            ) from None
        found = current.get("format") if isinstance(current, dict) else None
        if found != FORMAT:
            raise ShardError(
                f"the index has format {found}, this program reads {FORMAT}",
                fix="update whichever is older",
            )
        counts = [about.get("shards") for about in current["kinds"].values()]
        if not all(isinstance(count, int) and 0 < count <= MAX_SHARDS for count in counts):
            raise ShardError(
                "index/current.json has no number of shards", fix="try again, or build the site again"
            )
        self._read = time.monotonic()
        return current

    def _shard(self, where: Place, current: Json, until: float) -> Json:
        build = current["build"]
        key = build, where._replace(entry="")
        found = self._shards.get(key)
        if found is None:
            path = f"index/{build}/{where.kind}/{where.shard}{current['ending']}"
            found = _checked(unpacked(self._fetch(path, until), path), path, where, build)
            self._shards[key] = found
        return found


class _DamagedError(ShardError):
    """A shard that came, but must not be believed."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path} {what}", fix="this is no answer: try again, or build the site again")


def unpacked(data: bytes, path: str) -> bytes:
    """A file's text. Some hosts have unpacked a `.gz` when it arrives, some have not."""
    try:
        return gzip.decompress(data) if data.startswith(GZIP) else data
    except (OSError, EOFError, zlib.error):
        raise _DamagedError(path, "is damaged or incomplete") from None


def _checked(data: bytes, path: str, where: Place, build: str) -> Json:
    """The entries of a shard that is whole, unaltered and the one that was asked for."""
    body, mark, digest = data.rpartition(b',"sha256":"')
    if not mark or digest.rstrip() != hashlib.sha256(body).hexdigest().encode() + b'"}':
        raise _DamagedError(path, "is damaged or incomplete")
    shard = json.loads(data)
    if (shard["kind"], shard["shard"], shard["build"]) != (where.kind, where.shard, build):
        raise _DamagedError(path, "is another part of the index")
    entries: Json = shard["entries"]
    return entries


def _folder(site: str) -> Path:
    """The folder of this name. Raises ShardError where there is none."""
    if not Path(site).is_dir():
        ours = "name a site that `exposing build` made"
        fix = f"did you mean http://{site.rstrip('/')}/" if _HOST.fullmatch(site) else ours
        raise ShardError("no such folder", where=site, fix=fix)
    return Path(site)


_HOST = re.compile(r"(?:(?:\w[\w-]*\.)+\w[\w-]*|\w[\w-]*(?:\.\w[\w-]*)*:[0-9]+)(?:/.*)?")
"""An address that lacks its `http://`: its host has a dot, or a port."""


def _from_folder(folder: Path) -> Callable[[str, float], bytes]:
    def fetch(path: str, _until: float) -> bytes:
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError:
            raise MissingFileError(str(folder / path)) from None
        except OSError as error:
            raise ShardError(f"{folder / path}: {error.strerror}", fix="try again") from None

    return fetch


def _from_url(base: str) -> Callable[[str, float], bytes]:
    """What reads a file of a site on the web; asked for again, after a pause, where that may help."""

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


# --- what each kind of index says --------------------------------------------------------------------


def _account(entries: Json, where: Place, slugs: list[str], _shards: int) -> Json:
    record = entries.get(where.entry, {})
    if isinstance(record, list):
        return {"found": True, "accounts": [_photos(one, slugs) for one in record]}
    return {"found": bool(record), "datasets": _photos(record, slugs)}


def _photos(record: Json, slugs: list[str]) -> Json:
    """Photos by dataset; the record has them by set of datasets, such as "2,7"."""
    ids: dict[int, list[int]] = {}
    for among, steps in record.items():
        photos = list(itertools.accumulate(steps))
        for number in _numbers(among):
            ids.setdefault(number, []).extend(photos)
    return {slugs[number]: {"photos": len(ids[number]), "ids": sorted(ids[number])} for number in sorted(ids)}


def _numbers(among: str) -> list[int]:
    return [int(number) for number in among.split(",")]


def _photo(entries: Json, where: Place, slugs: list[str], shards: int) -> Json:
    rest = int(where.entry)
    photo = rest * shards + int(where.shard, 16)
    among = [among for among, steps in entries.items() if rest in itertools.accumulate(steps)]
    holding = [slugs[number] for one in among for number in _numbers(one)]
    return {"found": bool(holding), "datasets": {slug: {"photos": 1, "ids": [photo]} for slug in holding}}


def _image(entries: Json, where: Place, slugs: list[str], _shards: int) -> Json:
    datasets = {}
    for number, labels in entries.items():
        holding = [label for label, keys in labels.items() if where.entry in keys]
        if holding:
            datasets[slugs[int(number)]] = {"images": 1, "identities": [label for label in holding if label]}
    return {"found": bool(datasets), "datasets": datasets}


def _person(entries: Json, where: Place, slugs: list[str], _shards: int) -> Json:
    datasets = {
        slugs[int(number)]: {"images": sum(labels.values()), "identities": list(labels)}
        for number, labels in entries.get(where.entry, {}).items()
    }
    return {"found": bool(datasets), "datasets": datasets}


def _tag(entries: Json, where: Place, slugs: list[str], _shards: int) -> Json:
    datasets = {
        slugs[int(number)]: {"photos": photos, "owners": owners}
        for number, (photos, owners) in entries.get(where.entry, {}).items()
    }
    return {"found": bool(datasets), "datasets": datasets}


_ANSWERS = {"accounts": _account, "photos": _photo, "images": _image, "people": _person, "tags": _tag}
