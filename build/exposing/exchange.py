"""Canonical entries to partitions on disk: what each kind of index needs, sent to where its shards are made.

A record is stored under every key that an account is known by, so names are joined to accounts first.
Memory stays bounded: entries are read batch by batch, and what a batch has for all partitions is one file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exposing import entries
from exposing.columns import distinct, distinct_rows, starts
from exposing.identifiers import as_person
from exposing.keys import key_hashes

PARTITION = 1_000_000
"""Entries that a partition should hold at most, so that one fits into memory with room to spare."""

SCHEMAS = {
    "accounts": pa.schema({"owner": pa.uint64(), "dataset": pa.int16(), "photo": pa.int64()}),
    "joined": pa.schema({"owner": pa.uint64(), "dataset": pa.int16(), "photo": pa.int64()}),
    "names": pa.schema({"key": pa.uint64(), "owner": pa.uint64()}),
    "photos": pa.schema({"photo": pa.int64(), "dataset": pa.int16(), "owner": pa.uint64()}),
    "images": pa.schema({"key": pa.uint64(), "dataset": pa.int16(), "label": pa.string()}),
    "people": pa.schema(
        {"key": pa.uint64(), "dataset": pa.int16(), "label": pa.string(), "image": pa.uint64()}
    ),
    "tags": pa.schema({"key": pa.uint64(), "dataset": pa.int16(), "photo": pa.int64(), "owner": pa.uint64()}),
}
"""What is sent. `key` and `owner` are key hashes; a photo of 0 is no photo, an owner of 0 no owner.

`names` says under which keys an account is found; its photos, in `accounts`, are sent once to every
partition that holds any of those keys. So are those in `joined`: photos of a dataset whose own list does
not name this owner, where another list does.
"""


class Accounts(NamedTuple):
    """Who is who, in key hashes: of the accounts that any list gives a name."""

    other: Any  # ascending: accounts of entries whose own key is another
    own: Any  # the own key of each of `other`
    owner: Any  # ascending: the own key of an account ...
    key: Any  # ... and one of the keys that it is known by


class Part(NamedTuple):
    """One file of canonical entries, and the number of its dataset."""

    dataset: int
    path: Path


class Named(NamedTuple):
    """Accounts and names that entries give them, in key hashes; and whether the account is an NSID."""

    account: Any
    name: Any
    is_nsid: Any


def names(path: Path) -> Named:
    """Every account of a file's entries with each of its names; distinct."""
    parts = [np.zeros((3, 0), np.uint64)]
    for batch in entries.pieces([path], ["nsid", "alias", "name"]):
        if batch["alias"].null_count + batch["name"].null_count < 2 * len(batch):
            nsid, alias, name = _distinct_hashes(batch)
            account = np.where(nsid > 0, nsid, np.where(alias > 0, alias, name))
            for one in (alias, name):
                parts.append(np.stack([account, one, nsid > 0])[:, one > 0])
    account, name, is_nsid = distinct_rows(*np.concatenate(parts, axis=1))
    return Named(account, name, is_nsid > 0)


def _distinct_hashes(batch: pa.RecordBatch) -> tuple[Any, Any, Any]:
    """The key hashes of the distinct (NSID, alias, name) of a batch; 0 for none."""
    columns = [batch["nsid"], batch["alias"], batch["name"]]
    codes = distinct_rows(*(pc.add(pc.fill_null(column.indices, -1), 1).to_numpy() for column in columns))
    nsid, alias, name = (
        np.append(np.uint64(0), key_hashes(prefix, column.dictionary.to_pylist()))[code]
        for prefix, column, code in zip(_PREFIXES, columns, codes, strict=True)
    )
    return nsid, alias, name


_PREFIXES = ("nsid:", "name:", "name:")
"""What an entry's NSID, alias and display name are as keys."""


