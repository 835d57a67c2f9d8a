"""How long a search takes, from submit to rendered result, on our page and on what one could have used instead.

Run by hand: `PYTHONPATH=tests python -m bench.search SITE CORPUS [WORK]` for a table; add `--heavy` for the page's
own heaviest moments.
"""

import gzip
import json
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from bench.corpus import FIRST_PHOTO, PHOTO_RANGE
from bench.search_peers import Held, held, prepare
from browser import launch_options
from exposing.lookup import Reader, unpacked

LARGEST = "10000000@N99"
ROUND_TRIP = 165.0
"""Milliseconds, of "Fast 4G"."""
DOWN, UP = 9e6 / 8, 1.5e6 / 8
"""Bytes a second, of "Fast 4G"."""
NETWORKS = {
    "none": None,
    "Fast 4G": {"offline": False, "latency": ROUND_TRIP, "downloadThroughput": DOWN, "uploadThroughput": UP},
}
OURS = "Exposing (this project)"
LIMIT = "the limit: the same files by a bare fetch"
SHOWN = 30
"""Photo ids that every page shows of each dataset."""
TIMEOUT = 60_000
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
"""What the server compresses, as GitHub Pages would."""
RANGED = (".parquet", ".sqlite", ".bin")
"""Never compressed: a range of compressed bytes is of no use to anyone."""
PAUSE = 300
"""Milliseconds from the last letter to the Enter: a person is not faster."""
QUIET = 0.15
"""Seconds without a request after which a page is taken to have loaded."""

# Runs in the page before any of its own scripts. The clock stops in the task after the frame that shows the result,
# so that its layout and paint are counted.
CLOCK = """
(() => {
  let began = 0;
  const observer = new MutationObserver(() => {
    if (!began || !document.querySelector("[data-results] h2")) return;
    observer.disconnect();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      document.documentElement.dataset.took = performance.now() - began;
    };
    requestAnimationFrame(() => port2.postMessage(null));
  });
  observer.observe(document, { childList: true, subtree: true });
  addEventListener("submit", () => { began = performance.now(); }, { capture: true });
})();
"""
READY, DONE = "html[data-ready], exposing-search:defined", "html[data-took]"
"""Waited for as selectors, because a function would be refused by our page's policy."""
SHOWS = """
() => ({
  heading: document.querySelector("[data-results] h2").textContent,
  cards: [...document.querySelectorAll(".holding")].map((card) => [
    card.querySelector("h4").textContent.trim(),
    card.querySelector("[data-put=count]").textContent,
    [...card.querySelectorAll(".photos a")].map((link) => link.textContent),
  ]),
})
"""


class SearchResult(NamedTuple):
    """One row of the table."""

    what: str
    network: str  # "none" or "Fast 4G"
    first_bytes: int  # on the wire before the first search can run: page, scripts, wasm, metadata
    first_requests: int
    requests: float  # per search, median
    bytes: int  # per search on the wire, median
    median_ms: float  # from submit to rendered result
    largest_ms: float  # the largest account
    limit_ms: float  # our own row: median over the queries of one round trip + the bytes at line rate; else 0


class Heavy(NamedTuple):
    """The heaviest moments of our own page, in milliseconds of its main thread; see `heavy`."""

    script_ms_4x: float
    longest_task_ms: float
    frames_per_second: float
    long_ids_task_ms: float


class Sent(NamedTuple):
    """What one request cost."""

    path: str
    bytes: int


