"""From a key to its place: the vectors, and whole columns as against single keys."""

import json
from itertools import accumulate

import numpy as np
import pytest

from exposing import exchange, index
from exposing.columns import entry_keys
from exposing.keys import key_hash, place, shard_name
from test_identifiers import PLACES

SHARDS = sorted({one["shards"] for one in PLACES})


def test_every_key_has_its_place() -> None:
    assert len(PLACES) >= 200 and {1, 7, 16, 17, 3000, 65536} <= set(SHARDS)
    for one in PLACES:
        shards = dict.fromkeys(index.KINDS, one["shards"])
        assert place(one["key"], shards) == (one["kind"], one["shard"], one["entry"])


@pytest.mark.parametrize("kind", index.KINDS)
@pytest.mark.parametrize("shards", SHARDS)
def test_whole_columns_have_the_places_that_single_keys_have(kind: str, shards: int) -> None:
    vectors = [one for one in PLACES if (one["kind"], one["shards"]) == (kind, shards)]
    expected = [(one["shard"], one["entry"]) for one in vectors]
    if kind == "photos":
        ids = np.array([int(one["key"].removeprefix("photo:")) for one in vectors], np.uint64)
        rows = {"photo": np.unique(ids), "dataset": np.zeros(len(set(ids)), int)}
        found = {}
        for number, body, _ in index._photo_bodies(rows, shards):
            steps = json.loads(body)["0"]  # the only set of datasets
            found |= {(shard_name(number, shards), str(rest)): True for rest in accumulate(steps)}
        assert found.keys() == set(expected)
        return
    keys = np.array([key_hash(one["key"]) for one in vectors], np.uint64)
    names = [shard_name(number, shards) for number in index._shard_numbers(keys, shards).tolist()]
    assert list(zip(names, entry_keys(keys).to_pylist(), strict=True)) == expected


@pytest.mark.parametrize("kind", index.KINDS)
@pytest.mark.parametrize(
    ("partition_bits", "shards"), [(0, 1), (0, 7), (4, 1), (4, 4), (4, 16), (4, 48), (4, 208)]
)
def test_a_shard_is_made_of_one_group_of_partitions(kind: str, partition_bits: int, shards: int) -> None:
    keys = np.random.default_rng(1).integers(0, 2**64, 50_000, np.uint64, endpoint=False)
    if kind == "photos":
        partition, shard = keys % np.uint64(1 << partition_bits), keys % np.uint64(shards)
    else:
        partition = exchange.partition_of(keys, partition_bits)
        shard = index._shard_numbers(keys, shards)
    groups = index.Plan(kind, partition_bits, shards).groups()
    assert sorted(number for group in groups for number in group) == list(range(1 << partition_bits))
    made = [number for group in groups for number in np.unique(shard[np.isin(partition, group)]).tolist()]
    assert sorted(made) == list(range(shards))
