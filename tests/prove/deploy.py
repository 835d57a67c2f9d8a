"""Old page, new deploy: a page of one build that meets another answers, or asks for one reload; never wrong."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from exposing.errors import ShardError
from exposing.lookup import Reader, search
from mini import ALICE, BRUNO, add, built
from prove.faulty import host
from prove.ground import Ground, chromium

SEED = 7
FIELD, RESULTS, TOTAL = "#query", "[data-results]", "[data-results] .total"
QUERIES = [
    ALICE,
    BRUNO,
    "30000005@N99",
    "39999999@N99",
    "90100000017",
    "https://www.flickr.com/photos/30000005@N99/90100000085",
    "nobody-at-all",
    "Person 5",
    "https://images.example.org/5.jpg",
    "#wedding",
]
ASK = """async ([modules, query, current]) => {
  const { Index } = await import(modules + "shards.js");
  const { lookup } = await import(modules + "lookup.js");
  const { understand } = await import(modules + "identifiers.js");
  globalThis.index ??= new Index(new URL("./", location.href), JSON.parse(current));
  try {
    return Object.fromEntries((await lookup(index, understand(query).keys)).answers);
  } catch (error) {
    return { code: error.code ?? String(error) };
  }
}"""


def _world(home: Path, *, photos: int = 3000, first: str = "b", without: str = "", more: str = "") -> Path:
    """A site. `first` is the name of the dataset that everybody is in, which decides its number in the index."""
    count = range(photos)
    for slug, shift in ((first, 0), ("m", 17), ("z", 34)):
        if slug != without:
            add(
                home,
                slug,
                nsid=[ALICE, BRUNO, *(f"{30000000 + n % 499}@N99" for n in count)],
                photo_id=[90000000001 + shift, 90000000002, *(90100000000 + 17 * n + shift for n in count)],
                identity=["", "", *(f"Person {n % 50}" for n in count)],
                image_url=["", "", *(f"https://images.example.org/{n % 700}.jpg" for n in count)],
                tags=["", "", *("wedding" for _ in count)],
            )
    with (home / "site.toml").open("a") as settings:
        settings.write(more)
    return built(home)


def _newer_format(site: Path) -> None:
    path = site / "index" / "current.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))


DEPLOYS: dict[str, tuple[dict[str, Any], Callable[[Path], None] | None]] = {
    "a dataset less": ({"without": "m"}, None),
    "a dataset renamed, and all numbered anew": ({"first": "x"}, None),
    "ten times as many photos, and more shards": ({"photos": 30_000}, None),
    "more photos": ({"photos": 3100}, None),
    "compressed": ({"more": "compress = true\n"}, None),
    "an index format of the future": ({"photos": 3100}, _newer_format),
}


def _answers(site: Path) -> dict[str, Any]:
    return {query: search(query, site)["results"] for query in QUERIES}


def _old_page(browser: Browser, old: Path, new: Path, order: list[str], switch: int) -> tuple[int, int]:
    """Search in some order with a page of the old build, the new one being deployed before search `switch`."""
    right = [_answers(old)] + ([_answers(new)] if _readable(new) else [])
    answered = reloads = 0
    shown = _shown(old)
    with host(shown) as one:
        page = browser.new_page()
        page.goto(one.url)
        script = page.locator("script[type=module]").first.get_attribute("src") or ""
        current = (old / "index" / "current.json").read_text()
        page.evaluate(ASK, [one.url + script.removesuffix("search.js"), "90000000999", current])
        for number, query in enumerate(order):
            if number == switch:
                _deploy(new, shown)
            found = page.evaluate(ASK, [one.url + script.removesuffix("search.js"), query, current])
            if "code" in found:
                assert found["code"] == "updated", f"{query}: {found}"
                reloads += 1
            else:
                assert found in [answers[query] for answers in right], (
                    f"{query}: wrong after the deploy: {found}"
                )
                answered += 1
        page.close()
    return answered, reloads


def _old_reader(old: Path, new: Path, order: list[str], switch: int) -> tuple[int, int]:
    """The same with a Python reader that knows the old build."""
    right = [_answers(old)] + ([_answers(new)] if _readable(new) else [])
    answered = refused = 0
    shown = _shown(old)
    with host(shown) as one:
        search("90000000999", one.url)
        for number, query in enumerate(order):
            if number == switch:
                _deploy(new, shown)
            try:
                found = search(query, one.url)["results"]
            except ShardError as error:
                assert "has format 99" in error.message, f"{query}: {error.message}"
                refused += 1
            else:
                assert found in [answers[query] for answers in right], (
                    f"the Python reader, {query}: wrong after the deploy: {found}"
                )
                answered += 1
    return answered, refused


def _shown(site: Path) -> Path:
    """A copy of a site, as a host shows it."""
    shown = site.parent / "shown"
    shutil.rmtree(shown, ignore_errors=True)
    shutil.copytree(site, shown)
    return shown


def _deploy(site: Path, shown: Path) -> None:
    shutil.rmtree(shown)
    shutil.copytree(site, shown)


def _readable(site: Path) -> bool:
    try:
        Reader(str(site))
    except ShardError:
        return False
    return True


def _page_says_so(browser: Browser, old: Path, new: Path) -> None:
    """The whole page: typed, deployed anew, answered or told to reload, and right after that."""
    shown = _shown(old)
    with host(shown) as one:
        page = browser.new_page()
        page.goto(one.url)
        page.evaluate("customElements.whenDefined('exposing-search').then(() => 1)")
        _deploy(new, shown)
        text = _typed(page, ALICE)
        if "This site was updated" in text:
            page.locator("[data-action=reload]").click()
            page.wait_for_load_state()
            page.evaluate("customElements.whenDefined('exposing-search').then(() => 1)")
            text = _typed(page, ALICE) if _readable(new) else "photos"
        assert "photos" in text and "Not found" not in text, f"after a deploy: {text[:80]}"
        page.close()


def _typed(page: Page, query: str) -> str:
    page.fill(FIELD, query)
    page.press(FIELD, "Enter")
    page.wait_for_selector(f"{RESULTS} h2")
    return page.inner_text(RESULTS)


def prove(ground: Ground) -> list[str]:
    """Pages of one build against several others, deployed between two searches."""
    old = _world(ground.folder("old"))
    dice = random.Random(SEED)
    answered = reloads = by_reader = refused = 0
    chosen = list(DEPLOYS)[: ground.count(len(DEPLOYS), 3)]
    with chromium() as browser:
        for number, name in enumerate(chosen):
            options, change = DEPLOYS[name]
            new = _world(ground.folder(f"new{number}"), **options)
            if change:
                change(new)
            for _ in range(ground.count(10, 3)):
                order = dice.sample(QUERIES, len(QUERIES))
                switch = dice.randrange(len(order))
                more = _old_page(browser, old, new, order, switch)
                answered, reloads = answered + more[0], reloads + more[1]
                more = _old_reader(old, new, order, switch)
                by_reader, refused = by_reader + more[0], refused + more[1]
            _page_says_so(browser, old, new)
    return [
        f"a page of one build, and {len(chosen)} kinds of deploy between two of its searches ({'; '.join(chosen)}):"
        f" {answered + reloads} searches, {answered} answered as one of the two builds would, all keys of"
        f" a search by the same one, {reloads} asked for a reload, 0 wrong",
        f"the Python reader: {by_reader + refused} searches, {by_reader} answered so, {refused} refused for the format of"
        " the future, 0 wrong",
    ]
