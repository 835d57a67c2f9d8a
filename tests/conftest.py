"""A site built by the real program from the invented samples, a real server, and a real browser."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from browser import launch_options
from exposing import errors
from exposing.serve import make_server
from mini import ROOT, SITE, copy_ours

os.environ[errors.SHOW] = "1"  # as on a terminal; tests of what others may read take it away


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the samples, from a copy of the project that holds no real lists, and nothing of a fork's."""
    home = tmp_path_factory.mktemp("project")
    copy_ours(home)
    (home / "site_templates").symlink_to(ROOT / "site_templates")
    (home / "site.toml").write_text(SITE.replace("smallest_shard = 1\n", ""), encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT / "build"), "SOURCE_DATE_EPOCH": "1767225600"}
    subprocess.run(
        [sys.executable, "-m", "exposing", "build"], cwd=home, env=env, check=True, capture_output=True
    )
    return home / "_site"


class Served(NamedTuple):
    """A running server: its address, and all that it was ever sent, but for requests of its icon."""

    url: str
    log: list[str]

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [entry.split(" ")[1] for entry in self.log]


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers of sites on free ports; they stop with the test."""
    with ExitStack() as stack:

        def start(folder: Path, base: str = "/") -> Served:
            log: list[str] = []

            def heard(entry: str) -> None:
                if not entry.split(" ")[1].endswith("icon.svg"):  # which a browser asks for when it likes
                    log.append(entry)

            server = stack.enter_context(make_server(folder, 0, base, heard))
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            return Served(f"http://127.0.0.1:{server.server_address[1]}{base}", log)

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**launch_options())
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 900})
    fresh.set_default_timeout(20_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may be said on the console but what `expected_noise` names."""
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.expected_noise = []  # type: ignore[attr-defined]
    yield opened
    noise = opened.expected_noise  # type: ignore[attr-defined]
    assert [text for text in said if not any(known in text for known in noise)] == []
