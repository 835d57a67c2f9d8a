"""Pictures and their tables: what stands where, that both say the same, and what a list of citations may hold."""

import gzip
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from conftest import Serve, Served
from exposing import charts, citations
from exposing.citations import Citation
from exposing.errors import BuildError
from exposing.manifest import Event, Manifest
from mini import ALICE, BRUNO, add, built

TODAY = "2026-11-23"
WORLD = Path(charts.__file__).with_name("world.json")
Point = tuple[float, float]


def points(path: str) -> list[Point]:
    """The corners of a band's outline."""
    found = (corner.split(" ") for corner in re.split("[MLZ]", path) if corner)
    return [(float(x), float(y)) for x, y in found]


def area(path: str) -> float:
    corners = points(path)
    turns = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in turns)) / 2


def columns(counts: dict[str, int]) -> charts.Columns:
    chart = charts.columns(counts, TODAY)
    assert chart
    return chart


# How photos by year are drawn


@pytest.mark.parametrize("most", [0, 0.2, 1, 2, 7, 10, 11, 50, 51, 999, 2_782, 123_456, 10**8, 10**8 + 1])
def test_a_scale_is_round_and_reaches_the_top(most: float) -> None:
    scale = charts.scale(most)
    steps = {high - low for high, low in pairwise(scale)}
    assert scale[-1] == 0 and len(steps) == 1 and 2 <= len(scale) <= 6
    assert most <= scale[0] and (most == 0 or scale[0] <= max(1, 2 * most))
    assert str(steps.pop()).rstrip("0") in ("1", "2", "5", "25")


def test_the_heights_of_columns_are_as_the_numbers() -> None:
    chart = columns({"2012": 30, "2014": 60, "2015": 15})
    heights = {band.years: charts.BOX - min(y for _, y in points(band.path)) for band in chart.bands}
    assert heights == {"2012": 500, "2014": 1000, "2015": 250} and chart.scale[0] == 60
    assert {max(y for _, y in points(band.path)) for band in chart.bands} == {charts.BOX}
    assert all(band.sure for band in chart.bands) and not chart.unsure


def test_the_width_of_a_column_is_its_years() -> None:
    chart = columns({"2010": 4, "2011-2012": 8, "2010-2013": 8})
    gap = charts.BOX / 4 * charts.GAP / 1000
    ends = {band.years: (min(points(band.path))[0], max(points(band.path))[0]) for band in chart.bands}
    assert ends == {
        "2010": (gap, 250 - gap),
        "2011-2012": (250 + gap, 750 - gap),
        "2010-2013": (gap, 1000 - gap),
    }
    assert [band.sure for band in chart.bands] == [True, False, False] and chart.unsure


def test_what_may_be_of_several_years_is_spread_over_them() -> None:
    counts = {"2004-2008": 1000, "2008": 10, "2008-2009": 300, "2009": 700, "2010": 50, "2010-": 170}
    chart = columns(counts)
    per_year = charts.BOX / (2026 - 2004 + 1)
    gap = per_year * charts.GAP / 1000
    for band in chart.bands:
        first, _, last = band.years.partition("-")
        width = {"2004-2008": 5, "2008-2009": 2, "2010-": 17}.get(band.years, 1)
        height = counts[band.years] / width / chart.scale[0] * charts.BOX
        ends = sorted({x for x, _ in points(band.path)})
        assert ends[0] == pytest.approx((int(first) - 2004) * per_year + gap, abs=0.06), last
        assert ends[-1] - ends[0] == pytest.approx(width * per_year - 2 * gap, abs=0.11)
        assert area(band.path) == pytest.approx(height * (width * per_year - 2 * gap), rel=0.02)


