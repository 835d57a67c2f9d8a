"""Load: two hundred visitors at once, and a deploy in the middle of it: no wrong answer."""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from exposing.errors import ShardError
from exposing.identifiers import understand
from exposing.lookup import Reader
from mini import ALICE, add
from prove.ground import Ground, environment, make

SEED = 7
PHOTOS = 20_000
PATIENCE = 60
"""Seconds in which somebody must have met a deploy."""
SERVER = """
import sys
from pathlib import Path
from exposing.serve import make_server
with make_server(Path(sys.argv[1]), 0) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


def _project(home: Path) -> Path:
    count = range(PHOTOS)
    add(
        home,
        "others",
        nsid=[f"{30000000 + n % 1999}@N99" for n in count],
        photo_id=[90100000000 + 17 * n for n in count],
        identity=[f"Person {n % 500}" for n in count],
    )
    return add(home, "varied", nsid=[ALICE], photo_id=[90000000001])


def _deploy(folder: Path, photos: int) -> Path:
    rows = "".join(f"{ALICE},{90000000001 + n}\n" for n in range(photos))
    (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{rows}")
    return make(folder.parents[1])


def _truth(site: Path, queries: list[str]) -> dict[str, Any]:
    reader = Reader(str(site))
    return {query: reader.answers(understand(query).keys)[0] for query in queries}


class Visitors:
    """Visitors who search until they are told to stop. Each has a reader of their own, as each has a browser."""

    def __init__(self, url: str, right: list[dict[str, Any]], queries: list[str]) -> None:
        self.url, self.right, self.queries = url, right, queries
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0
        self.over = threading.Event()
        self.lock = threading.Lock()

    def visit(self, number: int) -> None:
        """One visitor: a new visit every few searches, nothing cached from the last."""
        dice = random.Random(SEED + number)
        while not self.over.is_set():
            try:
                reader = Reader(self.url)
                for query in dice.sample(self.queries, 4):
                    self._search(reader, query)
            except ShardError:
                with self.lock:
                    self.counts["errors"] += 1
            self.over.wait(dice.uniform(0, 0.5))

    def wait_for(self, answer: str) -> None:
        """Wait until somebody was answered so, or until it is clear that nobody will be."""
        until = time.monotonic() + PATIENCE
        while not self.counts[answer] and time.monotonic() < until:
            time.sleep(0.1)

    def _search(self, reader: Reader, query: str) -> None:
        started = time.monotonic()
        found, _ = reader.answers(understand(query).keys)
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - started)
            for number, answers in enumerate(self.right):
                if found == answers[query]:
                    self.counts[f"as build {number + 1}"] += 1
                    return
            self.wrong.append(f"{query}: {json.dumps(found)[:200]}")


def prove(ground: Ground) -> list[str]:
    """A server in a process of its own, visitors in threads, builds switched under them."""
    home = ground.folder("home")
    folder = _project(home)
    queries = [
        ALICE,
        "nobody-at-all",
        "Person 7",
        *(f"{30000000 + n * 97}@N99" for n in range(20)),
        *(str(90100000000 + 17 * 31 * n) for n in range(20)),
        "99999999@N99",
        "90000000777",
    ]
    right = [_truth(_deploy(folder, photos), queries) for photos in (3, 2, 1)][::-1]
    count, seconds = ground.count(200, 20), ground.count(60, 6)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(home / "_site")], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:  # fmt: skip
        assert server.stdout
        visitors = Visitors(f"http://127.0.0.1:{server.stdout.readline().strip()}/", right, queries)
        threads = [threading.Thread(target=visitors.visit, args=(number,)) for number in range(count)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for photos in (2, 3):
            visitors.over.wait(seconds / 3)
            _deploy(folder, photos)
            visitors.wait_for(f"as build {photos}")  # however long a busy machine takes
        visitors.over.wait(max(0.0, started + seconds - time.monotonic()))
        visitors.over.set()
        took = time.monotonic() - started
        for thread in threads:
            thread.join()
        server.kill()
    counts = visitors.counts
    assert not visitors.wrong, f"{len(visitors.wrong)} wrong answers, such as {visitors.wrong[0]}"
    answered = sum(number for name, number in counts.items() if name != "errors")
    assert counts["as build 1"] and counts["as build 3"], f"the deploys were not met: {counts}"
    assert counts["errors"] <= answered / 100, f"{counts['errors']} searches failed of {answered}"
    return [
        f"{count} visitors for {took:.0f} s, two deploys switched in under them: {answered:,} searches answered, 0 wrong,"
        f" {counts['errors']} ended with a sentence; the slowest took {visitors.slowest:.1f} s (server and visitors on one machine)",
    ]
