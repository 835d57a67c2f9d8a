"""Who learns what: the host sees as much of a hit as of a miss, and never a word of what was typed."""

import json
import random
import re
from collections import Counter
from pathlib import Path

from playwright.sync_api import Page

import invented
from mini import built
from prove.ground import Ground, chromium, make, run, served

SEED = 7
BASE = "/some-repo/"
FIELD, RESULTS = "#query", "[data-results]"

KINDS = {  # kind -> (a hit, a miss) by number
    "account": (lambda n: f"{30000000 + n}@N99", lambda n: f"{80000000 + n}@N99"),
    "account's page": (
        lambda n: f"https://www.flickr.com/people/{30000000 + n}@N99/",
        lambda n: f"https://www.flickr.com/people/{80000000 + n}@N99/",
    ),
    "photo": (lambda n: str(90100000000 + 7919 * n), lambda n: str(90100000001 + 7919 * n)),
    "photo's page": (
        lambda n: f"https://www.flickr.com/photos/{30000000 + n // 8}@N99/{90100000000 + 7919 * n}/",
        lambda n: f"https://www.flickr.com/photos/{80000000 + n}@N99/{90100000001 + 7919 * n}/",
    ),
    "name": (lambda n: f"namesake{n}x", lambda n: f"stranger{n}x"),
    "person": (lambda n: f"Jane Invented {n}x", lambda n: f"John Unknown {n}x"),
    "image": (
        lambda n: f"https://images.example.org/known/{n}.jpg",
        lambda n: f"https://images.example.org/other/{n}.jpg",
    ),
    "tag": (lambda n: f"#known{n}x", lambda n: f"#other{n}x"),
}
FRESH = """() => {
  const search = document.querySelector("exposing-search");
  search.index = new search.index.constructor(search.index.root, JSON.parse(document.querySelector("#current").textContent));
}"""
"""Forget which shards this page has read, so that each search asks for its own."""


def _world(home: Path, count: int) -> Path:
    invented.write(home)
    names, people, images = [], [], []
    for n in range(count):
        names.append((f"{40000000 + n}@N99", f"namesake{n}x", 90600000000 + n))
        people.append((f"https://images.example.org/p/{n}.jpg", f"Jane_Invented_{n}x"))
        images.append((f"https://images.example.org/known/{n}.jpg", ""))
    invented.add_list(home, "names", "nsid name photo_id", *names)
    invented.add_list(home, "people", "image_url identity", *people, *images)
    tags = (
        (f"{50000000 + owner}@N99", 90700000000 + 25 * n + owner, f"known{n}x")
        for n in range(count)
        for owner in range(20)
    )
    invented.add_list(home, "tags", "nsid photo_id tags", *tags)
    return built(home)


def _search(page: Page, query: str, log: list[str]) -> tuple[str, list[str]]:
    """What the page says, and what it asked for meanwhile."""
    page.evaluate(FRESH)
    before = len(log)
    page.fill(FIELD, query)
    page.press(FIELD, "Enter")
    page.wait_for_selector(f"{RESULTS} h2")
    return page.inner_text(f"{RESULTS} h2 >> nth=0"), log[before:]


def _shape(requests: list[str]) -> tuple[str, ...]:
    """Requests without what differs from shard to shard: number, method, kind of path, names of headers."""
    return tuple(
        sorted(
            re.sub(r"/index/\w+/(\w+)/[0-9a-f]+\.json", r"/index/BUILD/\1/SHARD.json", request.split("\n")[0])
            + " | "
            + ", ".join(sorted(line.split(":")[0] for line in request.split("\n")[1:] if line.strip()))
            for request in requests
        )
    )


def _told(requests: list[str], query: str) -> list[str]:
    """Words of the query, and of any form of it, that stand anywhere in what was sent."""
    sent = "".join(requests).lower()
    words = {
        query.lower(),
        *re.findall(r"[0-9]{8,}(?:@n99)?|[a-z]+[0-9]+x|known/[0-9]+|other/[0-9]+", query.lower()),
    }
    return [word for word in words if word in sent or word.replace("@", "%40") in sent]


