"""Derive the table of build/exposing/years.py from pairs of photo id and upload date: `python years.py LIST`.

The list is Flickr-Suits-XL's metadata (or FFHQ's, which has the same shape). Only the table leaves this file:
no pair of the list is in it.
"""

import datetime
import json
import re
import statistics
import sys
from collections import Counter
from pathlib import Path

Pair = tuple[int, datetime.date]
Segment = tuple[int, int, int | None]

ORDERED = 14_000_000_000  # below it ids are in order of time
BUCKET = 1_000_000_000
ROUND = 10_000_000
FLICKR_BEGAN = 2004


def pairs_of(path: Path) -> list[Pair]:
    """Every photo's id and day of upload, by id."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    ids = (int(re.findall(r"[0-9]+", row["photo_url"])[-1]) for row in rows)
    days = (datetime.date.fromisoformat(row["date_uploaded"]) for row in rows)
    return sorted(zip(ids, days, strict=True))


def derive(pairs: list[Pair]) -> list[Segment]:
    """From which id on photos are of which years: (first id, first year, last year)."""
    raw = [*_ordered([pair for pair in pairs if pair[0] < ORDERED]), *_mixed(pairs)]
    table: list[Segment] = []
    for start, first, last in raw:
        if table and table[-1][1:] == (first, last):
            continue
        table.append((start, first, last))
    return table


def _ordered(pairs: list[Pair]) -> list[Segment]:
    """A year runs from its first id to its last; between two years it may be either."""
    ordinals = [day.toordinal() for _, day in pairs]
    clean = [
        (photo, day.year)
        for at, (photo, day) in enumerate(pairs)
        if abs(day.toordinal() - statistics.median(ordinals[max(0, at - 7) : at + 8])) < 120
    ]
    years = sorted({year for _, year in clean})
    low = {year: min(photo for photo, of in clean if of == year) // ROUND * ROUND for year in years}
    high = {year: -(-max(photo for photo, of in clean if of == year) // ROUND) * ROUND for year in years}
    segments: list[Segment] = [(0, FLICKR_BEGAN, years[0])]
    for year, later in zip(years, [*years[1:], None], strict=True):
        start = low[year] if year == years[0] else max(low[year], high[year - 1])
        segments.append((start, year, year))
        if later:
            segments.append((min(high[year], low[later]), year, later))
    return segments


def _mixed(pairs: list[Pair]) -> list[Segment]:
    """Per thousand million ids, the years that hold at least one in fifty of them."""
    segments: list[Segment] = []
    for start in range(ORDERED, pairs[-1][0] // BUCKET * BUCKET + 1, BUCKET):
        counted = Counter(day.year for photo, day in pairs if start <= photo < start + BUCKET)
        years = [year for year, count in counted.items() if count >= counted.total() / 50]
        segments.append((start, min(years), max(years)))
    return [*segments, (pairs[-1][0] // ROUND * ROUND + ROUND, segments[-1][2] or 0, None)]


def years_in(table: list[Segment], photo: int) -> tuple[int, int | None]:
    """The years in which a photo can have been uploaded, by a table."""
    _, first, last = [segment for segment in table if segment[0] <= photo][-1]
    return first, last


def wrong(table: list[Segment], pairs: list[Pair]) -> float:
    """The share of pairs whose true year is outside what the table says."""
    misses = 0
    for photo, day in pairs:
        first, last = years_in(table, photo)
        misses += not first <= day.year <= (last or 9999)
    return misses / len(pairs)


def error(pairs: list[Pair]) -> float:
    """The share that a table gets wrong on pairs that it was not derived from: five parts, each left out once."""
    parts = [pairs[start::5] for start in range(5)]
    rests = [sorted(set(pairs) - set(part)) for part in parts]
    return statistics.mean(wrong(derive(rest), part) for rest, part in zip(rests, parts, strict=True))


if __name__ == "__main__":
    known = pairs_of(Path(sys.argv[1]))
    for segment in derive(known):
        print(f"    {segment},")
    print(f"{len(known)} pairs; wrong: {wrong(derive(known), known):.2%}, when left out: {error(known):.2%}")
    below = [pair for pair in known if pair[0] < ORDERED]
    print(f"below {ORDERED}: {len(below)} pairs, wrong {wrong(derive(known), below):.2%}")
