"""How datasets relate: what two of them share, what is part of what, and how many photos an account has."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

BINS = ((1, 1), (2, 5), (6, 20), (21, 100), (101, 1000), (1001, None))
"""Accounts are counted by how many photos they have in a dataset: from, to. The last is open."""

Pairs = Counter[tuple[int, int]]
"""Numbers of two datasets, the smaller first -> how much they share."""


def shared(values: Any, datasets: Any) -> Pairs:
    """How many values any two datasets share, given the distinct rows (value, dataset) in ascending order."""
    pairs: Pairs = Counter()
    many = int(datasets.max(initial=0)) + 1
    for apart in range(1, len(values)):
        same = np.flatnonzero(values[apart:] == values[:-apart])
        if not len(same):
            break
        counts = np.bincount((datasets[same] * many + datasets[same + apart]).astype(np.int64))
        for number in np.flatnonzero(counts).tolist():
            pairs[divmod(number, many)] += int(counts[number])
    return pairs


def per_account(datasets: Any, photos: Any) -> dict[int, list[int]]:
    """Accounts per bin of `BINS` and dataset, given how many photos one account has in one dataset."""
    bins = np.searchsorted([first for first, _ in BINS], photos, side="right") - 1
    return {
        int(number): np.bincount(bins[datasets == number], minlength=len(BINS)).tolist()
        for number in np.unique(datasets)
    }


def per_dataset(datasets: Any) -> dict[int, int]:
    """How many rows each dataset has that has any."""
    counts = np.bincount(datasets.astype(np.int64)).tolist()
    return {number: count for number, count in enumerate(counts) if count}


def by_parts(photos: Any, datasets: Any, parts: Mapping[int, list[int]]) -> dict[int, int]:
    """By dataset, the photos of its parts that its own list lacks, given the distinct (photo, dataset)."""
    return {
        whole: len(np.setdiff1d(photos[np.isin(datasets, numbers)], photos[datasets == whole]))
        for whole, numbers in parts.items()
    }
