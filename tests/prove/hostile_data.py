"""Hostile data: whatever stands in a manifest or a list is shown as text, and nothing else."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from mini import ANY, add
from prove.ground import Ground, chromium, make, run, served
from prove.payloads import PAYLOADS

TOGETHER = 25
"""Payloads in one site: one a dataset."""

RUNNABLE = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""

WATCH = """
window.__ran = []; window.__stopped = [];
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => { window.__ran.push(name); };
document.addEventListener("securitypolicyviolation", (event) => window.__stopped.push(event.violatedDirective + " " + event.blockedURI));
"""
CENSUS = """() => {
  const count = (selector) => document.querySelectorAll(selector).length;
  const handlers = [...document.querySelectorAll("*")].flatMap((one) => [...one.attributes]).filter(({ name }) => name.startsWith("on")).length;
  const links = [...document.querySelectorAll("[href], [src], [action]")].flatMap((one) =>
    ["href", "src", "action"].map((name) => one.getAttribute(name)).filter(Boolean));
  const strange = links.filter((link) => !["http:", "https:", "mailto:"].includes(new URL(link, location.href).protocol));
  return {
    ran: window.__ran, stopped: window.__stopped, handlers, strange,
    polluted: ({}).polluted !== undefined || Object.keys(Object.prototype).length > 0,
    tags: Object.fromEntries(["script", "iframe", "object", "embed", "form", "style", "base", "meta", "img", "math", "input", "textarea", "template"]
      .map((tag) => [tag, count(tag)])),
    whole: count("h1") === 1 && count("footer") === 1 && count("main") === 1,
  };
}"""
CSV = """async (modules) => {
  const { tableOf } = await import(modules + "take.js");
  const { csvOf } = await import(modules + "files.js");
  const { found } = document.querySelector("exposing-search");
  return found ? csvOf(tableOf(found)) : "";
}"""
FACTS = """title = {text}
description = {text}
url = "https://example.org/{number}"
license = {text}
cite_as = {text}
creators = [{text}]
published = 2020
status = "unclear"
used_for = {text}
missing = {text}
bibtex = {text}
sources = [{url}]
contact = {{ name = {text}, source = {url} }}
removal = {{ text = {text}, source = {url} }}
facts = [{{ what = {text}, value = {text}, source = {url} }}]
history = [{{ date = "2020", event = "published", text = {text}, source = {url} }}]
changes = [{{ date = "2026-01-01", text = {text} }}]
"""
COLUMNS = ("nsid", "photo_id", "alias", "name", "identity", "license", "tags", "image_url")


def _toml(text: str) -> str:
    """A text as TOML writes it: JSON's way, which TOML shares, for all but half a character."""
    return json.dumps(text, ensure_ascii=True)


def _nsid(number: int) -> str:
    return f"{10000000 + number}@N99"


def _write(home: Path, part: range) -> None:
    for number in part:
        payload = PAYLOADS[number]
        rows: list[list[Any]] = [
            [_nsid(number), 90000000000 + number, "", payload, payload, payload, payload, ""],
            [
                _nsid(number),
                90000100000 + number,
                "",
                "",
                f"Jane {payload}",
                payload,
                payload,
                f"http://example.org/{number}/{payload}",
            ],
            ["", 90000200000 + number, payload, "", payload, "", "", ""],
        ]
        rows += [[_nsid(number), 90001000000 + 1000 * number + n, "", "", "", "", "", ""] for n in range(3)]
        folder = add(home, f"d{number}", ANY, **{name: ["x"] for name in COLUMNS})
        with (folder / "raw" / "list.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
        files = (folder / "dataset.toml").read_text().partition("[[files]]")
        address = re.sub(r"[\s\x00-\x1f]", "", payload)
        url = _toml(f"https://example.org/{address}")
        facts = FACTS.format(text=_toml(payload), url=url, number=number)
        (folder / "dataset.toml").write_text(facts + files[1] + files[2], encoding="utf-8")
        (folder / "about.md").write_text(f"## {payload}\n\n{payload}\n\n- {payload}\n", encoding="utf-8")
    settings = home / "site.toml"
    payload = _toml(PAYLOADS[part[0]])
    text = settings.read_text().replace('title = "Exposing"', f"title = {payload}")
    settings.write_text(f'{text}languages = ["en"]\nmaintainer = {payload}\nbanner = {payload}\n')


def _look(page: Page, where: str, harmless: dict[str, int] | None) -> dict[str, int]:
    """Nothing ran, nothing had to be stopped, and the page is made of what it is made of with harmless texts."""
    seen = page.evaluate(CENSUS)
    assert not seen["ran"], f"{where}: {seen['ran']} ran"
    assert not seen["stopped"], f"{where}: the policy had to stop {seen['stopped'][:2]}"
    assert not seen["handlers"], f"{where}: {seen['handlers']} attributes that run something"
    assert not seen["strange"], f"{where}: a link to {seen['strange'][0]!a}"
    assert not seen["polluted"], f"{where}: every object has a new member"
    assert seen["whole"], f"{where}: the page is broken"
    if harmless is not None:
        assert seen["tags"] == harmless, f"{where}: {seen['tags']}, must be {harmless}"
    return dict(seen["tags"])


def _shown(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufffd]+", "", text)


def _search(page: Page, modules: str, query: str, where: str) -> int:
    """Search, look, and take the result as CSV; how many cells it has."""
    page.evaluate("document.querySelector('exposing-search').clear()")
    page.fill("#query", query)
    page.press("#query", "Enter")
    page.wait_for_selector("[data-results] h2")
    _look(page, where, None)
    assert "This is not a “no”" not in page.inner_text("[data-results]"), (
        f"{where}: {query!a} cannot be shown"
    )
    cells = [
        cell for row in csv.reader(io.StringIO(page.evaluate(CSV, modules).lstrip("\ufeff"))) for cell in row
    ]
    bad = [cell for cell in cells if cell.startswith(RUNNABLE)]
    assert not bad, f"{where}: a spreadsheet would run {bad[0]!a}"
    return len(cells)


def _files(site: Path) -> int:
    """Everything for machines can be read by machines."""
    count = 0
    for path in [*site.rglob("*.json"), *site.rglob("*.xml")]:
        text = path.read_bytes()
        json.loads(text) if path.suffix == ".json" else ET.fromstring(text)
        count += 1
    return count


def _site(browser: Browser, site: Path, part: range) -> tuple[int, int, int]:
    """Look at all pages of one site that show a payload; pages, searches, cells."""
    pages = cells = searches = 0
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}"))
    with served(site) as (url, log):
        page.goto(f"{url}datasets/harmless/")
        harmless = _look(page, "harmless", None)
        for number in part:
            page.goto(f"{url}datasets/d{number}/")
            _look(page, f"the page of {PAYLOADS[number]!a}", harmless)
            title = page.inner_text("h1")
            assert _shown(title) == _shown(PAYLOADS[number]), f"{PAYLOADS[number]!a} is shown as {title!a}"
            pages += 1
        for name in (
            "datasets/",
            "about/",
            "act/",
            "api/",
            "faq/",
            "privacy/",
            "accessibility/",
            "patterns/",
            "many/",
        ):
            page.goto(url + name)
            _look(page, f"{name} of {PAYLOADS[part[0]]!a}", None)
            pages += 1
        page.goto(url)
        modules = url + (page.locator("script[type=module]").first.get_attribute("src") or "").removesuffix(
            "search.js"
        )
        for number in part:
            for query in (_nsid(number), PAYLOADS[number], f"Jane {PAYLOADS[number]}"):
                cells += _search(page, modules, query, f"a search for {query!a}")
                searches += 1
            _letter(page)
        assert not [line for line in log if "evil.example.org" in line]
    assert not errors, f"{errors[0]}"
    context.close()
    return pages, searches, cells