def test_bands_stand_on_each_other_without_a_gap_or_an_overlap() -> None:
    chart = columns({"2008": 10, "2008-2009": 40, "2009": 30, "2007-2009": 60})
    tops = {2007: 20, 2008: 50, 2009: 70}
    heights = [charts.BOX - y for y in sorted({y for band in chart.bands for _, y in points(band.path)})]
    unit = charts.BOX / chart.scale[0]
    assert heights == pytest.approx([unit * n for n in (70, 50, 30, 20, 10, 0)]) and max(tops.values()) <= 80


def test_nothing_is_drawn_of_nothing() -> None:
    assert charts.columns({}, TODAY) is None
    assert charts.columns({"2012": 0}, TODAY) is None


def test_a_single_year_has_room_on_both_sides() -> None:
    chart = columns({"2013": 5})
    assert (chart.first, chart.last) == (2012, 2014)
    assert [label.x for label in chart.labels] == [16.67, 50.0, 83.33]


def test_huge_numbers_stay_in_the_box() -> None:
    chart = columns({str(year): 10**9 + year for year in range(2004, 2027)} | {"2004-": 1})
    assert all(
        0 <= x <= charts.BOX and 0 <= y <= charts.BOX for band in chart.bands for x, y in points(band.path)
    )
    assert [charts.short(tick, "en") for tick in chart.scale] == ["1.5B", "1B", "500M", "0"]
    assert len(json.dumps(chart)) < 3_000


def test_an_open_range_that_begins_after_today_is_one_year() -> None:
    assert columns({"2030-": 4}).bands[0].sure


@pytest.mark.parametrize("span", range(1, 60))
def test_the_years_under_an_axis_have_room(span: int) -> None:
    labels = columns({"2004": 1, str(2004 + span): 1}).labels
    assert 1 <= len(labels) <= charts.LABELS and all(0 <= label.x <= 100 for label in labels)


@pytest.mark.parametrize(
    ("number", "language", "text"),
    [(20_000, "en", "20,000"), (20_000, "de", "20.000"), (150_000, "en", "150K"), (150_000, "de", "150.000")],
)
def test_the_numbers_of_a_scale_are_short(number: int, language: str, text: str) -> None:
    assert charts.short(number, language) == text


def test_shares_and_counts() -> None:
    assert charts.share(1, 3) == 33.33 and charts.share(5, 0) == 0
    assert list(charts.counted(["b", "a", "c", "c"]).items()) == [("c", 2), ("a", 1), ("b", 1)]


# Lines of time


def dataset(published: int = 2015, status: str = "available", *events: tuple[str, str]) -> Manifest:
    history = [
        Event(date=date, event=event, text="-", source="https://example.org/")  # type: ignore[arg-type]
        for date, event in events
    ]
    return Manifest(
        slug="faces", title="Faces", description="-", url="https://example.org/", license="", cite_as="-", creators=["-"],
        published=published, status=status, not_searchable="-", history=history,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("date", "point"),
    [
        ("2015", 2015.5),
        ("2015-01", 2015 + 1 / 24),
        ("2015-12-31", 2016 - 0.5 / 372),
        ("2015-07-01", 2015.5 + 0.5 / 372),
    ],
)
def test_a_date_is_a_point_of_time(date: str, point: float) -> None:
    assert charts.when(date) == pytest.approx(point)


def test_a_line_runs_from_publication_to_withdrawal_or_to_today() -> None:
    events = [("2016", "published"), ("2018", "reported"), ("2020", "withdrawn")]
    ended = charts.line(dataset(2016, "withdrawn", *events), "2026-01-01")
    assert [span.end for span in ended.spans] == ["withdrawn"]
    assert ended.spans[0].x + ended.spans[0].width == pytest.approx(45, abs=0.1)  # 2020.5 of 2016 to 2026
    going_on = charts.line(dataset(2016, "available", *events[:2]), "2026-01-01")
    assert going_on.spans[0].end == "today" and going_on.spans[0].x + going_on.spans[
        0
    ].width == pytest.approx(100)
    assert [label.year for label in going_on.labels] == [2016, 2018, 2020, 2022, 2024, 2026]


