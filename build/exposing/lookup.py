"""Search a built site, from a folder or a URL: the reference reader of the index, for Python users too.

It fetches what the page's script fetches: `current.json`, then one shard per key, chosen by the key alone.
A shard that cannot be read, or must not be believed, is a ShardError and never a "no".
"""

import gzip
import hashlib
import itertools
import json
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

from exposing.errors import ShardError
from exposing.identifiers import understand
from exposing.keys import Place, place

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
"""The format of the index that this reader knows."""

GZIP = b"\x1f\x8b"
"""The first bytes of what gzip packed. No JSON begins like that."""

TIMEOUT = 10
"""Seconds to wait for one file of a site."""

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
    reader = _reader(str(site))
    reader.renew()
    understood = understand(query)
    results = {key: reader.answer(key) for key in understood.keys}
    return {
        "query": query,
        "understood": list(understood.keys),
        "found": any(answer["found"] for answer in results.values()),
        "searched": [dataset["slug"] for dataset in reader.current["datasets"] if dataset["searched"]],
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
        self._fetch = _from_url(site) if self._on_web else _from_folder(Path(site))
        self._shards: dict[Place, Json] = {}
        self.current = self._read_current()

    def renew(self) -> None:
        """See whether the site is another build by now: in a folder each time, on the web after a while."""
        if not self._on_web or time.monotonic() - self._read > FRESH:
            before = self.current["build"]
            self.current = self._read_current()
            if self.current["build"] != before:
                self._shards.clear()

    def answer(self, key: str) -> Result:
        """What the index says of one canonical key."""
        try:
            return self._answer(key)
        except MissingFileError:  # a new deploy has taken the old shards with it: once more with its numbers
            self._shards.clear()
            self.current = self._read_current()
        try:
            return self._answer(key)
        except MissingFileError as error:
            raise ShardError(f"{error} is missing", fix="the site is incomplete: build it again") from None

    def _answer(self, key: str) -> Result:
        bits = {kind: about["bits"] for kind, about in self.current["kinds"].items()}
        where = place(key, bits)
        entries = self._shard(where)
        slugs = [dataset["slug"] for dataset in self.current["datasets"]]
        return cast("Result", _ANSWERS[where.kind](entries, where, slugs, bits[where.kind]))

    def _read_current(self) -> Json:
        try:
            current: Json = json.loads(self._fetch("index/current.json"))
        except MissingFileError as error:
            raise ShardError(f"{error} is missing", fix="name a site that `exposing build` made") from None
        except ValueError:
            raise ShardError(
                "index/current.json is not JSON", fix="try again, or build the site again"
            ) from None
        if current.get("format") != FORMAT:
            raise ShardError(
                f"the index has format {current.get('format')}, this program reads {FORMAT}",
                fix="update whichever is older",
            )
        self._read = time.monotonic()
        return current

    def _shard(self, where: Place) -> Json:
        key = where._replace(entry="")
        if key not in self._shards:
            build = self.current["build"]
            path = f"index/{build}/{where.kind}/{where.shard}{self.current['ending']}"
            self._shards[key] = _checked(unpacked(self._fetch(path), path), path, where, build)
        return self._shards[key]


def unpacked(data: bytes, path: str) -> bytes:
    """A file's text. Some hosts have unpacked a `.gz` when it arrives, some have not."""
    try:
        return gzip.decompress(data) if data.startswith(GZIP) else data
    except (OSError, EOFError, zlib.error):
        raise ShardError(f"{path} is damaged or incomplete", fix="try again") from None


def _checked(data: bytes, path: str, where: Place, build: str) -> Json:
    """The entries of a shard that is whole, unaltered and the one that was asked for."""
    body, mark, digest = data.rpartition(b',"sha256":"')
    if not mark or digest.rstrip() != hashlib.sha256(body).hexdigest().encode() + b'"}':
        raise ShardError(f"{path} is damaged or incomplete", fix="try again")
    shard = json.loads(data)
    if (shard["kind"], shard["shard"], shard["build"]) != (where.kind, where.shard, build):
        raise ShardError(f"{path} is another part of the index", fix="try again, or build the site again")
    entries: Json = shard["entries"]
    return entries


def _from_folder(folder: Path) -> Callable[[str], bytes]:
    def fetch(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError:
            raise MissingFileError(str(folder / path)) from None
        except OSError as error:
            raise ShardError(f"{folder / path}: {error.strerror}", fix="try again") from None

    return fetch


def _from_url(base: str) -> Callable[[str], bytes]:
    def fetch(path: str) -> bytes:
        url = f"{base.rstrip('/')}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
                data: bytes = response.read()
                return data
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise MissingFileError(url) from None
            raise ShardError(f"{url} answered {error.code}", fix="try again later") from None
        except OSError as error:
            raise ShardError(f"{url} could not be read: {error}", fix="try again later") from None

    return fetch


# --- what each kind of index says --------------------------------------------------------------------


def _account(entries: Json, where: Place, slugs: list[str], _bits: int) -> Json:
    record = entries.get(where.entry, {})
    if isinstance(record, list):
        return {"found": True, "accounts": [_photos(one, slugs) for one in record]}
    return {"found": bool(record), "datasets": _photos(record, slugs)}


def _photos(record: Json, slugs: list[str]) -> Json:
    ids = {slugs[int(number)]: list(itertools.accumulate(steps)) for number, steps in record.items()}
    return {slug: {"photos": len(numbers), "ids": numbers} for slug, numbers in ids.items()}


def _photo(entries: Json, where: Place, slugs: list[str], bits: int) -> Json:
    rest = int(where.entry)
    photo = rest << bits | int(where.shard, 16)
    holding = [slugs[int(number)] for number, steps in entries.items() if rest in itertools.accumulate(steps)]
    return {"found": bool(holding), "datasets": {slug: {"photos": 1, "ids": [photo]} for slug in holding}}


def _image(entries: Json, where: Place, slugs: list[str], _bits: int) -> Json:
    datasets = {}
    for number, labels in entries.items():
        holding = [label for label, keys in labels.items() if where.entry in keys]
        if holding:
            datasets[slugs[int(number)]] = {"images": 1, "identities": [label for label in holding if label]}
    return {"found": bool(datasets), "datasets": datasets}


def _person(entries: Json, where: Place, slugs: list[str], _bits: int) -> Json:
    datasets = {
        slugs[int(number)]: {"images": sum(labels.values()), "identities": list(labels)}
        for number, labels in entries.get(where.entry, {}).items()
    }
    return {"found": bool(datasets), "datasets": datasets}


def _tag(entries: Json, where: Place, slugs: list[str], _bits: int) -> Json:
    datasets = {
        slugs[int(number)]: {"photos": photos, "owners": owners}
        for number, (photos, owners) in entries.get(where.entry, {}).items()
    }
    return {"found": bool(datasets), "datasets": datasets}


_ANSWERS = {"accounts": _account, "photos": _photo, "images": _image, "people": _person, "tags": _tag}
