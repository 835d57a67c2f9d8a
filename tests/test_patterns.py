"""The page of patterns holds every part of the site: whoever adds one shows it there too."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from conftest import Serve
from mini import ROOT

STYLES = [ROOT / "site_templates" / name for name in ("site.css", "pages.css", "charts.css")]
NEVER_SHOWN = {"late", "skip"}  # shown only when scripts fail, and only while it has the focus


def test_every_class_of_the_style_sheets_is_shown(page: Page, site: Path, serve: Serve) -> None:
    page.goto(f"{serve(site).url}patterns/")
    page.wait_for_selector("[data-answer] .holding")
    css = "".join(
        re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in STYLES
    )
    selectors = "".join(re.findall(r"([^{}]*)\{", css))
    classes = set(re.findall(r"\.([a-z][\w-]*)", selectors)) - NEVER_SHOWN
    shown = set(
        page.evaluate(
            "[...new Set([...document.querySelectorAll('[class]')].flatMap(e => [...e.classList]))]"
        )
    )
    assert classes - shown == set()


def test_every_message_and_answer_is_shown_as_the_search_shows_it(
    page: Page, site: Path, serve: Serve
) -> None:
    served = serve(site)
    page.goto(f"{served.url}patterns/")
    page.wait_for_selector("[data-answer] .holding")
    templates = set(page.evaluate("[...document.querySelectorAll('template')].map(one => one.id)"))
    states = {
        f"message-{state}"
        for state in page.locator("[data-state]").evaluate_all("all => all.map(one => one.dataset.state)")
    }
    assert {name for name in templates if name.startswith("message-")} - states == {
        "message-found",
        "message-missing",
    }
    expect(page.locator("[data-state] h2")).to_have_count(len(states))
    for said in (
        "found 72 times",
        "2 accounts have used this name",
        "The dataset labels them “Jane Example”",
        "1,234 photos of 56 accounts",
        "Not found in the 2 datasets",
        "cannot be searched by person’s name",
        "The owner of 2 photos is known from Portraits in the Park.",
        "The account is named, without a photo",
        "not a face dataset itself",
        "That is possible, not certain.",
    ):
        expect(page.locator("exposing-patterns")).to_contain_text(said)
    assert page.locator("[data-answer] tbody tr").count() >= 4
    assert not [path for path in served.paths if "/index/" in path]