def test_a_dataset_can_come_back() -> None:
    events = [("2016", "published"), ("2018", "withdrawn"), ("2020", "published")]
    spans = charts.line(dataset(2016, "available", *events), TODAY).spans
    assert [span.end for span in spans] == ["withdrawn", "today"] and spans[0].x + spans[0].width < spans[1].x


def test_marks_that_would_touch_stand_above_each_other() -> None:
    events = [
        ("2016", "published"),
        ("2019-06", "reported"),
        ("2019-06-12", "reported"),
        ("2019-07", "withdrawn"),
    ]
    line = charts.line(dataset(2016, "withdrawn", *events), TODAY)
    assert {(mark.event, mark.lane) for mark in line.marks} == {
        ("published", 0),
        ("withdrawn", 0),
        ("reported", 1),
        ("reported", 2),
    }
    assert line.lanes == 3


def test_datasets_over_time_are_in_order_and_say_how_they_ended() -> None:
    manifests = {
        "late": dataset(2020),
        "gone": dataset(2014, "withdrawn", ("2014", "published"), ("2019-05", "withdrawn")),
        "lost": dataset(2016, "withdrawn"),
        "early": dataset(2012, "unclear"),
    }
    chart = charts.timeline(manifests, TODAY)
    assert [row.slug for row in chart.rows] == ["early", "gone", "lost", "late"]
    assert [row.spans[-1].end for row in chart.rows] == ["today", "withdrawn", "unknown", "today"]
    assert [row.withdrawn for row in chart.rows] == ["", "2019", "", ""]
    assert all(
        row.spans[-1].x + row.spans[-1].width == pytest.approx(100, abs=0.01) for row in chart.rows[2:]
    )


# The map


def test_places_lie_where_they_are() -> None:
    x, y = charts.project(0, 0)
    assert x == charts.MAP_WIDTH / 2
    assert charts.project(-180, 0)[0] == pytest.approx(0) and charts.project(180, 0)[0] == pytest.approx(1440)
    assert charts.project(0, 84) == pytest.approx((720, 0))
    assert charts.project(10, 50)[0] < charts.project(10, 0)[0]  # meridians lean towards the poles
    north, south = charts.project(30, 40), charts.project(30, -40)
    assert north[0] == pytest.approx(south[0]) and y - north[1] == pytest.approx(south[1] - y)


def within(longitude: float, latitude: float) -> bool:
    """Whether a place lies on land, by how often a line to the east crosses a coast."""
    crossings = 0
    for ring in json.loads(WORLD.read_text()):
        corners = list(zip(ring[::2], ring[1::2], strict=True))
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
            if (ay > latitude) != (by > latitude) and longitude < ax + (latitude - ay) / (by - ay) * (
                bx - ax
            ):
                crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize(
    ("place", "land"),
    [
        ((-98, 39), True), ((10, 50), True), ((105, 35), True), ((135, -25), True), ((22, -20), True),
        ((-55, -10), True), ((-175, 66.5), True), ((-42, 70), True), ((178, 67), True),
        ((0, 0), False), ((-150, 0), False), ((-40, 40), False), ((80, -30), False), ((51, 41), False),
    ],
)  # fmt: skip
def test_the_land_is_land(place: Point, land: bool) -> None:
    assert within(*place) is land


def test_the_outline_of_the_land_is_small_and_whole() -> None:
    rings = json.loads(WORLD.read_text())
    assert WORLD.stat().st_size < 20_000
    for ring in rings:
        longitudes, latitudes = ring[::2], ring[1::2]
        assert len(longitudes) == len(latitudes) >= 4 and min(latitudes) > -60
        assert all(
            abs(a - b) < 100 for a, b in zip(longitudes, [*longitudes[1:], longitudes[0]], strict=True)
        )
        assert ring == [round(value, 1) for value in ring]


