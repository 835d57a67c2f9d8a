"""How datasets relate: what two of them share, and how many photos an account has in each."""

from collections import Counter
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
