"""What shards' entries are made of: runs of rows, and the sets of datasets that they are written under."""

import json
import random

import numpy as np
import pytest

from exposing import index
from exposing.columns import starts


@pytest.mark.parametrize("datasets", [1, 2, 12, 300])
def test_every_run_is_under_the_set_of_its_datasets(datasets: int) -> None:
    dice = random.Random(datasets)
    sets = [sorted(dice.sample(range(datasets), dice.randint(1, min(6, datasets)))) for _ in range(2000)]
    rows = np.array([(photo, one) for photo, several in enumerate(sets) for one in several], np.uint64)
    numbers, names = index._sets(rows[:, 1], starts(rows[:, 0]))
    texts = [json.loads(name) for name in names.to_pylist()]
    assert texts == sorted(set(texts))  # numbers go as their texts do: bytes hang on nothing else
    assert [texts[number] for number in numbers] == [",".join(map(str, several)) for several in sets]


def test_no_row_has_no_set() -> None:
    numbers, _ = index._sets(np.zeros(0, np.uint64), np.zeros(0, np.int64))
    assert len(numbers) == 0
