"""JSON text out of Arrow columns: whole columns at a time, never a Python object per row."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ODD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: any odd number with mixed bits would do

LONG = 1 << 10
"""Bytes from which on a text is hashed by itself."""

CACHED = 1 << 14
"""Texts that are looked at together: few enough for the processor's cache."""


def text_hashes(texts: pa.Array) -> Any:
    """A 64-bit fingerprint of each text, without an object per text: the sum of its mixed words of 8 bytes.

    Each word is mixed with its place in the text, so that no order of the same words is alike.
    """
    texts = texts.cast(pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    data = np.append(data[: offsets[-1]], np.zeros(8, np.uint8))  # the last word may reach beyond the end
    words = np.lib.stride_tricks.as_strided(data.view(), (len(data) - 7, 8), (1, 1)).view("<u8")[:, 0]
    first, sizes = offsets[:-1], np.diff(offsets)
    total = np.empty(len(texts), np.uint64)
    for at in range(0, len(texts), CACHED):
        part = slice(at, at + CACHED)
        total[part] = _sums(words, first[part], sizes[part])
    return _mixed(total)


def _sums(words: Any, first: Any, sizes: Any) -> Any:
    """Per text the sum of its mixed words, given where it begins and how many bytes it has."""
    total = _mixed(sizes.astype(np.uint64))
    usual = np.where(sizes <= LONG, sizes, 0)
    whole = int(usual.min(initial=LONG)) // 8 * 8
    for place in range(0, whole, 8):  # every text has these words whole
        total += _mixed(words[first + place] + np.uint64(_ODD * (place // 8 + 1) % (1 << 64)))
    for place in range(whole, int(usual.max(initial=0)), 8):
        rows = np.flatnonzero(usual > place)
        total[rows] += _word_sums(words, first[rows], np.array([place]), sizes[rows])
    for row in np.flatnonzero(sizes > LONG):
        places = np.arange(0, sizes[row], 8)
        total[row : row + 1] += _word_sums(words, first[row], places, sizes[row]).sum()
    return total


def _word_sums(words: Any, first: Any, place: Any, sizes: Any) -> Any:
    """The mixed words at some places of texts; either may be one for many of the other."""
    word = words[first + place]
    left = sizes - place
    short = left < 8
    word[short] &= (np.uint64(1) << (left[short] * 8).astype(np.uint64)) - np.uint64(1)
    number = (place // 8 + 1).astype(np.uint64)
    return _mixed(word + np.uint64(_ODD) * number)


def _mixed(numbers: Any) -> Any:
    """The numbers with every bit depending on every other (the finaliser of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def paired(hashes: Any, others: Any) -> Any:
    """One 64-bit fingerprint for each pair of fingerprints."""
    return _mixed(hashes + others * np.uint64(_ODD))


def distinct(numbers: Any) -> Any:
    """The different numbers of a column, ascending. Sorting them is faster than hashing them."""
    numbers = np.sort(numbers)
    return numbers[starts(numbers)]


def count_distinct(numbers: Any) -> int:
    """How many different numbers a column has. Sorts it in place: there may be no room for another."""
    numbers.sort()
    return count_runs(numbers)


def count_runs(numbers: Any) -> int:
    """How many different numbers a sorted column has."""
    return len(numbers) and 1 + int(np.count_nonzero(numbers[1:] != numbers[:-1]))


def distinct_rows(*columns: Any) -> list[Any]:
    """The different rows of some columns of whole numbers >= 0, ascending, the first column foremost.

    Packed into one number of 64 bits where they fit, which the columns of all real lists do: numbers are
    sorted ten times faster than rows.
    """
    columns = tuple(column.astype(np.uint64, copy=False) for column in columns)
    widths = [int(column.max(initial=0)).bit_length() for column in columns]
    if sum(widths) > 64:
        order = np.argsort(columns[-1])
        for column, width in zip(columns[-2::-1], widths[-2::-1], strict=True):
            if width:  # numbers of 16 bits are sorted without comparing them
                values = column.astype(np.uint16) if width <= 16 else column
                order = order[np.argsort(values[order], kind="stable")]
        columns = tuple(column[order] for column in columns)
        first = starts(*columns)
        return [column[first] for column in columns]
    packed = np.zeros(len(columns[0]), np.uint64)
    for column, width in zip(columns, widths, strict=True):
        packed <<= np.uint64(width)
        packed |= column
    packed.sort()
    packed = packed[starts(packed)]
    unpacked = []
    for width in reversed(widths):
        unpacked.append(packed & np.uint64((1 << width) - 1))
        packed >>= np.uint64(width)
    return unpacked[::-1]


def starts(*columns: Any) -> Any:
    """The rows at which any of some sorted columns changes, the first among them."""
    changes = np.zeros(len(columns[0]), bool)
    changes[:1] = True
    for values in columns:
        changes[1:] |= values[1:] != values[:-1]
    return np.flatnonzero(changes)


def differences(values: Any, first: Any) -> pa.Array:
    """Ascending numbers as the first of each run, at the rows `first`, and the steps after it."""
    steps = np.diff(values.astype(np.int64), prepend=0)
    steps[first] = values[first]
    return pa.array(steps)


def join(texts: pa.Array, first: Any) -> pa.Array:
    """The texts of each run, which begins at a row of `first`, with commas between."""
    offsets = pa.array(np.append(first, len(texts)).astype(np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")


def concat(*parts: Any) -> pa.Array:
    """Columns and constant texts put together row by row."""
    texts = [part if isinstance(part, str) else pa.array(part).cast(pa.string()) for part in parts]
    return pc.binary_join_element_wise(*texts, "")


def quoted(labels: pa.Array) -> pa.Array:
    """The labels as JSON strings."""
    return pa.array([json.dumps(label, ensure_ascii=False) for label in labels.to_pylist()], pa.string())


def entry_keys(keys: Any) -> pa.Array:
    """Hex digits 5 to 16 of 64-bit hashes."""
    digits = np.frombuffer(keys.astype(">u8").tobytes().hex().encode(), "S16")
    return pc.utf8_slice_codeunits(pa.array(digits, pa.binary()).cast(pa.string()), 4, 16)
