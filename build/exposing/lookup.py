"""Search a built site, from a folder or a URL: the reference reader of the index.

It fetches what the page's script fetches: `current.json`, then one shard per key, chosen by the key alone.
A shard that cannot be read, or must not be believed, is a ShardError and never a "no".
"""

import gzip
import hashlib
import itertools
import json
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exposing.errors import ShardError
from exposing.identifiers import understand
from exposing.keys import Place, place

FORMAT = 1
"""The format of the index that this reader knows."""

GZIP = b"\x1f\x8b"
"""The first bytes of what gzip packed. No JSON begins like that."""

TIMEOUT = 10
"""Seconds to wait for one file of a site."""

Json = dict[str, Any]


class MissingFileError(Exception):
    """A file that the site does not have: after a new deploy, a shard of the build before."""


def search(query: str, site: str) -> Json:
    """Search one query in a site, given as a folder or a URL.

    Returns {"query", "understood": keys, "found", "searched": slugs, "results": {key: answer}}. An answer
    is {"found", "datasets": {slug: {"photos": n, "ids": [...]}}}; for images and people "images" and
    "identities", for tags "photos" and "owners"; for a name that several accounts share "accounts", a list
    of such datasets. Raises ShardError where it cannot tell.
    """
    reader = Reader(site)
    understood = understand(query)
    results = {key: reader.answer(key) for key in understood.keys}
    return {
        "query": query,
        "understood": list(understood.keys),
        "found": any(answer["found"] for answer in results.values()),
        "searched": [dataset["slug"] for dataset in reader.current["datasets"] if dataset["searched"]],
        "results": results,
    }


class Reader:
    """A site's index; shards that were read once are kept."""

    def __init__(self, site: str) -> None:
        self._fetch = (
            _from_url(site) if site.startswith(("http://", "https://")) else _from_folder(Path(site))
        )
        self._shards: dict[Place, Json] = {}
        self.current = self._read_current()

    def answer(self, key: str) -> Json:
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

    def _answer(self, key: str) -> Json:
        bits = {kind: about["bits"] for kind, about in self.current["kinds"].items()}
        where = place(key, bits)
        entries = self._shard(where)
        slugs = [dataset["slug"] for dataset in self.current["datasets"]]
        return _ANSWERS[where.kind](entries, where, slugs, bits[where.kind])

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
        return current

    def _shard(self, where: Place) -> Json:
        key = where._replace(entry="")
        if key not in self._shards:
            build = self.current["build"]
            path = f"index/{build}/{where.kind}/{where.shard}{self.current['ending']}"
            self._shards[key] = _checked(_unpacked(self._fetch(path), path), path, where, build)
        return self._shards[key]


def _unpacked(data: bytes, path: str) -> bytes:
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
