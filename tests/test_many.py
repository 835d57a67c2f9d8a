"""The page that checks many photos and accounts at once: what it reads, what it answers, and what it never tells."""

import csv
import io
import json
import random
import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

import invented
from conftest import Serve, Served
from mini import ALICE, add, built

FLOOD = sorted(random.Random(1).sample(range(91000000000, 94000000000), 300_000))  # enough for several shards
LISTED, UNLISTED = FLOOD[::50], range(95000000001, 95000004001)
PROFILE = {
    "nsid": ALICE,
    "screen_name": "Alice Example",
    "path_alias": "alice-example",
    "photos_url": f"https://www.flickr.com/photos/{ALICE}/",
    "real_name": "Alice Q. Secret",
}
BASE = "/exposing/"
RESULTS, TOTAL, ROWS = "[data-results]", "[data-results] .total", ".sorted tbody tr"

File = tuple[str, bytes]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of the invented world, and 300,000 photos more in several shards."""
    root = tmp_path_factory.mktemp("world")
    invented.write(root)
    raw = add(root, "flood", photo_id=FLOOD) / "raw"
    raw.rename(raw.with_name("sample"))  # as the others' lists are: real ones would be read without them
    return built(root)


@pytest.fixture
def served(world: Path, serve: Serve) -> Served:
    return serve(world, BASE)


@pytest.fixture
def many(page: Page, served: Served) -> Page:
    page.goto(f"{served.url}many/")
    return page


def choose(page: Page, *files: File) -> None:
    """Choose files."""
    page.set_input_files("#files", [{"name": name, "mimeType": "", "buffer": data} for name, data in files])


def check(page: Page, *files: File, lines: str = "") -> None:
    """Give files and lines, and wait for what comes of them."""
    choose(page, *files)
    page.fill("#lines", lines)
    page.click("[type=submit]")
    page.wait_for_selector(f"{RESULTS} h2", timeout=60_000)


def export(
    photos: Iterable[int] = (), profile: dict[str, Any] | None = None, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """One zip of a Flickr data export."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for photo in photos:
            archive.writestr(f"photo_{photo}.json", json.dumps({"id": str(photo), "name": "My day"}))
        if profile is not None:
            archive.writestr("account_profile.json", json.dumps(profile))
        archive.writestr(
            "contacts_part001.json", '{"contacts":{"x":"https://www.flickr.com/people/nobody/"}}'
        )
    return buffer.getvalue()


def rows(page: Page, show: str = "all") -> list[list[str]]:
    """The rows of the table's first page, cell by cell."""
    page.select_option("#filter", show)
    return [
        [re.sub(r"\s+", " ", cell).strip() for cell in row.locator("th, td").all_text_contents()]
        for row in page.locator(ROWS).all()
    ]


def keys(page: Page) -> set[str]:
    """What the table says was understood, of all that was given."""
    return {row[1] for row in rows(page)}


def saved(page: Page, action: str) -> tuple[str, bytes]:
    """A file that the page makes: its name and bytes."""
    with page.expect_download() as download:
        page.click(f"[data-action={action}]")
    return download.value.suggested_filename, download.value.path().read_bytes()


def shards(served: Served) -> list[str]:
    """The shards that were asked for, in order."""
    return [re.sub(r".*/index/\w+/", "", path) for path in served.paths if re.search(r"/index/\w+/", path)]


def in_order(asked: list[str]) -> bool:
    """Whether requests follow from their names alone; four are on their way at a time."""
    return all(abs(asked.index(path) - at) < 4 for at, path in enumerate(sorted(asked)))


# What is given


