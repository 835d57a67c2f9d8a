"""JSON text out of Arrow columns: whole columns at a time, never a Python object per row."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def sort(table: pa.Table, *columns: str) -> pa.Table:
    """The table in ascending order of some columns."""
    return table.sort_by([(column, "ascending") for column in columns]).combine_chunks()


def starts(table: pa.Table, *columns: str) -> Any:
    """The rows of a sorted table at which any of the columns changes."""
    changes = np.zeros(len(table), bool)
    changes[:1] = True
    for column in columns:
        values = table[column].to_numpy()
        changes[1:] |= values[1:] != values[:-1]
    return np.flatnonzero(changes)


def differences(values: Any, first: Any) -> pa.Array:
    """Ascending numbers as the first of each run, at the rows `first`, and the steps after it."""
    steps = np.diff(values, prepend=0)
    steps[first] = values[first]
    return pa.array(steps)


def join(texts: Any, first: Any) -> pa.Array:
    """The texts of each run, which begins at a row of `first`, with commas between."""
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    offsets = pa.array(np.append(first, len(texts)).astype(np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")


def concat(*parts: Any) -> pa.Array:
    """Columns and constant texts put together row by row."""
    texts = [part if isinstance(part, str) else part.cast(pa.string()) for part in parts]
    joined = pc.binary_join_element_wise(*texts, "")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def quoted(labels: Any) -> pa.Array:
    """The labels as JSON strings."""
    labels = labels.combine_chunks() if isinstance(labels, pa.ChunkedArray) else labels
    encoded = labels.dictionary_encode()
    texts = [json.dumps(label, ensure_ascii=False) for label in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def entry_keys(keys: Any) -> pa.Array:
    """Hex digits 5 to 16 of 64-bit hashes."""
    digits = np.frombuffer(keys.astype(">u8").tobytes().hex().encode(), "S16")
    return pc.utf8_slice_codeunits(pa.array(digits, pa.binary()).cast(pa.string()), 4, 16)
