"""Canonical entries to partitions on disk: what each kind of index needs, sent to where its shards are made.

A record is stored under every key that an account is known by, so names are joined to accounts first.
Memory stays bounded: entries are read batch by batch and appended to one file per partition.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exposing.identifiers import as_person
from exposing.keys import key_hash

BATCH = 1 << 18
"""Entries that are sent at a time."""

PARTITION = 2_000_000
"""Entries that a partition should hold at most, so that one fits into memory with room to spare."""

SCHEMAS = {
    "accounts": pa.schema(
        {"key": pa.uint64(), "owner": pa.uint64(), "dataset": pa.int16(), "photo": pa.int64()}
    ),
    "photos": pa.schema({"photo": pa.int64(), "dataset": pa.int16()}),
    "images": pa.schema({"key": pa.uint64(), "dataset": pa.int16(), "label": pa.string()}),
    "people": pa.schema(
        {"key": pa.uint64(), "dataset": pa.int16(), "label": pa.string(), "image": pa.uint64()}
    ),
    "tags": pa.schema({"key": pa.uint64(), "dataset": pa.int16(), "photo": pa.int64(), "owner": pa.uint64()}),
}
"""What is sent for each kind of index. `key` and `owner` are key hashes; a photo of 0 is no photo."""


class Accounts(NamedTuple):
    """The accounts that have names: by their own key, who they are and all keys they are known by."""

    owner: dict[str, int]  # account key of an entry -> hash of the account's own key
    known_by: dict[int, list[int]]  # hash of an account's own key -> hashes of all its keys


class Part(NamedTuple):
    """One file of canonical entries, and the number of its dataset."""

    dataset: int
    path: Path


def join_names(parts: Iterable[Part]) -> Accounts:
    """Join NSIDs, path aliases and display names across all datasets.

    An entry's account is its NSID, else its alias, else its display name. A name that lists give to
    exactly one NSID is that account's; a name that several have, or none, stays an account of its own.
    """
    pairs = {pair for part in parts for pair in _named(part.path)}
    owners_of: dict[str, set[str]] = defaultdict(set)
    for account, name in pairs:
        if account.startswith("nsid:"):
            owners_of[name].add(account)
    owner: dict[str, int] = {}
    known_by: dict[int, set[int]] = defaultdict(set)
    for account, name in sorted(pairs):
        nsids = owners_of.get(account, set())
        own = key_hash(min(nsids) if len(nsids) == 1 else account)
        owner[account] = own
        known_by[own] |= {own, key_hash(account), key_hash(name)}
    return Accounts(owner, {own: sorted(keys) for own, keys in known_by.items()})


def _named(path: Path) -> Iterator[tuple[str, str]]:
    """Every distinct (account key, name key) of a file's entries."""
    seen = set()
    for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=["nsid", "alias", "name"]):
        named = batch.filter(pc.or_(batch["alias"].is_valid(), batch["name"].is_valid()))
        rows = pa.table(named).group_by(["nsid", "alias", "name"]).aggregate([]).to_pylist()
        for row in rows:
            account = _account(row["nsid"], row["alias"], row["name"])
            seen |= {(account, f"name:{name}") for name in (row["alias"], row["name"]) if name}
    yield from seen


def _account(nsid: str | None, alias: str | None, name: str | None) -> str:
    return f"nsid:{nsid}" if nsid else f"name:{alias or name}"


