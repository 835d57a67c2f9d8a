"""Break the code on purpose: a promise whose test still passes then is held by nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mini import ROOT

COPIED = (
    "build",
    "site_templates",
    "tests",
    "data_sources",
    "docs",
    ".github",
    "pyproject.toml",
    "site.toml",
    "Makefile",
    "README.md",
)
PATIENCE = 600  # seconds


class Break(NamedTuple):
    """One way to break the code."""

    promise: str  # the module that must notice
    what: str
    file: str
    find: str  # stands there exactly once
    put: str


def all_breaks() -> list[Break]:
    """Those of broken.toml."""
    with (Path(__file__).parent / "broken.toml").open("rb") as file:
        return [Break(promise, **one) for promise, ones in tomllib.load(file).items() for one in ones]


def try_all(promise: str, say: Callable[[str], None]) -> list[dict[str, str]]:
    """Break the code in each way that this promise must notice. Raises AssertionError where one goes unnoticed."""
    found = []
    for one in all_breaks():
        if one.promise == promise:
            found.append({"what": one.what, "file": one.file, "noticed": _noticed(one)})
            say(f"broken: {one.what}; noticed: {found[-1]['noticed']}")
    return found


def _noticed(one: Break) -> str:
    """What the promise's test says of a copy of the project that is broken."""
    with tempfile.TemporaryDirectory(prefix="exposing-broken-") as folder:
        copy = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("raw", "__pycache__"))
            else:
                shutil.copy(ROOT / name, copy / name)
        path = copy / one.file
        text = path.read_text(encoding="utf-8")
        assert text.count(one.find) == 1, f"{one.file}: not there once: {one.find}"
        path.write_text(text.replace(one.find, one.put), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "prove", "--only", one.promise, "--few"],
            cwd=copy / "tests",
            env=os.environ | {"PYTHONPATH": f"{copy / 'build'}{os.pathsep}{copy / 'tests'}"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    lines = [line for line in done.stderr.splitlines() if line.startswith("AssertionError")]
    assert done.returncode and lines, f"{one.what}: {one.promise} did not notice\n{done.stderr[-3000:]}"
    return lines[-1].removeprefix("AssertionError").removeprefix(": ").replace(folder, "")[:160]
