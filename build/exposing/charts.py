"""Charts as inline SVG: what goes where. `charts.jinja` draws it, and says the same numbers in a table.

Shapes are measured in a box of BOX x BOX that is stretched to the width there is; what stands at a point (a
mark, the text of an axis) is placed by percent of that width and never stretched. Everything is rounded, so
that the same counts make the same bytes.

The outline of the land in world.json is Natural Earth's at 1:110,000,000 (https://www.naturalearthdata.com,
public domain), without Antarctica; tests/vectors/world.py made it.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from babel.numbers import format_compact_decimal, format_decimal

from exposing.citations import Citation, places
from exposing.manifest import Event, Manifest

BOX = 1000
"""The side of the box that shapes are drawn in."""

GAP = 80
"""The share of a year's width, in thousandths, that is left free on either side of a column."""

LABELS = 7
"""So many years at most are written under an axis: they fit on the narrowest phone."""

APART = 5.0
"""Two marks on a line that are closer than this (in percent) are put one above the other."""

LAND = (-56, 84)
"""The map's latitudes, from south to north: all land but Antarctica."""

MAP_WIDTH = 1440
LARGEST, SMALL = 52.0, 9.0
"""The radius of the map's largest circle, and of a single publication where that is not too large."""

DATES = ("published", "withdrawn")
"""The events that begin and end the time in which a dataset is given out."""


class Label(NamedTuple):
    """A year written under an axis; `x` is in percent."""

    x: float
    year: int


class Band(NamedTuple):
    """The photos of a year, or of a range of years: as wide as they are, and as high as photos per year."""

    years: str  # a key of the counts
    sure: bool  # of a single year
    path: str  # in the box


class Columns(NamedTuple):
    """A chart of photos by year."""

    bands: list[Band]
    scale: list[int]  # photos per year, evenly spaced, the top first and 0 last
    labels: list[Label]
    first: int
    last: int

    @property
    def unsure(self) -> bool:
        """Whether there is any photo of one of several years."""
        return not all(band.sure for band in self.bands)


class Span(NamedTuple):
    """A time in which a dataset was given out, in percent."""

    x: float
    width: float
    end: str  # how it ends: "withdrawn", "today" or "unknown"


class Mark(NamedTuple):
    """An event on a line; `x` is in percent, lane 0 is on the line and each other one above the last."""

    x: float
    lane: int
    event: str


class Line(NamedTuple):
    """What became of a dataset, on a line of time."""

    spans: list[Span]
    marks: list[Mark]
    labels: list[Label]
    lanes: int


class Row(NamedTuple):
    """A dataset's row among all."""

    slug: str
    spans: list[Span]
    withdrawn: str  # the year in which it was, or ""


class Rows(NamedTuple):
    """All datasets over time, the first published first."""

    rows: list[Row]
    labels: list[Label]


class Circle(NamedTuple):
    """The publications of one place on the map."""

    x: float
    y: float
    r: float
    citations: list[Citation]

    @property
    def names(self) -> list[str]:
        """The institutions there, each once."""
        return sorted({one.institution for one in self.citations} - {""}, key=str.casefold)


class World(NamedTuple):
    """A map of who used a dataset."""

    width: int
    height: int
    land: str  # a path
    circles: list[Circle]  # the largest first
    unplaced: int  # publications without a place


def share(part: float, whole: float) -> float:
    """A part in percent of the whole, to a hundredth; of nothing it is 0."""
    return round(100 * part / whole, 2) if whole else 0.0


def counted(values: Iterable[str]) -> dict[str, int]:
    """How often each value is there, the most frequent first."""
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0].casefold())))


def short(number: int, language: str) -> str:
    """A number for a scale: `20,000`, and from a hundred thousand on `2M`, as the language writes it."""
    compact = str(format_compact_decimal(number, locale=language, fraction_digits=1))
    return str(format_decimal(number, locale=language)) if number < 100_000 or compact.isdigit() else compact


def scale(most: float) -> list[int]:
    """Two to five round steps from 0 to at least `most`, the top first."""
    unit = 10 ** max(0, math.floor(math.log10(max(most, 1))) - 1)
    steps = (factor * unit for factor in (1, 2, 5, 10, 20, 25, 50, 100))
    step = next(step for step in steps if step * 5 >= most)
    return [step * number for number in range(max(1, math.ceil(most / step)), -1, -1)]