def partition_bits(entries: int) -> int:
    """How many times the partitions are halved for so many entries."""
    return max(0, (entries // PARTITION).bit_length())


def send(part: Part, accounts: Accounts, bits: int, folder: Path) -> list[Path]:
    """Write what each kind of index needs of one file of entries to `folder/<kind>/<partition>/`."""
    with _Writers(folder, part.path.stem, bits) as writers:
        for batch in pq.ParquetFile(part.path).iter_batches(BATCH):
            if len(batch):
                _send_batch(batch, part.dataset, accounts, writers)
        return writers.paths


def _send_batch(batch: pa.RecordBatch, dataset: int, accounts: Accounts, writers: "_Writers") -> None:
    owner, flat, counts = _owners(batch, accounts)
    photo = pc.fill_null(batch["photo_id"], 0).to_numpy()
    rows = np.repeat(np.arange(len(batch)), counts)
    writers.write("accounts", key=flat, owner=owner[rows], photo=photo[rows], dataset=dataset)
    flickr = photo > 0
    writers.write("photos", photo=photo[flickr], dataset=dataset)
    image = _hashes(batch["image_url"], "image:{}".format)
    shown = image > 0
    labels = pc.fill_null(batch["identity"], "")
    writers.write("images", key=image[shown], label=labels.filter(pa.array(shown)), dataset=dataset)
    person = _hashes(batch["identity"], lambda label: f"person:{name}" if (name := as_person(label)) else "")
    named = person > 0
    item = np.where(shown, image, photo.astype(np.uint64))
    writers.write(
        "people", key=person[named], label=labels.filter(pa.array(named)), image=item[named], dataset=dataset
    )
    tags = _hashes(batch["tags"].flatten(), "tag:{}".format)
    rows = pc.list_parent_indices(batch["tags"]).to_numpy()[tags > 0]
    writers.write("tags", key=tags[tags > 0], photo=photo[rows], owner=owner[rows], dataset=dataset)


def _owners(batch: pa.RecordBatch, accounts: Accounts) -> tuple[Any, Any, Any]:
    """Per entry the account's hash (0: nobody's); then all keys of all entries, and how many each has."""
    nsid = pc.binary_join_element_wise("nsid:", batch["nsid"], "")
    name = pc.binary_join_element_wise("name:", pc.coalesce(batch["alias"], batch["name"]), "")
    encoded = pc.coalesce(nsid, name, "").dictionary_encode()
    keys = encoded.dictionary.to_pylist()
    own = [accounts.owner.get(key) or (key_hash(key) if key else 0) for key in keys]
    known_by = [accounts.known_by.get(number, [number]) if number else [] for number in own]
    codes = encoded.indices.to_numpy()
    counts = np.array([len(found) for found in known_by], np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1][codes]
    every = np.array([key for found in known_by for key in found], np.uint64)
    per_row = counts[codes]
    offsets = np.arange(per_row.sum()) - np.repeat(np.cumsum(per_row) - per_row, per_row)
    return np.array(own, np.uint64)[codes], every[np.repeat(starts, per_row) + offsets], per_row


def _hashes(values: pa.Array, key_of: Any) -> Any:
    """The hash of each value's key, made once per distinct value; 0 where there is no key."""
    encoded = values.dictionary_encode()
    keys = [key_of(value) for value in encoded.dictionary.to_pylist()]
    hashes = pa.array([key_hash(key) if key else 0 for key in keys], pa.uint64())
    return pc.fill_null(hashes.take(encoded.indices), 0).to_numpy(zero_copy_only=False)


class _Writers:
    """One open file per kind and partition."""

    def __init__(self, folder: Path, stem: str, bits: int) -> None:
        self.folder, self.stem, self.bits = folder, stem, bits
        self.open: dict[Path, Any] = {}

    def __enter__(self) -> "_Writers":
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self.open.values():
            writer.close()

    @property
    def paths(self) -> list[Path]:
        return list(self.open)

    def write(self, kind: str, dataset: int, **columns: Any) -> None:
        """Append rows to the partitions that they belong to."""
        count = len(next(iter(columns.values())))
        columns["dataset"] = np.full(count, dataset, np.int16)
        schema = SCHEMAS[kind]
        table = pa.table({field.name: columns[field.name] for field in schema}, schema=schema)
        where = partition_of(table, kind, self.bits)
        order = np.argsort(where, kind="stable")
        edges = np.searchsorted(where[order], np.arange((1 << self.bits) + 1))
        table = table.take(pa.array(order)) if self.bits else table
        for number, (start, end) in enumerate(pairwise(edges)):
            if end > start:
                self._file(kind, number).write_table(table.slice(start, end - start))

    def _file(self, kind: str, number: int) -> Any:
        path = self.folder / kind / str(number) / f"{self.stem}.arrow"
        if path not in self.open:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.open[path] = pa.ipc.new_file(path, SCHEMAS[kind])
        return self.open[path]


def partition_of(table: pa.Table, kind: str, bits: int) -> Any:
    """The partition of each row: the top bits of its key, or the low bits of a photo id."""
    if kind == "photos":
        return table["photo"].to_numpy() & ((1 << bits) - 1)
    return (table["key"].to_numpy() >> np.uint64(63 - bits)) >> np.uint64(1)


def receive(folder: Path, kind: str, numbers: Iterable[int]) -> pa.Table:
    """All distinct rows of some partitions of a kind."""
    tables = [SCHEMAS[kind].empty_table()]
    for number in numbers:
        for path in sorted((folder / kind / str(number)).glob("*.arrow")):
            tables.append(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
    return pa.concat_tables(tables).group_by(SCHEMAS[kind].names).aggregate([])
