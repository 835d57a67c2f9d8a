"""Every page and state, in every language, by day and by night: no fault that axe finds, and no sideways scroll."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from conftest import Serve, Served
from exposing.pages import PAGES
from exposing.words import DEFAULT
from mini import ALICE, OURS, ROOT
from test_page import ask

AXE = Axe()
LANGUAGES = sorted(path.stem for path in (ROOT / "site_templates" / "strings").glob("*.json"))
PATHS = [page.path for page in PAGES] + [f"datasets/{slug}/" for slug in OURS]


@pytest.fixture
def served(site: Path, serve: Serve) -> Served:
    """The site of the samples."""
    return serve(site)


def home(language: str) -> str:
    return "" if language == DEFAULT else f"{language}/"


def faults(page: Page) -> list[str]:
    """What axe finds by day, and what of contrast it finds by night."""
    found = []
    for scheme, rules in (("light", None), ("dark", ["color-contrast", "link-in-text-block"])):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        options = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
        result = AXE.run(page, options=options)
        for violation in result.response["violations"]:
            found += [f"{scheme} {violation['id']}: {node['html'][:200]}" for node in violation["nodes"]]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", range(4))
def test_no_page_has_a_fault(page: Page, served: Served, language: str, part: int) -> None:
    for path in PATHS[part::4]:
        page.goto(f"{served.url}{home(language)}{path}")
        assert faults(page) == [], path


QUERIES = {
    "found": ALICE,
    "by name": "alice-example",
    "image": "http://www.example.org/2014/jane.jpg",
    "missing": "nobody-at-all",
    "refused": "https://flic.kr/s/abc",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_state_of_the_search_has_a_fault(page: Page, served: Served, language: str) -> None:
    page.goto(served.url + home(language))
    page.locator(".offline summary").click()
    for state, query in QUERIES.items():
        ask(page, query)
        for details in page.locator("[data-results] details").all():
            details.evaluate("details => { details.open = true; }")
        assert faults(page) == [], state
        assert page.evaluate("document.title") and page.locator("[data-results] h2").count() == 1


@pytest.fixture
def broken(site: Path, serve: Serve, tmp_path: Path) -> Iterator[tuple[Served, Path]]:
    """A copy of the site that may be damaged."""
    shutil.copytree(site, tmp_path / "site")
    yield serve(tmp_path / "site"), tmp_path / "site"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_state_without_an_answer_has_a_fault(
    page: Page, broken: tuple[Served, Path], language: str
) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    served, folder = broken
    page.goto(served.url + home(language))
    next((folder / "index").glob("*/accounts/0.json")).write_bytes(b"{}")
    ask(page, ALICE)
    assert faults(page) == [], "damaged"
    next((folder / "index").glob("*/accounts/0.json")).unlink()
    ask(page, ALICE)
    assert faults(page) == [], "unreachable"
    (folder / "index" / "current.json").write_text('{"format": 99}')
    ask(page, ALICE)
    assert faults(page) == [], "updated"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 1280, 3840])
def test_no_page_scrolls_sideways(page: Page, served: Served, language: str, width: int) -> None:
    """320 px is also what a window of 1280 px has at 400 % zoom (WCAG 2.2, 1.4.10)."""
    page.set_viewport_size({"width": width, "height": 256 if width == 320 else 900})
    for path in PATHS:
        page.goto(f"{served.url}{home(language)}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(served.url + home(language))
    for query in QUERIES.values():
        ask(page, query)
        for details in page.locator("details").all():
            details.evaluate("details => { details.open = true; }")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query


def test_text_can_be_twice_as_large(page: Page, served: Served) -> None:
    """WCAG 2.2, 1.4.4: at twice the text size nothing is cut off or needs sideways scrolling."""
    page.set_viewport_size({"width": 640, "height": 900})
    for path in PATHS:
        page.goto(served.url + path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_nothing_moves_and_forced_colours_keep_every_mark(context: BrowserContext, served: Served) -> None:
    page = context.new_page()
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto(served.url)
    ask(page, ALICE)
    border = "element => getComputedStyle(element).borderTopStyle"
    assert page.locator(".roll .hit").first.evaluate(border) == "solid"
    running = "document.getAnimations().filter(one => one.playState === 'running').length"
    assert page.evaluate(running) == 0