def columns(counts: Mapping[str, int], as_of: str) -> Columns | None:
    """Photos by year, from counts by `2006`, `2005-2007` or `2013-`; the last is open until today.

    What is of one year stands at the bottom; what is of one of several is spread over them evenly and stands
    on it, so that the areas are as the numbers. None where there is nothing to draw.
    """
    ranges = {years: _range(years, int(as_of[:4])) for years, count in counts.items() if count}
    if not ranges:
        return None
    first, last = min(low for low, _ in ranges.values()), max(high for _, high in ranges.values())
    if first == last:
        first, last = first - 1, last + 1
    ordered = sorted(ranges.items(), key=lambda item: (item[1][1] - item[1][0], item[1]))
    base = dict.fromkeys(range(first, last + 1), 0.0)
    stacked = []
    for years, (low, high) in ordered:
        height = counts[years] / (high - low + 1)
        steps = [(year, base[year], base[year] + height) for year in range(low, high + 1)]
        base |= {year: top for year, _, top in steps}
        stacked.append((years, steps))
    ticks = scale(max(base.values()))
    width = BOX / (last - first + 1)
    bands = [
        Band(years, len(steps) == 1, _outline(steps, first, width, ticks[0])) for years, steps in stacked
    ]
    labels = [Label(share(year - first + 0.5, last - first + 1), year) for year in _written(first, last)]
    return Columns(bands, ticks, labels, first, last)


def _range(years: str, today: int) -> tuple[int, int]:
    first, dash, last = years.partition("-")
    return int(first), int(last) if last else max(int(first), today) if dash else int(first)


def _outline(steps: Sequence[tuple[int, float, float]], first: int, width: float, top: float) -> str:
    """The outline of a band: along its bottom and back along its top. `steps`: year, bottom, top."""
    gap = width * GAP / 1000
    edges = [(year - first) * width for year in range(steps[0][0], steps[-1][0] + 2)]
    edges[0], edges[-1] = edges[0] + gap, edges[-1] - gap
    points = []
    for at, (_, bottom, _) in enumerate(steps):
        points += [(edges[at], bottom), (edges[at + 1], bottom)]
    for at, (_, _, high) in reversed(list(enumerate(steps))):
        points += [(edges[at + 1], high), (edges[at], high)]
    level = [
        before[1] == at[1] == after[1]
        for before, at, after in zip(points, points[1:], points[2:], strict=False)
    ]
    corners = [point for point, on in zip(points, [False, *level, False], strict=True) if not on]
    written = [f"{_plain(x)} {_plain(BOX - BOX * y / top)}" for x, y in corners]
    return f"M{'L'.join(written)}Z"


def _plain(number: float) -> str:
    """A coordinate to a tenth, without a needless `.0`."""
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")


def _written(first: int, last: int) -> list[int]:
    """The years to write under an axis: every one, or round ones."""
    for step in (1, 2, 5, 10, 20, 50):
        years = [year for year in range(first, last + 1) if year % step == 0]
        if len(years) <= LABELS:
            return years or [first]
    return [first, last]


def when(date: str) -> float:
    """A year, month or day as a point of time: 2015.5 is the middle of 2015, and the whole year."""
    year, month, day = ([int(part) for part in date.split("-")] + [0, 0])[:3]
    if not month:
        return year + 0.5
    return year + (month - 1 + ((day - 0.5) / 31 if day else 0.5)) / 12


def _spans(manifest: Manifest, now: float) -> list[tuple[float, float, str]]:
    """The times in which a dataset was given out, as (from, to, how it ended)."""
    events = sorted((when(event.date), event.event) for event in manifest.history if event.event in DATES)
    spans = []
    began: float | None = None
    if not any(event == "published" for _, event in events):
        began = min([manifest.published + 0.5, *(at for at, _ in events)])
    for at, event in events:
        if event == "published" and began is None:
            began = at
        elif event == "withdrawn" and began is not None:
            spans.append((began, at, "withdrawn"))
            began = None
    if began is not None:
        spans.append((began, max(began, now), "unknown" if manifest.status == "withdrawn" else "today"))
    return spans


class _Axis(NamedTuple):
    """A line of time from the beginning of one year to the end of another, or to now."""

    first: int
    last: float

    def x(self, at: float) -> float:
        return share(at - self.first, self.last - self.first)

    def span(self, span: tuple[float, float, str]) -> Span:
        began, ended, how = span
        return Span(self.x(began), round(self.x(ended) - self.x(began), 2), how)

    def labels(self) -> list[Label]:
        return [Label(self.x(year), year) for year in _written(self.first, math.floor(self.last))]


