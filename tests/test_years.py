"""When photos were posted: the table is what the pairs give, and the page reads it as the program does."""

import random
from pathlib import Path

import pytest
from playwright.sync_api import Page

from conftest import Serve
from exposing.years import ERROR, YEARS, years_of
from test_real_lists import LISTS
from vectors.years import derive, error, pairs_of, wrong

PAIRS = LISTS / "fsxl"


@pytest.mark.skipif(not PAIRS.is_dir(), reason="no real list of ids and dates: it cannot be published")
def test_the_table_is_what_the_pairs_give() -> None:
    pairs = pairs_of(next(PAIRS.glob("*.json")))
    assert tuple(derive(pairs)) == YEARS
    assert wrong(list(YEARS), pairs) <= ERROR
    assert error(pairs) <= ERROR  # on pairs that it was not derived from


def test_the_table_covers_every_photo_once_and_in_order() -> None:
    starts = [start for start, _, _ in YEARS]
    assert starts[0] == 0 and starts == sorted(set(starts))
    assert all(last is None or first <= last for _, first, last in YEARS)
    assert YEARS[-1][2] is None  # what is yet to come
    assert years_of(0) == (2004, 2008) and years_of(10**12) == (2019, None)


def test_the_page_tells_the_same_years(page: Page, site: Path, serve: Serve) -> None:
    dice = random.Random(1)
    edges = [start + step for start, _, _ in YEARS for step in (-1, 0, 1) if start + step >= 0]
    ids = edges + [dice.randrange(60_000_000_000) for _ in range(2000)]
    served = serve(site)
    page.goto(served.url)
    folder = next((site / "assets").iterdir()).name
    found = page.evaluate(
        "async ([module, ids, years]) => { const { yearsOf } = await import(module); return ids.map((id) => yearsOf(id, years)); }",
        [f"{served.url}assets/{folder}/js/posted.js", ids, YEARS],
    )
    assert [tuple(years) for years in found] == [years_of(photo) for photo in ids]


def test_the_page_counts_photos_per_year_in_order_of_time(page: Page, site: Path, serve: Serve) -> None:
    served = serve(site)
    page.goto(served.url)
    folder = next((site / "assets").iterdir()).name
    counted = page.evaluate(
        "async ([module, ids, years]) => [...(await import(module)).perYear(ids, years)]",
        [
            f"{served.url}assets/{folder}/js/posted.js",
            [48_000_000_000, 3_005_000_000, 25_000_000_000, 3_005_000_001],
            YEARS,
        ],
    )
    assert counted == [["2008", 2], ["2016 to 2018", 1], ["2019 or later", 1]]
