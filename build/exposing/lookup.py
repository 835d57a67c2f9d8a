"""Search a built site, from a folder or a URL: the reference reader of the index, for Python users too.

It fetches what the page's script fetches: `current.json`, then one shard per key, chosen by the key alone.
A shard that cannot be read, or must not be believed, is a ShardError and never a "no"; and a dataset that
could not be searched by what was typed is never said to hold nothing.
"""

import hashlib
import json
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from exposing import records
from exposing.errors import BuildError, ShardError
from exposing.identifiers import understand
from exposing.keys import FORMAT, MAX_SHARDS, QUERY_KINDS, Place, place
from exposing.records import Holding, Json, Result
from exposing.transport import DamagedError, Fetch, MissingFileError, homes, is_on_web, unpacked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Holding", "Reader", "Result", "search", "table"]

PATIENCE = 30
"""Seconds after which a search says that it could not be finished."""

FRESH = 60
"""Seconds after which a site on the web is asked again whether it is still the same."""

NOT_SEARCHABLE = "not_searchable"
"""The reason of an answer where no dataset of the site can be searched by what was typed."""


class Answer(TypedDict):
    """What a site says of a query."""

    query: str
    understood: list[str]  # the canonical keys that it was searched under; none: it was not understood
    taken: bool  # whether the identifier stood inside a longer text, whose rest was left aside
    reason: (
        str  # why there is no yes or no, as the page says it: `short_link`, `not_searchable`, ...; else ""
    )
    found: bool | None  # None: there is a reason
    searched: dict[str, list[str]]  # by kind of query the datasets that can answer it: others say nothing
    results: dict[str, Result]  # by key


def search(query: str, site: str | Path) -> Answer:
    """Search a site, given as a folder or a URL, for what a visitor would type. Any page of it will do.

    The site learns no more than it does of its page: one shard of the index is fetched for each key, chosen
    by a hash, and what was fetched once is kept for the next search. Raises ShardError where it cannot tell.
    """
    until = time.monotonic() + PATIENCE
    reader = _reader(str(site))
    reader.renew(until)
    understood = understand(query)
    results, current = reader.answers(understood.keys, until)
    found = [result["found"] for result in results.values()]
    yes_or_no = None if all(one is None for one in found) else any(found)
    return {
        "query": query,
        "understood": list(understood.keys),
        "taken": understood.taken,
        "reason": understood.reason or (NOT_SEARCHABLE if yes_or_no is None else ""),
        "found": yes_or_no,
        "searched": {kind: answering(current, kind) for kind in dict.fromkeys(QUERY_KINDS.values())},
        "results": results,
    }


def answering(current: Json, kind: str) -> list[str]:
    """The datasets of a site that can be searched by a kind of query."""
    return [dataset["slug"] for dataset in current["datasets"] if kind in dataset["answers"]]