def _letter(page: Page) -> None:
    """Open the prepared letter, if there is one, and look at the page again."""
    letter = page.locator("[data-letter] summary")
    if letter.count():
        letter.first.click()
        _look(page, "a letter", None)


def _refused(ground: Ground) -> str:
    """Addresses that are none: a manifest with one is not built."""
    home = ground.folder("refused")
    folder = add(home, "a", nsid=["10000001@N99"], photo_id=[90000000001])
    manifest = (folder / "dataset.toml").read_text()
    bad = [text for text in PAYLOADS if not re.match(r"https?://", text)][:: ground.count(5, 60)]
    for text in bad:
        (folder / "dataset.toml").write_text(
            manifest.replace('url = "https://example.org/a"', f"url = {_toml(text)}"), encoding="utf-8"
        )
        done = run(home, "build")
        assert done.returncode == 2 and "url: must be an address" in done.stderr, (
            f"{text!a} is taken for an address"
        )
    return f"{len(bad)} of them as the address of a dataset: {len(bad)} refused by name"


def prove(ground: Ground) -> list[str]:
    """Payloads in every field of manifests, lists, stories and settings, and a browser that looks at every page."""
    parts = [range(at, at + TOGETHER) for at in range(0, len(PAYLOADS), TOGETHER)]
    if not ground.full:
        parts = [range(20, 45)]
    pages = searches = cells = files = 0
    with chromium() as browser:
        for number, part in enumerate(parts):
            home = ground.folder(f"site{number}")
            _write(home, part)
            folder = add(home, "harmless", **{name: ["x"] for name in COLUMNS})
            facts = (folder / "dataset.toml").read_text().partition("[[files]]")
            harmless = FACTS.format(text=_toml("Plain words"), url=_toml("https://example.org/x"), number=0)
            (folder / "dataset.toml").write_text(harmless + facts[1] + facts[2])
            (folder / "about.md").write_text("## Plain words\n\nPlain words\n\n- Plain words\n")
            (folder / "raw" / "list.csv").write_text(
                ",".join(COLUMNS)
                + "\n19999999@N99,90000999999,plain,Plain,Plain Words,CC0,words,\n"
                + ",,,,,,,http://example.org/plain.jpg\n"
            )
            site = make(home)
            files += _files(site)
            more = _site(browser, site, part)
            pages, searches, cells = pages + more[0], searches + more[1], cells + more[2]
    payloads = sum(map(len, parts))
    return [
        f"{payloads} payloads, each in {FACTS.count('{text}') + FACTS.count('{url}')} fields of a manifest, in its story, in"
        f" {len(COLUMNS) - 2} columns of a list and, in turn, in the site's settings: {pages:,} pages and {searches:,} searches"
        " in a browser: 0 executions, 0 reports of the policy, 0 links that run, 0 broken pages",
        f"{cells:,} cells of CSV: 0 that a spreadsheet would run; {files:,} JSON and XML files, each well-formed",
        _refused(ground),
    ]
