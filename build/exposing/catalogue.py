"""What is known of each dataset in this build: counts, licences, years; and whether they are as expected."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from exposing import entries
from exposing.columns import count_distinct, count_runs
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
    duplicates = tally.kept - count_distinct(entries.numbers(paths, "row_hash"))
    photos = entries.numbers(paths, "photo_id")
    photos.sort()
    photo_count, year_ranges = count_runs(photos), _year_ranges(photos)
    del photos  # one column is in memory at a time
    labels = entries.words(paths, "identity")
    flickr_rows, owner_rows = entries.flickr_rows(paths)
    return {
        "rows": tally.rows,
        "kept": tally.kept - duplicates,
        "duplicates": duplicates,
        "rejected": dict(sorted(tally.rejected.items())),
        "comments": tally.passed_over,
        "photos": photo_count,
        "accounts": count_distinct(entries.accounts(paths)),
        "images": count_distinct(entries.texts(paths, "image_url")),
        "identities": len(labels),
        "people": sum(bool(as_person(label)) for label in labels),  # the others are bare numbers
        "flickr_rows": flickr_rows,  # that name a photo or an account
        "owner_rows": owner_rows,  # of these, that name the account
        "year_ranges": year_ranges,
        "licenses": _most_first(entries.photos_by(paths, "license")),
        "years": _most_first(entries.photos_by(paths, "uploaded")),
    }


def relate(facts: Mapping[str, dict[str, Any]], slugs: Sequence[str], written: Iterable[Written]) -> None:
    """Add to each dataset's facts what it shares with others, its accounts' photos, and its listed tags."""
    for one in facts.values():
        one["overlaps"], one["per_account"], one["tags"] = {}, {}, 0
    for part in written:
        for number, count in part.counts.listed.items():
            facts[slugs[number]]["tags"] += count
        for pair, count in part.counts.shared.items():
            for slug, other in (pair, pair[::-1]):
                overlap = facts[slugs[slug]]["overlaps"].setdefault(
                    slugs[other], {"photos": 0, "accounts": 0}
                )
                overlap[part.kind] += count
        for number, counts in part.counts.per_account.items():
            known = facts[slugs[number]]["per_account"]
            for (first, last), count in zip(BINS, counts, strict=True):
                label = _range(first, last)
                known[label] = known.get(label, 0) + count
    for one in facts.values():
        one["overlaps"] = dict(sorted(one["overlaps"].items()))


def by_parts(slugs: Sequence[str], written: Iterable[Written]) -> dict[str, int]:
    """By dataset, its photos that are known only from lists of its parts; where it has any."""
    counts: Counter[str] = Counter()
    for part in written:
        counts.update({slugs[number]: count for number, count in part.counts.by_parts.items()})
    return {slug: counts[slug] for slug in slugs if counts[slug]}


def answers(facts: Mapping[str, Any]) -> list[str]:
    """The kinds of query that a dataset's kept entries can answer, so that not finding means something.

    Accounts only where most rows of Flickr photos name the owner: of a list that names few, a "not found"
    would be untrue. Tags only where any is listed, and people only by names, not by bare numbers.
    """
    can = {
        "account": facts["owner_rows"] > 0 and facts["flickr_rows"] <= 2 * facts["owner_rows"],
        "photo": facts["photos"],
        "image": facts["images"],
        "person": facts["people"],
        "tag": facts["tags"],
    }
    return [kind for kind, yes in can.items() if yes]


def _most_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _year_ranges(photos: Any) -> dict[str, int]:
    """Photos, by their sorted ids, per range of years that the ids allow, in order of time."""
    edges = [*np.searchsorted(photos, [start for start, _, _ in YEARS]).tolist(), len(photos)]
    found: dict[tuple[int, int | None], int] = {}
    for (_, first, last), (start, end) in zip(YEARS, pairwise(edges), strict=True):
        if start < end:
            found[first, last] = found.get((first, last), 0) + count_runs(photos[start:end])
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