class Wire:
    """A running server of two folders that keeps what it compressed and counts what it sends."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: list[Sent] = []
        self.running = 0
        self.last = time.monotonic()

    def wait_until_quiet(self, page: Page) -> None:
        """Wait until nothing has been asked for in a while."""
        while self.running or time.monotonic() - self.last < QUIET:
            page.wait_for_timeout(20)


@contextmanager
def _served(folders: dict[str, Path]) -> Iterator[Wire]:
    """Serve folders, each below its name. All is compressed beforehand, as at a host that many have asked."""
    packed = {path: _pack(path) for folder in folders.values() for path in folder.rglob("*.json")}

    class Handler(_Handler):
        pass

    Handler.folders, Handler.packed = folders, packed
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.wire = Wire(f"http://127.0.0.1:{server.server_address[1]}/")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield Handler.wire
    finally:
        server.shutdown()
        server.server_close()


def _pack(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.compress(data, 6, mtime=0) if path.suffix in TYPES else data


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a body waits 40 ms behind its headers
    wbufsize = -1
    folders: dict[str, Path]
    packed: dict[Path, bytes]
    wire: Wire

    def do_GET(self) -> None:
        self.wire.running += 1
        try:
            self._answer()
        finally:
            self.wire.last = time.monotonic()
            self.wire.running -= 1

    do_HEAD = do_GET  # noqa: N815 - its name is given

    def _answer(self) -> None:
        asked = urlsplit(self.path).path
        name, _, rest = unquote(asked).lstrip("/").partition("/")
        path = self.folders.get(name, Path("/nowhere")) / rest
        path = path / "index.html" if asked.endswith("/") else path
        if not path.is_file():
            self._send(asked, HTTPStatus.NOT_FOUND, b"", {})
            return
        headers = {"Content-Type": TYPES.get(path.suffix, "application/octet-stream")}
        if path.suffix in RANGED:
            self._send_range(asked, path, headers)
            return
        if path not in self.packed:
            self.packed[path] = _pack(path)
        if path.suffix in TYPES:
            headers["Content-Encoding"] = "gzip"
        self._send(asked, HTTPStatus.OK, self.packed[path], headers)

    def _send_range(self, asked: str, path: Path, headers: dict[str, str]) -> None:
        size = path.stat().st_size
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        headers["Accept-Ranges"] = "bytes"
        first, last, status = 0, size - 1, HTTPStatus.OK
        if wanted and any(wanted.groups()):
            status = HTTPStatus.PARTIAL_CONTENT
            if wanted[1]:
                first, last = int(wanted[1]), min(last, int(wanted[2] or last))
            else:
                first = size - int(wanted[2])
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        with path.open("rb") as file:
            file.seek(first)
            data = file.read(last - first + 1) if self.command == "GET" else b""
        self._send(asked, status, data, headers, last - first + 1)

    def _send(
        self, asked: str, status: HTTPStatus, data: bytes, headers: dict[str, str], length: int | None = None
    ) -> None:
        lines = {**headers, "Content-Length": str(len(data) if length is None else length)}
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
        body = data if self.command == "GET" else b""
        self.wire.sent.append(Sent(asked, len(head) + len(body)))
        self.wfile.write(head.encode() + body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Told:
    """What the reference reader of the index tells of accounts, for a corpus whose lists are too long to hold."""

    def __init__(self, site: Path, accounts: int) -> None:
        self.reader = Reader(str(site))
        numbers = np.random.default_rng(20_261_125).choice(accounts, 1000, replace=False).tolist()
        nsids = [f"{10_000_000 + number}@N99" for number in numbers]
        self.keys = [*nsids, *(f"user-{number}" for number in numbers if number % 5 < 3)]

    def find(self, key: str) -> dict[str, list[int]]:
        """Photo ids by dataset."""
        answer = self.reader.answer(f"nsid:{key}" if "@" in key else f"name:{key}")
        return {slug: holding["ids"] for slug, holding in answer["datasets"].items()}


def choose(rows: Held | Told, count: int) -> list[str]:
    """So many seeded queries, the largest account the first: three of five NSIDs, then aliases, a fifth misses."""
    dice = np.random.default_rng(20_261_124)
    keys = np.array(rows.keys)
    is_nsid = np.char.find(keys, "@") >= 0
    misses, by_alias = count // 5, count // 5
    hits = dice.choice(keys[is_nsid & (keys != LARGEST)], count - 1 - misses - by_alias, replace=False)
    aliases = dice.choice(keys[~is_nsid], by_alias, replace=False)
    missing = [
        f"user-{number}" if turn % 2 else f"{number}@N99"  # far above the last account of any corpus
        for turn, number in enumerate(dice.integers(50_000_000, 90_000_000, misses))
    ]
    others = [*hits.tolist(), *aliases.tolist(), *missing]
    dice.shuffle(others)
    return [LARGEST, *others]


Shown = dict[str, Any]
"""The heading of what was found, and for each dataset its name, its count and the first photos."""


class _Search(NamedTuple):
    """One search that was timed."""

    first: list[Sent]
    sent: list[Sent]
    milliseconds: float

    @property
    def bytes(self) -> int:
        return sum(sent.bytes for sent in self.sent)


def _search(
    browser: Browser, wire: Wire, address: str, query: str, network: str, asked: list[str] | None = None
) -> tuple[_Search, Shown]:
    """Load a page in a fresh profile, search, and say what that took and what it shows.

    The page loads without limit: what that costs is counted in bytes, not in time.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT)
    try:
        context.add_init_script(CLOCK)
        page = context.new_page()
        before = len(wire.sent)
        page.goto(wire.url + address)
        page.wait_for_selector(READY, state="attached")
        wire.wait_until_quiet(page)
        if asked is not None:
            page.evaluate("asked => { window.asked = asked; }", asked)
        page.fill("#query", query)
        _limit(page, network)
        page.wait_for_timeout(PAUSE)
        loaded = len(wire.sent)
        page.press("#query", "Enter")
        page.wait_for_selector(DONE, state="attached")
        took, shows = float(page.get_attribute(DONE, "data-took") or ""), page.evaluate(SHOWS)
        wire.wait_until_quiet(page)  # what is asked for after the answer is of this search too
        return _Search(wire.sent[before:loaded], wire.sent[loaded:], took), shows
    finally:
        context.close()


