"""JSON text out of Arrow columns: whole columns at a time, never a Python object per row."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ODD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: any odd number with mixed bits would do


def text_hashes(texts: pa.Array) -> Any:
    """A 64-bit fingerprint of each text, without an object per text: the sum of its mixed words of 8 bytes.

    Each word is mixed with its place in the text, so that no order of the same words is alike.
    """
    texts = texts.cast(pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    first, sizes = offsets[:-1], np.diff(offsets)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    data = np.concatenate(
        [data[: offsets[-1]], np.zeros(8, np.uint8)]
    )  # the last word may reach beyond the end
    words = np.lib.stride_tricks.as_strided(data.view(), (len(data) - 7, 8), (1, 1)).view("<u8")[:, 0]
    total = _mixed(sizes.astype(np.uint64))
    for place in range(0, int(sizes.max(initial=0)), 8):
        rows = np.flatnonzero(sizes > place)
        word = words[first[rows] + place]
        left = sizes[rows] - place
        short = left < 8
        word[short] &= (np.uint64(1) << (left[short] * 8).astype(np.uint64)) - np.uint64(1)
        total[rows] += _mixed(word + np.uint64(_ODD * (place // 8 + 1) % 2**64))
    return _mixed(total)


def _mixed(numbers: Any) -> Any:
    """The numbers with every bit depending on every other (the finaliser of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def distinct(values: pa.ChunkedArray) -> Any:
    """The different numbers of a column, ascending. Sorting them is faster than hashing them."""
    numbers = np.sort(values.drop_null().to_numpy())
    return numbers[np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]]


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