def line(manifest: Manifest, as_of: str) -> Line:
    """A dataset's history on a line of time, from the year it began to today.

    What begins and ends a span stands on the line before anything else does.
    """
    events: list[Event] = manifest.history
    spans = _spans(manifest, when(as_of))
    times = [when(as_of), *(when(event.date) for event in events), *(span[0] for span in spans)]
    axis = _Axis(math.floor(min(times)), max(times))
    marks: list[Mark] = []
    for event in sorted(events, key=lambda event: (event.event not in DATES, when(event.date))):
        x = axis.x(when(event.date))
        taken = {mark.lane for mark in marks if abs(x - mark.x) < APART}
        lane = next(lane for lane in range(len(events)) if lane not in taken)
        marks.append(Mark(x, lane, event.event))
    lanes = 1 + max((mark.lane for mark in marks), default=0)
    return Line([axis.span(span) for span in spans], marks, axis.labels(), lanes)


def timeline(manifests: Mapping[str, Manifest], as_of: str) -> Rows:
    """Every dataset from its publication to its withdrawal, or on to today."""
    spans = {slug: _spans(manifest, when(as_of)) for slug, manifest in manifests.items()}
    times = [when(as_of), *(at for found in spans.values() for span in found for at in span[:2])]
    axis = _Axis(math.floor(min(times)), max(times))
    ordered = sorted(spans, key=lambda slug: (spans[slug][0][0], manifests[slug].title.casefold()))
    rows = [
        Row(
            slug,
            [axis.span(span) for span in spans[slug]],
            str(math.floor(spans[slug][-1][1])) if spans[slug][-1][2] == "withdrawn" else "",
        )
        for slug in ordered
    ]
    return Rows(rows, axis.labels())


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees to units of the map, by the Natural Earth projection of Tom Patterson.

    The polynomials are of Šavrič, Jenny, Patterson, Petrovič and Hurni, "A polynomial equation for the
    Natural Earth projection", Cartography and Geographic Information Science 38 (2011).
    """
    x, y = _natural_earth(math.radians(longitude), math.radians(latitude))
    east, _ = _natural_earth(math.pi, 0)
    _, north = _natural_earth(0, math.radians(LAND[1]))
    unit = MAP_WIDTH / (2 * east)
    return (x + east) * unit, (north - y) * unit


def _natural_earth(x: float, y: float) -> tuple[float, float]:
    y2 = y * y
    y4 = y2 * y2
    return (
        x * (0.870700 - 0.131979 * y2 + y4 * (-0.013791 + y4 * (0.003971 * y2 - 0.001529 * y4))),
        y * (1.007226 + y2 * (0.015085 + y4 * (-0.044475 + 0.028874 * y2 - 0.005916 * y4))),
    )


@cache
def _land() -> str:
    """The outline of the land as a path of whole units, each step from the point before."""
    path = ""
    for ring in json.loads(Path(__file__).with_name("world.json").read_text(encoding="utf-8")):
        degrees = zip(ring[::2], ring[1::2], strict=True)
        points = [tuple(round(value) for value in project(*point)) for point in degrees]
        steps = [(x - a, y - b) for (a, b), (x, y) in pairwise(points)]
        written = "".join(f"{x}{y}" if y < 0 else f"{x} {y}" for x, y in points[:1])
        path += f"M{written}l{_steps(steps)}z"
    return path


def _steps(steps: Sequence[tuple[int, ...]]) -> str:
    """Numbers with as few signs between them as a path needs."""
    numbers = [str(number) for step in steps if any(step) for number in step]
    return "".join(
        number if number.startswith("-") or not at else f" {number}" for at, number in enumerate(numbers)
    )


def world(citations: Sequence[Citation]) -> World | None:
    """A circle for each place, its area as the number of publications there. None where no place is known."""
    found = places(citations)
    if not found:
        return None
    most = max(len(here) for here in found.values())
    unit = min(SMALL, LARGEST / math.sqrt(most))
    unplaced = len(citations) - sum(len(here) for here in found.values())
    circles = []
    for place, here in found.items():
        x, y = project(*place)
        circles.append(Circle(round(x, 1), round(y, 1), round(unit * math.sqrt(len(here)), 2), here))
    return World(MAP_WIDTH, math.ceil(project(0, LAND[0])[1]), _land(), circles, unplaced)
