"""Whether anything of what was asked to be removed is still in what a build would publish.

What has to be gone is worked out here from the lists alone, and then looked for in the entries that remain:
an error in `withheld.without` is found, not repeated.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from exposing import build as recipe
from exposing import engine, entries, exchange, withheld
from exposing.columns import distinct_rows, starts
from exposing.errors import ShardError
from exposing.exchange import Accounts, Part
from exposing.identifiers import as_person
from exposing.keys import key_hashes
from exposing.lookup import Reader
from exposing.project import Project, find_lists
from exposing.site import load_site
from exposing.withheld import FILE, Request


class Pairs(NamedTuple):
    """Values that must be in no row, ascending; and beside each the number of the request that it is of."""

    value: Any
    request: Any


class Sought(NamedTuple):
    """What must be in no row, by where a row can have it: key hashes, but for photos, which are their ids."""

    accounts: Pairs
    photos: Pairs
    images: Pairs
    people: Pairs


class Outcome(NamedTuple):
    """What became of the rows of one request: how many each dataset's lists have, and how many remain."""

    line: int  # of the file; 0 if no line of it asks for this
    request: Request | None  # if it was not only found in the file
    before: dict[str, int]
    after: dict[str, int]


class Checked(NamedTuple):
    """The outcome of every request, and which lists were looked through."""

    outcomes: list[Outcome]
    unread: dict[str, list[str]]  # as in Lists
    absent: list[str]  # as in Lists
    sample: bool  # there is no list at all: these are the invented samples


def check(
    project: Project,
    requests: list[Request],
    raw: Path | None,
    kept: Path,
    *,
    progress: recipe.Progress = lambda _label, items, _length: items,
    jobs: int = 1,
) -> Checked:
    """Apply the removal to all lists as a build does, and look for what is still there.

    Of every line of the file, then of `requests`. Raises BuildError as a build does.
    """
    site = load_site(project.site)
    manifests = recipe.shown(project, site)
    path = project.data_sources / FILE
    withhold = withheld.load(path)
    lists = find_lists(project, manifests, raw)
    recipe.check_trusted(lists, site)
    wanted = _wanted(path, requests)
    slugs = list(manifests)
    with recipe.scratch(kept.parent) as folder, engine.workers(jobs) as run:
        found = recipe.read_lists(lists, kept, run, progress)
        parts = [Part(slugs.index(slug), path) for slug, (_, paths) in found.items() for path in paths]
        works = recipe.Works(folder, run, run, progress)
        _, remaining, _, _ = recipe.leave_out(found, slugs, withhold, works)
        sought = _sought(wanted, parts, folder / "accounts", run)
        before = list(run(partial(_count, sought=sought, requests=len(wanted)), parts))
        after = list(run(partial(_count, sought=sought, requests=len(wanted)), remaining))
    outcomes = [
        Outcome(line, request, rows, _by_dataset(remaining, after, number, slugs))
        for number, (line, request, _, _) in enumerate(wanted)
        for rows in [_by_dataset(parts, before, number, slugs)]
    ]
    return Checked(outcomes, lists.unread, lists.absent, lists.sample)


def on_site(request: Request, site: str) -> tuple[bool, str]:
    """Whether a published site finds what a request is for, and the day that the site states.

    Raises ShardError where it cannot tell.
    """
    if not request.removal:
        fix = "give the account, photo, image or name itself"
        raise ShardError("a hash cannot be looked for", where=request.line, fix=fix)
    reader = Reader(site)
    found = reader.answer(request.removal.keys[0])["found"]
    return found, str(reader.current["as_of"])


Wanted = tuple[int, Request | None, str, int]
"""A line's number or 0, the request or none, the prefix of its key, and the key hash."""


def _wanted(path: Path, requests: Iterable[Request]) -> list[Wanted]:
    """The lines of the file, then the requests; a request that a line asks for has its number."""
    of_file = list(withheld.numbered(path))
    found: list[Wanted] = [(line, None, kind, hashed) for line, kind, hashed in of_file]
    known = {(kind, hashed): line for line, kind, hashed in of_file}
    for request in requests:
        kind, _, stored = request.line.partition(":")
        hashed = withheld.hash_of(stored)
        found.append((known.get((kind, hashed), 0), request, kind, hashed))
    return found


