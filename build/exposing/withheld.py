"""Who asked to be left out: `data_sources/withheld.txt`, and entries without them.

The file holds one line per request: `nsid:`, `name:`, `photo:`, `image:` or `person:`, then the SHA-256 of
the whole canonical key in hex, then anything, such as the day. It names nobody, but whoever tries all
numbers finds out which are meant: it hides as much as the index does.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from exposing import engine, entries, exchange, removals
from exposing.errors import BuildError
from exposing.exchange import Accounts, Part
from exposing.identifiers import as_person
from exposing.keys import digest, key_hashes
from exposing.removals import KINDS, Removal

FILE = "withheld.txt"

_REQUEST = re.compile(rf"({'|'.join(KINDS)}):([0-9a-f]{{64}})")
_LINE = re.compile(rf"{_REQUEST.pattern}(?:\s.*)?")


class Request(NamedTuple):
    """What stands on a line of the file, without the day; and what it was made from, if that is known."""

    line: str  # `nsid:` and the digest
    removal: Removal | None = None


class Withheld(NamedTuple):
    """The key hashes that are to be left out, by the prefix of their keys; and as one, those of accounts."""

    nsid: Any
    name: Any
    photo: Any
    image: Any
    person: Any

    @property
    def accounts(self) -> Any:
        """Key hashes of accounts, under whichever key."""
        return np.concatenate([self.nsid, self.name])


class Theirs(NamedTuple):
    """What the rows have that must go: own keys of accounts, photo ids, key hashes of images and people."""

    owners: Any
    photos: Any
    images: Any
    people: Any


def load(path: Path) -> Withheld:
    """Read a file of requests; an empty one where there is none. Raises BuildError, naming the line."""
    found: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for _, kind, hashed in numbered(path):
        found[kind].append(hashed)
    return Withheld(*(np.array(sorted(set(hashes)), np.uint64) for hashes in found.values()))


def lines_of(path: Path, hashes: Any) -> list[int]:
    """The numbers of the lines that ask for any of these key hashes."""
    wanted = set(hashes.tolist())
    return [number for number, _, hashed in numbered(path) if hashed in wanted]


def numbered(path: Path) -> Iterator[tuple[int, str, int]]:
    """The number of each line that is a request, the prefix of its key, and the key hash."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            match = _LINE.fullmatch(line.rstrip())
            if not match:
                what = "is no request: such a line is written by `exposing withhold`"
                raise BuildError(what, where=f"{path}, line {number}", fix="write it again, or remove it")
            yield number, match[1], hash_of(match[2])


def stored(key: str) -> str:
    """The digest that the file has in the place of a canonical key."""
    return digest(key)


def hash_of(stored: str) -> int:
    """The key hash, as entries have it, of a digest in the file."""
    return int(stored[:16], 16)


def read(texts: Iterable[str]) -> list[Request]:
    """The requests that texts are. Raises BuildError for the first that cannot be obeyed.

    Each line of a text is what a visitor would type, a canonical key such as `name:alice`, or a line of the
    file such as the site's page makes.
    """
    return [one for text in texts for line in removals.lines(text) or [text] for one in _requests(line)]


def _requests(line: str) -> list[Request]:
    """The requests that one line is."""
    prefix, _, value = line.partition(":")
    made = f"{prefix.strip().lower()}:{value.strip().lower()}"
    return (
        [Request(made)] if _REQUEST.fullmatch(made) else [_request(one) for one in removals.read_line(line)]
    )


def _request(removal: Removal) -> Request:
    what, fix = removals.advice(removal)
    if what:
        raise BuildError(what, where=shown(removal.text), fix=fix)
    key = removal.keys[0]
    return Request(f"{removals.kind_of(key)}:{stored(key)}", removal)


