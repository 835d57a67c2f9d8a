"""Who used a dataset: `citations.csv` in its folder, one publication a line."""

import csv
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel import Locale

from exposing.errors import BuildError
from exposing.models import did_you_mean

FILE = "citations.csv"
HEADER = ("title", "institution", "country", "sector", "year", "url", "latitude", "longitude")
SECTORS = ("academia", "industry", "government", "military", "other")
EMPTY_ALLOWED = ("institution", "latitude", "longitude")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]+)?")
_YEARS = range(1990, 2101)
_Fault = tuple[int, str, str]
"""The line, what is wrong, and what to do."""


class Citation(NamedTuple):
    """One publication that used a dataset."""

    title: str
    institution: str  # "" where the file does not say
    country: str  # ISO 3166-1 alpha-2, or a name that is in no list of countries
    sector: str
    year: int
    url: str
    latitude: float | None = None  # degrees, to the north; both are there or neither
    longitude: float | None = None  # degrees, to the east

    def country_in(self, language: str) -> str:
        """The country's name in a language, or as the file writes it."""
        return str(_territories(language).get(self.country, self.country))

    @property
    def place(self) -> tuple[float, float] | None:
        """Longitude and latitude to a tenth of a degree, about 10 km: what counts as one place."""
        if self.latitude is None or self.longitude is None:
            return None
        return round(self.longitude, 1) + 0.0, round(self.latitude, 1) + 0.0  # never -0.0


def load(folder: Path) -> list[Citation]:
    """The citations of a dataset's folder, newest first; none where there is no `citations.csv`.

    Raises BuildError with all faults of the file, each with its line.
    """
    path = folder / FILE
    if not path.exists():
        return []
    rows, faults = _rows(path)
    citations: list[Citation] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        wrong = _wrong(row)
        first = seen.setdefault(row["url"], line) if row["url"] else line
        if first != line:
            wrong.append((f"the url of line {first} again", "give each publication one line"))
        faults += [(line, what, fix) for what, fix in wrong]
        if not wrong:
            citations.append(_citation(row))
    if faults:
        raise BuildError("\n".join(_said(path, *fault) for fault in sorted(faults)))
    return sorted(citations, key=lambda one: (-one.year, one.title.casefold(), one.url))


def _rows(path: Path) -> tuple[list[tuple[int, dict[str, str]]], list[_Fault]]:
    """Every row by column, with the line on which it begins; and what could not be read as a row."""
    rows, faults, ended = [], [], 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = [cell.strip() for cell in next(reader, [])]
            if sorted(columns) != sorted(HEADER):
                return [], [(1, "the columns are others", f"begin with {','.join(HEADER)}")]
            ended = reader.line_num
            for cells in reader:
                line, ended = ended + 1, reader.line_num
                if len(cells) == len(columns):
                    rows.append((line, dict(zip(columns, map(_trimmed, cells), strict=True))))
                elif cells:
                    what = f"{len(cells)} columns, where the header has {len(columns)}"
                    faults.append((line, what, 'put a text that holds commas into "quotes"'))
    except OSError as error:
        faults.append((1, f"cannot be read ({error.strerror})", "make it a file of text"))
    except csv.Error as error:
        faults.append((ended + 1, f"not CSV: {error}", 'write a quote inside "quotes" twice'))
    except UnicodeDecodeError as error:
        faults.append((ended + 1, f"not UTF-8, here or later: {error.reason}", "save the file as UTF-8"))
    return rows, faults


def _trimmed(cell: str) -> str:
    return " ".join(cell.split())


def _said(path: Path, line: int, what: str, fix: str) -> str:
    return BuildError(what, where=f"{path} line {line}", fix=fix).message


def _wrong(row: dict[str, str]) -> list[tuple[str, str]]:
    """What is wrong with a row, and what to do about it."""
    empty = [column for column in HEADER if not row[column] and column not in EMPTY_ALLOWED]
    wrong = [(f"{column} is missing", "write it") for column in empty]
    country, sector, year, url = row["country"], row["sector"], row["year"], row["url"]
    if re.fullmatch("[A-Z]{2}", country) and country not in _territories("en"):
        wrong.append(
            (f"country `{country}` is no code of ISO 3166-1", "write the code, or the name in English")
        )
    if sector and sector not in SECTORS:
        wrong.append((f"sector `{sector}` is none{did_you_mean(sector, SECTORS)}", "write one of them"))
    if year and not (re.fullmatch("[0-9]{4}", year) and int(year) in _YEARS):
        wrong.append((f"year `{year}` is none", f"write one from {_YEARS[0]} to {_YEARS[-1]}"))
    if url and not re.fullmatch(r"https?://[^\s/?#@\\]+(?:[/?#]\S*)?", url):
        wrong.append((f"url `{url[:80]}` is no address of the web", "write it with https:// or http://"))
    for column, limit, other in (("latitude", 90, "longitude"), ("longitude", 180, "latitude")):
        value = row[column]
        if value and not (_DECIMAL.fullmatch(value) and abs(float(value)) <= limit):
            wrong.append((f"{column} `{value}` is none", f"write degrees from -{limit} to {limit}"))
        if value and not row[other]:
            wrong.append((f"{other} is missing", "give both or neither"))
    return wrong


def _citation(row: dict[str, str]) -> Citation:
    country = _codes().get(row["country"].casefold(), row["country"])
    latitude, longitude = ((float(row[column]) if row[column] else None) for column in HEADER[-2:])
    return Citation(
        row["title"],
        row["institution"],
        country,
        row["sector"],
        int(row["year"]),
        row["url"],
        latitude,
        longitude,
    )


@cache
def _territories(language: str) -> dict[str, str]:
    """The countries' names in a language, by code; and of other territories."""
    return dict(Locale.parse(language).territories)


@cache
def _codes() -> dict[str, str]:
    """The countries' codes by their English names, so that `Germany` and `DE` are counted as one."""
    return {
        name.casefold(): code for code, name in _territories("en").items() if re.fullmatch("[A-Z]{2}", code)
    }


def places(citations: Sequence[Citation]) -> dict[tuple[float, float], list[Citation]]:
    """The citations at each place that is known, most first."""
    found: dict[tuple[float, float], list[Citation]] = {}
    for one in citations:
        if one.place:
            found.setdefault(one.place, []).append(one)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))
