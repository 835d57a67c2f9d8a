"""What is known of each dataset in this build: counts, licences, years; and whether they are as expected."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exposing.columns import distinct, distinct_rows
from exposing.errors import BuildError
from exposing.extract import Tally
from exposing.identifiers import as_person
from exposing.index import Written
from exposing.manifest import Bounds, Manifest
from exposing.relations import BINS
from exposing.years import YEARS

COUNTED = ("rows", "kept", "duplicates", "photos", "accounts", "images", "identities")
"""The counts of a dataset, in the order in which they are shown; `rejected` is counted by reason."""


def describe(found: tuple[Tally, list[Path]]) -> dict[str, Any]:
    """One dataset's part of build-report.json: its counts, and its photos by licence and by year of upload.

    Given are what became of its rows, and the files of its entries.

    A photo, an account, an image address and a label are each counted once, however many rows hold them.
    """
    tally, paths = found
    entries = _Entries(paths)
    duplicates = tally.kept - len(distinct(entries.column("row_hash").to_numpy()))
    photo = entries.column("photo_id")
    photos = distinct(photo.drop_null().to_numpy())
    return {
        "rows": tally.rows,
        "kept": tally.kept - duplicates,
        "duplicates": duplicates,
        "rejected": dict(sorted(tally.rejected.items())),
        "comments": tally.passed_over,
        "photos": len(photos),
        "accounts": _accounts(entries),
        "images": pc.count_distinct(entries.column("image_url")).as_py(),
        "identities": len(labels := _words(entries.column("identity"))),
        "people": sum(bool(as_person(label)) for label in labels),  # the others are bare numbers
        "licenses": _photos_by(photo, entries.column("license")),
        "years": _photos_by(photo, pc.year(entries.column("uploaded")).cast(pa.string()).dictionary_encode()),
        "year_ranges": _year_ranges(photos),
    }


def relate(facts: Mapping[str, dict[str, Any]], slugs: Sequence[str], written: Iterable[Written]) -> None:
    """Add to each dataset's facts what it shares with others, and how many photos its accounts have."""
    for one in facts.values():
        one["overlaps"], one["per_account"] = {}, {}
    for part in written:
        for pair, count in part.shared.items():
            for slug, other in (pair, pair[::-1]):
                overlap = facts[slugs[slug]]["overlaps"].setdefault(
                    slugs[other], {"photos": 0, "accounts": 0}
                )
                overlap[part.kind] += count
        for number, counts in part.per_account.items():
            known = facts[slugs[number]]["per_account"]
            for (first, last), count in zip(BINS, counts, strict=True):
                label = _range(first, last)
                known[label] = known.get(label, 0) + count
    for one in facts.values():
        one["overlaps"] = dict(sorted(one["overlaps"].items()))


class _Entries:
    """The entries of a dataset; columns of words that come again and again are dictionary-encoded."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = list(paths)

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of all files."""
        return pa.concat_tables(self._read(path, name) for path in self.paths)[name]

    def _read(self, path: Path, name: str) -> pa.Table:
        encoded = ["nsid", "alias", "name", "identity", "license"]
        with path.open("rb") as file:
            return pq.ParquetFile(file, read_dictionary=encoded).read([name])


def _words(column: pa.ChunkedArray) -> list[str]:
    """The different texts of a dictionary-encoded column."""
    words = [chunk.dictionary for chunk in column.chunks]
    found: list[str] = pc.unique(pa.chunked_array(words, pa.string())).to_pylist()
    return found


def _accounts(entries: _Entries) -> int:
    """How many accounts the entries have: by their NSIDs or, for those without, by alias or else by name."""
    nsids = entries.column("nsid")
    without = pc.is_null(nsids)
    names = (entries.column(name).filter(without).cast(pa.string()) for name in ("alias", "name"))
    return len(_words(nsids)) + int(pc.count_distinct(pc.coalesce(*names)).as_py())


def _photos_by(photo: pa.ChunkedArray, value: pa.ChunkedArray) -> dict[str, int]:
    """Photos per value of a dictionary-encoded column, most first; empty where the list does not give it."""
    value = value.unify_dictionaries().combine_chunks()
    given = pc.and_(value.is_valid(), photo.is_valid())
    codes, _ = distinct_rows(value.indices.filter(given).to_numpy(), photo.filter(given).to_numpy())
    counts = np.bincount(codes.astype(np.int64), minlength=len(value.dictionary))
    found = [(n, text) for n, text in zip(counts.tolist(), value.dictionary.to_pylist(), strict=True) if n]
    return {text: n for n, text in sorted(found, key=lambda one: (-one[0], one[1]))}


def _year_ranges(photos: Any) -> dict[str, int]:
    """Photos, by their ids, per range of years that the ids allow, in order of time."""
    segments = np.searchsorted([start for start, _, _ in YEARS], photos, side="right") - 1
    found: dict[tuple[int, int | None], int] = {}
    for (_, first, last), count in zip(YEARS, np.bincount(segments, minlength=len(YEARS)), strict=True):
        if count:
            found[first, last] = found.get((first, last), 0) + int(count)
    ordered = sorted(found, key=lambda years: (years[0], years[1] or 9999))
    return {_range(first, last): found[first, last] for first, last in ordered}


def _range(first: int, last: int | None) -> str:
    """`5`, `2-5` or, without an end, `2-`."""
    return f"{first}-{last or ''}" if first != last else f"{first}"


def unexpected(slug: str, manifest: Manifest, facts: Mapping[str, Any]) -> list[str]:
    """What in a dataset's counts is outside the limits of its manifest, one line each."""
    found = {name: facts[name] for name in COUNTED} | {"rejected": sum(facts["rejected"].values())}
    faults = []
    for name, count in found.items():
        bounds: Bounds = getattr(manifest.expect, name)
        low, high = bounds.min or 0, float("inf") if bounds.max is None else bounds.max
        if not low <= count <= high:
            limit = f"at least {low}" if count < low else f"at most {high}"
            faults.append(f"{slug}: {count} {name}, expected {limit}")
    return faults


def check_expected(manifests: Mapping[str, Manifest], facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Stop before anything is published if any dataset's counts are not as expected. Raises BuildError."""
    faults = [
        line for slug in manifests if slug in facts for line in unexpected(slug, manifests[slug], facts[slug])
    ]
    if faults:
        fix = "get the lists again, or correct [expect] in dataset.toml"
        raise BuildError("\n".join(f"{line}; {fix}" for line in faults))