def _by_dataset(parts: list[Part], counts: list[Any], number: int, slugs: list[str]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for part, count in zip(parts, counts, strict=True):
        if count[number]:
            rows[slugs[part.dataset]] = rows.get(slugs[part.dataset], 0) + int(count[number])
    return rows


def _sought(wanted: list[Wanted], parts: list[Part], accounts_file: Path, run: engine.Run) -> Sought:
    """What must be in no row: what was asked for, and all that the lists join to it."""
    accounts, photos, images, people = (_asked(wanted, kinds) for kinds in _KINDS)
    accounts = _keys(accounts, exchange.load(accounts_file))
    joined = run(partial(_joined, accounts=accounts, photos=photos), parts)
    of_photos, of_images = zip(*joined, strict=True)
    return Sought(accounts, _together(of_photos), _together([images, *of_images]), people)


_KINDS = (("nsid", "name"), ("photo",), ("image",), ("person",))
"""The prefixes of the keys of each part of `Sought`."""


def _asked(wanted: list[Wanted], kinds: tuple[str, ...]) -> Pairs:
    """The key hashes that were asked for by keys of these kinds."""
    chosen = [(hashed, number) for number, (_, _, kind, hashed) in enumerate(wanted) if kind in kinds]
    values, numbers = zip(*chosen, strict=True) if chosen else ((), ())
    return _together([Pairs(np.array(values, np.uint64), np.array(numbers, np.uint64))])


def _together(pairs: Iterable[Pairs]) -> Pairs:
    values, numbers = zip(*pairs, strict=True)
    return Pairs(*distinct_rows(np.concatenate(values), np.concatenate(numbers)))


def _keys(asked: Pairs, known: Accounts) -> Pairs:
    """All keys of the accounts of each request that no other account has.

    A name that they share with another may remain: nobody can tell whose it is.
    """
    rows, of = _met(known.key, asked)
    own = exchange.own_keys(asked.value, known)
    owners = _together([Pairs(known.owner[rows], of), Pairs(own, asked.request)])
    rows, of = _met(known.owner, owners)
    order = np.lexsort((of, known.key[rows]))
    keys, of = known.key[rows][order], of[order]
    first = starts(keys, of)
    keys, of, theirs = keys[first], of[first], np.diff(np.append(first, len(keys)))
    every = np.sort(known.key[np.isin(known.key, keys)])
    alone = theirs == np.searchsorted(every, keys, side="right") - np.searchsorted(every, keys)
    return _together([Pairs(keys[alone], of[alone]), owners, asked])


def _met(column: Any, pairs: Pairs) -> tuple[Any, Any]:
    """Which rows of a column have a value of these pairs, once per request; and the requests' numbers."""
    rows = np.flatnonzero(np.isin(column, pairs.value))
    first = np.searchsorted(pairs.value, column[rows])
    counts = np.searchsorted(pairs.value, column[rows], side="right") - first
    ends = np.cumsum(counts)
    each = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    return np.repeat(rows, counts), pairs.request[np.repeat(first, counts) + each]


_ACCOUNT_COLUMNS = (("nsid", "nsid:"), ("alias", "name:"), ("name", "name:"))


def _joined(part: Part, accounts: Pairs, photos: Pairs) -> tuple[Pairs, Pairs]:
    """The ids of photos and the hashes of images of one file's entries that are of these accounts.

    And the ids of the photos that were asked for: `photos` has the hashes of their keys.
    """
    ids, images = [_NONE], [_NONE]
    for piece in entries.pieces([part.path], _COLUMNS[:-1]):
        photo, image = _photo_ids(piece), exchange.hashes("image:", piece["image_url"])
        for rows, of in _account_rows(piece, accounts):
            ids.append(Pairs(photo[rows], of))
            images.append(Pairs(image[rows], of))
        if len(photos.value):
            each = np.unique(photo)
            rows, of = _met(key_hashes("photo:", map(str, each.tolist())), photos)
            ids.append(Pairs(each[rows], of))
    return _without_zero(_together(ids)), _without_zero(_together(images))


_COLUMNS = ["nsid", "alias", "name", "photo_id", "image_url", "identity"]
_NONE = Pairs(np.zeros(0, np.uint64), np.zeros(0, np.uint64))


def _photo_ids(piece: pa.RecordBatch) -> Any:
    return piece["photo_id"].fill_null(0).to_numpy().astype(np.uint64)


def _account_rows(piece: pa.RecordBatch, accounts: Pairs) -> list[tuple[Any, Any]]:
    """The rows that name any of these accounts, for each column that can; and the requests' numbers."""
    prefixes = {"nsid": "nsid:", "alias": "name:", "name": "name:"}
    return [_met(exchange.hashes(prefix, piece[name]), accounts) for name, prefix in prefixes.items()]


def _without_zero(pairs: Pairs) -> Pairs:
    """A photo or an image of 0 is none."""
    return Pairs(pairs.value[pairs.value > 0], pairs.request[pairs.value > 0])


def _count(part: Part, sought: Sought, requests: int) -> Any:
    """How many rows of one file of entries have what is sought, by the number of the request."""
    total = np.zeros(requests, np.int64)
    for piece in entries.pieces([part.path], _COLUMNS):
        person = exchange.hashes("person:", piece["identity"], as_person)
        met = [
            *_account_rows(piece, sought.accounts),
            _met(_photo_ids(piece), sought.photos),
            _met(exchange.hashes("image:", piece["image_url"]), sought.images),
            _met(person, sought.people),
        ]
        rows, of = (np.concatenate(column) for column in zip(*met, strict=True))
        total += np.bincount(distinct_rows(rows, of)[1].astype(np.int64), minlength=requests)
    return total