def test_an_export_is_read_and_its_account_is_checked(many: Page) -> None:
    check(many, ("export.zip", export([90000000101, 90000000102, 95000000001], PROFILE)))
    expect(many.locator(TOTAL)).to_have_text(
        re.compile(r"^\d+ photos found, in \d of the 5 datasets searched\.$")
    )
    expect(many.locator(TOTAL)).to_be_focused()
    assert keys(many) == {
        "Flickr photo 90000000101",
        "Flickr photo 90000000102",
        "Flickr photo 95000000001",
        f"Flickr account {ALICE}",
        "Flickr username alice-example",
        "Flickr username alice example",
    }
    text = many.locator(RESULTS).inner_text()
    assert "Of the 3 photos checked by their number, 2 are on a list." in text
    assert "export.zip: a Flickr data export with 3 photos. Files in it that were not opened: 1." in text
    assert "Secret" not in text and "nobody" not in text
    photos = json.loads(saved(many, "json")[1])["results"][0]["datasets"]
    assert photos == {slug: {"photos": [90000000101]} for slug in ("at_work", "faces", "portraits")}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_export_in_several_zips(many: Page, method: int) -> None:
    check(
        many,
        ("1.zip", export([90000000101], PROFILE, method)),
        ("2.zip", export([90000000102], None, method)),
    )
    assert {"Flickr photo 90000000101", "Flickr photo 90000000102", f"Flickr account {ALICE}"} <= keys(many)


def test_an_export_that_was_unpacked(many: Page) -> None:
    check(many, ("photo_90000000101.json", b"{}"), ("account_profile.json", json.dumps(PROFILE).encode()))
    assert {"Flickr photo 90000000101", f"Flickr account {ALICE}"} <= keys(many)


@pytest.mark.parametrize(
    ("lines", "understood"),
    [
        (ALICE.lower(), {f"Flickr account {ALICE}"}),
        ("90000000101 90000000102", {"Flickr photo 90000000101", "Flickr photo 90000000102"}),
        ("90000000101,90000000102", {"Flickr photo 90000000101", "Flickr photo 90000000102"}),
        (
            f"https://www.flickr.com/photos/{ALICE}/90000000101/",
            {"Flickr photo 90000000101", f"Flickr account {ALICE}"},
        ),
        (
            "bruno_b\r\nSam",
            {
                "Flickr username bruno_b",
                "Name of a person bruno b",
                "Flickr username sam",
                "Name of a person sam",
            },
        ),
        ("#Wedding\n", {"Flickr tag #wedding"}),
        ('"https://example.org/a,b.jpg"', {"Image address example.org/a,b.jpg"}),
        ("12345", {"Flickr photo 12345"}),
    ],
)
def test_lines(many: Page, lines: str, understood: set[str]) -> None:
    check(many, lines=lines)
    assert {re.sub(r" Used by \d accounts?$", "", key) for key in keys(many)} == understood


TABLE = f'''photo_id,owner,when,page,note
90000000101,alice,2019,https://www.flickr.com/photos/{ALICE}/90000000102,"two
lines, and ""quotes"""
95000000001,bob,20200101,,https://www.flickr.com/groups/x
17,,1234567890,,5
'''


def test_a_table_with_headings(many: Page) -> None:
    check(many, ("list.csv", TABLE.encode()))
    assert {row[1] for row in rows(many) if "understood" not in row[1] and "Passed" not in row[1]} == {
        "Flickr photo 90000000101",
        "Flickr photo 90000000102",
        f"Flickr account {ALICE}",
        "Flickr photo 95000000001",
        "Flickr photo 17",
    }
    text = many.locator("[data-given]").inner_text()
    assert "list.csv, line 4: “https://www.flickr.com/groups/x”. This is the address of a group." in text
    assert "list.csv, line 2: “alice”. Among several cells, only" in text
    assert "list.csv, line 1: “owner”. This is a heading of the table." in text
    assert "12 cells were passed over:" in text and "1 line or cell was not understood:" in text


def test_a_table_of_one_column(many: Page) -> None:
    check(
        many,
        ("ids.csv", b"photo_id\n90000000101\n42\n"),
        ("names.csv", b"username\nbruno_b\n"),
        ("urls.csv", b"url\nnobody\n"),
    )
    assert {key for key in keys(many) if "Passed" not in key} == {
        "Flickr photo 90000000101", "Flickr photo 42", "Flickr username bruno_b", "Name of a person bruno b",
    }  # fmt: skip


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_delimiters_and_a_byte_order_mark(many: Page, delimiter: str) -> None:
    lines = [["photo", "name"], ["90000000101", '"a; b, c"'], ["90000000102", "x"]]
    check(many, ("list.csv", b"\xef\xbb\xbf" + "\n".join(map(delimiter.join, lines)).encode()))
    assert {key for key in keys(many) if "Flickr" in key and "Passed" not in key} == {
        "Flickr photo 90000000101",
        "Flickr photo 90000000102",
    }


