"""Entries on disk, written and read piece by piece: all of them at once may be more than memory holds.

A dataset's column of numbers takes 8 bytes an entry; texts are never held together, only their fingerprints.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exposing.columns import count_runs, distinct, text_hashes
from exposing.errors import BuildError
from exposing.schema import CANONICAL

ROW_GROUP = 1 << 20
"""Entries that are kept in memory before they are written, at least."""

_PHOTO_BITS = np.uint64(50)
"""Bits of the largest photo id, which has 15 digits."""

_WORDS = ["nsid", "alias", "name", "identity", "license"]
"""Columns of texts that come again and again: they are dictionary-encoded."""

_NUMBERS = ("row_hash", "photo_id")
"""Columns that are not compressed: fingerprints cannot be, and ids are short once their steps are packed."""


@contextmanager
def writer(path: Path) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Give what takes entries and writes them to a Parquet file, many at a time."""
    options = {
        "compression": {name: "none" if name in _NUMBERS else "zstd" for name in CANONICAL.names},
        "use_dictionary": [*_WORDS, "uploaded"],
        "column_encoding": {"photo_id": "DELTA_BINARY_PACKED"},
        "write_statistics": False,
    }
    with path.open("wb") as file, pq.ParquetWriter(file, CANONICAL, **options) as out:
        waiting: list[pa.Table] = []

        def write() -> None:
            table = pa.concat_tables(waiting) if waiting else CANONICAL.empty_table()
            out.write_table(table, row_group_size=max(1, len(table)))
            waiting.clear()

        def take(batch: pa.RecordBatch) -> None:
            waiting.append(pa.Table.from_batches([batch]).cast(CANONICAL))
            if sum(map(len, waiting)) >= ROW_GROUP:
                write()

        yield take
        write()


def pieces(paths: Iterable[Path], columns: list[str] = CANONICAL.names) -> Iterator[pa.RecordBatch]:
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


def hold(paths: Iterable[Path], column: str) -> bool:
    """Whether any entry has a value in a column: quickly told, as no other column is read."""
    return any(piece[column].null_count < len(piece) for piece in pieces(paths, [column]))


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


def flickr_rows(paths: Iterable[Path]) -> tuple[int, int]:
    """How many entries name a photo or an account of Flickr, and how many of these name the account."""
    rows = with_owner = 0
    for piece in pieces(paths, ["nsid", "alias", "name", "photo_id"]):
        owner = pc.or_(pc.or_(piece["nsid"].is_valid(), piece["alias"].is_valid()), piece["name"].is_valid())
        rows += pc.sum(pc.or_(owner, piece["photo_id"].is_valid())).as_py() or 0
        with_owner += pc.sum(owner).as_py() or 0
    return rows, with_owner


def photos_by(paths: list[Path], column: str) -> dict[str, int]:
    """How many photos have each value: a photo counts once for each value that it has.

    `column` is `license` or `uploaded`, of which the year is the value.
    """
    if not hold(paths, column):
        return {}
    known: dict[str, int] = {}
    packed, at = np.empty(count(paths), np.uint64), 0
    for piece in pieces(paths, ["photo_id", column]):
        values = piece[column]
        if column == "uploaded":
            values = pc.year(values).cast(pa.string()).dictionary_encode()
        given = pc.and_(values.is_valid(), piece["photo_id"].is_valid())
        codes = np.array(
            [known.setdefault(word, len(known)) for word in values.dictionary.to_pylist()], np.uint64
        )
        photos = piece["photo_id"].filter(given).to_numpy().astype(np.uint64)
        end = at + len(photos)
        packed[at:end] = codes[values.indices.filter(given).to_numpy()] << _PHOTO_BITS | photos
        at = end
    if len(known) >= 1 << (64 - int(_PHOTO_BITS)):
        what = f"a dataset has {len(known):,} different values of `{column}`"
        raise BuildError(what, fix="its dataset.toml names a column that holds something else: correct it")
    found = packed[:at]
    found.sort()
    edges = np.searchsorted(found, np.arange(len(known) + 1, dtype=np.uint64) << _PHOTO_BITS).tolist()
    counts = {word: count_runs(found[edges[code] : edges[code + 1]]) for word, code in known.items()}
    return {word: n for word, n in counts.items() if n}


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
