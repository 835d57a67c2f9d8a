"""How datasets relate: what two of them share, and how many photos an account has in each."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BINS = ((1, 1), (2, 5), (6, 20), (21, 100), (101, 1000), (1001, None))
"""Accounts are counted by how many photos they have in a dataset: from, to. The last is open."""

Pairs = Counter[tuple[int, int]]
"""Numbers of two datasets, the smaller first -> how much they share."""


def shared(table: pa.Table, column: str) -> Pairs:
    """How many values of a column any two datasets share, in a table of distinct (column, dataset)."""
    counted = table[column].value_counts()
    several = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    rows = table.select([column, "dataset"]).filter(pc.is_in(table[column], several)).to_pandas()
    both = rows.merge(rows, on=column)
    both = both[both["dataset_x"] < both["dataset_y"]]
    pairs: Pairs = Counter()
    for (first, second), count in both.groupby(["dataset_x", "dataset_y"]).size().items():
        pairs[int(first), int(second)] = int(count)
    return pairs


def accounts(table: pa.Table) -> tuple[Pairs, dict[int, list[int]]]:
    """Of a table of the accounts index: which accounts two datasets share, and accounts per dataset and bin.

    Only rows under an account's own key are counted, so that no name counts an account again.
    """
    own = table.filter(pc.equal(table["key"], table["owner"]))
    pairs = shared(own.group_by(["owner", "dataset"]).aggregate([]), "owner")
    photos = (
        own.filter(pc.greater(own["photo"], 0)).group_by(["owner", "dataset"]).aggregate([([], "count_all")])
    )
    edges = [first for first, _ in BINS]
    bins: Any = np.searchsorted(edges, photos["count_all"].to_numpy(), side="right") - 1
    datasets: Any = photos["dataset"].to_numpy()
    found = {
        int(number): np.bincount(bins[datasets == number], minlength=len(BINS)).tolist()
        for number in np.unique(datasets)
    }
    return pairs, found
