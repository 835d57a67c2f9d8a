"""What all promises are tried on: sites, servers, browsers, and a reader that shares no code with ours."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from browser import launch_options
from exposing.errors import SHOW
from exposing.serve import make_server
from mini import ROOT, SITE

ONE_LANGUAGE = SITE + 'languages = ["en"]\n'
EPOCH = "1767225600"


class Ground(NamedTuple):
    """Where a promise is tried, and whether with the numbers that count or with a few."""

    home: Path  # an empty folder
    full: bool

    def count(self, full: int, few: int) -> int:
        """The first number where it counts."""
        return full if self.full else few

    def folder(self, name: str) -> Path:
        """A new folder."""
        path = self.home / name
        path.mkdir(parents=True)
        return path


def environment(**more: str) -> dict[str, str]:
    """The environment in which the command is run from the source."""
    return (
        os.environ
        | {"PYTHONPATH": f"{ROOT / 'build'}{os.pathsep}{ROOT / 'tests'}", "SOURCE_DATE_EPOCH": EPOCH}
        | {SHOW: "1"}  # what is said of rows and files is a part of what is promised
        | more
    )


def command(*words: str | Path) -> list[str]:
    """The command line of `exposing ...`."""
    return [sys.executable, "-m", "exposing", *map(str, words)]


def run(folder: Path, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `exposing ...` in a folder, to its end."""
    return subprocess.run(
        command(*words), cwd=folder, env=environment(**more), capture_output=True, text=True, check=False
    )


def make(folder: Path, *words: str | Path, **more: str) -> Path:
    """Build the project in a folder; its site. A build that fails is a broken promise."""
    done = run(folder, "build", *words, **more)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "_site"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def served(folder: Path, base: str = "/") -> Iterator[tuple[str, list[str]]]:
    """A server of a site, as an address and all that it is sent."""
    log: list[str] = []
    with make_server(folder, 0, base, log.append) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{base}", log
        finally:
            server.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()


def fields(size: int) -> Callable[[int], list[range]]:
    """Cut so many numbers into parts of a size."""
    return lambda count: [range(at, min(at + size, count)) for at in range(0, count, size)]


class PlainReader:
    """Reads an index as docs and page describe it, by means of hashlib and json alone."""

    def __init__(self, site: Path) -> None:
        self.current = json.loads((site / "index" / "current.json").read_text())
        self.slugs = [dataset["slug"] for dataset in self.current["datasets"]]
        self.folder = site / "index" / self.current["build"]
        self.shards: dict[tuple[str, int], Any] = {}

    def count(self, kind: str) -> int:
        """How many shards a kind has."""
        return int(self.current["kinds"][kind]["shards"])

    def shard(self, kind: str, number: int) -> Any:
        """The records of one shard, whose digest is right."""
        if (kind, number) not in self.shards:
            width = len(f"{self.count(kind) - 1:x}")
            data = (self.folder / kind / f"{number:0{width}x}{self.current['ending']}").read_bytes()
            body, digest = data[:-77], data[-66:-2].decode()
            assert hashlib.sha256(body).hexdigest() == digest, f"shard {kind}/{number} is not what it says"
            self.shards[kind, number] = json.loads(data)["records"]
        return self.shards[kind, number]

    def everything(self) -> None:
        """Read every shard."""
        for kind in self.current["kinds"]:
            for number in range(self.count(kind)):
                self.shard(kind, number)

    def entry(self, kind: str, key: str) -> tuple[Any, str]:
        """The shard of a hashed key, and its name there."""
        digits = hashlib.sha256(key.encode()).hexdigest()
        number = int(digits[:8], 16) * self.count(kind) // 2**32
        return self.shard(kind, number), digits[4:16]

    def account(self, key: str) -> dict[str, list[int]]:
        """Dataset -> photos of an account, known by `nsid:...` or `name:...`."""
        entries, name = self.entry("accounts", key)
        record = entries.get(name, {})
        assert isinstance(record, dict), f"{key} is several accounts"
        found: dict[str, list[int]] = {}
        for among, steps in record.items():
            for number in among.replace("+", ",").split(","):  # after a plus: the owner is known from others
                found.setdefault(self.slugs[int(number)], []).extend(_summed(steps))
        return {slug: sorted(photos) for slug, photos in found.items()}

    def photo(self, photo: int) -> set[str]:
        """The datasets that hold a photo."""
        rest, number = divmod(photo, self.count("photos"))
        entries = self.shard("photos", number)
        return {
            self.slugs[int(number)]
            for among, steps in entries.items()
            if rest in _summed(steps)
            for number in among.split(",")
        }

    def image(self, address: str) -> set[str]:
        """The datasets that hold an image."""
        entries, name = self.entry("images", f"image:{address}")
        return {
            self.slugs[int(number)]
            for number, labels in entries.items()
            if any(name in keys for keys in labels.values())
        }

    def person(self, name: str) -> dict[str, int]:
        """Dataset -> images of a person."""
        entries, key = self.entry("people", f"person:{name}")
        return {
            self.slugs[int(number)]: sum(labels.values()) for number, labels in entries.get(key, {}).items()
        }


def _summed(steps: list[int]) -> list[int]:
    total, found = 0, []
    for step in steps:
        total += step
        found.append(total)
    return found
