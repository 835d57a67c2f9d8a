"""From a key to its place: the vectors, and whole columns as against single keys."""

import json
from itertools import accumulate

import numpy as np
import pytest

from exposing import exchange, index
from exposing.columns import entry_keys
from exposing.keys import key_hash, place, shard_name
from test_identifiers import PLACES

BITS = sorted({one["bits"] for one in PLACES})


def test_every_key_has_its_place() -> None:
    assert len(PLACES) >= 200 and {0, 4, 9, 13} <= set(BITS)
    for one in PLACES:
        bits = dict.fromkeys(index.KINDS, one["bits"])
        assert place(one["key"], bits) == (one["kind"], one["shard"], one["entry"])


@pytest.mark.parametrize("kind", index.KINDS)
@pytest.mark.parametrize("bits", BITS)
def test_whole_columns_have_the_places_that_single_keys_have(kind: str, bits: int) -> None:
    vectors = [one for one in PLACES if (one["kind"], one["bits"]) == (kind, bits)]
    expected = [(one["shard"], one["entry"]) for one in vectors]
    if kind == "photos":
        ids = np.array([int(one["key"].removeprefix("photo:")) for one in vectors], np.uint64)
        bodies = index._photo_bodies({"photo": np.unique(ids), "dataset": np.zeros(len(set(ids)), int)}, bits)
        found = {}
        for number, body, _ in bodies:
            steps = json.loads(body)["0"]  # the only set of datasets
            found |= {(shard_name(number, bits), str(rest)): True for rest in accumulate(steps)}
        assert found.keys() == set(expected)
        return
    keys = np.array([key_hash(one["key"]) for one in vectors], np.uint64)
    for numbers in (exchange.partition_of(keys, bits), index._shard_numbers(keys, bits)):
        shards = [shard_name(int(number), bits) for number in numbers]
        assert list(zip(shards, entry_keys(keys).to_pylist(), strict=True)) == expected
