"""Broken transport is never a "no": whatever a host sends, page and reader say that they could not tell."""

import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as NothingCame

import invented
from exposing.errors import ShardError
from exposing.lookup import Reader, search
from mini import ALICE, built
from prove.faulty import FAULTS, Host, host
from prove.ground import Ground, chromium

SECONDS = 35
REQUESTS = 9
"""A shard, current.json and the shard again, each three times: more are never made for one key."""

BOTH = {
    "404, and current.json does not answer": ("404", "no answer"),
    "flipped, and current.json does not answer": ("one bit flipped", "no answer"),
    "404, and current.json is a web page": ("404", "a web page"),
    "flipped, and current.json answers 503": ("one bit flipped", "503"),
    "404, and a bit of current.json is flipped": ("404", "one bit flipped"),
}
FEW = (
    "one digit changed",
    "one bit flipped",
    "empty",
    "404",
    "503",
    "of another build",
    "half an answer",
    "of another number of shards",
    "404, and current.json is a web page",
    "404, and a bit of current.json is flipped",
)
RESULTS, TOTAL, FIELD = "[data-results]", "[data-results] .total", "#query"
HIT, MISS = ALICE, "nobody-at-all"


class Trial(NamedTuple):
    """One way to fail, on one site, for one query."""

    how: str
    site: str
    query: str
    host: Host


def _sites(ground: Ground) -> dict[str, Path]:
    found = {}
    for name, more in (("plain", ""), ("compressed", "compress = true\n")):
        home = ground.folder(name)
        invented.write(home)
        with (home / "site.toml").open("a") as settings:
            settings.write(more)
        found[name] = built(home)
    return found


def _trials(ground: Ground, sites: dict[str, Path], stack: ExitStack) -> Iterator[Trial]:
    for how in [*FAULTS, *BOTH]:
        for name, site in sites.items():
            for query in (HIT, MISS):
                if ground.full or (how in FEW and name == "plain" and query == HIT):
                    one = stack.enter_context(host(site))
                    one.fault, one.current = BOTH.get(how, (how, ""))
                    yield Trial(how, name, query, one)


def _by_reader(trial: Trial) -> float:
    """Search, be refused in time, mend the host, and search again. The seconds until the refusal."""
    fault, trial.host.fault = trial.host.fault, ""
    current, trial.host.current = trial.host.current, ""
    search("90000000999", trial.host.url)  # current.json is known; the shard that is asked for next is not
    trial.host.fault, trial.host.current = fault, current
    trial.host.asked.clear()
    started = time.monotonic()
    try:
        answer = search(trial.query, trial.host.url)
    except ShardError as error:
        assert "\n" not in error.message and "again" in error.message, f"{trial.how}: {error.message}"
    else:
        raise AssertionError(
            f"the reader takes {trial.how} ({trial.site}) for an answer: found {answer['found']}"
        )
    seconds = time.monotonic() - started
    _check(trial, "reader", seconds)
    trial.host.mend()
    assert search(trial.query, trial.host.url)["found"] == (trial.query == HIT), (
        f"{trial.how}: a retry does not help"
    )
    return seconds


def _check(trial: Trial, who: str, seconds: float) -> None:
    assert seconds < SECONDS, f"the {who} takes {seconds:.0f} s to say that there is {trial.how}"
    keys = 1 if trial.query == HIT else 2
    asked = len(trial.host.asked)
    assert asked <= REQUESTS * keys, f"the {who} asks {asked} times where there is {trial.how}"


def _by_page(browser: Browser, trials: list[Trial]) -> list[float]:
    """The same for many pages side by side."""
    contexts = [browser.new_context() for _ in trials]
    pages = [context.new_page() for context in contexts]
    for page, trial in zip(pages, trials, strict=True):
        page.goto(trial.host.url)
        page.evaluate("customElements.whenDefined('exposing-search').then(() => 1)")
        trial.host.asked.clear()
    begun = []
    for page, trial in zip(pages, trials, strict=True):
        begun.append(time.monotonic())
        page.fill(FIELD, trial.query)
        page.press(FIELD, "Enter")
    seconds = []
    for page, trial, started in zip(pages, trials, begun, strict=True):
        _appears(page, f"{RESULTS} h2", f"the page says nothing where there is {trial.how}")
        seconds.append(time.monotonic() - started)
        text = page.inner_text(RESULTS)
        assert "This is not a “no”" in text or "This site was updated" in text, (
            f"the page takes {trial.how} ({trial.site}) for an answer: {text[:60]}"
        )
        assert "Not found" not in text and not page.locator(TOTAL).count(), f"{trial.how}: {text[:80]}"
        _check(trial, "page", seconds[-1])
    for page, trial in zip(pages, trials, strict=True):
        trial.host.mend()
        _try_again(page, trial)
    for context in contexts:
        context.close()
    return seconds


