"""From a key to its place: the vectors, and whole columns as against single keys."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from exposing import exchange, index
from exposing.columns import entry_keys
from exposing.keys import key_hash, place, shard_name
from test_identifiers import PLACES

BITS = sorted({one["bits"] for one in PLACES})


def test_every_key_has_its_place() -> None:
    assert len(PLACES) >= 200 and {0, 4, 9, 13} <= set(BITS)
    for one in PLACES:
        bits = dict.fromkeys(exchange.SCHEMAS, one["bits"])
        assert place(one["key"], bits) == (one["kind"], one["shard"], one["entry"])


def table_of(vectors: list[dict[str, Any]], kind: str) -> pa.Table:
    """What is sent to the partitions for some keys."""
    if kind == "photos":
        return pa.table({"photo": [int(one["key"].removeprefix("photo:")) for one in vectors]})
    return pa.table({"key": pa.array([key_hash(one["key"]) for one in vectors], pa.uint64())})


@pytest.mark.parametrize("kind", exchange.SCHEMAS)
@pytest.mark.parametrize("bits", BITS)
def test_whole_columns_have_the_places_that_single_keys_have(kind: str, bits: int) -> None:
    vectors = [one for one in PLACES if (one["kind"], one["bits"]) == (kind, bits)]
    table = table_of(vectors, kind)
    expected = [one["shard"] for one in vectors]
    for numbers in (
        exchange.partition_of(table, kind, bits),
        index._shard_of(table, index.Plan(kind, 0, bits)),
    ):
        assert [shard_name(int(number), bits) for number in numbers] == expected
    if kind == "photos":
        entries = [str(number) for number in np.asarray(table["photo"]) >> bits]
    else:
        entries = entry_keys(np.asarray(table["key"])).to_pylist()
    assert entries == [one["entry"] for one in vectors]
