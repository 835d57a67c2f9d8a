"""What a visitor takes away: a link, a table, JSON, a sheet of paper, a letter. All of it is made in the browser."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Serve, Served
from exposing.lookup import search as search_by_python
from mini import ALICE, add, built
from test_page import RESULTS, TOTAL, ask, card

CONTACT = """
[contact]
name = "The Makers of Lists"
email = "privacy@example.org"
source = "https://example.org/contact"
"""


@pytest.fixture
def served(site: Path, serve: Serve) -> Served:
    """The site of the samples."""
    return serve(site)


def saved(page: Page, action: str) -> tuple[str, str]:
    """Press a button that saves a file; the file's name and text."""
    with page.expect_download() as download:
        page.locator(f"[data-action={action}]").click()
    return download.value.suggested_filename, download.value.path().read_bytes().decode()


def test_the_table_holds_every_photo_once_per_dataset(page: Page, served: Served, site: Path) -> None:
    page.goto(served.url)
    ask(page, ALICE)
    name, text = saved(page, "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert name == "exposing.csv" and text.endswith("\r\n")
    holdings = search_by_python(ALICE, str(site))["results"][f"nsid:{ALICE}"]["datasets"]
    states = {row["dataset"]: row["answer"] for row in rows}
    assert (
        set(states.values()) == {"found", "not_found", "not_searchable"}
        and states["HELEN"] == "not_searchable"
    )
    rows = [row for row in rows if row["answer"] == "found"]
    assert {row["owner_known_from"] for row in rows if row["dataset"] == "COCO"} == {"Adience; Open Images"}
    assert sorted(row["photo"] for row in rows) == sorted(
        str(i) for one in holdings.values() for i in one["ids"]
    )
    assert len({row["dataset"] for row in rows}) == len(holdings)
    assert all(row["address"] == f"https://www.flickr.com/photo.gne?id={row['photo']}" for row in rows)


@pytest.mark.parametrize("label", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(1)", 'a ""quoted"" one'])
def test_no_cell_of_the_table_is_a_formula(page: Page, serve: Serve, tmp_path: Path, label: str) -> None:
    url = "https://images.example.org/one.jpg"
    add(tmp_path, "a", image_url=[url], identity=[f'"{label}"'])
    page.goto(serve(built(tmp_path)).url)
    ask(page, url)
    _, text = saved(page, "csv")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.endswith(label.replace('""', '"'))]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


def test_json_says_what_the_command_says_and_what_was_searched(
    page: Page, served: Served, site: Path
) -> None:
    page.goto(served.url)
    ask(page, "alice-example")
    name, text = saved(page, "json")
    found, command = json.loads(text), search_by_python("alice-example", str(site))
    assert name == "exposing.json"
    assert found["results"] == command["results"] and found["query"] == "alice-example"
    current = json.loads((site / "index" / "current.json").read_text())
    assert (found["build"], found["as_of"]) == (current["build"], current["as_of"])
    assert {name: found[name] for name in command} == command


def test_paper_holds_every_photo_and_no_button(page: Page, serve: Serve, tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE] * 70, photo_id=range(90000000000, 90000000070))
    page.goto(serve(built(tmp_path)).url)
    ask(page, ALICE)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".photos a")).to_have_count(70)
    assert not page.locator("button, nav, form").filter(visible=True).count()
    expect(page.locator(TOTAL)).to_be_visible()
    expect(page.locator(".scope")).to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".photos a")).to_have_count(30)