def test_what_is_not_understood_is_counted_and_shown(many: Page) -> None:
    groups = [f"https://www.flickr.com/groups/x{n}" for n in range(30)]
    check(many, lines="\n".join(["90000000101", "", *groups]))
    text = many.locator("[data-given]").inner_text()
    assert "30 lines or cells were not understood:" in text and "and 10 more" in text
    assert "Line 3: “https://www.flickr.com/groups/x0”. This is the address of a group." in text
    assert len(rows(many, "unread")) == 30 and len(rows(many)) == 31
    assert rows(many, "unread")[0][0].endswith("Line 3")


def test_repeated_lines_are_checked_once(many: Page) -> None:
    check(
        many,
        lines="90000000101\nhttps://flic.kr/p/x\n90000000101\nhttps://www.flickr.com/photo.gne?id=90000000101",
    )
    assert "2 lines or cells repeated others, and were checked once." in many.locator(RESULTS).inner_text()


def test_a_lone_quote_does_not_swallow_the_lines_after_it(many: Page) -> None:
    check(many, lines='"bruno_b\n90000000101\n"' + "x" * 9000 + '\n90000000102\n"')
    assert {"Flickr photo 90000000101", "Flickr photo 90000000102"} <= keys(many)


def test_nothing_to_check(many: Page, served: Served) -> None:
    check(many, lines="https://flic.kr/s/x\n")
    expect(many.locator(f"{RESULTS} h2")).to_have_text("There is nothing to check")
    expect(many.locator(f"{RESULTS} h2")).to_be_focused()
    assert "short link" in many.locator(RESULTS).inner_text()
    assert shards(served) == []


# What is refused


def encrypted() -> bytes:
    """A zip that says it is encrypted."""
    data = bytearray(export([90000000101], PROFILE))
    for mark, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


