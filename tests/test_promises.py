"""Every promise is tried with few numbers each time; `make prove` tries them with many, and breaks the code."""

import os
import subprocess
import sys

import pytest

from mini import ROOT
from prove import broken, report
from prove.__main__ import PROMISES


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_is_kept(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prove", "--only", name, "--few"],
        cwd=ROOT / "tests",
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'build'}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith(PROMISES[name])


@pytest.mark.parametrize("one", broken.all_breaks(), ids=lambda one: one.what)
def test_what_is_broken_on_purpose_is_still_there_to_be_broken(one: broken.Break) -> None:
    assert one.promise in PROMISES
    assert (ROOT / one.file).read_text(encoding="utf-8").count(one.find) == 1
    assert one.find != one.put


def test_each_promise_has_a_way_to_be_broken() -> None:
    assert {one.promise for one in broken.all_breaks()} == set(PROMISES)


def test_the_page_is_made_of_what_was_found() -> None:
    found = report.load(ROOT / "docs")
    assert set(found) == set(PROMISES) and all(one["broken"] for one in found.values())
    assert report.page(found) == (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
