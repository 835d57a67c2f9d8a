"""Partitions to shards: JSON text made column by column, never a Python object per row.

What the `records` of a shard are. Datasets are numbered by their place in current.json; "2,7" stands for
photos that are in datasets 2 and 7 and in no other; ids are ascending, the first and then differences. For an
account, "2,7+4" are photos of which lists 2 and 7 name it as the owner, and 4 holds them without naming it.

    accounts  key -> {"2,7+4": ids of photos}; a list of such records where several accounts used the name
    photos    {"2,7": ids of photos, each div the number of shards}
    images    {"2": {label: [key of an image's address]}}
    people    key -> {"2": {label: number of images}}
    tags      key -> {"2": [photos, accounts]}
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exposing import exchange, output, relations
from exposing.columns import concat, differences, distinct, distinct_rows, entry_keys, join, quoted, starts
from exposing.errors import BuildError
from exposing.keys import FORMAT, MAX_SHARDS, shard_name

KINDS = ("accounts", "photos", "images", "people", "tags")
SHARD_BYTES = 40 << 10
"""The mean shard is meant to stay below this many bytes as it is sent, compressed.

The mean comes close to it, because the number of shards need not be a power of two. If it had to be one, the
mean would be anywhere between half of this and all of it.
"""
KEYS_PER_SHARD = 128
"""A shard holds at least so many keys on average: the crowd in which a search is hidden."""
SAMPLE = 1 << 18
"""Bytes of text that are compressed to tell how much all of it would be."""
HEAD = 120
"""Bytes, compressed, of what stands around a shard's records."""
TAG_OWNERS = 20
"""A tag is listed for a dataset when at least so many accounts used it there."""