def work(
    number: int, place: Point | None = (13.4, 52.5), institution: str = "Example University"
) -> Citation:
    where = (place[1], place[0]) if place else (None, None)
    url = f"https://example.org/works/{number}"
    return Citation(f"Work {number}", institution, "DE", "academia", 2020, url, *where)


def test_the_area_of_a_circle_is_the_number_at_its_place() -> None:
    found = charts.world(
        [*(work(n) for n in range(8)), work(9, (2.3, 48.8)), work(10, (2.3, 48.8)), work(11, None)]
    )
    assert found and found.unplaced == 1
    berlin, paris = found.circles
    assert (berlin.r / paris.r) ** 2 == pytest.approx(4, rel=0.01)
    assert (berlin.x, berlin.y) == pytest.approx(charts.project(13.4, 52.5), abs=0.06)
    assert berlin.names == ["Example University"]


def test_a_map_of_one_or_of_very_many() -> None:
    one = charts.world([work(1, (0, 0))])
    assert one and one.circles[0].r == charts.SMALL and one.circles[0].x == 720
    many = charts.world([*(work(n) for n in range(5_000)), work(5_001, (0, 0))])
    assert many and many.circles[0].r == charts.LARGEST and 0 < many.circles[1].r < 1
    assert charts.world([]) is None and charts.world([work(1, None)]) is None
    assert all(0 <= one.y <= many.height for one in many.circles)


def test_the_map_is_light() -> None:
    found = charts.world([work(1)])
    assert found and len(gzip.compress(found.land.encode())) < 12_000
    assert re.fullmatch(r"(M-?\d+[ -]\d+l(-?\d+ ?)+z)+", found.land)


# citations.csv

HEADER = ",".join(citations.HEADER)
ROW = '"Faces, invented",Example University,DE,academia,2020,https://example.org/works/1,52.5,13.4'


