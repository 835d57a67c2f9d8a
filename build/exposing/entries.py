"""Columns of a dataset's entries, read piece by piece: all of them at once may be more than memory holds.

A dataset's column of numbers takes 8 bytes an entry; texts are never held together, only their fingerprints.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exposing.columns import distinct, distinct_rows, text_hashes

_WORDS = ["nsid", "alias", "name", "identity", "license"]
"""Columns of texts that come again and again: they are dictionary-encoded."""


def pieces(paths: Iterable[Path], columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Some columns of all entries, a row group at a time; `_WORDS` among them dictionary-encoded."""
    for path in paths:
        with path.open("rb") as stream:
            file = pq.ParquetFile(stream, read_dictionary=_WORDS)
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns).unify_dictionaries().combine_chunks()
                yield from table.to_batches()


def count(paths: Iterable[Path]) -> int:
    """How many entries there are."""
    total = 0
    for path in paths:
        with path.open("rb") as stream:
            total += int(pq.ParquetFile(stream).metadata.num_rows)
    return total


def numbers(paths: list[Path], column: str) -> Any:
    """All numbers of a column that are not null."""
    found: Any = None
    at = 0
    for piece in pieces(paths, [column]):
        values = piece[column].drop_null().to_numpy()
        found = np.empty(count(paths), values.dtype) if found is None else found
        found[at : at + len(values)] = values
        at += len(values)
    return np.empty(0, np.int64) if found is None else found[:at]


def words(paths: Iterable[Path], column: str) -> list[str]:
    """The different texts of a column of `_WORDS`, in their order."""
    return sorted(
        {word for piece in pieces(paths, [column]) for word in piece[column].dictionary.to_pylist()}
    )


def texts(paths: Iterable[Path], column: str) -> Any:
    """Fingerprints of all texts of a column that are not null."""
    return _together(text_hashes(piece[column].drop_null()) for piece in pieces(paths, [column]))


def accounts(paths: Iterable[Path]) -> Any:
    """Fingerprints of accounts: of their NSIDs or, for entries without, of alias or else of name."""
    return _together(_accounts(piece) for piece in pieces(paths, ["nsid", "alias", "name"]))


def _accounts(piece: pa.RecordBatch) -> Any:
    nsids = text_hashes(piece["nsid"].dictionary)
    if not piece["nsid"].null_count:
        return nsids
    without = piece.filter(piece["nsid"].is_null())
    named = pc.coalesce(without["alias"].cast(pa.string()), without["name"].cast(pa.string()))
    return np.concatenate([nsids, distinct(text_hashes(named.drop_null()))])


def photos_by(paths: Iterable[Path], column: str) -> tuple[Any, list[str]]:
    """Which value each photo has, once for each value that it has: codes, and the value of each code.

    `column` is `license` or `uploaded`, of which the year is the value.
    """
    known: dict[str, int] = {}
    codes, photos = [np.empty(0, np.uint32)], [np.empty(0, np.uint64)]
    for piece in pieces(paths, ["photo_id", column]):
        values = piece[column]
        if column == "uploaded":
            values = pc.year(values).cast(pa.string()).dictionary_encode()
        given = pc.and_(values.is_valid(), piece["photo_id"].is_valid())
        code_of = [known.setdefault(word, len(known)) for word in values.dictionary.to_pylist()]
        codes.append(np.array(code_of, np.uint32)[values.indices.filter(given).to_numpy()])
        photos.append(piece["photo_id"].filter(given).to_numpy().astype(np.uint64))
    distinct_codes, _ = distinct_rows(np.concatenate(codes), np.concatenate(photos))
    return distinct_codes.astype(np.int64), list(known)


def _together(parts: Iterable[Any]) -> Any:
    """All parts in one; those of equal numbers are thinned out when they have grown too many."""
    kept: list[Any] = []
    size = thinned = 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size > max(MOST, 2 * thinned):
            kept = [distinct(np.concatenate(kept))]
            size = thinned = len(kept[0])
    return np.concatenate(kept) if kept else np.empty(0, np.uint64)


MOST = 1 << 22
"""Numbers that are kept before they are thinned out for the first time."""
