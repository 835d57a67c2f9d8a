"""Partitions to shards: JSON text made column by column, never a Python object per row."""

import hashlib
import zlib
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exposing import exchange, relations
from exposing.columns import concat, differences, entry_keys, join, quoted, sort, starts
from exposing.errors import BuildError
from exposing.keys import MAX_BITS, shard_name

KINDS = tuple(exchange.SCHEMAS)
SHARD_BYTES = 64 << 10
"""The mean shard stays below this many bytes as it is sent, compressed."""
KEYS_PER_SHARD = 128
"""A shard holds at least so many keys on average: the crowd in which a search is hidden."""
PACKED = 1 << 22
"""Bytes of text that are compressed to guess how much all of it would be."""
SAMPLE = 16
"""Shards that are made to measure their mean size."""
HEAD = 120
"""Bytes, compressed, of what stands around a shard's entries."""
TAG_OWNERS = 20
"""A tag is listed for a dataset when at least so many accounts used it there."""


class Plan(NamedTuple):
    """How one kind is cut: partitions on disk, shards on the site, as powers of two."""

    kind: str
    partition_bits: int
    bits: int

    def groups(self) -> list[list[int]]:
        """Partitions that are read together: one each, or as many as one shard needs."""
        count, together = 1 << self.partition_bits, 1 << max(0, self.partition_bits - self.bits)
        if self.kind == "photos":
            return [list(range(first, count, count // together)) for first in range(count // together)]
        return [list(range(first, first + together)) for first in range(0, count, together)]


class Written(NamedTuple):
    """The shards that one group of partitions made: number of keys and digest of each body."""

    kind: str
    keys: dict[str, int]  # shard name -> keys in it
    digests: dict[str, str]  # shard name -> SHA-256 of its entries
    shared: relations.Pairs  # of `accounts` and `photos`: how many of them two datasets share
    per_account: dict[int, list[int]]  # of `accounts`: dataset -> accounts per bin of relations.BINS


def plan(folder: Path, kind: str, partition_bits: int) -> Plan:
    """Choose the number of shards from the first partition, which stands for all of them.

    The fewest shards whose mean is below SHARD_BYTES compressed, and never so many that a shard would
    hold fewer than KEYS_PER_SHARD keys on average.
    """
    table = exchange.receive(folder, kind, [0])
    bodies = _BODIES[kind](table, partition_bits)
    keys = sum(count for _, _, count in bodies) << partition_bits
    most = max(0, min(MAX_BITS, (keys // KEYS_PER_SHARD).bit_length() - 1))
    packed = _packed_bytes(bodies) << partition_bits
    bits = min(most, max(0, (packed // SHARD_BYTES).bit_length() - 1))  # one too few at most: begin there
    while bits < most and _mean_bytes(table, Plan(kind, partition_bits, bits)) >= SHARD_BYTES:
        bits += 1
    return Plan(kind, partition_bits, bits)


def _packed_bytes(bodies: "list[Body]") -> int:
    """About how many bytes the texts are, compressed."""
    text = "".join(body for _, body, _ in bodies).encode()
    part = text[:PACKED]
    return len(zlib.compress(part, 6)) * len(text) // max(1, len(part))


def _mean_bytes(table: pa.Table, plan: Plan) -> float:
    """The mean size of a shard as it is sent, from the first few shards of the first partition."""
    if plan.bits > plan.partition_bits:
        numbers = _shard_of(table, plan) >> (plan.partition_bits if plan.kind == "photos" else 0)
        table = table.filter(pa.array(numbers < SAMPLE))
    bodies = _BODIES[plan.kind](table, plan.bits)
    if not bodies:
        return 0
    sizes = [HEAD + len(zlib.compress(body.encode(), 6)) for _, body, _ in bodies]
    return sum(sizes) / len(sizes) * (1 << max(0, plan.partition_bits - plan.bits))


def _shard_of(table: pa.Table, plan: Plan) -> Any:
    """The shard's number of each row."""
    if plan.kind == "photos":
        return table["photo"].to_numpy() & ((1 << plan.bits) - 1)
    return _shard_numbers(table["key"].to_numpy(), plan.bits)


def write_entries(plan: Plan, group: list[int], folder: Path, out: Path) -> Written:
    """Write the entries of a group's shards to `out/<kind>/<shard>`, one file each."""
    table = exchange.receive(folder, plan.kind, group)
    shared, per_account = _relations(plan.kind, table)
    written = Written(plan.kind, {}, {}, shared, per_account)
    (out / plan.kind).mkdir(parents=True, exist_ok=True)
    for number, body, count in _BODIES[plan.kind](table, plan.bits):
        name = shard_name(number, plan.bits)
        data = body.encode()
        (out / plan.kind / name).write_bytes(data)
        written.keys[name] = count
        written.digests[name] = hashlib.sha256(data).hexdigest()
    return written


def _relations(kind: str, table: pa.Table) -> tuple[relations.Pairs, dict[int, list[int]]]:
    if kind == "accounts":
        return relations.accounts(table)
    return relations.shared(table, "photo") if kind == "photos" else relations.Pairs(), {}


def build_id(written: Iterable[Written], datasets: list[str]) -> str:
    """A name for the whole index that changes exactly when a shard or the list of datasets does."""
    lines = sorted(
        f"{part.kind}/{name} {digest}" for part in written for name, digest in part.digests.items()
    )
    return hashlib.sha256("\n".join([*datasets, *lines]).encode()).hexdigest()[:12]


def seal(kind: str, names: list[str], build: str, entries: Path, index: Path) -> int:
    """Write whole shards below `index/<build>/<kind>/`: head, entries, digest. Returns their bytes."""
    total = 0
    target = index / build / kind
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = entries / kind / name
        body = path.read_bytes() if path.exists() else b"{}"
        text = f'{{"kind":"{kind}","build":"{build}","shard":"{name}","entries":'.encode() + body
        text += f',"sha256":"{hashlib.sha256(text).hexdigest()}"}}'.encode()
        (target / f"{name}.json").write_bytes(text)
        total += len(text)
    return total


Body = tuple[int, str, int]
"""A shard's number, the JSON text of its entries, and how many keys they are."""


def _account_bodies(table: pa.Table, bits: int) -> list[Body]:
    table = sort(table, "key", "owner", "dataset", "photo")
    record = starts(table, "key", "owner", "dataset")
    alone = np.diff(np.append(record, len(table))) == 1
    photo = table["photo"].to_numpy()
    nothing = np.zeros(len(table), bool)  # "named without a photo" beside photos of the same dataset
    nothing[record[~alone]] = photo[record[~alone]] == 0
    table = table.filter(pa.array(~nothing))
    record = starts(table, "key", "owner", "dataset")
    numbers = differences(table["photo"].to_numpy(), record)
    texts = pc.if_else(pa.array(table["photo"].to_numpy() == 0), "", numbers.cast(pa.string()))
    lists = concat('"', table["dataset"].take(record), '":[', join(texts, record), "]")
    account = starts(table, "key", "owner")
    objects = concat("{", join(lists, np.searchsorted(record, account)), "}")
    key = starts(table, "key")
    several = join(objects, np.searchsorted(account, key))
    shared = np.diff(np.append(np.searchsorted(account, key), len(account))) > 1
    values = pc.if_else(pa.array(shared), concat("[", several, "]"), several)
    return _keyed(table["key"].to_numpy()[key], values, bits)


def _photo_bodies(table: pa.Table, bits: int) -> list[Body]:
    photo = table["photo"].to_numpy()
    table = table.append_column("shard", pa.array(photo & ((1 << bits) - 1)))
    table = sort(table.append_column("rest", pa.array(photo >> bits)), "shard", "dataset", "rest")
    record = starts(table, "shard", "dataset")
    numbers = differences(table["rest"].to_numpy(), record)
    lists = concat('"', table["dataset"].take(record), '":[', join(numbers.cast(pa.string()), record), "]")
    return _per_shard(table, lists, record, table["rest"].to_numpy())


def _image_bodies(table: pa.Table, bits: int) -> list[Body]:
    shards = pa.array(_shard_numbers(table["key"].to_numpy(), bits))
    table = sort(table.append_column("shard", shards), "shard", "dataset", "label", "key")
    texts = concat('"', entry_keys(table["key"].to_numpy()), '"')
    label = starts(table, "shard", "dataset", "label")
    lists = concat(quoted(table["label"].take(label)), ":[", join(texts, label), "]")
    record = starts(table, "shard", "dataset")
    objects = concat(
        '"', table["dataset"].take(record), '":{', join(lists, np.searchsorted(label, record)), "}"
    )
    keys = table["key"].to_numpy()
    _check_collisions(np.unique(keys), bits)
    return _per_shard(table, objects, record, keys)


def _per_shard(table: pa.Table, values: pa.Array, record: Any, counted: Any) -> list[Body]:
    """One JSON object per shard out of `values`, which stand at the rows `record` of a table in its order.

    The keys of a shard are the distinct ones of `counted`, which has an element per row of the table.
    """
    shard = starts(table, "shard")
    texts = join(values, np.searchsorted(record, shard)).to_pylist()
    counts = [len(np.unique(counted[start:end])) for start, end in pairwise(np.append(shard, len(table)))]
    numbers = table["shard"].to_numpy()[shard].tolist()
    return [(n, f"{{{text}}}", count) for n, text, count in zip(numbers, texts, counts, strict=True)]


def _people_bodies(table: pa.Table, bits: int) -> list[Body]:
    counted = table.group_by(["key", "dataset", "label"]).aggregate([("image", "count_distinct")])
    table = sort(counted, "key", "dataset", "label")
    texts = concat(quoted(table["label"]), ":", table["image_count_distinct"])
    record = starts(table, "key", "dataset")
    objects = concat('"', table["dataset"].take(record), '":{', join(texts, record), "}")
    return _objects(table, objects, record, bits)


def _tag_bodies(table: pa.Table, bits: int) -> list[Body]:
    real = table.filter(pc.not_equal(table["owner"], pa.scalar(0, pa.uint64())))
    counted = real.group_by(["key", "dataset"]).aggregate(
        [("photo", "count_distinct"), ("owner", "count_distinct")]
    )
    table = sort(
        counted.filter(pc.greater_equal(counted["owner_count_distinct"], TAG_OWNERS)), "key", "dataset"
    )
    lists = concat(
        '"', table["dataset"], '":[', table["photo_count_distinct"], ",", table["owner_count_distinct"], "]"
    )
    return _objects(table, lists, np.arange(len(table)), bits)


def _objects(table: pa.Table, values: pa.Array, record: Any, bits: int) -> list[Body]:
    """One JSON object per key out of `values`, which stand at the rows `record` of a table sorted by key."""
    key = starts(table, "key")
    return _keyed(
        table["key"].to_numpy()[key],
        concat("{", join(values, np.searchsorted(record, key)), "}"),
        bits,
    )


def _keyed(keys: Any, values: pa.Array, bits: int) -> list[Body]:
    """Shards out of one JSON value per key hash, ascending."""
    entry = entry_keys(keys)
    shards = _shard_numbers(keys, bits)
    start = np.flatnonzero(np.append(True, shards[1:] != shards[:-1])[: len(shards)])
    _check_collisions(keys, bits)
    texts = join(concat('"', entry, '":', values), start).to_pylist()
    counts = np.diff(np.append(start, len(keys))).tolist()
    return [(n, f"{{{text}}}", c) for n, text, c in zip(shards[start].tolist(), texts, counts, strict=True)]


def _check_collisions(keys: Any, bits: int) -> None:
    """Stop if two distinct hashes would have the same name in the same shard."""
    places = (_shard_numbers(keys, bits).astype(np.uint64) << np.uint64(48)) | (
        keys & np.uint64((1 << 48) - 1)
    )
    if len(np.unique(places)) < len(keys):
        raise BuildError("two keys of one shard have the same hash", fix="report it: this is very unlikely")


_BODIES: dict[str, Callable[[pa.Table, int], list[Body]]] = {
    "accounts": _account_bodies,
    "photos": _photo_bodies,
    "images": _image_bodies,
    "people": _people_bodies,
    "tags": _tag_bodies,
}


def _shard_numbers(keys: Any, bits: int) -> Any:
    return (keys >> np.uint64(48)).astype(np.int64) >> (16 - bits)
