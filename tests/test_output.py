"""A site is published whole or not at all."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from exposing import output
from exposing.errors import BuildError
from exposing.output import staging
from prove.ground import tree

SEED = 7


def fill(folder: Path, text: str) -> None:
    """Write the least that counts as a site."""
    (folder / "index").mkdir()
    (folder / "index" / "current.json").write_text(text)


def test_a_site_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    for text in ("first", "second"):
        with staging(out) as staged:
            fill(staged.site, text)
        assert tree(out) == {"index/current.json": text.encode()}
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]


def test_a_fault_leaves_the_old_site_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    with staging(out) as staged:
        fill(staged.site, "old")
    with pytest.raises(BuildError), staging(out) as staged:
        fill(staged.site, "new")
        raise BuildError("a fault")
    assert tree(out) == {"index/current.json": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]


def test_a_fault_that_is_not_of_the_disk_is_no_matter_of_room(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no template"), staging(tmp_path / "_site"):
        raise OSError("no template")
    assert list(tmp_path.iterdir()) == []


def test_modes_do_not_depend_on_the_mask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        with staging(tmp_path / "_site") as staged:
            fill(staged.site, "x")
    finally:
        os.umask(old)
    assert (tmp_path / "_site").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "_site" / "index" / "current.json").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_not_a_site_is_not_replaced(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "precious"
    if kind == "file":
        out.write_text("mine")
    elif kind == "folder":
        out.mkdir()
        (out / "thesis.txt").write_text("mine")
    else:
        out.symlink_to(tmp_path)
    with pytest.raises(BuildError, match="precious"), staging(out):
        pass
    assert out.exists()


def test_left_overs_of_killed_builds_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f"_site.staging-{dead.pid}").mkdir()
    (tmp_path / f"_site.staging-{os.getppid()}").mkdir()  # of one that still runs
    with staging(tmp_path / "_site") as staged:
        fill(staged.site, "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_site", f"_site.staging-{os.getppid()}"]


@pytest.mark.parametrize("name", ["_site", "a site [1]"])
def test_a_left_over_of_our_own_number_is_removed(tmp_path: Path, name: str) -> None:
    """In a container every build may be process 7."""
    (tmp_path / f"{name}.staging-{os.getpid()}" / "site").mkdir(parents=True)
    with staging(tmp_path / name) as staged:
        fill(staged.site, "x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_system_that_cannot_exchange_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_exchange", lambda first, second: False)
    for text in ("first", "second"):
        with staging(tmp_path / "_site") as staged:
            fill(staged.site, text)
        assert tree(tmp_path) == {"_site/index/current.json": text.encode()}
    with pytest.raises(BuildError), staging(tmp_path / "_site") as staged:
        fill(staged.site, "third")
        monkeypatch.setattr(output, "_settle", shutil.rmtree)  # so that the second of the two steps fails
    assert tree(tmp_path) == {"_site/index/current.json": b"second"}


def test_an_old_site_that_waits_in_a_left_over_is_put_back(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    waiting = tmp_path / f"_site.staging-{dead.pid}" / "site.old"
    waiting.mkdir(parents=True)
    fill(waiting, "old")
    with pytest.raises(BuildError), staging(tmp_path / "_site"):
        raise BuildError("a fault")
    assert tree(tmp_path) == {"_site/index/current.json": b"old"}


@pytest.fixture
def nobody() -> Iterator[None]:
    """Run as a user who may write little: nothing is locked for root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.usefixtures("nobody")
def test_a_folder_that_may_not_be_written_is_one_line() -> None:
    with tempfile.TemporaryDirectory() as folder:
        locked = Path(folder) / "locked"
        locked.mkdir()
        for mode in (0o555, 0o000):
            locked.chmod(mode)
            with pytest.raises(BuildError, match=r"Permission denied.*--out"), staging(locked / "_site"):
                pass
        locked.chmod(0o755)
        assert list(locked.iterdir()) == []