def test_a_letter_holds_the_visitors_own_findings_and_its_address(
    page: Page, serve: Serve, tmp_path: Path
) -> None:
    folder = add(tmp_path, "lists", nsid=[ALICE] * 2, photo_id=[90000000001, 90000000002])
    manifest = folder / "dataset.toml"
    files = manifest.read_text(encoding="utf-8")
    manifest.write_text(files + CONTACT, encoding="utf-8")
    add(tmp_path, "other", nsid=[ALICE], photo_id=[90000000003])
    page.goto(serve(built(tmp_path)).url)
    ask(page, ALICE)
    page.locator("[data-letter] summary").click()
    text, to = page.locator("[data-letter] textarea"), page.locator("[data-put=contact]")
    expect(to).to_have_text("Write to The Makers of Lists: privacy@example.org")
    for kind, words in [
        ("eu_access", ["Article 15 of Regulation (EU) 2016/679 (GDPR)", "one month"]),
        ("eu_erasure", ["Article 17", "Article 21"]),
        ("uk_access", ["Article 15 of the UK GDPR and the Data Protection Act 2018"]),
        ("uk_erasure", ["Article 17", "the UK GDPR"]),
        ("california", ["California Consumer Privacy Act", "45 days"]),
        ("illinois", ["740 ILCS 14"]),
    ]:
        page.select_option("[name=letter]", kind)
        letter = text.input_value()
        wanted = [
            *words,
            ALICE,
            "90000000001, 90000000002",
            "To The Makers of Lists",
            "[your name]",
            "dataset lists",
        ]
        assert [word for word in wanted if word not in letter] == [], kind
        assert "{" not in letter and "90000000003" not in letter
    page.select_option("[name=dataset]", "other")
    assert "90000000003" in text.input_value() and "90000000001" not in text.input_value()
    expect(to).to_contain_text("No address for such requests is known here.")
    text.fill(text.input_value().replace("[your name]", "Alice Example"))
    name, kept = saved(page, "letter-save")
    assert name == "letter.txt" and "Alice Example" in kept


def test_taking_something_away_sends_nothing(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, ALICE)
    before = len(served.log)
    page.locator("[data-letter] summary").click()
    for action in ("csv", "json", "letter-save"):
        saved(page, action)
    page.locator("[data-action=letter-copy]").click()
    page.locator("[data-action=copy]").click()
    assert served.log[before:] == []


def test_lineage_says_may(page: Page, serve: Serve, tmp_path: Path) -> None:
    add(tmp_path, "pool", nsid=[ALICE], photo_id=[90000000001])
    child = add(tmp_path, "drawn", nsid=["10000002@N99"], photo_id=[90000000002])
    manifest = child / "dataset.toml"
    manifest.write_text('derived_from = ["pool"]\n' + manifest.read_text(encoding="utf-8"), encoding="utf-8")
    page.goto(serve(built(tmp_path)).url)
    ask(page, ALICE)
    said = "drawn was drawn from pool, so what was found here may be in drawn too. That is possible, not certain."
    expect(card(page, "pool")).to_contain_text(said)
    ask(page, "10000002@N99")
    expect(card(page, "drawn")).to_contain_text(
        "drawn was drawn from pool, so pool probably held it as well."
    )


def test_labels_are_shown_as_the_dataset_gives_them(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, "http://www.example.org/2014/jane.jpg")
    expect(card(page, "FaceScrub")).to_contain_text("The dataset labels it “Jane Example”.")


def test_a_card_says_who_made_it_when_and_whether_it_is_still_distributed(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, ALICE)
    expect(card(page, "FFHQ")).to_contain_text("By NVIDIA, 2018. Today: still distributed.")
    expect(card(page, "MegaFace")).to_contain_text("Today: withdrawn.")


def test_without_the_file_about_datasets_answers_are_as_right(browser: Browser, served: Served) -> None:
    page = browser.new_context().new_page()
    page.route("**/more.json", lambda route: route.abort())
    page.goto(served.url)
    ask(page, ALICE)
    expect(page.locator(TOTAL)).to_contain_text("photos, found")
    expect(page.locator(RESULTS)).to_contain_text("FFHQ")
    expect(page.locator("[data-letter]")).to_have_count(0)  # nothing is known of whom to write to
    expect(page.locator(".posted")).to_have_count(0)  # nor of when
    page.context.close()


def test_what_the_host_saw_is_what_it_saw(page: Page, served: Served) -> None:
    page.goto(served.url)
    before = len(served.log)
    ask(page, ALICE)
    page.locator(".requests summary").click()
    shown = page.locator(".requests li").all_inner_texts()
    assert shown == [f"GET {path}" for path in served.paths[before:] if "/index/" in path] and len(shown) == 1
