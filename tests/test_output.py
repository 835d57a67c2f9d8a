"""A site is published whole or not at all."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exposing import output
from exposing.errors import BuildError
from exposing.lookup import search
from exposing.output import staging
from mini import ALICE, ROOT, add, built

SEED = 7


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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


def test_kill_9_at_any_instant_leaves_a_whole_site(tmp_path: Path) -> None:
    """The real command, killed at seeded random instants while one site takes the place of another."""
    folder = add(tmp_path, "a", nsid=[ALICE], photo_id=[90000000001])
    whole = [tree(built(tmp_path))]
    (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{ALICE},90000000002\n")
    command = [sys.executable, "-m", "exposing", "build"]
    env = os.environ | {"PYTHONPATH": str(ROOT / "build")}
    started = time.monotonic()
    whole.append(tree(built(tmp_path)))
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    longest = time.monotonic() - started
    dice = random.Random(SEED)
    for number in range(12):
        photo = 90000000001 + number % 2
        (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{ALICE},{photo}\n")
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.3 * longest, longest))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert tree(tmp_path / "_site") in whole
        found = search(ALICE, str(tmp_path / "_site"))["results"][f"nsid:{ALICE}"]["datasets"]["a"]["ids"]
        assert found in ([90000000001], [90000000002])


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


LOOP = """
import sys
from pathlib import Path
from exposing.output import staging
for number in range(10**6):
    with staging(Path(sys.argv[1])) as staged:
        (staged.site / "index").mkdir()
        for name in ("index/current.json", "a", "b", "c"):
            (staged.site / name).write_text(str(number))
    print(number, flush=True)
"""


def test_kill_9_while_sites_change_places_all_the_time(tmp_path: Path) -> None:
    """Nothing but switching, so that many of the instants fall on the switch or beside it."""
    dice = random.Random(SEED)
    command = [sys.executable, "-c", LOOP, str(tmp_path / "_site")]
    env = os.environ | {"PYTHONPATH": str(ROOT / "build")}
    for _ in range(20):
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
            assert process.stdout and process.stdout.readline()
            time.sleep(dice.uniform(0, 0.1))
            process.kill()
        site = tree(tmp_path / "_site")
        assert sorted(site) == ["a", "b", "c", "index/current.json"]
        assert len(set(site.values())) == 1
    with staging(tmp_path / "_site") as staged:
        fill(staged.site, "last")
    assert tree(tmp_path) == {"_site/index/current.json": b"last"}