def join_names(named: Iterable[Named]) -> Accounts:
    """Join NSIDs, path aliases and display names across all datasets.

    An entry's account is its NSID, else its alias, else its display name. A name that lists give to
    exactly one NSID is that account's; a name that several have, or none, stays an account of its own.
    """
    nobody = Named(*np.zeros((3, 0), np.uint64))  # there may be no list at all
    account, name, is_nsid = (np.concatenate(columns) for columns in zip(nobody, *named, strict=True))
    account, name, is_nsid = distinct_rows(account, name, is_nsid)
    of_nsid = is_nsid > 0
    known, nsid = distinct_rows(name[of_nsid], account[of_nsid])
    first = starts(known)
    one = first[np.diff(np.append(first, len(known))) == 1]
    accounts = Accounts(known[one], nsid[one], *np.zeros((2, 0), np.uint64))
    own = own_keys(account, accounts)
    owner, key = distinct_rows(np.tile(own, 3), np.concatenate([own, account, name]))
    return accounts._replace(owner=owner, key=key)


def own_keys(accounts: Any, known: Accounts) -> Any:
    """The own key of each account of entries: that of its NSID, where its name is one NSID's alone."""
    if not len(known.other):
        return accounts
    place = np.minimum(np.searchsorted(known.other, accounts), len(known.other) - 1)
    return np.where(known.other[place] == accounts, known.own[place], accounts)