class Plan(NamedTuple):
    """How one kind is cut: partitions on disk, a power of two, and shards on the site.

    The number of shards is a power of two below the number of partitions, or a multiple of it: so a partition
    is a part of one shard, or some whole shards.
    """

    kind: str
    partition_bits: int
    shards: int

    def groups(self) -> list[list[int]]:
        """Partitions that are read together: one each, or as many as one shard needs."""
        count = 1 << self.partition_bits
        together = max(1, count // self.shards)
        if self.kind == "photos":
            return [list(range(first, count, count // together)) for first in range(count // together)]
        return [list(range(first, first + together)) for first in range(0, count, together)]

    def shards_of(self, group: list[int]) -> range:
        """The numbers of the shards that a group's partitions make."""
        count, first = 1 << self.partition_bits, group[0]
        if self.kind == "photos":
            return range(first, self.shards, count)
        return range(first * self.shards // count, (group[-1] + 1) * self.shards // count)


class Written(NamedTuple):
    """The shards that a group of partitions made, and the file that has their records, one after another."""

    kind: str
    shards: int  # of this kind, in all
    path: Path
    keys: dict[str, int]  # shard name -> keys in it
    digests: dict[str, str]  # shard name -> SHA-256 of its records
    sizes: dict[str, int]  # shard name -> bytes of its records
    counts: "Counts"


@dataclass(frozen=True)
class Counts:
    """What the records of a group of partitions say of datasets, by their numbers."""

    shared: relations.Pairs = field(default_factory=relations.Pairs)  # what two of them share
    per_account: dict[int, list[int]] = field(default_factory=dict)  # accounts per bin of relations.BINS
    by_parts: dict[int, int] = field(default_factory=dict)  # photos of its parts that its own list lacks
    listed: dict[int, int] = field(default_factory=dict)  # tags that are listed


def plan(folder: Path, kind: str, partition_bits: int) -> Plan:
    """Choose the number of shards from the first partition, which stands for all of them.

    The fewest shards whose mean is below SHARD_BYTES compressed, and never so many that a shard would
    hold fewer than KEYS_PER_SHARD keys on average.
    """
    rows, partitions = _ARRANGED[kind](folder, [0]), 1 << partition_bits
    bodies = _BODIES[kind](rows, partitions)
    keys = sum(count for _, _, count in bodies) * partitions
    packed = _packed_bytes(bodies) * partitions
    most = max(1, min(MAX_SHARDS, keys // KEYS_PER_SHARD))
    numbers = [*(1 << bits for bits in range(partition_bits)), *range(partitions, most + 1, partitions)]
    allowed = [number for number in numbers if number <= most]
    fits = (number for number in allowed if packed / number + HEAD < SHARD_BYTES)
    return Plan(kind, partition_bits, next(fits, allowed[-1]))


def _packed_bytes(bodies: "list[Body]") -> int:
    """About how many bytes the texts are, compressed: told from a part in their middle."""
    text = b"".join(body for _, body, _ in bodies)
    start = max(0, len(text) - SAMPLE) // 2
    part = text[start : start + SAMPLE]
    return len(zlib.compress(part, 6)) * len(text) // max(1, len(part))


def write_records(
    item: tuple[Plan, list[int]], folder: Path, out: Path, parts: Mapping[int, list[int]]
) -> Written:
    """Write the records of the shards of a group of partitions to one file below `out`.

    `parts` are, by the number of a dataset, the numbers of those that are parts of it.
    """
    plan, group = item
    rows = _ARRANGED[plan.kind](folder, group)
    counts = _counts(plan, group, rows, parts)
    written = Written(plan.kind, plan.shards, out / f"{plan.kind}-{group[0]}", {}, {}, {}, counts)
    bodies = {number: (body, count) for number, body, count in _BODIES[plan.kind](rows, plan.shards)}
    out.mkdir(parents=True, exist_ok=True)
    with written.path.open("wb") as file:
        for number in plan.shards_of(group):
            body, count = bodies.get(number, (b"{}", 0))
            file.write(body)
            name = shard_name(number, plan.shards)
            written.keys[name] = count
            written.digests[name] = hashlib.sha256(body).hexdigest()
            written.sizes[name] = len(body)
    return written


def _counts(plan: Plan, group: list[int], rows: "Rows", parts: Mapping[int, list[int]]) -> Counts:
    """What the rows say of datasets. An account is counted in the partition of its own key alone."""
    if plan.kind == "photos":
        photo, dataset = rows["photo"], rows["dataset"]
        return Counts(relations.shared(photo, dataset), by_parts=relations.by_parts(photo, dataset, parts))
    if plan.kind == "tags":
        return Counts(listed=relations.per_dataset(rows["dataset"]))
    if plan.kind != "accounts":
        return Counts()
    at_home = np.isin(exchange.partition_of(rows["owners"], plan.partition_bits), group)[rows["owner"]]
    own = at_home & ~rows["joined"]
    record, many = _records(rows["owner"][own], rows["dataset"][own])
    found = np.flatnonzero(np.bincount(record))
    photos = np.bincount(record[rows["photo"][own] > 0], minlength=found.max(initial=0) + 1)[found]
    owner, dataset = np.divmod(found, many)
    return Counts(
        relations.shared(owner, dataset),
        relations.per_account(dataset[photos > 0], photos[photos > 0]),
    )


def _records(owner: Any, dataset: Any) -> tuple[Any, int]:
    """One number for each row's account and dataset: so many times the account's, and the dataset's."""
    many = int(dataset.max(initial=0)) + 1
    return owner.astype(np.int64) * many + dataset.astype(np.int64), many


def build_id(written: Iterable[Written], datasets: list[str]) -> str:
    """A name for the whole index: it changes when a shard, the list of datasets or the format does."""
    lines = sorted(
        f"{part.kind}/{name} {digest}" for part in written for name, digest in part.digests.items()
    )
    return hashlib.sha256("\n".join([str(FORMAT), *datasets, *lines]).encode()).hexdigest()[:12]


def seal(written: Written, build: str, index: Path, *, compress: bool) -> int:
    """Write whole shards below `index/<build>/<kind>/`: head, records, digest. Returns bytes on disk.

    The disk is waited for here, by several files at a time, while pages are made: not at the end.
    """
    stored = 0
    target = index / build / written.kind
    target.mkdir(parents=True, exist_ok=True)
    with written.path.open("rb") as file, ThreadPoolExecutor(output.SYNCED) as pool:
        synced = []
        for name, size in written.sizes.items():
            text = _head(written, build, name) + file.read(size)
            text += _end(hashlib.sha256(text).hexdigest())
            data = packed(text) if compress else text
            path = target / f"{name}{ending(compress)}"
            path.write_bytes(data)
            synced.append(pool.submit(output.sync, path))
            stored += len(data)
        for one in synced:
            one.result()
    return stored


def write_current(path: Path, current: Mapping[str, Any]) -> None:
    """Write current.json, which ends with its own digest as shards do."""
    text = json.dumps(current, ensure_ascii=False, allow_nan=False, indent=1).removesuffix("\n}").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text + _end(hashlib.sha256(text).hexdigest()) + b"\n")


def around(written: Written, build: str) -> int:
    """How many bytes stand around the records of each shard."""
    return len(_head(written, build, next(iter(written.sizes)))) + len(_end("0" * 64))


def _head(written: Written, build: str, name: str) -> bytes:
    """What a shard begins with: a reader checks each of these against what it asked for."""
    about = f'"kind":"{written.kind}","build":"{build}","shard":"{name}","of":{written.shards}'
    return f'{{{about},"records":'.encode()


def _end(digest: str) -> bytes:
    return f',"sha256":"{digest}"}}'.encode()


def packed(text: bytes) -> bytes:
    """The text in gzip's form, a tenth smaller than by its usual way.

    That looks for repetitions, and finds chance ones of few digits, which cost more than they spare.
    """
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS, strategy=zlib.Z_FILTERED)
    return packer.compress(text) + packer.flush()


def ending(compress: bool) -> str:
    """How the names of shards' files end."""
    return ".json.gz" if compress else ".json"


Body = tuple[int, bytes, int]
"""A shard's number, the JSON text of its records, and how many keys they are."""

Rows = dict[str, Any]
"""The distinct rows of some partitions, column by column, in ascending order."""


def _accounts(folder: Path, group: list[int]) -> Rows:
    """Photos by owner, who is given by the place in `owners`; and the keys by which each owner is found.

    `joined` marks photos of datasets whose own list does not name this owner.
    """
    own, joined = (exchange.receive(folder, kind, group) for kind in ("accounts", "joined"))
    table, names = pa.concat_tables([own, joined]), exchange.receive(folder, "names", group)
    key, key_owner = distinct_rows(names["key"].to_numpy(), names["owner"].to_numpy())
    owners = distinct(key_owner)
    of_photo = table["owner"].combine_chunks().dictionary_encode()  # each owner is looked for once
    owner = np.searchsorted(owners, of_photo.dictionary)[of_photo.indices]
    elsewhere = np.repeat([0, 1], [len(own), len(joined)])
    columns = (owner, table["photo"].to_numpy(), elsewhere, table["dataset"].to_numpy())
    owner, photo, elsewhere, dataset = distinct_rows(*columns)
    nothing = photo == 0  # named without a photo: that says nothing beside photos of the same dataset
    if nothing.any():
        record, _ = _records(owner, dataset)
        nothing &= np.isin(record, record[~nothing & (elsewhere == 0)])
        owner, photo, dataset, elsewhere = (one[~nothing] for one in (owner, photo, dataset, elsewhere))
    return {
        "joined": elsewhere > 0,
        "owners": owners,
        "owner": owner,
        "photo": photo,
        "dataset": dataset,
        "key": key,
        "key_owner": np.searchsorted(owners, key_owner),
    }


def _account_bodies(rows: Rows, shards: int) -> list[Body]:
    owner, dataset, photo = rows["owner"], rows["dataset"], rows["photo"]
    one = starts(owner, photo)
    among, names = _sets(dataset, one, rows["joined"])
    owner, among, photo = distinct_rows(owner[one], among, photo[one])
    record = starts(owner, among)
    numbers = differences(photo, record).cast(pa.string())
    if (photo == 0).any():
        numbers = pc.if_else(pa.array(photo == 0), "", numbers)
    lists = concat(names.take(pa.array(among[record])), ":[", join(numbers, record), "]")
    account = np.searchsorted(record, starts(owner))
    objects = concat("{", join(lists, account), "}")
    key = starts(rows["key"])
    several = join(objects.take(pa.array(rows["key_owner"])), key)
    shared = np.diff(np.append(key, len(rows["key"]))) > 1
    if shared.any():
        several = pc.if_else(pa.array(shared), concat("[", several, "]"), several)
    return _keyed(rows["key"][key], several, shards)


def _photos(folder: Path, group: list[int]) -> Rows:
    table = exchange.receive(folder, "photos", group)
    photo, dataset = distinct_rows(table["photo"].to_numpy(), table["dataset"].to_numpy())
    return {"photo": photo, "dataset": dataset}


def _photo_bodies(rows: Rows, shards: int) -> list[Body]:
    one = starts(rows["photo"])
    among, names = _sets(rows["dataset"], one)
    rest, where = np.divmod(rows["photo"][one], np.uint64(shards))
    shard, among, rest = distinct_rows(where, among, rest)
    record = starts(shard, among)
    numbers = differences(rest, record).cast(pa.string())
    lists = concat(names.take(pa.array(among[record])), ":[", join(numbers, record), "]")
    return _per_shard(shard, record, lists, where)


def _sets(dataset: Any, first: Any, joined: Any = None) -> tuple[Any, pa.Array]:
    """The set of datasets in each run of rows, which begins at a row of `first`: as numbers, and their names.

    A photo is written once, under the name of all datasets that hold it, such as "2,7". Datasets that are
    marked in `joined` stand last in each run, and after a plus: "2,7+4".
    """
    sizes, many = np.diff(np.append(first, len(dataset))), int(dataset.max(initial=0)) + 1
    names = [str(number) for number in range(many)]
    dataset = dataset.astype(np.int64)
    if joined is not None and joined.any():
        names += [f"+{number}" for number in range(many)]
        dataset, many = np.where(joined, dataset + many, dataset), 2 * many
    sets = dataset[first]  # a set grows by one dataset at a time: most have few
    for place in range(1, sizes.max(initial=0)):
        longer = np.flatnonzero(sizes > place)
        grown = pa.array(sets[longer] * many + dataset[first[longer] + place]).dictionary_encode()
        sets[longer] = grown.indices.to_numpy() + len(names)
        names += [_with(names[one // many], names[one % many]) for one in grown.dictionary.to_pylist()]
    return _numbered(pa.DictionaryArray.from_arrays(pa.array(sets), pa.array(names, pa.string())))


def _with(names: str, one: str) -> str:
    """The name of a set with one more dataset in it."""
    if not one.startswith("+"):
        return f"{names},{one}"
    return f"{names},{one[1:]}" if "+" in names else names + one


def _images(folder: Path, group: list[int]) -> Rows:
    table = exchange.receive(folder, "images", group)
    label, labels = _numbered(table["label"].combine_chunks())
    key, dataset, label = distinct_rows(table["key"].to_numpy(), table["dataset"].to_numpy(), label)
    return {"key": key, "dataset": dataset, "label": label, "labels": labels}


def _image_bodies(rows: Rows, shards: int) -> list[Body]:
    shard, dataset, label, key = distinct_rows(
        _shard_numbers(rows["key"], shards), rows["dataset"], rows["label"], rows["key"]
    )
    texts = concat('"', entry_keys(key), '"')
    group = starts(shard, dataset, label)
    lists = concat(rows["labels"].take(pa.array(label[group])), ":[", join(texts, group), "]")
    record = starts(shard, dataset)
    objects = concat('"', dataset[record], '":{', join(lists, np.searchsorted(group, record)), "}")
    keys = rows["key"][starts(rows["key"])]
    _check_collisions(keys, shards)
    return _per_shard(shard, record, objects, _shard_numbers(keys, shards))


def _per_shard(shard: Any, record: Any, values: pa.Array, keys: Any) -> list[Body]:
    """One JSON object per shard out of `values`, one per row of `record` in the sorted column `shard`.

    `keys` holds the shard of every key.
    """
    first = starts(shard)
    texts = join(values, np.searchsorted(record, first)).cast(pa.binary()).to_pylist()
    numbers = shard[first].astype(np.int64)
    counts = np.bincount(keys.astype(np.int64))[numbers].tolist() if len(numbers) else []
    return [
        (n, b"{%b}" % text, count) for n, text, count in zip(numbers.tolist(), texts, counts, strict=True)
    ]


def _people(folder: Path, group: list[int]) -> Rows:
    """How many images each label of each dataset has."""
    table = exchange.receive(folder, "people", group)
    label, labels = _numbered(table["label"].combine_chunks())
    key_of = np.zeros(len(labels), np.uint64)
    key_of[label] = table["key"].to_numpy()
    dataset, label, image = distinct_rows(table["dataset"].to_numpy(), label, table["image"].to_numpy())
    record = starts(dataset, label)
    images = np.diff(np.append(record, len(image)))
    key, dataset, label, images = distinct_rows(key_of[label[record]], dataset[record], label[record], images)
    return {"key": key, "dataset": dataset, "label": label, "labels": labels, "images": images}


def _people_bodies(rows: Rows, shards: int) -> list[Body]:
    texts = concat(rows["labels"].take(pa.array(rows["label"])), ":", rows["images"])
    record = starts(rows["key"], rows["dataset"])
    objects = concat('"', rows["dataset"][record], '":{', join(texts, record), "}")
    return _objects(rows["key"], objects, record, shards)


def _tags(folder: Path, group: list[int]) -> Rows:
    """How many photos and owners each tag has in a dataset; only tags of enough owners."""
    table = exchange.receive(folder, "tags", group)
    key, dataset, owner, photo = (table[name].to_numpy() for name in ("key", "dataset", "owner", "photo"))
    known = owner > 0
    key, dataset, owner, photo = key[known], dataset[known], owner[known], photo[known]
    by_owner = distinct_rows(key, dataset, owner)
    by_photo = distinct_rows(key, dataset, photo)
    first = starts(*by_owner[:2])
    key, dataset = by_owner[0][first], by_owner[1][first]
    owners = np.diff(np.append(first, len(by_owner[0])))
    photos = np.diff(np.append(starts(*by_photo[:2]), len(by_photo[0])))
    enough = owners >= TAG_OWNERS
    columns = {"key": key, "dataset": dataset, "owners": owners, "photos": photos}
    return {name: column[enough] for name, column in columns.items()}


def _tag_bodies(rows: Rows, shards: int) -> list[Body]:
    lists = concat('"', rows["dataset"], '":[', rows["photos"], ",", rows["owners"], "]")
    return _objects(rows["key"], lists, np.arange(len(rows["key"])), shards)


def _numbered(texts: pa.Array) -> tuple[Any, pa.Array]:
    """Numbers for the texts, in the order of the texts; and each text, as JSON, by its number.

    Texts that are dictionary-encoded already are taken as they are.
    """
    encoded = texts.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    numbers = np.empty(len(order), np.int64)
    numbers[order.to_numpy()] = np.arange(len(order))
    return numbers[encoded.indices.to_numpy()], quoted(encoded.dictionary.take(order))


def _objects(keys: Any, values: pa.Array, record: Any, shards: int) -> list[Body]:
    """One JSON object per key out of `values`, one per row of `record` in the sorted column `keys`."""
    key = starts(keys)
    return _keyed(keys[key], concat("{", join(values, np.searchsorted(record, key)), "}"), shards)


def _keyed(keys: Any, values: pa.Array, shards: int) -> list[Body]:
    """Shards out of one JSON value per key hash, ascending."""
    entry = entry_keys(keys)
    number = _shard_numbers(keys, shards)
    start = starts(number)
    _check_collisions(keys, shards)
    texts = join(concat('"', entry, '":', values), start).cast(pa.binary()).to_pylist()
    counts = np.diff(np.append(start, len(keys))).tolist()
    return [(n, b"{%b}" % text, c) for n, text, c in zip(number[start].tolist(), texts, counts, strict=True)]


def _check_collisions(keys: Any, shards: int) -> None:
    """Stop if two distinct hashes would have the same name in the same shard."""
    places = (_shard_numbers(keys, shards).astype(np.uint64) << np.uint64(48)) | (
        keys & np.uint64((1 << 48) - 1)
    )
    if len(distinct(places)) < len(keys):
        raise BuildError("two keys of one shard have the same hash", fix="report it: this is very unlikely")


_ARRANGED: dict[str, Callable[[Path, list[int]], Rows]] = {
    "accounts": _accounts,
    "photos": _photos,
    "images": _images,
    "people": _people,
    "tags": _tags,
}
_BODIES: dict[str, Callable[[Rows, int], list[Body]]] = {
    "accounts": _account_bodies,
    "photos": _photo_bodies,
    "images": _image_bodies,
    "people": _people_bodies,
    "tags": _tag_bodies,
}


def _shard_numbers(keys: Any, shards: int) -> Any:
    """The shard of each key hash, out of so many, as `keys.place` has it for one."""
    return ((keys >> np.uint64(32)) * np.uint64(shards) >> np.uint64(32)).astype(np.int64)