def _floor(ground: Ground, site: Path) -> str:
    report = json.loads((site / "build-report.json").read_text())["index"]
    smallest = {kind: about["smallest_shard"] for kind, about in report.items() if about["shards"] > 1}
    assert smallest, "no index has more than one shard"
    home = ground.folder("floor")
    invented.write(home)
    settings = home / "site.toml"
    settings.write_text(
        settings.read_text().replace(
            "smallest_shard = 1", f"smallest_shard = {min(smallest.values()) + 1000}"
        )
    )
    done = run(home, "build")
    assert done.returncode == 2 and "fewer than smallest_shard" in done.stderr, (
        f"a shard below the floor is published: {done.stderr}"
    )
    assert not (home / "_site").exists()
    settings.write_text(settings.read_text().replace(f"= {min(smallest.values()) + 1000}", "= 64"))
    make(home)
    listed = ", ".join(f"{kind} {count:,}" for kind, count in smallest.items())
    return f"keys in the smallest shard of this site: {listed}; a build below the floor of site.toml: exit 2, no site"


def prove(ground: Ground) -> list[str]:
    """Hits and misses of every kind, by the page, and the server's whole log of them."""
    count = ground.count(200, 6)
    site = _world(ground.folder("world"), count)
    dice, shapes, figures = random.Random(SEED), {}, []
    searched = 0
    with served(site, BASE) as (url, log), chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(url)
        page.evaluate("customElements.whenDefined('exposing-search').then(() => 1)")
        page.wait_for_load_state("networkidle")
        for kind, (hit, miss) in KINDS.items():
            seen: dict[bool, Counter[tuple[str, ...]]] = {True: Counter(), False: Counter()}
            queries = [(one(n), is_hit) for n in range(count) for one, is_hit in ((hit, True), (miss, False))]
            dice.shuffle(queries)
            for query, is_hit in queries:
                said, requests = _search(page, query, log)
                assert ("Not found" not in said) == is_hit, f"{query}: {said}"
                assert not _told(requests, query), f"the host is told {_told(requests, query)} of {query}"
                seen[is_hit][_shape(requests)] += 1
                searched += 1
            assert len(seen[True]) == len(seen[False]) == 1 and seen[True] == seen[False], (
                f"{kind}: a hit and a miss differ: {seen}"
            )
            shapes[kind] = len(next(iter(seen[True])))
        whole = "".join(log).lower()
        assert "referer" not in whole, "a Referer is sent"
        assert not re.search(r"(?m)^(content-length|content-type|transfer-encoding|cookie):", whole), (
            "a body or a cookie is sent"
        )
        assert not [line for line in log if "?" in line.split("\n")[0]], "a query string is sent"
        context.close()
        figures.append(_cold(url, log, browser, ground.count(10, 1)))
    listed = "; ".join(f"{kind} {number}" for kind, number in shapes.items())
    return [
        f"{searched:,} searches, {count} hits and {count} misses of each of {len(KINDS)} kinds: the same number of requests"
        f" with the same headers for both ({listed})",
        f"0 words of a query, 0 Referers, 0 bodies, 0 cookies, 0 query strings in {len(log):,} requests",
        *figures,
        _floor(ground, site),
    ]


def _cold(url: str, log: list[str], browser: object, count: int) -> str:
    """The same with a new profile for each search: what is fetched beside the shards does not differ either."""
    seen: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    for number in range(count):
        for is_hit, one in zip((True, False), KINDS["account"], strict=True):
            context = browser.new_context()  # type: ignore[attr-defined]
            page = context.new_page()
            before = len(log)
            page.goto(url)
            page.evaluate("customElements.whenDefined('exposing-search').then(() => 1)")
            page.fill(FIELD, one(number))
            page.press(FIELD, "Enter")
            page.wait_for_selector(f"{RESULTS} h2")
            page.wait_for_load_state("networkidle")
            seen[is_hit].add(_shape(log[before:]))
            context.close()
    assert len(seen[True]) == 1 and seen[True] == seen[False], "whole visits of a hit and a miss differ"
    return f"{2 * count} whole visits from an empty cache: {len(next(iter(seen[True])))} requests each, the same for a hit and a miss"