def _limit(page: Page, network: str) -> None:
    """Limit the page's network, and that of its workers, which share it."""
    if NETWORKS[network]:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", NETWORKS[network])


def _check_limit(wire: Wire, size: int, say: Callable[[str], None]) -> None:
    """Be sure that the limit holds, in a page and in a worker of it: time a fetch of known size.

    Chromium's limit is a few per cent slower than what it is told, because its timers are coarse.
    """
    with _browser() as browser:
        page = browser.new_page()
        page.goto(f"{wire.url}web/bare.html")
        page.wait_for_selector(READY, state="attached")
        _limit(page, "Fast 4G")
        least = ROUND_TRIP + size / DOWN * 1000
        for function in ("timeFetch", "timeFetchInWorker"):
            took = page.evaluate(f"window.{function}('known.bin')")
            if not 0.98 * least <= took <= 1.5 * least:
                raise RuntimeError(f"{function} took {took:.0f} ms; the limit allows {least:.0f} ms")
            say(
                f"{function}: {size:,} bytes at Fast 4G took {took:.0f} ms; one round trip and line rate: {least:.0f} ms"
            )


def _check_answer(what: str, query: str, shows: Shown, truth: dict[str, list[int]]) -> None:
    """A wrong answer is worth no time: compare counts, and the ids that are shown; an error is not a "no"."""
    shown = {
        slug: (int(re.sub(r"\D", "", count) or 0), [int(photo) for photo in photos])
        for slug, count, photos in shows["cards"]
    }
    right = {slug: (len(ids), ids[:SHOWN]) for slug, ids in truth.items()}
    if shown != right or shows["heading"].startswith("Not found") == bool(right):
        raise RuntimeError(f"{what}: wrong answer to {query}: {shows}, not {right}")


def measure_ours(
    site: Path, accounts: int, queries: int = 50, say: Callable[[str], None] = print
) -> list[SearchResult]:
    """Time our page alone, on Fast 4G. Every answer is compared with that of the reference reader."""
    rows = Told(site, accounts)
    asked = choose(rows, queries)
    with _served({"site": site}) as wire:
        ours = _search_all(wire, "site/", asked, "Fast 4G")
        _check(OURS, asked, ours, rows)
        result = _row(OURS, "Fast 4G", asked, ours)
        say(_line(result))
        return [result]


def measure(
    site: Path, corpus: Path, work: Path, queries: int = 50, say: Callable[[str], None] = print
) -> list[SearchResult]:
    """Time the same queries on our page, on its limit and on every peer, without a limit of the network and with.

    Every answer is compared with the truth. `work` takes the peers' packages and data.
    """
    rows = held(corpus)
    asked = choose(rows, queries)
    peers = prepare(rows, asked, work, say)
    size = 500_000
    (work / "web" / "known.bin").write_bytes(np.random.default_rng(1).bytes(size))
    results = []
    with _served({"site": site, "web": work / "web"}) as wire:
        _check_limit(wire, size, say)
        for network in NETWORKS:
            ours = _search_all(wire, "site/", asked, network)
            files = [[f"/{path.lstrip('/')}" for path, _ in search.sent] for search, _ in ours]
            _check(OURS, asked, ours, rows)
            results.append(_row(OURS, network, asked, ours))
            say(_line(results[-1]))
            bare = _search_all(wire, "web/bare.html", asked, network, files)
            results.append(_row(LIMIT, network, asked, bare))
            say(_line(results[-1]))
            for peer in peers:
                searches = _search_all(wire, f"web/{peer.page}.html", asked, network)
                _check(peer.what, asked, searches, rows)
                results.append(_row(peer.what, network, asked, searches))
                say(_line(results[-1]))
    return results