def shown(text: str) -> str:
    """A text that came from outside, fit for one line of a terminal."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_SHOWN = 120
"""Characters of a text that are shown at most."""


def add(path: Path, wanted: Iterable[str], day: str) -> list[str]:
    """Add requests to the file; those of `wanted` that were there already. Raises BuildError, or adds all.

    The texts are what `read` takes.
    """
    requests = [request.line for request in read(wanted)]
    before = path.read_text(encoding="utf-8") if path.is_file() else _HEAD
    known = {line.split()[0] for line in before.splitlines() if line.strip()}
    load(path)  # a damaged file is not written to
    new = [request for request in dict.fromkeys(requests) if request not in known]
    if new:
        end = "" if before.endswith("\n") else "\n"
        lines = "".join(f"{request} {day}\n" for request in new)
        path.write_text(before + end + lines, encoding="utf-8")
    return [request for request in requests if request in known]


_HEAD = """# Who asked to be left out. `exposing withhold` writes these lines; every build obeys them.
"""


def without(
    parts: list[Part], accounts_file: Path, asked: Withheld, folder: Path, run: engine.Run
) -> tuple[list[Part], list[int], Any]:
    """The files of entries without those that asked, written to `folder`; how many each has lost; and the
    key hashes that no entry has.

    An account goes with its rows in all lists, under whichever of its names they know it. So do its photos:
    a list that has a photo alone loses it if any other list says that it is theirs. A name that several
    accounts have leaves all of them out, for nobody can tell which of them asked.
    """
    if not any(len(hashes) for hashes in asked):
        return parts, [0] * len(parts), np.zeros(0, np.uint64)
    known = exchange.load(accounts_file)
    also = known.owner[np.isin(known.key, asked.accounts)]
    owners = np.unique(np.concatenate([also, exchange.own_keys(asked.accounts, known)]))
    seen = [*run(partial(_theirs, accounts_file=accounts_file, owners=owners, asked=asked), parts)]
    photos, images, met = (np.unique(np.concatenate(one)) for one in zip(*seen, strict=True))
    theirs = Theirs(owners, photos, np.concatenate([images, asked.image]), asked.person)
    left = list(run(partial(_write, accounts_file=accounts_file, theirs=theirs, folder=folder), parts))
    return [part for part, _ in left], [lost for _, lost in left], _unmet(asked, met, known)


def _unmet(asked: Withheld, met: Any, known: Accounts) -> Any:
    """The key hashes that were asked for, but for those that were met and all keys of accounts that were."""
    keys = np.concatenate([met, known.key[np.isin(known.owner, met)]])
    every = np.concatenate(asked)
    return every[~np.isin(every, keys)]


def _theirs(part: Part, accounts_file: Path, owners: Any, asked: Withheld) -> tuple[Any, Any, Any]:
    """The photo ids and the image hashes that must go: those of these owners' rows, and those asked for.

    And which own keys of the owners, and key hashes that were asked for, the file has.
    """
    known = exchange.load(accounts_file)
    photos, images, met = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
    for piece in entries.pieces([part.path], _NEEDED if len(asked.person) else _NEEDED[:-1]):
        owner = exchange.owners(piece, known)
        own = np.isin(owner, owners)
        photo = piece["photo_id"].fill_null(0).to_numpy()
        photos.append(photo[own & (photo > 0)])
        image = exchange.hashes("image:", piece["image_url"])
        images.append(image[own & (image > 0)])
        met += [owner[own], image[np.isin(image, asked.image)]]
        if len(asked.photo):
            distinct = np.unique(photo)
            hashed = key_hashes("photo:", map(str, distinct.tolist()))
            wanted = np.isin(hashed, asked.photo) & (distinct > 0)
            photos.append(distinct[wanted])
            met.append(hashed[wanted])
        if len(asked.person):
            person = exchange.hashes("person:", piece["identity"], as_person)
            met.append(person[np.isin(person, asked.person)])
    return (
        np.unique(np.concatenate(photos)),
        np.unique(np.concatenate(images)),
        np.unique(np.concatenate(met)),
    )


def _write(part: Part, accounts_file: Path, theirs: Theirs, folder: Path) -> tuple[Part, int]:
    """Write a file's entries without theirs, if it has any."""
    known = exchange.load(accounts_file)
    stays = [~_is_theirs(piece, known, theirs) for piece in entries.pieces([part.path], _NEEDED)]
    lost = sum(int(np.count_nonzero(~mask)) for mask in stays)
    if not lost:
        return part, 0
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part.dataset}-{part.path.name}"  # two datasets may have the same list
    with entries.writer(path) as write:
        for piece, mask in zip(entries.pieces([part.path]), stays, strict=True):
            write(piece.filter(pa.array(mask)))
    return part._replace(path=path), lost


_NEEDED = ["nsid", "alias", "name", "photo_id", "image_url", "identity"]


def _is_theirs(piece: pa.RecordBatch, known: Accounts, theirs: Theirs) -> Any:
    columns = [
        (exchange.owners(piece, known), theirs.owners),
        (piece["photo_id"].fill_null(0).to_numpy(), theirs.photos),
        (exchange.hashes("image:", piece["image_url"]), theirs.images),
        (exchange.hashes("person:", piece["identity"], as_person), theirs.people),
    ]
    return np.logical_or.reduce([np.isin(column, gone) for column, gone in columns])
