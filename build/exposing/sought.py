"""What must be in no row once requests were obeyed, and how many rows have it: from the lists alone."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from exposing import engine, entries, exchange
from exposing.columns import distinct_rows, starts
from exposing.exchange import Accounts, Part
from exposing.identifiers import as_person
from exposing.keys import key_hashes

Wanted = tuple[str, int]
"""A request: the prefix of its key, and the key hash."""


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


def sought(wanted: list[Wanted], parts: list[Part], accounts_file: Path, run: engine.Run) -> Sought:
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
    chosen = [(hashed, number) for number, (kind, hashed) in enumerate(wanted) if kind in kinds]
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


def count(part: Part, what: Sought, requests: int) -> Any:
    """How many rows of one file of entries have what is sought, by the number of the request."""
    total = np.zeros(requests, np.int64)
    for piece in entries.pieces([part.path], _COLUMNS):
        person = exchange.hashes("person:", piece["identity"], as_person)
        met = [
            *_account_rows(piece, what.accounts),
            _met(_photo_ids(piece), what.photos),
            _met(exchange.hashes("image:", piece["image_url"]), what.images),
            _met(person, what.people),
        ]
        rows, of = (np.concatenate(column) for column in zip(*met, strict=True))
        total += np.bincount(distinct_rows(rows, of)[1].astype(np.int64), minlength=requests)
    return total