Searches = list[tuple[_Search, Shown]]


def _search_all(
    wire: Wire, address: str, asked: list[str], network: str, files: list[list[str]] | None = None
) -> Searches:
    """All searches of one page, in a browser of its own: one that has run other programs is slower."""
    queries = _thrice(asked)
    with _browser() as browser:
        return [
            _search(browser, wire, address, query, network, paths)
            for query, paths in zip(queries, files or [None] * len(queries), strict=True)
        ]


def _thrice(asked: list[str]) -> list[str]:
    """The largest account twice more, because its time is a row's figure by itself."""
    return [*asked, LARGEST, LARGEST]


def _check(what: str, asked: list[str], searches: Searches, rows: Held | Told) -> None:
    for query, (_, shows) in zip(_thrice(asked), searches, strict=True):
        _check_answer(what, query, shows, rows.find(query))


def _row(what: str, network: str, asked: list[str], searches: Searches) -> SearchResult:
    each = [search for search, _ in searches]
    largest = [
        search.milliseconds for search, query in zip(each, _thrice(asked), strict=True) if query == LARGEST
    ]
    each = each[: len(asked)]
    limited = NETWORKS[network] is not None
    limit = statistics.median(ROUND_TRIP + search.bytes / DOWN * 1000 for search in each)
    return SearchResult(
        what,
        network,
        round(statistics.median(sum(sent.bytes for sent in search.first) for search in each)),
        round(statistics.median(len(search.first) for search in each)),
        statistics.median(len(search.sent) for search in each),
        round(statistics.median(search.bytes for search in each)),
        statistics.median(search.milliseconds for search in each),
        statistics.median(largest),
        limit if limited and what == OURS else 0.0,
    )


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()


def heavy(site: Path) -> Heavy:
    """Measure the heaviest moments of our own page, on its main thread, from traces of Chromium.

    `script_ms_4x`: the search page is loaded nine times in a fresh profile with the processor slowed down four
    times. The time is the union of the trace's compile, evaluate, function call and microtask events until the page
    is quiet; the median counts. Parsing that Chromium does on other threads is not in it.
    `longest_task_ms`: the largest account is searched; the longest task from submit until half a second after.
    `frames_per_second`: its result is scrolled by script for three seconds, a step a frame, with all details
    open; the frames that the main thread made. The page shows 30 photos of each dataset at a time, never 20,000.
    `long_ids_task_ms`: 10,000 photo ids are checked at once, half of them found; the longest task until the result.
    """
    with _served({"site": site}) as wire:
        script = statistics.median(_script_time(wire) for _ in range(9))
        with _browser() as browser:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_init_script(CLOCK)
            page = context.new_page()
            page.goto(f"{wire.url}site/")
            wire.wait_until_quiet(page)
            page.fill("#query", LARGEST)
            with _traced(page) as trace:
                page.press("#query", "Enter")
                page.wait_for_selector(DONE, state="attached", timeout=TIMEOUT)
                page.wait_for_timeout(500)
            longest = trace.longest_task()
            frames = _scroll(page)
            context.close()
        with _browser() as browser:
            ids = _long_ids(site, 10_000)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{wire.url}site/many/")
            wire.wait_until_quiet(page)
            # as if pasted: `fill` would have Chromium's editor insert it line by line, which takes minutes
            page.eval_on_selector(
                "#lines", "(field, text) => { field.value = text; }", "\n".join(map(str, ids))
            )
            with _traced(page) as trace:
                page.click("exposing-many [type=submit]")
                page.wait_for_selector("[data-results] h2", timeout=4 * TIMEOUT)
                page.wait_for_timeout(500)
            many = trace.longest_task()
    return Heavy(script, longest, frames, many)


def _script_time(wire: Wire) -> float:
    with _browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        with _traced(page) as trace:
            page.goto(f"{wire.url}site/", wait_until="networkidle")
            wire.wait_until_quiet(page)
        return trace.script_time()