def bomb() -> bytes:
    """A zip whose profile unpacks to 100 megabytes of zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("account_profile.json", b"0" * 100_000_000)
    return buffer.getvalue()


def flipped() -> bytes:
    """A zip whose profile was changed after its checksum was taken."""
    return export([], PROFILE, zipfile.ZIP_STORED).replace(b"Secret", b"Sacred")


def other() -> bytes:
    """A zip of something else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.zip", encrypted(), "encrypted"),
        ("a.zip", bomb(), "far more than a data export holds"),
        ("a.zip", flipped(), "damaged or cut off"),
        ("a.zip", export([90000000101], PROFILE)[:-40], "damaged or cut off"),
        ("a.zip", b"", "damaged or cut off"),
        ("a.zip", other(), "Nothing in this archive names a Flickr photo or account"),
        ("a.zip", b"<!doctype html><p>Please sign in", "not a zip archive"),
        ("a.rar", b"Rar!", "Please unpack it"),
        ("a.ods", b"PK", "save it as CSV"),
        ("a.html", b"<!doctype html><p>hello", "Nothing in this document names a Flickr photo"),
        ("a.txt", "90000000101\n".encode("utf-16"), "UTF-16"),
        ("a.csv", "90000000101,Zoë\n".encode("latin-1"), "not in UTF-8"),
        ("a.dat", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "not a text"),
        ("a.json", b'{"format":2,"results":[]}', "not a result that was saved here"),
        ("a.json", b'{"photos":', "not a result that was saved here"),
        ("a.json", b'{"format":1,"searched":[],"results":[{"input":"x","key":"evil:x","found":true,"datasets":{}}]}', "not a result"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_are_refused_with_a_sentence(
    many: Page, name: str, data: bytes, said: str
) -> None:
    check(many, (name, data), lines="90000000102")
    expect(many.locator("[data-refusals]")).to_contain_text(f"{name}: ")
    expect(many.locator("[data-refusals]")).to_contain_text(said)
    assert keys(many) == {"Flickr photo 90000000102"}  # the rest is checked all the same


# What is answered


def test_ten_thousand_photos(many: Page, served: Served) -> None:
    check(many, ("export.zip", export([*LISTED, *UNLISTED])))
    expect(many.locator(TOTAL)).to_have_text("6,000 photos found, in 1 of the 5 datasets searched.")
    assert (
        "Of the 10,000 photos checked by their number, 6,000 are on a list."
        in many.locator(RESULTS).inner_text()
    )
    for column in ("input", "photos", "datasets", "read_as"):
        many.click(f"[data-column={column}]")
    many.select_option("#filter", "all")
    expect(many.locator("[data-put=rows]")).to_have_text("1–100 of 10,000")
    result = json.loads(saved(many, "json")[1])
    held = {one["key"]: one["datasets"] for one in result["results"]}
    assert {key for key, sets in held.items() if sets} == {f"photo:{photo}" for photo in LISTED}
    assert all(sets == {"flood": {"photos": [int(key[6:])]}} for key, sets in held.items() if sets)
    asked = [path for path in shards(served) if path.startswith("photos/")]
    assert in_order(asked) and len(asked) == len(set(asked)) > 1


def test_rows_are_paged_sorted_and_filtered(many: Page) -> None:
    check(many, lines="\n".join(map(str, [*LISTED[:150], *UNLISTED[:100]])))
    expect(many.locator("[data-put=rows]")).to_have_text("1–100 of 150")  # those found come first
    many.locator("[data-next]").press("Enter")
    expect(many.locator("[data-put=rows]")).to_have_text("101–150 of 150")
    expect(many.locator("[data-back]")).to_be_focused()
    assert many.locator(ROWS).count() == 50
    assert [option.strip() for option in many.locator("#filter option").all_inner_texts()] == [
        "Found (150)",
        "All (250)",
    ]
    button, heading = many.locator("[data-column=input]"), many.locator("th:has([data-column=input])")
    assert heading.get_attribute("aria-sort") is None
    for order, first in (("ascending", LISTED[0]), ("descending", UNLISTED[99])):
        button.press("Enter")
        assert heading.get_attribute("aria-sort") == order
        assert rows(many)[0][0].startswith(str(first))
    many.click("[data-column=photos]")
    assert [row[3] for row in rows(many)[-1:]] == [""]
    many.click("[data-column=photos]")
    assert rows(many)[0][3] == "1"
    assert many.locator("[aria-sort]").count() == 1


def test_the_datasets_are_counted_and_collections_told_apart(many: Page) -> None:
    check(many, lines=f"{ALICE}\n90000000101\n{LISTED[0]}\nJane Example\n{invented.IMAGE}\n#wedding")
    texts = [row.split() for row in many.locator("[data-tally] tr").all_inner_texts()]
    assert {words[0]: words[-2:] for words in texts} == {
        "at_work": ["2", "2"],
        "faces": ["100", "2"],
        "flood": ["1", "1"],
        "pool": ["0", "1"],
        "portraits": ["1", "4"],  # it does not name the owner of the photo that other lists say is Alice's
    }
    expect(many.locator("[data-tally] tr", has_text="pool")).to_contain_text("not a face dataset itself")
    expect(many.locator("[data-tally] tr", has_text="faces")).not_to_contain_text("not a face dataset itself")
    link = many.locator("[data-tally] a", has_text="faces").evaluate("link => link.href")
    assert link.endswith(f"{BASE}datasets/faces/")


def test_a_name_that_several_accounts_share_is_said_to_be(many: Page) -> None:
    check(many, lines="sam")
    text = many.locator(RESULTS).inner_text()
    assert "1 username has been used by several accounts. Its photos may be other people’s." in text
    assert "Used by 2 accounts" in text


def test_nothing_found_is_no_proof(many: Page) -> None:
    check(many, lines="95000000001\nnobody-at-all")
    expect(many.locator(TOTAL)).to_have_text("Nothing was found in the 5 datasets searched.")
    assert "This does not mean that your photos were not used." in many.locator(RESULTS).inner_text()
    assert {row[2] for row in rows(many)} == {"Not found"}


def test_texts_are_shown_as_texts(many: Page) -> None:
    check(many, lines="<img src=x onerror=alert(1)>\n__proto__\nconstructor\n<b>95000000001</b>\n<b>#x</b>")
    assert many.locator(f"{RESULTS} img, {RESULTS} b").count() == 0
    expect(many.locator(TOTAL)).to_have_text("Nothing was found in the 5 datasets searched.")


# What is kept


def test_the_csv_is_safe_in_a_spreadsheet(many: Page) -> None:
    formulas = ["=1+1", "+49", "-x", "@SUM(A1)"]
    check(
        many,
        lines="\n".join(
            [ALICE, '"a ""quoted"" name"', *formulas, "https://flic.kr/s/x", "90000000101,alice"]
        ),
    )
    name, data = saved(many, "csv")
    assert name == "exposing-results.csv"
    text = data.decode("utf-8-sig")
    assert all(
        re.fullmatch(r'"[^"]*"(,"([^"]|"")*")*', line) or '""' in line for line in text.split("\r\n")[:-1]
    )
    head, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert head == ["input", "file", "line", "read_as", "value", "answer", "datasets", "photos"]
    assert not [cell for line in lines for cell in line if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    inputs = {line[0] for line in lines}
    assert {f"'{formula}" for formula in formulas} <= inputs
    assert {line[5] for line in lines if line[0].startswith("https")} == {"not_understood"}
    assert [line[5:] for line in lines if line[0] == ALICE] == [["found", "at_work faces portraits", "101"]]


def test_a_saved_result_is_checked_again(many: Page) -> None:
    check(many, lines=f"90000000101\n90000000201\n95000000001\n95000000002\n{ALICE}")
    name, data = saved(many, "json")
    assert name == "exposing-results.json"
    result = json.loads(data)
    assert {key: value for key, value in result.items() if key != "results"} == {
        "format": 2,
        "as_of": result["as_of"],
        "build": result["build"],
        "searched": {
            "account": ["at_work", "faces", "pool", "portraits"],
            "photo": ["at_work", "faces", "flood", "pool", "portraits"],
            "image": ["portraits"],
            "person": ["portraits"],
            "tag": ["pool"],
        },
    }
    kept = {one["key"]: one for one in result["results"]}
    kept["photo:90000000201"] |= {"found": False, "datasets": {}}
    kept["photo:95000000001"] |= {"found": True, "datasets": {"faces": {"photos": [95000000001]}}}
    kept["photo:95000000002"] |= {"found": None, "datasets": {}}
    kept[f"nsid:{ALICE}"]["datasets"]["faces"]["photos"].pop()
    result |= {"searched": ["faces", "flood", "pool", "portraits", "retired"], "as_of": "2024-02-03"}
    result["format"] = 1  # which had one list of datasets for every kind
    check(many, ("exposing-results.json", json.dumps(result).encode()))
    text = many.locator("[data-changes]").inner_text()
    for sentence in (
        "1 entry is newly found.",
        "1 entry is no longer found.",
        "1 entry is found in other datasets or photos than before.",
        "1 entry is unchanged.",
        "1 entry could not be compared",
        "Compared with the lists as of February 3, 2024.",
        "Searched now, but not then: at_work.",
        "Searched then, but not now: retired.",
    ):
        assert sentence in text
    assert [row[1] for row in rows(many, "fresh")] == ["Flickr photo 90000000201"]
    assert [row[1] for row in rows(many, "gone")] == ["Flickr photo 95000000001"]
    assert [row[1] for row in rows(many, "changed")] == [f"Flickr account {ALICE}"]


# What goes wrong on the way


def test_a_failing_shard_is_never_a_no_and_can_be_tried_again(page: Page, served: Served) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    page.goto(f"{served.url}many/")
    page.route("**/photos/*0.json", lambda route: route.abort())
    wanted = [*LISTED[:400], *UNLISTED[:400]]
    check(page, lines="\n".join(map(str, wanted)))
    message = page.locator("[data-open]")
    expect(message).to_contain_text("This is not a “no”")
    expect(message).to_contain_text("could not be loaded")
    none = len(rows(page, "open"))
    assert none and {row[2] for row in rows(page, "open")} == {"No answer"}
    results = json.loads(saved(page, "json")[1])["results"]
    opened = {one["key"] for one in results if one["found"] is None}
    assert opened and not [one for one in results if one["found"] is False and int(one["key"][6:]) in LISTED]
    page.unroute("**/photos/*0.json")
    before = len(served.log)
    page.click("[data-action=retry]")
    expect(page.locator(TOTAL)).to_have_text("400 photos found, in 1 of the 5 datasets searched.")
    expect(page.locator(TOTAL)).to_be_focused()
    expect(message).to_have_count(0)
    again = [path for path in served.paths[before:] if "/index/" in path]
    assert again and all(path.endswith("0.json") for path in again)


def test_a_host_that_is_away_is_not_asked_for_ever(page: Page, served: Served) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    page.goto(f"{served.url}many/")
    page.route("**/index/**", lambda route: route.abort())
    check(page, lines="\n".join(map(str, LISTED[:500])))
    expect(page.locator(TOTAL)).to_have_text("There is no answer yet.")
    expect(page.locator("[data-open]")).to_contain_text(
        "500 entries have no answer: neither found nor not found."
    )


@pytest.mark.parametrize(("of_four", "all_are_asked"), [(4, False), (3, True)])
def test_failures_are_counted_in_a_row(
    page: Page, served: Served, world: Path, of_four: int, all_are_asked: bool
) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    page.goto(f"{served.url}many/")
    names = sorted(path.name for path in world.glob("index/*/photos/*.json"))
    asked: set[str] = set()

    def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        asked.add(name)
        if names.index(name) % 4 < of_four:
            route.abort()
        else:
            route.continue_()

    page.route("**/photos/*.json", answer)
    check(page, ("list.txt", "\n".join(map(str, LISTED[:3000])).encode()))
    assert (len(asked) == len(names)) == all_are_asked
    assert all_are_asked or len(asked) <= 8 + 4  # a few were on their way


def test_a_deploy_in_the_middle_of_a_check_never_mixes_two_builds(
    page: Page, serve: Serve, tmp_path: Path
) -> None:
    page.expected_noise.extend(["404", "Failed to load resource"])  # type: ignore[attr-defined]
    folder = add(tmp_path, "a", nsid=[ALICE], photo_id=[90000000001])
    served = serve(built(tmp_path))
    old = json.loads((tmp_path / "_site/index/current.json").read_text())["build"]
    page.goto(f"{served.url}many/")
    held: list[Route] = []
    page.route("**/photos/*.json", lambda route: held.append(route))  # noqa: PLW0108 - it looks at its arguments
    page.fill("#lines", f"{ALICE}\n90000000001")
    with page.expect_response(re.compile("/accounts/")):
        page.click("[type=submit]")
    page.wait_for_timeout(300)  # the account is answered by the old build
    (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{ALICE},90000000002\n")
    built(tmp_path)
    page.route(re.compile(rf"/index/(?!{old}).*/photos/"), lambda route: route.abort())
    held[0].continue_()
    expect(page.locator(TOTAL)).to_have_text("There is no answer yet.", timeout=30_000)
    assert {row[2] for row in rows(page)} == {"No answer"}


def test_a_damaged_shard_is_never_a_no(page: Page, world: Path, serve: Serve, tmp_path: Path) -> None:
    broken = tmp_path / "site"
    shutil.copytree(world, broken)
    for shard in broken.glob("index/*/photos/*.json"):
        shard.write_bytes(shard.read_bytes().replace(b'"records":{', b'"records":[', 1))
    page.goto(f"{serve(broken).url}many/")
    check(page, lines="90000000101\n95000000001")
    expect(page.locator("[data-open]")).to_contain_text("arrived damaged")
    assert {row[2] for row in rows(page)} == {"No answer"}


def test_a_check_goes_on_after_a_new_deploy(page: Page, serve: Serve, tmp_path: Path) -> None:
    page.expected_noise.append("404")  # type: ignore[attr-defined]
    folder = add(tmp_path, "a", nsid=[ALICE], photo_id=[90000000001])
    served = serve(built(tmp_path))
    page.goto(f"{served.url}many/")
    (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{ALICE},90000000001\n{ALICE},90000000002\n")
    built(tmp_path)
    check(page, lines=f"{ALICE}\n90000000002\n90000000003")
    expect(page.locator(TOTAL)).to_have_text("2 photos found, in 1 of the 1 datasets searched.")
    assert (
        json.loads(saved(page, "json")[1])["build"]
        == json.loads((tmp_path / "_site/index/current.json").read_text())["build"]
    )


def test_cancel(many: Page, served: Served) -> None:
    held: list[Route] = []
    many.route("**/photos/*.json", lambda route: held.append(route))  # noqa: PLW0108 - it looks at its arguments
    many.fill("#lines", f"{ALICE}\n" + "\n".join(map(str, LISTED[:800])))
    many.click("[type=submit]")
    expect(many.locator("[data-status]")).to_contain_text("Checking 801 entries")
    expect(many.locator("progress")).to_be_visible()
    expect(many.locator("[data-parts]")).to_contain_text("of")
    many.wait_for_timeout(300)
    assert 0 < len(held) <= 4  # no more at a time
    many.click("[data-action=cancel]")
    expect(many.locator(f"{RESULTS} h2")).to_be_focused()
    expect(many.locator("[data-open]")).to_contain_text("The check was cancelled.")
    expect(many.locator("progress")).to_be_hidden()
    for route in held:
        route.continue_()
    many.unroute("**/photos/*.json")
    many.wait_for_timeout(300)
    expect(many.locator("[data-open]")).to_contain_text("800 entries have no answer")
    assert [row[1] for row in rows(many, "found")] == [f"Flickr account {ALICE}"]
    many.click("[data-action=retry]")
    expect(many.locator(TOTAL)).to_have_text(re.compile("photos found"))
    expect(many.locator("[data-open]")).to_have_count(0)


def test_without_a_secure_connection_nothing_is_searched(page: Page, served: Served) -> None:
    page.add_init_script("delete Crypto.prototype.subtle")
    page.goto(f"{served.url}many/")
    check(page, lines=ALICE)
    expect(page.locator(RESULTS)).to_contain_text("needs a secure connection")


# What is told to the host


def test_nothing_that_was_given_reaches_the_host(many: Page, context: BrowserContext, served: Served) -> None:
    elsewhere: list[str] = []
    many.on(
        "request",
        lambda request: (
            None if request.url.startswith((served.url, "blob:")) else elsewhere.append(request.url)
        ),
    )
    photos = [*LISTED[:500], *UNLISTED[:500]]
    check(
        many,
        ("private-export.zip", export(photos, PROFILE)),
        ("private-list.csv", b"page\nhttps://images.example.org/people/jane.jpg?size=large\n"),
        lines="bruno_b\nJane Example\n#wedding\nvery private words",
    )
    saved(many, "csv")
    saved(many, "json")
    assert all(entry.startswith("GET ") for entry in served.log)
    assert elsewhere == [] and not [path for path in served.paths if "?" in path or "#" in path]
    allowed = rf"{BASE}(many/|assets/\w+/(js/)?[\w-]+\.\w+|index/\w+/\w+/[0-9a-f]+\.json|favicon\.ico)"
    assert [path for path in served.paths if not re.fullmatch(allowed, path)] == []
    sent = "".join(served.log).lower()
    given = [
        *map(str, photos),
        ALICE.lower(),
        "alice",
        "bruno",
        "jane",
        "wedding",
        "private",
        "secret",
        "referer",
        "cookie",
    ]
    assert [word for word in given if word in sent] == []
    assert context.cookies() == []
    assert many.evaluate("localStorage.length + sessionStorage.length") == 0
    assert many.url == f"{served.url}many/"


def test_which_shards_are_fetched_says_little(many: Page, served: Served, world: Path) -> None:
    count = len(list(world.glob("index/*/photos/*.json")))
    assert count >= 4
    check(many, lines=str(LISTED[0]))
    assert len(shards(served)) == 1
    check(many, lines="\n".join(str(90000000000 + n) for n in range(count // 2 + 1)))  # one shard each
    asked = shards(served)[1:]
    assert {*asked, shards(served)[0]} == {
        f"photos/{path.name}" for path in world.glob("index/*/photos/*.json")
    }
    assert in_order(asked)


# For everyone


def test_by_keyboard_alone(many: Page) -> None:
    many.focus("#lines")
    many.keyboard.type("90000000101\nbruno_b\nhttps://flic.kr/s/x")
    many.keyboard.press("Tab")
    many.keyboard.press("Enter")
    expect(many.locator(TOTAL)).to_be_focused()

    def tab_to(target: Locator) -> None:
        for _ in range(40):
            many.keyboard.press("Tab")
            if target.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError("not reached")

    tab_to(many.locator("[data-action=csv]"))
    with many.expect_download():
        many.keyboard.press("Enter")
    tab_to(many.locator("#filter"))
    many.keyboard.type("All")
    expect(many.locator(ROWS)).to_have_count(4)
    tab_to(many.locator("[data-column=read_as]"))
    many.keyboard.press("Enter")
    expect(many.locator("th:has([data-column=read_as])")).to_have_attribute("aria-sort", "ascending")
    tab_to(many.locator(f"{ROWS} a").first)


def test_files_can_be_dropped_and_taken_away(many: Page) -> None:
    drop = """(form, [name, text]) => {
      const files = new DataTransfer();
      files.items.add(new File([text], name));
      for (const kind of ["dragover", "drop"]) {
        form.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
      }
    }"""
    many.locator("[data-form]").evaluate(drop, ["a.txt", "90000000101"])
    many.locator("[data-form]").evaluate(drop, ["b.txt", "90000000102"])
    expect(many.locator("[data-chosen]")).to_have_text("2 files chosen: a.txt and b.txt")
    many.click("[type=submit]")
    expect(many.locator(TOTAL)).to_contain_text("2 photos found")
    many.click("[data-action=clear]")
    expect(many.locator("[data-chosen]")).to_have_text("")
    expect(many.locator("#files")).to_be_focused()


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_its_width(many: Page, width: int) -> None:
    many.set_viewport_size({"width": width, "height": 800})
    long = "https://example.org/" + "a" * 300
    albums = "\n".join(f"https://www.flickr.com/photos/x/albums/{n}{'0' * 60}" for n in range(3))
    check(
        many,
        ("x" * 120 + ".zip", export(LISTED[:120], PROFILE)),
        lines=f"{long}\n{'b' * 500}\n{albums}\n{ALICE}",
    )
    rows(many)
    assert many.evaluate("document.documentElement.scrollWidth") <= width
    expect(many.locator("[data-column=photos]")).to_be_visible()


def test_every_control_has_a_name_and_progress_is_polite(many: Page) -> None:
    check(many, lines="90000000101")
    for control in many.locator("exposing-many :is(input, textarea, select, button, progress)").all():
        named = "one => one.ariaLabel || one.labels?.[0]?.textContent.trim() || one.textContent.trim()"
        assert control.evaluate(named)
    assert many.locator("[role=status]").count() == 2
    assert many.locator("[aria-live=assertive], [role=alert]").count() == 0


def test_every_sentence_is_there(many: Page, world: Path) -> None:
    words = set(json.loads(many.locator("#words").text_content() or ""))
    scripts = "".join(
        path.read_text() for path in world.glob("assets/*/js/*.js") if re.match("many|table|zip", path.name)
    )
    used = set(re.findall(r'\bsay\("(\w+)"', scripts))
    used |= {f"why_{code}" for code in ("cancelled", "unreachable", "damaged", "updated")}
    used |= {f"kind_{kind}" for kind in ("photo", "nsid", "name", "image", "person", "tag")}
    used |= {f"file_{code}" for code in re.findall(r'RefusedFile\("(\w+)"\)', scripts)}
    used |= {f"file_{code}" for code in ("json_other", "none_inside", "profile", "unreadable")}
    used |= {f"file_zip_{code}" for code in re.findall(r'ZipError\("(\w+)"\)', scripts)}
    used |= {f"note_{kind}" for kind in re.findall(r'\.note\([^,\n]*, "(\w+)"', scripts)}
    used |= {f"filter_{name}" for name in ("found", "all", "unread", "open", "fresh", "gone", "changed")}
    assert used - words == set()


def test_without_javascript_it_says_why_not(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.url}many/")
    expect(page.locator("noscript p")).to_contain_text("Checking many needs JavaScript.")
    expect(page.locator(".late")).to_be_hidden()
    page.fill("#lines", "alice")
    page.locator("[type=submit]").click(no_wait_after=True)
    page.wait_for_timeout(200)
    assert "alice" not in "".join(served.log).lower()
    context.close()
