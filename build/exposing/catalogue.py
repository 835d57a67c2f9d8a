"""What is known of each dataset in this build: counts, licences, years; and whether they are as expected."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from exposing.columns import distinct
from exposing.errors import BuildError
from exposing.extract import Tally
from exposing.identifiers import as_person
from exposing.index import Written
from exposing.manifest import Bounds, Manifest
from exposing.relations import BINS
from exposing.schema import CANONICAL
from exposing.years import YEARS

COUNTED = ("rows", "kept", "duplicates", "photos", "accounts", "images", "identities")
"""The counts of a dataset, in the order in which they are shown; `rejected` is counted by reason."""


def describe(tally: Tally, paths: Iterable[Path]) -> dict[str, Any]:
    """One dataset's part of build-report.json: its counts, and its photos by licence and by year of upload.

    A photo, an account, an image address and a label are each counted once, however many rows hold them.
    """
    entries = pads.dataset([str(path) for path in paths], schema=CANONICAL, format="parquet")
    duplicates = tally.kept - len(distinct(entries.to_table(["row_hash"])["row_hash"]))
    photos = distinct(entries.to_table(["photo_id"])["photo_id"])
    account = {"account": pc.coalesce(pc.field("nsid"), pc.field("alias"), pc.field("name"))}
    return {
        "rows": tally.rows,
        "kept": tally.kept - duplicates,
        "duplicates": duplicates,
        "rejected": dict(sorted(tally.rejected.items())),
        "comments": tally.passed_over,
        "photos": len(photos),
        "accounts": pc.count_distinct(entries.to_table(account)["account"]).as_py(),
        "images": _distinct(entries, "image_url"),
        "identities": _distinct(entries, "identity"),
        "people": _people(entries),
        "licenses": _photos_by(entries, pc.field("license")),
        "years": _photos_by(entries, pc.year(pc.field("uploaded")).cast(pa.string())),
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


def _distinct(entries: pads.Dataset, column: str) -> int:
    return int(pc.count_distinct(entries.to_table([column])[column]).as_py())


def _people(entries: pads.Dataset) -> int:
    """How many labels are names of people; the others are bare numbers."""
    labels = pc.unique(entries.to_table(["identity"])["identity"]).drop_null().to_pylist()
    return sum(bool(as_person(label)) for label in labels)


def _photos_by(entries: pads.Dataset, value: pc.Expression) -> dict[str, int]:
    """Photos per value, most first; empty where the dataset's list does not give it."""
    table = entries.to_table({"photo": pc.field("photo_id"), "value": value}, filter=value.is_valid())
    counted = table.group_by("value").aggregate([("photo", "count_distinct")]).to_pandas()
    counted = counted.sort_values(["photo_count_distinct", "value"], ascending=[False, True])
    return dict(zip(counted["value"], counted["photo_count_distinct"].tolist(), strict=True))


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
    faults = [line for slug, found in facts.items() for line in unexpected(slug, manifests[slug], found)]
    if faults:
        fix = "get the lists again, or correct [expect] in dataset.toml"
        raise BuildError("\n".join(f"{line}; {fix}" for line in faults))
