"""Asking to be left out, on the page: a request is made here, names nobody, and is sent nowhere."""

import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Serve
from exposing import withheld
from exposing.identifiers import understand
from mini import ALICE, SITE, add, built

PHOTO = "https://www.flickr.com/photos/alice-example/90000000101"


def line_of(key: str) -> str:
    return f"{key.split(':', maxsplit=1)[0]}:{hashlib.sha256(key.encode()).hexdigest()}"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (ALICE, f"nsid:{ALICE}"),
        (" https://www.flickr.com/people/Alice-Example/ ", "name:alice-example"),
        (PHOTO, "photo:90000000101"),
        ("https://images.example.org/a.jpg", "image:images.example.org/a.jpg"),
        ("ΑΛΙΚΗΣ", "name:αλικησ"),
    ],
)
def test_the_request_is_what_the_command_takes(
    site: Path, serve: Serve, page: Page, tmp_path: Path, typed: str, key: str
) -> None:
    served = serve(site)
    page.goto(f"{served.url}about/#left-out")
    page.fill("#query", typed)
    before = len(served.log)
    page.click("exposing-withhold [type=submit]")
    expect(page.locator("exposing-withhold [role=status]")).to_contain_text("Nothing has been sent")
    text = page.input_value("exposing-withhold textarea")
    assert line_of(key) in text and typed.strip() not in text
    link = page.get_attribute("[data-mail]", "href") or ""
    body = parse_qs(urlsplit(link).query)["body"][0]
    assert link.startswith("mailto:hello@example.org?subject=") and body.strip() == text.strip()
    assert served.log[before:] == []  # nothing left the browser
    path = tmp_path / withheld.FILE
    withheld.add(path, [line_of(key)], "2026-01-01")
    assert path.read_text().splitlines()[-1] == f"{line_of(key)} 2026-01-01"
    assert withheld.add(path, [key], "2026-01-01") == [
        line_of(key)
    ]  # what the maintainer would type is the same


def test_a_word_may_mean_two_things(site: Path, serve: Serve, page: Page) -> None:
    page.goto(f"{serve(site).url}about/")
    page.fill("#query", "Eve Invented")
    page.press("#query", "Enter")
    area = page.locator("exposing-withhold textarea")
    expect(area).to_have_value(re.compile(line_of("name:eve invented")))
    page.select_option("exposing-withhold select", label="A person of this name")
    person = understand("Eve Invented").keys[1]
    expect(area).to_have_value(re.compile(line_of(person)))


def test_what_cannot_be_asked_for_is_said(site: Path, serve: Serve, page: Page) -> None:
    page.goto(f"{serve(site).url}about/")
    for typed, said in [
        ("#party", "A tag is used by many people"),
        ("", "nothing to search for"),
        ("https://www.flickr.com/groups/x", "address of a group"),
    ]:
        page.fill("#query", typed)
        page.press("#query", "Enter")
        expect(page.locator("exposing-withhold [role=status]")).to_contain_text(said)
        expect(page.locator("exposing-withhold textarea")).to_be_hidden()


def test_a_contact_that_is_a_page_is_linked(tmp_path: Path, serve: Serve, page: Page) -> None:
    add(tmp_path, "a", nsid=[ALICE])
    (tmp_path / "site.toml").write_text(
        SITE.replace("mailto:hello@example.org", "https://example.org/issues")
    )
    page.goto(f"{serve(built(tmp_path)).url}about/")
    page.fill("#query", ALICE)
    page.press("#query", "Enter")
    expect(page.locator("[data-mail]")).to_have_text("Go to the page for requests")
    assert page.get_attribute("[data-mail]", "href") == "https://example.org/issues"


def test_without_scripts_the_page_says_whom_to_write_to(site: Path, serve: Serve, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{serve(site).url}about/")
    assert "Without JavaScript, write to hello@example.org" in plain.inner_text("main")
    expect(plain.locator("exposing-withhold")).to_be_hidden()
    context.close()