def load(folder: Path, *lines: str, header: str = HEADER) -> list[Citation]:
    (folder / "citations.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    return citations.load(folder)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    url = "https://example.org/works/1"
    expected = Citation("Faces, invented", "Example University", "DE", "academia", 2020, url, 52.5, 13.4)
    assert load(tmp_path, ROW) == [expected]


def test_no_file_means_no_citations(tmp_path: Path) -> None:
    assert citations.load(tmp_path) == [] == load(tmp_path)


@pytest.mark.parametrize("content", ["\ufeff{}\n{}\n", "{}\r\n{}\r\n", "{}\n\n{}", '"title"{}\n{}'])
def test_the_oddities_of_spreadsheets_are_passed_over(tmp_path: Path, content: str) -> None:
    header = HEADER.removeprefix("title") if '"title"' in content else HEADER
    (tmp_path / "citations.csv").write_bytes(content.format(header, ROW).encode())
    assert [one.title for one in citations.load(tmp_path)] == ["Faces, invented"]


def test_a_country_is_named_in_the_language_of_the_page(tmp_path: Path) -> None:
    rows = [
        ROW,
        ROW.replace(",DE,", ",germany,").replace("/1", "/2"),
        ROW.replace(",DE,", ",Utopia,").replace("/1", "/3"),
    ]
    found = load(tmp_path, *rows)
    assert [one.country for one in found] == ["DE", "DE", "Utopia"]
    assert [one.country_in("fr") for one in found] == ["Allemagne", "Allemagne", "Utopia"]


def test_the_newest_comes_first_and_a_place_is_optional(tmp_path: Path) -> None:
    later = "A later one,,FR,other,2021,http://example.org/works/2,,"
    found = load(tmp_path, ROW, later)
    assert (
        [one.year for one in found] == [2021, 2020] and found[0].place is None and found[0].institution == ""
    )
    assert citations.places(found) == {(13.4, 52.5): [found[1]]}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("2020", "soon", "year `soon` is none; write one from 1990 to 2100"),
        ("2020", "20200", "year `20200` is none"),
        ("2020", "", "year is missing"),
        ("academia", "army", "sector `army` is none"),
        ("academia", "acadamia", "did you mean `academia`?"),
        ("DE", "", "country is missing"),
        ("DE", "XX", "country `XX` is no code of ISO 3166-1"),
        ('"Faces, invented"', " ", "title is missing"),
        ("https:", "ftp:", "is no address of the web"),
        ("https://example.org/works/1", "javascript:alert(1)", "is no address of the web"),
        ("52.5", "91", "latitude `91` is none; write degrees from -90 to 90"),
        ("13.4", "-180.1", "longitude `-180.1` is none"),
        ("13.4", "nan", "longitude `nan` is none"),
        ("13.4", "", "longitude is missing; give both or neither"),
        ("52.5", "", "latitude is missing; give both or neither"),
        ('"Faces, invented"', "Faces, invented", "9 columns, where the header has 8"),
        ('"Faces, invented"', '"Faces" invented', "not CSV"),
        (",13.4", "", "7 columns, where the header has 8"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(BuildError) as raised:
        load(tmp_path, 'Another,,"FR",other,2019,https://example.org/works/0,,', ROW.replace(old, new))
    assert "citations.csv line 3: " in raised.value.message and fault in raised.value.message
    assert raised.value.exit_code == 2


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    two_lines = ROW.replace("Faces, invented", "Faces,\ninvented").replace("/1", "/2")
    wrong = ROW.replace("2020", "then").replace("academia", "army")
    with pytest.raises(BuildError) as raised:
        load(tmp_path, ROW, two_lines, wrong, "too,few", ROW.replace("/1", "/3").replace("DE", "ZX"))
    lines = [int(number) for number in re.findall(r"citations\.csv line (\d+): ", raised.value.message)]
    assert lines == [5, 5, 5, 6, 7] and "the url of line 2 again" in raised.value.message


@pytest.mark.parametrize("content", [b"", b"title,url\n", HEADER.encode() + b"\nFaces \xff", b"\x00"])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "citations.csv").write_bytes(content)
    with pytest.raises(BuildError, match=r"citations\.csv line [12]: .+; .+"):
        citations.load(tmp_path)


def test_an_unclosed_quote_does_not_hide_other_faults(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as raised:
        load(tmp_path, ROW.replace("2020", "x"), '"never closed')
    assert "line 2: year" in raised.value.message and "line 3: not CSV" in raised.value.message


# The pages

HISTORY = """
[[history]]
date = "2016-03"
event = "published"
text = "Published."
source = "https://example.org/a"
[[history]]
date = "2019-06-12"
event = "withdrawn"
text = "Withdrawn."
source = "https://example.org/b"
"""
PLACES = [
    ("Example University", "DE", 52.5, 13.4),
    ("Université d’Exemple", "FR", 48.8, 2.3),
    ("Example Labs", "US", "", ""),
]


def lines_of_works(count: int) -> list[str]:
    """Invented works: half at the first place, a third of the others at the second."""
    lines = []
    for number in range(count):
        name, country, latitude, longitude = PLACES[0 if number % 2 else 1 if number % 3 else 2]
        sector = "industry" if number % 5 == 0 else "academia"
        url = f"https://example.org/works/{number}"
        lines.append(
            f'"Faces, part {number}",{name},{country},{sector},{2015 + number % 6},{url},{latitude},{longitude}'
        )
    return lines


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of three datasets: of one all is known, one was dated by its list, one has no photos."""
    root = tmp_path_factory.mktemp("charts")
    ids = [3_005_000_000 + 350_000_000 * number for number in range(40)]
    owners = [ALICE] * 25 + [BRUNO] * 14 + ["10000003@N99"]
    faces = add(root, "faces", nsid=owners, photo_id=ids, license=["CC BY 2.0"] * 30 + ["CC BY-NC 2.0"] * 10)
    (faces / "citations.csv").write_text("\n".join([HEADER, *lines_of_works(41)]), encoding="utf-8")
    manifest = faces / "dataset.toml"
    manifest.write_text(
        manifest.read_text().replace("2020", "2016").replace("unclear", "withdrawn") + HISTORY
    )
    dates = [f"{2012 + number % 4}-05-01" for number in range(10)]
    add(root, "portraits", nsid=owners[:10], photo_id=ids[:10], uploaded=dates)
    add(root, "elsewhere", image_url=["https://img.example.org/1.jpg"])
    return built(root)


@pytest.fixture
def served(world: Path, serve: Serve) -> Served:
    return serve(world)


def numbers(table: Locator) -> list[int]:
    """The numbers in a table's second column."""
    texts = table.locator("tbody tr td:nth-of-type(1)").all_text_contents()
    return [int(text.replace(",", "")) for text in texts]


def widths(table: Locator) -> list[float]:
    """How wide a table's bars are, in percent."""
    return [float(bar.get_attribute("width") or 0) for bar in table.locator("svg rect:last-child").all()]


def test_every_picture_has_its_table(page: Page, served: Served) -> None:
    for path in ("datasets/", "datasets/faces/", "datasets/portraits/"):
        page.goto(served.url + path)
        figures = page.locator("figure").all()
        assert figures
        for figure in figures:
            assert figure.locator("svg").count() and figure.locator("table, ol.events").count(), path
        assert page.locator("main svg").count() == page.locator("figure svg").count()
        labelled = "svg => svg.ariaHidden === 'true' || svg.role === 'img' && svg.ariaLabel || svg.parentElement.closest('svg')"
        assert all(svg.evaluate(labelled) for svg in page.locator("main svg").all())
        assert page.locator("[style]").count() == 0


def test_bars_are_as_their_numbers(page: Page, served: Served) -> None:
    page.goto(served.url + "datasets/faces/")
    tables = page.locator("table.bars").all()
    assert len(tables) == 4  # accounts, licences, countries, sectors
    for table in tables:
        found = numbers(table)
        assert widths(table) == [charts.share(n, max(found)) for n in found]
    assert [numbers(table) for table in tables] == [[1, 0, 1, 1, 0, 0], [30, 10], [20, 14, 7], [32, 9]]


def test_columns_by_year_are_as_their_table(page: Page, served: Served) -> None:
    for slug in ("faces", "portraits"):
        page.goto(f"{served.url}datasets/{slug}/")
        figure = page.locator("figure:has(.by-year)")
        table = figure.locator("table")
        found = dict(zip(table.locator("tbody th").all_text_contents(), numbers(table), strict=True))
        assert sum(found.values()) == (40 if slug == "faces" else 10)
        areas = {"sure": 0.0, "unsure": 0.0}
        for band in figure.locator("path[d]").all():
            areas[band.get_attribute("class") or ""] += area(band.get_attribute("d") or "")
        sure = sum(n for years, n in found.items() if " to " not in years and " or " not in years)
        if slug == "faces":
            share = areas["sure"] / sum(areas.values())
            assert share == pytest.approx(sure / 40, abs=0.02) and figure.locator(".key li").count() == 2
        else:
            assert areas["unsure"] == 0 and found == {"2012": 3, "2013": 3, "2014": 2, "2015": 2}


def test_the_overlap_is_as_its_table(page: Page, served: Served) -> None:
    page.goto(served.url + "datasets/faces/")
    row = page.locator("table.overlaps tbody tr")
    assert row.locator("th, td").all_text_contents() == ["portraits", "10", "25%", "", "1"]
    assert widths(page.locator("table.overlaps")) == [25]


def test_the_map_and_its_tables_say_the_same(page: Page, served: Served) -> None:
    page.goto(served.url + "datasets/faces/")
    assert "41 publications" in page.locator("#citations + p").inner_text()
    figure = page.locator("figure:has(.world)")
    assert (
        "The largest stands for 20. The places of 7 publications are not known here." in figure.inner_text()
    )
    rows = figure.locator("tbody tr")
    assert rows.evaluate_all("rows => rows.map(row => row.textContent)") == [
        "Example UniversityGermany20",
        "Université d’ExempleFrance14",
    ]
    radii = [float(circle.get_attribute("r") or 0) for circle in figure.locator("circle").all()]
    assert (radii[0] / radii[1]) ** 2 == pytest.approx(20 / 14, rel=0.01)
    page.locator("details.wide summary").click()
    works = page.locator("details.wide tbody tr")
    assert works.count() == 41
    assert works.first.locator("td").all_text_contents()[1:] == ["Germany", "2020"]
    assert works.first.locator("a").get_attribute("rel") == "noopener noreferrer"


def test_the_history_shows_each_event_in_both(page: Page, served: Served) -> None:
    page.goto(served.url + "datasets/faces/")
    figure = page.locator("figure:has(.events)")
    marks = [mark.get_attribute("class") for mark in figure.locator("svg.history svg path").all()]
    assert marks == ["mark-published", "mark-withdrawn"]
    listed = [mark.get_attribute("class") for mark in figure.locator(".events path").all()]
    assert listed == marks and figure.locator("time").all_text_contents() == ["March 2016", "June 12, 2019"]


def test_all_datasets_are_on_the_timeline(page: Page, served: Served) -> None:
    page.goto(served.url + "datasets/")
    rows = page.locator(".times tbody tr")
    assert rows.locator("th").all_text_contents() == ["faces", "elsewhere", "portraits"]
    assert (
        "withdrawn in 2019" in rows.first.inner_text() and rows.first.locator(".mark-withdrawn").count() == 1
    )
    assert rows.nth(1).locator(".span").get_attribute("class") == "span unclear"
    rows.first.locator("a").click()
    assert page.url == served.url + "datasets/faces/"


TEXTS = """() => [...document.querySelectorAll("main svg text")].map((text) => {
  const matrix = text.getScreenCTM();
  return [parseFloat(getComputedStyle(text).fontSize) * matrix.d, matrix.a > 0, text.getBoundingClientRect().x];
})"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("path", ["datasets/", "datasets/faces/", "datasets/portraits/"])
def test_pictures_can_be_read_on_a_phone_and_from_the_right(
    page: Page, served: Served, path: str, direction: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(served.url + path)
    page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    page.evaluate(
        "() => { for (const details of document.querySelectorAll('details')) details.open = true; }"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    texts = page.evaluate(TEXTS)
    assert texts and all(size >= 11 and upright for size, upright, _ in texts)
    for axis in page.locator("main svg:has(> text)").all():
        places = axis.locator("> text").evaluate_all(
            "texts => texts.map(text => [text.textContent, text.getBoundingClientRect()])"
        )
        ordered = sorted(places, reverse=direction == "rtl")
        assert all(a["right"] < b["left"] for (_, a), (_, b) in pairwise(ordered))
        assert all(box["left"] >= 0 and box["right"] <= 320 for _, box in places)


def test_marks_are_seen_in_forced_colours(context: BrowserContext, served: Served) -> None:
    page = context.new_page()
    page.emulate_media(forced_colors="active")
    page.goto(served.url + "datasets/faces/")
    fill = "element => getComputedStyle(element).fill"
    text = page.evaluate("getComputedStyle(document.body).color")
    assert (
        page.locator(".sure").first.evaluate(fill) == text == page.locator(".bar rect").first.evaluate(fill)
    )
    assert (
        page.locator(".unsure").first.evaluate(fill)
        != text
        != page.locator(".bar .whole").first.evaluate(fill)
    )


def test_a_page_with_pictures_stays_light(world: Path) -> None:
    html = (world / "datasets" / "faces" / "index.html").read_text()
    without = re.sub(r'<path class="land".*?/>', "", html)
    assert len(gzip.compress(without.encode(), 6)) < 30_000
    assert len(gzip.compress(html.encode(), 6)) - len(gzip.compress(without.encode(), 6)) < 12_000


def test_names_in_citations_are_text(tmp_path: Path) -> None:
    folder = add(tmp_path, "faces", nsid=[ALICE], photo_id=[3_005_000_000])
    bad = ROW.replace("Example University", "<script>alert(1)</script>")
    (folder / "citations.csv").write_text(f"{HEADER}\n{bad}\n", encoding="utf-8")
    html = (built(tmp_path) / "datasets" / "faces" / "index.html").read_text()
    assert "<script>alert" not in html and html.count("&lt;script&gt;alert(1)") == 3


def test_a_build_stops_at_citations_that_are_wrong(tmp_path: Path) -> None:
    folder = add(tmp_path, "faces", nsid=[ALICE], photo_id=[3_005_000_000])
    (folder / "citations.csv").write_text("title\n", encoding="utf-8")
    with pytest.raises(
        BuildError, match=r"faces/citations\.csv line 1: the columns are others; begin with title,"
    ):
        built(tmp_path)
    assert not (tmp_path / "_site").exists()


# The tables of the list


@pytest.fixture
def listing(page: Page, served: Served) -> Page:
    page.goto(served.url + "datasets/")
    page.locator(".sort").first.wait_for()
    return page


def shown(page: Page) -> list[str]:
    return page.locator("exposing-catalogue tbody tr:visible th").all_text_contents()


def test_the_tables_are_filtered_and_the_count_is_said(listing: Page) -> None:
    assert shown(listing) == ["elsewhere", "faces", "portraits"]
    field, said = (
        listing.get_by_label("Show only datasets with"),
        listing.locator("exposing-catalogue output"),
    )
    field.fill("WITHDRAWN")
    assert shown(listing) == ["faces"] and said.inner_text() == "1 dataset shown"
    field.fill("nobody unclear")
    assert shown(listing) == ["elsewhere", "portraits"] and said.inner_text() == "2 datasets shown"
    field.fill("nothing like it")
    assert shown(listing) == [] and said.inner_text() == "0 datasets shown"
    assert not listing.locator("#searched").is_visible()
    field.fill("")
    assert len(shown(listing)) == 3 and said.inner_text() == ""
    field.press("Enter")
    assert len(shown(listing)) == 3


def test_the_tables_are_sorted_from_the_keyboard(listing: Page) -> None:
    button = listing.get_by_role("button", name="Photos here")
    head = listing.locator("th:has(.sort)", has=button)
    button.press("Enter")
    assert (
        shown(listing) == ["elsewhere", "portraits", "faces"]
        and head.get_attribute("aria-sort") == "ascending"
    )
    button.press("Space")
    assert (
        shown(listing) == ["faces", "portraits", "elsewhere"]
        and head.get_attribute("aria-sort") == "descending"
    )
    listing.get_by_role("button", name="Dataset").first.click()
    assert shown(listing) == ["elsewhere", "faces", "portraits"]
    assert listing.locator("[aria-sort]").count() == 1


def test_without_a_script_the_tables_are_whole(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.url + "datasets/")
    assert shown(page) == ["elsewhere", "faces", "portraits"]
    assert not page.locator("form").is_visible() and page.locator("exposing-catalogue button").count() == 0
    page.goto(served.url + "datasets/faces/")
    page.locator("details.wide summary").click()
    assert page.locator("details.wide tbody tr").first.is_visible()
    context.close()


def test_a_phone_can_sort_as_well(listing: Page) -> None:
    listing.set_viewport_size({"width": 320, "height": 800})
    listing.get_by_role("button", name="Photos here").click()
    assert shown(listing) == ["elsewhere", "portraits", "faces"]