def partition_bits(entries: int) -> int:
    """How many times the partitions are halved for so many entries."""
    return max(0, (entries // PARTITION).bit_length())


def save(accounts: Accounts, path: Path) -> None:
    """Write what all who send entries need to know of accounts."""
    with path.open("wb") as file:
        np.savez(file, **accounts._asdict())


def load(path: Path) -> Accounts:
    """Read what `save` wrote."""
    with path.open("rb") as file, np.load(file) as columns:
        return Accounts(**columns)


def send(part: Part, accounts_file: Path, bits: int, folder: Path) -> None:
    """Write what each kind of index needs of one file of entries below `folder/<kind>/`.

    `accounts_file` is where `save` wrote the accounts.
    """
    accounts = load(accounts_file)
    for number, batch in enumerate(entries.pieces([part.path], _SENT)):
        stem = f"{part.dataset}-{part.path.stem}-{number}"  # two datasets may have the same list
        for kind, rows, where in _sent(batch, accounts, bits):
            rows["dataset"] = np.full(len(where), part.dataset, np.int16)
            _write(folder / kind, stem, bits, SCHEMAS[kind], where, rows)


_SENT = ["nsid", "alias", "name", "photo_id", "image_url", "identity", "tags"]
"""The columns of entries of which something is sent."""

Sent = tuple[str, dict[str, Any], Any]
"""A kind, its rows column by column, and the partition of each row."""


def _sent(batch: pa.RecordBatch, accounts: Accounts, bits: int) -> Iterator[Sent]:
    own, codes = _owners(batch, accounts)
    owner = own[codes]
    photo = pc.fill_null(batch["photo_id"], 0).to_numpy()
    key, key_owner = _keys(own, accounts)
    partition = partition_of(key, bits)
    yield "names", {"key": key, "owner": key_owner}, partition
    rows, partition = _per_partition(own, codes, key_owner, partition)
    yield "accounts", {"owner": owner[rows], "photo": photo[rows]}, partition
    flickr = photo > 0
    columns = {"photo": photo[flickr], "owner": owner[flickr]}
    yield "photos", columns, columns["photo"] & ((1 << bits) - 1)
    image = hashes("image:", batch["image_url"])
    if (shown := image > 0).any():
        key = image[shown]
        yield "images", {"key": key, "label": _labels(batch, shown)}, partition_of(key, bits)
    person = hashes("person:", batch["identity"], as_person)
    if (named := person > 0).any():
        key, item = person[named], np.where(shown, image, photo.astype(np.uint64))[named]
        columns = {"key": key, "label": _labels(batch, named), "image": item}
        yield "people", columns, partition_of(key, bits)
    tags = hashes("tag:", batch["tags"].flatten())
    if (known := tags > 0).any():
        key, rows = tags[known], pc.list_parent_indices(batch["tags"]).to_numpy()[known]
        yield "tags", {"key": key, "photo": photo[rows], "owner": owner[rows]}, partition_of(key, bits)


def join_owners(partition: int, accounts_file: Path, bits: int, folder: Path) -> dict[int, int]:
    """Send the photos of one partition of `photos` to owners whom only other lists name, as `joined`.

    Every owner that any list names counts for every dataset that holds the photo: a photo in datasets 0, 1
    and 2, of which 0 names owner A and 1 names owner B, is joined to A for 1 and 2, and to B for 0 and 2.

    Returns, by dataset, how many of its photos have an owner that only other lists name.
    """
    table = receive(folder, "photos", [partition])
    columns = (table[name].combine_chunks() for name in ("photo", "dataset", "owner"))
    owner, photo, dataset, counts = _joined(*columns)
    accounts = load(accounts_file)
    own, codes = np.unique(owner, return_inverse=True)
    key, key_owner = _keys(own, accounts)
    rows, where = _per_partition(own, codes, key_owner, partition_of(key, bits))
    joined = {"owner": owner[rows], "dataset": dataset[rows].astype(np.int16), "photo": photo[rows]}
    _write(folder / "joined", str(partition), bits, SCHEMAS["joined"], where, joined)
    return counts


def _joined(photo: pa.Array, dataset: pa.Array, owner: pa.Array) -> tuple[Any, Any, Any, dict[int, int]]:
    """Owner, photo and dataset of every photo that a dataset holds without naming this owner of it.

    And, by dataset, of how many photos it names no owner at all, where another does.
    """
    encoded = owner.dictionary_encode()
    photo, dataset, code = distinct_rows(photo.to_numpy(), dataset.to_numpy(), encoded.indices.to_numpy())
    first = starts(photo)
    several = (
        np.minimum.reduceat(dataset, first) < np.maximum.reduceat(dataset, first) if len(first) else first
    )
    several = np.repeat(several, np.diff(np.append(first, len(photo))))
    photo, dataset, code = photo[several], dataset[several], code[several]
    photos, number = np.unique(photo, return_inverse=True)
    owners = encoded.dictionary.to_numpy()
    named = owners[code.astype(np.int64)] > 0
    holding, holder = distinct_rows(number, dataset)
    owned, known = distinct_rows(number[named], code[named])
    rows, other = _pairs(holding, owned)
    candidates = [holding[rows], holder[rows], known[other], np.ones(len(rows), np.uint64)]
    theirs = [number[named], dataset[named], code[named], np.zeros(np.count_nonzero(named), np.uint64)]
    number, dataset, code, other = distinct_rows(
        *(np.concatenate(columns) for columns in zip(candidates, theirs, strict=True))
    )
    first = starts(number, dataset, code)
    joined = first[other[first] > 0]  # a list that names this owner itself needs no other
    holding = starts(number, dataset)
    unnamed = np.minimum.reduceat(other, holding) > 0 if len(other) else holding
    counts = np.bincount(dataset[holding][unnamed].astype(np.int64))
    number, code = number[joined].astype(np.int64), code[joined].astype(np.int64)
    return owners[code], photos[number], dataset[joined], dict(enumerate(counts.tolist()))


def _pairs(left: Any, right: Any) -> tuple[Any, Any]:
    """The places of all pairs of equal numbers in two ascending columns."""
    first = np.searchsorted(right, left)
    counts = np.searchsorted(right, left, side="right") - first
    rows = np.repeat(np.arange(len(left)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + first[rows]


def _labels(batch: pa.RecordBatch, where: Any) -> pa.Array:
    """The label of each entry that `where` marks; empty for none."""
    return pc.fill_null(batch["identity"].filter(pa.array(where)), "")


def owners(batch: pa.RecordBatch, accounts: Accounts) -> Any:
    """The hash of each entry's account; 0 for nobody's."""
    own, codes = _owners(batch, accounts)
    return own[codes]


def _owners(batch: pa.RecordBatch, accounts: Accounts) -> tuple[Any, Any]:
    """The hashes of the batch's accounts (0: nobody's), and per entry which of them is its account."""
    own, codes = np.zeros(1, np.uint64), np.zeros(len(batch), np.int64)
    for column, prefix in zip((batch["nsid"], batch["alias"], batch["name"]), _PREFIXES, strict=True):
        if column.null_count < len(column):
            indices = pc.fill_null(column.indices, -1).to_numpy()
            codes = np.where((codes == 0) & (indices >= 0), indices + len(own), codes)
            own = np.concatenate([own, key_hashes(prefix, column.dictionary.to_pylist())])
    used = np.bincount(codes, minlength=len(own)) > 0
    return own_keys(own[used], accounts), (np.cumsum(used) - 1)[codes]


def _keys(own: Any, accounts: Accounts) -> tuple[Any, Any]:
    """Every key of every account, and whose it is; distinct."""
    own = distinct(own[own > 0])
    known = np.isin(accounts.owner, own)
    owner = np.concatenate([own, accounts.owner[known]])
    key, owner = distinct_rows(np.concatenate([own, accounts.key[known]]), owner)
    return key, owner


def _per_partition(own: Any, codes: Any, owner: Any, partition: Any) -> tuple[Any, Any]:
    """The entries' rows, each as often as its account's keys lie in several partitions; and the partitions.

    `owner` and `partition` tell of each key whose it is and where it lies.
    """
    owners, partitions = distinct_rows(owner, partition)
    first = np.searchsorted(owners, own)
    counts = (np.searchsorted(owners, own, side="right") - first)[codes]
    rows = np.repeat(np.arange(len(codes)), counts)
    offsets = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, partitions[first[codes[rows]] + offsets]


def hashes(prefix: str, values: pa.Array, canonical: Callable[[str], str] | None = None) -> Any:
    """The hash of each value's key, made once per distinct value; 0 where there is no key."""
    if values.null_count == len(values):  # as most columns of most lists
        return np.zeros(len(values), np.uint64)
    encoded = values.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    if canonical:
        texts = [canonical(text) for text in texts]
    found = key_hashes(prefix, texts)
    found[[not text for text in texts]] = 0
    return np.append(found, np.uint64(0))[pc.fill_null(encoded.indices, len(texts)).to_numpy()]


def _write(
    folder: Path, stem: str, bits: int, schema: pa.Schema, where: Any, rows: Mapping[str, Any]
) -> None:
    """Write rows to one file, with a record batch for every partition: some may be empty."""
    if not len(where):
        return
    whole = pa.record_batch({field.name: rows[field.name] for field in schema}, schema=schema)
    where = where.astype(np.uint16)  # NumPy sorts numbers of 16 bits without comparing them
    order = np.argsort(where, kind="stable")
    edges = np.searchsorted(where[order], np.arange((1 << bits) + 1))
    whole = whole.take(pa.array(order)) if bits else whole
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{stem}.arrow").open("wb") as file, pa.ipc.new_file(file, schema) as writer:
        for start, end in pairwise(edges):
            writer.write_batch(whole.slice(start, end - start))


def partition_of(keys: Any, bits: int) -> Any:
    """The partition of each key hash: its top bits. (A photo's is the low bits of its id.)"""
    return (keys >> np.uint64(63 - bits)) >> np.uint64(1)


def receive(folder: Path, kind: str, partitions: list[int]) -> pa.Table:
    """All rows of some partitions of a kind, as often as they were sent."""
    batches = []
    for path in sorted((folder / kind).glob("*.arrow")):
        with path.open("rb") as stream, pa.ipc.open_file(stream) as file:
            batches += [file.get_batch(number) for number in partitions]
    return pa.Table.from_batches(batches, SCHEMAS[kind])