def _appears(page: Page, selector: str, otherwise: str) -> None:
    try:
        page.wait_for_selector(selector, timeout=60_000)
    except NothingCame:
        raise AssertionError(otherwise) from None


def _try_again(page: Page, trial: Trial) -> None:
    assert page.locator(f"{RESULTS} [data-action=retry]").count(), f"{trial.how}: nothing to try again with"
    page.locator(f"{RESULTS} [data-action=retry]").click()
    _appears(page, TOTAL, f"{trial.how}: a retry does not end on the page")
    found = "Not found" not in page.inner_text(TOTAL)
    assert found == (trial.query == HIT), f"{trial.how}: a retry does not help the page"


def _offline(browser: Browser, site: Path) -> None:
    with host(site) as one:
        context = browser.new_context()
        page = context.new_page()
        page.goto(one.url)
        page.evaluate("customElements.whenDefined('exposing-search').then(() => 1)")
        context.set_offline(True)
        page.fill(FIELD, MISS)
        page.press(FIELD, "Enter")
        _appears(page, f"{RESULTS} h2", "the page says nothing offline")
        assert "This is not a “no”" in page.inner_text(RESULTS), "offline is taken for an answer"
        context.set_offline(False)
        _try_again(page, Trial("offline", "plain", MISS, one))
        context.close()
        address = one.url
    try:
        search(MISS, address)
    except ShardError:
        return
    raise AssertionError("a host that is not there is taken for an answer")


def _in_parts(trials: list[Trial], size: int) -> list[list[Trial]]:
    return [trials[at : at + size] for at in range(0, len(trials), size)]


def prove(ground: Ground) -> list[str]:
    """Every fault, on a plain and on a compressed site, for someone who is in the index and for a stranger."""
    sites = _sites(ground)
    figures = []
    with ExitStack() as stack, chromium() as browser:
        by_reader, by_page = list(_trials(ground, sites, stack)), list(_trials(ground, sites, stack))
        with ThreadPoolExecutor(24) as pool:
            waited = pool.map(_by_reader, by_reader)
            seconds = [one for part in _in_parts(by_page, 12) for one in _by_page(browser, part)]
            figures.append(_said("the Python reader", by_reader, list(waited)))
            figures.append(_said("the page", by_page, seconds))
        count = ground.count(300, 10)
        one = stack.enter_context(host(sites["plain"]))
        one.fault = "one bit flipped"
        for _ in range(count):
            _flip(one)
        one.fault, one.current = "", "one bit flipped"
        for _ in range(count):
            _flip(one)
        pointers = _pointers(browser, ground, sites["plain"], ground.count(60, 6))
        _offline(browser, sites["plain"])
    return [
        *figures,
        f"{count} shards, and {count} times current.json, with one bit flipped anywhere: all refused by the Python reader",
        pointers,
        "offline, and a host that is not there: the same",
    ]


def _flip(failing: Host) -> None:
    try:
        answer = Reader(failing.url).answer(f"nsid:{ALICE}")
    except ShardError:
        return
    raise AssertionError(f"a flipped bit is taken for an answer: found {answer['found']}")


def _pointers(browser: Browser, ground: Ground, site: Path, count: int) -> str:
    """Pages whose own copy of current.json says another number of shards: 0 are believed."""
    page_file = site / "index.html"
    whole = page_file.read_text(encoding="utf-8")
    shards = re.search(r'"accounts":\{"shards":(\d+)', whole)
    assert shards, "the page has no number of shards"
    for number in range(count):
        home = ground.folder(f"pointer{number}")
        shutil.copytree(site, home, dirs_exist_ok=True)
        wrong = f'"accounts":{{"shards":{int(shards[1]) + 1 + number}'
        (home / "index.html").write_text(whole.replace(shards[0], wrong), encoding="utf-8")
        with host(home) as one:
            context = browser.new_context()
            page = context.new_page()
            page.goto(one.url)
            page.fill(FIELD, HIT)
            page.press(FIELD, "Enter")
            _appears(page, f"{RESULTS} h2", "the page says nothing with a wrong number of shards")
            text = page.inner_text(f"{RESULTS} h2 >> nth=0")
            assert "Not found" not in text, f"{wrong} in the page is believed: {text}"
            context.close()
    return f"{count} pages whose own copy of current.json says another number of shards: 0 false answers"


def _said(who: str, trials: list[Trial], seconds: list[float]) -> str:
    ways = len({trial.how for trial in trials})
    most = max(len(trial.host.asked) for trial in trials)
    return (
        f"{who}: {len(trials)} searches on {ways} kinds of failing hosts: 0 answers, a sentence after {max(seconds):.0f} s at"
        f" most, {most} requests at most, and a right answer on trying again when the host was well"
    )
