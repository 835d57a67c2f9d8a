"""Searching without telling anyone: once the whole index is in the tab, a search makes no request."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

import invented
from conftest import Serve, Served
from mini import built
from test_page import TOTAL, ask

LOAD, STOP, SAID = "[data-action=load]", "[data-action=stop]", "[data-loaded]"


@pytest.fixture
def served(tmp_path: Path, serve: Serve) -> Served:
    """An index of several shards."""
    invented.write(tmp_path)
    return serve(built(tmp_path))


def opened(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.locator(".offline summary").click()


def test_the_size_is_said_before_and_afterwards_no_search_asks_for_anything(
    page: Page, served: Served
) -> None:
    opened(page, served)
    expect(page.locator(".offline")).to_contain_text("MB, before compression")
    page.locator(LOAD).click()
    expect(page.locator(SAID)).to_contain_text("The whole index is in this tab now.")
    shards = [path for path in served.paths if path.startswith("/index/") and "current" not in path]
    assert len(shards) == len(set(shards)) > 5
    before = len(served.log)
    asked: list[str] = []  # of the browser's cache as well: it may forget
    page.on("request", lambda request: asked.append(request.url))
    for query in (
        "30000003@N99",
        "nobody-at-all",
        "90000000101",
        "https://www.flickr.com/photos/bruno_b/90000000201/",
    ):
        ask(page, query)
    ask(page, "30000003@N99")
    expect(page.locator(TOTAL)).to_have_text("8 photos, found in 1 of the 4 datasets searched.")
    expect(page.locator(".requests li")).to_have_text(
        "This search asked for nothing: all that it needed was in this tab."
    )
    page.context.set_offline(True)
    ask(page, "10000002@N99")
    expect(page.locator(TOTAL)).to_contain_text("found")
    page.context.set_offline(False)
    assert served.log[before:] == [] and asked == []


def test_loading_can_be_stopped_and_gone_on_with(page: Page, served: Served) -> None:
    held: list[Route] = []
    opened(page, served)
    page.route("**/photos/0.json", lambda route: held.append(route))  # noqa: PLW0108 - it looks at its arguments
    page.locator(LOAD).click()
    bar = page.locator(".offline progress")
    expect(bar).to_have_attribute("max", re.compile("[0-9]+"))
    expect(bar).to_have_js_property("value", bar.evaluate("bar => bar.max") - 1)  # all but what is held
    expect(page.locator(STOP)).to_be_focused()
    page.locator(STOP).click()
    expect(page.locator(SAID)).to_contain_text("Stopped.")
    expect(page.locator(LOAD)).to_be_focused()
    page.unroute("**/photos/0.json")  # may let what was held go on: the browser's cache can have it by now
    asked: list[str] = []  # of the browser, then, not of the server
    page.on("request", lambda request: asked.append(request.url))
    page.locator(LOAD).click()
    expect(page.locator(SAID)).to_contain_text("The whole index is in this tab now.")
    (again,) = asked  # what was loaded is not loaded again
    assert again.endswith("/photos/0.json")


def test_a_part_that_does_not_come_is_not_called_loaded(page: Page, served: Served) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    opened(page, served)
    page.route("**/images/*.json", lambda route: route.fulfill(status=503))
    page.locator(LOAD).click()
    expect(page.locator(SAID)).to_contain_text("Some parts could not be loaded.")
    page.unroute("**/images/*.json")
    page.locator(LOAD).click()
    expect(page.locator(SAID)).to_contain_text("The whole index is in this tab now.")


def test_a_damaged_part_is_not_believed_here_either(page: Page, served: Served) -> None:
    opened(page, served)
    page.route("**/images/*.json", lambda route: route.fulfill(body="<!doctype html>"))
    page.locator(LOAD).click()
    expect(page.locator(SAID)).to_contain_text("Some parts could not be loaded.")