def table(queries: Iterable[Any], site: str | Path) -> "pd.DataFrame":
    """Search a site for many queries: a table with a row for each photo, image or tag that was found.

    Columns: query, key, answer, dataset, photo (its number on Flickr), photos, images, owners, identities. A
    query without any find has one row for each of its keys, without a dataset: its answer is `not_found`, or
    the reason why there is none, such as `not_searchable`. Numbers are photo numbers; missing values (None,
    NaN, NA) are skipped. Raises ShardError where it cannot tell, and BuildError for what is not many queries.
    """
    import pandas as pd  # noqa: PLC0415 - a search by itself does without

    rows: list[Json] = []
    for query in _texts(queries):
        answer = search(query, site)
        about: Json = {"query": query, "answer": answer["reason"]}
        rows += [] if answer["results"] else [about]
        for key, result in answer["results"].items():
            states = {True: "found", False: "not_found", None: NOT_SEARCHABLE}
            about = {"query": query, "key": key, "answer": states[result["found"]]}
            rows += [] if result["found"] else [about]
            for slug, holding in (one for datasets in records.sets_of(result) for one in datasets.items()):
                counts: Json = {name: holding.get(name) for name in ("photos", "images", "owners")}
                counts["identities"] = "; ".join(holding.get("identities", []))
                photos: list[Any] = [*holding.get("ids", [])] or [None]
                rows += [about | counts | {"dataset": slug, "photo": photo} for photo in photos]
    columns = ["query", "key", "answer", "dataset", "photo", "photos", "images", "owners", "identities"]
    numbers = dict.fromkeys(columns[4:8], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def _texts(queries: Iterable[Any]) -> Iterable[str]:
    """The queries as what a visitor would type. Raises BuildError for a single text, number or nothing."""
    import pandas as pd  # noqa: PLC0415

    if isinstance(queries, str | bytes) or not hasattr(queries, "__iter__"):
        fix = "give a list of queries, or call lookup.search for a single one"
        raise BuildError(f"{queries!r} is not a list of queries", where="lookup.table", fix=fix)
    for query in queries:
        if isinstance(query, str):
            yield query
        elif not pd.api.types.is_scalar(query):
            what = f"{query!r} is neither a text nor a number"
            raise BuildError(what, where="lookup.table", fix="give one column of a table, not several")
        elif not pd.isna(query):  # a column of whole numbers with gaps is one of doubles
            yield str(int(query) if hasattr(query, "is_integer") and query.is_integer() else query)


@lru_cache(maxsize=8)
def _reader(site: str) -> "Reader":
    return Reader(site)


class Reader:
    """A site's index; shards that were read once are kept."""

    def __init__(self, site: str) -> None:
        self._on_web = is_on_web(site)
        self._shards: dict[tuple[str, Place], Json] = {}
        self._fetch, self.current = _home(site, time.monotonic() + PATIENCE)
        self._read = time.monotonic()

    def renew(self, until: float) -> None:
        """See whether the site is another build by now: in a folder each time, on the web after a while.

        Raises ShardError where that is not known at the moment `until`, by the monotonic clock.
        """
        if not self._on_web or time.monotonic() - self._read > FRESH:
            self._read_again(until)
            build = self.current["build"]
            self._shards = {where: shard for where, shard in self._shards.items() if where[0] == build}

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
        except (MissingFileError, DamagedError):  # a new deploy may have taken the place of the old one
            current = self._read_again(until)
        try:
            return {key: self._answer(key, current, until) for key in keys}, current
        except MissingFileError as error:
            raise ShardError(f"{error} is missing", fix="the site is incomplete: build it again") from None

    def _read_again(self, until: float) -> Json:
        try:
            self.current = _read_current(self._fetch, until)
        except MissingFileError as error:
            raise ShardError(f"{error} is missing", fix="build the site again") from None
        self._read = time.monotonic()
        return self.current

    def _answer(self, key: str, current: Json, until: float) -> Result:
        shards = {kind: about["shards"] for kind, about in current["kinds"].items()}
        where = place(key, shards)
        shard = self._shard(where, current, until)
        try:
            return records.answer(shard, key, where, current)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise DamagedError(f"{where.kind}/{where.shard}", f"is not as it should be ({error!r})") from None

    def _shard(self, where: Place, current: Json, until: float) -> Json:
        build = current["build"]
        key = build, where._replace(entry="")
        found = self._shards.get(key)
        if found is None:
            path = f"index/{build}/{where.kind}/{where.shard}{current['ending']}"
            found = _checked(self._fetch(path, until), path, where, current)
            self._shards[key] = found
        return found


def _home(site: str, until: float) -> tuple[Fetch, Json]:
    """What reads the files of a site, and its current.json. Raises ShardError where it is no site's page."""
    missing = ""
    for fetch in homes(site):
        try:
            return fetch, _read_current(fetch, until)
        except MissingFileError as error:
            missing = missing or str(error)
    raise ShardError(f"{missing} is missing", fix="name a site that `exposing build` made")


def _read_current(fetch: Fetch, until: float) -> Json:
    path, fix = "index/current.json", "try again, or build the site again"
    data = unpacked(fetch(path, until), path)
    try:
        current: Json = json.loads(data)
    except ValueError:
        raise ShardError(f"{path} is not JSON", fix=fix) from None
    found = current.get("format") if isinstance(current, dict) else None
    if found != FORMAT:
        what = f"the index has format {found}, this program reads {FORMAT}"
        raise ShardError(what, fix="update whichever is older")
    _check_seal(data, path)
    if not _is_current(current):
        raise ShardError(f"{path} does not say what an index should", fix=fix)
    return current


def _is_current(current: Json) -> bool:
    """Whether current.json has all that a search needs, each of its kind."""
    kinds, datasets = current.get("kinds"), current.get("datasets")
    if not isinstance(kinds, dict) or not isinstance(datasets, list):
        return False
    counts = [about.get("shards") if isinstance(about, dict) else None for about in kinds.values()]
    lists = [dataset.get(name) for dataset in datasets for name in ("answers", "part_of")]
    return (
        set(kinds) >= {*records.READERS}
        and all(isinstance(count, int) and 0 < count <= MAX_SHARDS for count in counts)
        and all(isinstance(dataset.get("slug"), str) for dataset in datasets)
        and all(isinstance(one, list) for one in lists)
        and all(isinstance(current.get(name), str) for name in ("build", "ending", "as_of"))
    )


def _check_seal(data: bytes, path: str) -> None:
    """Raise DamagedError unless the digest at a file's end is that of all bytes before it."""
    body, mark, digest = data.rpartition(b',"sha256":"')
    if not mark or digest.rstrip() != hashlib.sha256(body).hexdigest().encode() + b'"}':
        raise DamagedError(path, "is damaged or incomplete")


def _checked(data: bytes, path: str, where: Place, current: Json) -> Json:
    """The records of a shard that is whole, unaltered and the one that is needed."""
    data = unpacked(data, path)
    _check_seal(data, path)
    shard = json.loads(data)
    wanted = {
        "kind": where.kind,
        "shard": where.shard,
        "of": current["kinds"][where.kind]["shards"],
        "build": current["build"],
    }
    if {name: shard.get(name) for name in wanted} != wanted or not isinstance(shard.get("records"), dict):
        raise DamagedError(path, "is another part of the index")
    found: Json = shard["records"]
    return found
