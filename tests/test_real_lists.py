"""The program on parts of real lists, against counts made here by regular expressions over the same files.

The lists are personal data and not part of this project. They are read where a folder of them stands beside
the checkout (`../shared/data`), or where EXPOSING_LISTS says.
"""

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from conftest import Serve
from exposing.identifiers import understand
from exposing.lookup import Reader
from mini import ROOT

LISTS = Path(os.environ.get("EXPOSING_LISTS", ROOT.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.skipif(not LISTS.is_dir(), reason=f"no real lists in {LISTS.name}: they cannot be published"),
    pytest.mark.xdist_group("real"),
]
SEED = 20_261_123
SAMPLE = 20
STATIC = re.compile(
    r"^https?://(?:[a-z0-9-]+\.)*(?:static\.flickr\.com|staticflickr\.com)/(?:[^ ]*/)?(\d+)_[0-9a-f]+[^/ ]*(?: |$)"
)
ODD = re.compile(
    r"^https?://(?:i2\.wp\.com|l\.yimg\.com)/\S*flickr\.com/\d+/(\d+)_|^http://www\.flickr\.com/photos/(\d+)\.jpg"
)

Row = dict[str, str]


def lines(slug: str, pattern: str) -> list[tuple[str, str]]:
    """Every line of a dataset's lists with its file's stem."""
    return [
        (path.stem, line)
        for path in sorted((LISTS / slug).glob(pattern))
        for line in path.read_text(encoding="utf-8-sig").splitlines()
    ]


def matched(slug: str, pattern: str, regex: str) -> list[Row]:
    """The named groups of every line that a regular expression finds something in."""
    found = (re.search(regex, line) for _, line in lines(slug, pattern))
    return [{kind: value for kind, value in match.groupdict().items() if value} for match in found if match]


def url_row(url: str) -> Row:
    """What one image address is found by, read independently of the program."""
    if buddy := re.search(r"/buddyicons/(\d+@N\d\d)", url):
        return {"nsid": buddy[1]}
    if photo := STATIC.match(url + " ") or ODD.match(url):
        return {"photo": photo[1] or photo[2]}
    rest = url.split("://", 1)[1]
    host, slash, path = rest.partition("/")
    return {"image": re.sub(r"^www\.", "", host.lower()) + (slash + path).split("#")[0]}


def vgg_face() -> list[Row]:
    """Every row of VGG Face: its address, and its file's name as the identity."""
    return [
        url_row(line.split(" ")[1]) | {"person": stem.replace("_", " ")}
        for stem, line in lines("vgg_face", "files/*.txt")
    ]


def facescrub() -> list[Row]:
    """Every row of FaceScrub: its address and its name."""
    cells = [line.split("\t") for _, line in lines("facescrub", "*.txt")]
    return [url_row(cell[3]) | {"person": cell[0]} for cell in cells]


def fsxl() -> list[Row]:
    """Every record of Flickr-Suits-XL: owner, photo and display name."""
    records = json.loads((LISTS / "fsxl" / "fsxl-metadata.json").read_text())
    parts = [record["photo_url"].split("/") for record in records]
    return [
        {"nsid": part[4], "photo": part[5], "name": record["author"]}
        for part, record in zip(parts, records, strict=True)
    ]


ROWS: dict[str, Callable[[], list[Row]]] = {
    "adience": lambda: matched("adience", "*.txt", r"^(?P<nsid>\d+@N\d\d)\t(?P<photo>\d+)_"),
    "megaface": lambda: matched("megaface", "*.txt", r"/(?P<nsid>\d+@N\d\d)/(?P<photo>\d+)_\d+\.jpg"),
    "diveface": lambda: matched("diveface", "*.txt", r"^(?P<nsid>\d+@N\d\d)_identity_\d+/(?P<photo>\d+)_"),
    "pipa": lambda: matched("pipa", "*.txt", r"^\d+ (?P<photo>\d+) "),
    "facescrub": facescrub,
    "vgg_face": vgg_face,
    "fsxl": fsxl,
}
COUNTED = {"photo": "photos", "nsid": "accounts", "image": "images"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site built from the real lists by the real command."""
    out = tmp_path_factory.mktemp("real") / "site"
    command = [sys.executable, "-m", "exposing", "build", "--raw", str(LISTS), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "build")})
    return out


@pytest.fixture(scope="module")
def report(site: Path) -> dict[str, Any]:
    """The site's own account of what it holds."""
    found: dict[str, Any] = json.loads((site / "build-report.json").read_text())
    return found["datasets"]


@pytest.mark.parametrize("slug", ROWS)
def test_every_row_is_kept_and_counted(report: dict[str, Any], slug: str) -> None:
    rows, facts = ROWS[slug](), report[slug]
    assert facts["rejected"] == {}
    assert facts["rows"] == facts["kept"] + facts["duplicates"] == len(rows)
    for kind, count in COUNTED.items():
        assert facts[count] == len({row[kind] for row in rows if kind in row}), kind


@pytest.mark.parametrize("slug", ROWS)
def test_seeded_rows_are_found_by_all_that_they_carry(site: Path, slug: str) -> None:
    reader, rows = Reader(str(site)), ROWS[slug]()
    for row in random.Random(SEED).sample(rows, SAMPLE):
        for kind, value in row.items():
            key = f"{kind}:{value.lower() if kind in ('name', 'person') else value}"
            answer = reader.answer(" ".join(key.split()))
            assert answer["found"], (slug, kind)
            datasets = [found for found in answer.get("accounts", [answer.get("datasets")]) if slug in found]
            assert datasets, (slug, kind)
            if kind in ("nsid", "name") and "photo" in row:
                assert any(int(row["photo"]) in found[slug]["ids"] for found in datasets)


def invented() -> list[str]:
    """A thousand queries for what no list can hold."""
    dice = random.Random(SEED)
    numbers = [dice.randrange(10**7, 10**8) for _ in range(200)]
    forms = (
        "{}@N99",
        "nobody-{}",
        "https://www.flickr.com/photos/nobody-{0}/900{0}",
        "http://example.org/{}.jpg",
        "Nobody {}",
    )
    return [form.format(number) for number in numbers for form in forms]


def typed(slug: str) -> list[str]:
    """Seeded rows of a dataset as a visitor would type what is in them."""
    forms = {
        "nsid": "{}",
        "name": "{}",
        "person": "{}",
        "photo": "https://www.flickr.com/photo.gne?id={}",
        "image": "http://{}",
    }
    return [
        forms[kind].format(value)
        for row in random.Random(SEED).sample(ROWS[slug](), SAMPLE)
        for kind, value in row.items()
    ]


IN_THE_PAGE = """async ([modules, queries]) => {
  const [{ Index }, { lookup }, { understand }, { dataBlock }] = await Promise.all(
    ["shards", "lookup", "identifiers", "words"].map((name) => import(`${modules}/${name}.js`)));
  const index = new Index(new URL("./", location.href), dataBlock("current"));
  const datasets = (answer) => answer.accounts ? answer.accounts.flatMap(Object.keys) : Object.keys(answer.datasets);
  return Promise.all(queries.map(async (query) =>
    [...(await lookup(index, understand(query).keys)).answers.values()].flatMap(datasets)));
}"""


def test_the_page_finds_seeded_rows_and_nothing_invented(site: Path, serve: Serve, page: Page) -> None:
    served = serve(site)
    page.goto(served.url)
    modules = f"{served.url}assets/{next((site / 'assets').iterdir()).name}/js"
    for slug in ROWS:
        queries = typed(slug)
        found = page.evaluate(IN_THE_PAGE, [modules, queries])
        assert [query for query, slugs in zip(queries, found, strict=True) if slug not in slugs] == []
    assert not any(page.evaluate(IN_THE_PAGE, [modules, invented()]))


def test_accounts_have_exactly_the_photos_of_the_lists(site: Path) -> None:
    """An owner that any list names counts for every list that holds the photo, and DiveFace is part of MegaFace."""
    reader = Reader(str(site))
    rows = {slug: [row for row in ROWS[slug]() if "photo" in row] for slug in ROWS}
    holding = {slug: {int(row["photo"]) for row in some} for slug, some in rows.items()}
    photos_of: dict[str, set[int]] = {}
    for row in (row for some in rows.values() for row in some if "nsid" in row):
        photos_of.setdefault(row["nsid"], set()).add(int(row["photo"]))
    in_pipa = {nsid for nsid, photos in photos_of.items() if photos & holding["pipa"]}
    assert in_pipa, "no account of another list has photos in PIPA's: this test would show nothing"
    for nsid in {*random.Random(SEED).sample(sorted(photos_of), 200), *in_pipa}:
        expected = {slug: photos_of[nsid] & photos for slug, photos in holding.items()}
        expected["megaface"] |= expected["diveface"]
        found = reader.answer(f"nsid:{nsid}")["datasets"]
        assert {slug: found.get(slug, {"ids": []})["ids"] for slug in ROWS} == {
            slug: sorted(photos) for slug, photos in expected.items()
        }
        if nsid in in_pipa:
            assert set(found["pipa"]["owner_from"]) <= {"adience", "diveface", "fsxl", "megaface"}


def test_a_thousand_invented_identifiers_are_not_found(site: Path) -> None:
    reader = Reader(str(site))
    for query in invented():
        for key in understand(query).keys:
            assert reader.answer(key)["found"] is False, query


def test_what_the_lists_are_known_for(report: dict[str, Any]) -> None:
    assert report["megaface"]["rows"] == 360 and report["megaface"]["comments"] == 1
    assert report["diveface"]["kept"] == 62_902
    assert report["facescrub"]["rows"] == 1_549 and report["facescrub"]["identities"] == 6
    assert report["vgg_face"]["rows"] == 686_059 and report["vgg_face"]["identities"] == 691
    assert report["google_fec"]["rows"] == 20 and report["google_fec"]["photos"] == 41
    assert report["fsxl"]["accounts"] == 608 and sum(report["fsxl"]["licenses"].values()) == 5_684
    assert sum(report["fsxl"]["years"].values()) == 5_684


def test_the_site_of_real_lists_is_far_below_the_hosts_limit(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 1_000_000_000 / 10