def _scroll(page: Page) -> float:
    """Frames a second that the main thread made while the page scrolled by a step in each."""
    page.evaluate(
        "document.querySelectorAll('[data-results] details').forEach((part) => { part.open = true; })"
    )
    return page.evaluate(
        """() => new Promise((resolve) => {
          const began = performance.now();
          let frames = 0;
          let step = 40;
          const draw = (now) => {
            if (now - began > 3000) return resolve((frames * 1000) / (now - began));
            frames += 1;
            const before = scrollY;
            scrollBy(0, step);
            if (scrollY === before) step = -step;
            requestAnimationFrame(draw);
          };
          requestAnimationFrame(draw);
        })"""
    )


def _long_ids(site: Path, count: int) -> list[int]:
    """Photo ids, half of them from the site's own index, half invented."""
    dice = np.random.default_rng(20_261_125)
    current = json.loads((site / "index" / "current.json").read_text())
    shards = current["kinds"]["photos"]["shards"]
    some = []
    for path in sorted((site / "index" / current["build"] / "photos").iterdir()):
        records = json.loads(unpacked(path.read_bytes(), path.name))["records"]
        steps = records[min(records)] if records else []
        ids = np.cumsum(np.array(steps, np.int64)) * shards + int(path.name.split(".")[0], 16)
        some.append(dice.choice(ids, min(len(ids), count // shards + 1), replace=False))
    found = dice.permutation(np.concatenate(some))[: count // 2]
    invented = FIRST_PHOTO + dice.integers(0, PHOTO_RANGE, count - len(found))
    return dice.permutation(np.concatenate([found, invented])).tolist()


SCRIPT = {
    "EvaluateScript",
    "FunctionCall",
    "RunMicrotasks",
    "v8.callAsConstructor",
    "v8.callFunction",
    "v8.compile",
    "v8.compileModule",
    "v8.evaluateModule",
}
BEGIN = "bench begins"


class Trace:
    """What Chromium recorded of one page's main thread."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def read(self, data: bytes) -> None:
        """Keep the complete events of the thread that set the mark, from the mark on."""
        events = json.loads(data)["traceEvents"]
        mark = next(event for event in events if event["name"] == BEGIN)
        self.events = [
            event
            for event in events
            if (event["pid"], event["tid"]) == (mark["pid"], mark["tid"])
            and event["ph"] == "X"
            and event["ts"] + event.get("dur", 0) >= mark["ts"]
        ]

    def longest_task(self) -> float:
        """Milliseconds of the longest task."""
        return max(event["dur"] for event in self.events if event["name"] == "RunTask") / 1000

    def script_time(self) -> float:
        """Milliseconds in which any script was compiled or run; what lies in another is counted once."""
        total, end = 0, 0
        for event in sorted(self.events, key=lambda event: event["ts"]):
            if event["name"] in SCRIPT:
                total += max(0, event["ts"] + event["dur"] - max(event["ts"], end))
                end = max(end, event["ts"] + event["dur"])
        return total / 1000


@contextmanager
def _traced(page: Page) -> Iterator[Trace]:
    """Record what is done meanwhile."""
    trace = Trace()
    browser = page.context.browser
    assert browser
    mark = f"performance.mark('{BEGIN}')"
    categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8", "blink.user_timing"]
    loaded = page.url != "about:blank"
    if not loaded:
        page.add_init_script(mark)  # the page that is loaded meanwhile sets it, before its own scripts
    browser.start_tracing(page=page, categories=categories)
    if loaded:
        page.evaluate(mark)
    yield trace
    trace.read(browser.stop_tracing())


def _line(result: SearchResult) -> str:
    return (
        f"| {result.what} | {result.network} | {result.first_bytes / 1000:,.0f} k | {result.first_requests} "
        f"| {result.requests:g} | {result.bytes / 1000:,.1f} k | {result.median_ms:,.0f} | {result.largest_ms:,.0f} "
        f"| {result.limit_ms:,.0f} |"
    )


def main(arguments: list[str]) -> None:
    """Measure, and print a table."""
    paths = [Path(text) for text in arguments if text != "--heavy"]
    if "--heavy" in arguments:
        print(heavy(paths[0]))
        return
    work = paths[2] if len(paths) > 2 else Path(tempfile.mkdtemp())
    print(
        "| what | network | first | requests | requests a search | bytes | median ms | largest ms | limit ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    measure(paths[0], paths[1], work, say=lambda text: print(text, flush=True))


if __name__ == "__main__":
    main(sys.argv[1:])
