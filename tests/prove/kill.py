"""Kill -9, a full disk, a disk that may not be written: the site stays whole, and nothing is left behind."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exposing.lookup import search
from exposing.output import staging
from mini import ALICE, add
from prove.ground import Ground, PlainReader, command, environment, make, tree

SEED = 7
ROWS = 20_000
OTHERS = ("mount", "umount")


def _project(home: Path) -> Path:
    """A project of some kinds of index; `_vary` makes it another."""
    count = range(ROWS)
    add(
        home,
        "others",
        nsid=[f"{30000000 + n % 997}@N99" for n in count],
        photo_id=[90100000000 + 17 * n for n in count],
        tags=["wedding"] * ROWS,
    )
    return add(home, "varied", nsid=[ALICE], photo_id=[90000000001])


def _vary(folder: Path, number: int) -> None:
    (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{ALICE},{90000000001 + number % 2}\n")


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


def _switching(ground: Ground) -> str:
    """Nothing but switching, so that many of the instants fall on the switch or beside it."""
    home = ground.folder("switching")
    dice, count = random.Random(SEED), ground.count(500, 20)
    for number in range(count):
        command = [sys.executable, "-c", LOOP, str(home / "_site")]
        with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
            assert process.stdout and process.stdout.readline()
            time.sleep(dice.uniform(0, 0.1))
            process.kill()
        site = tree(home / "_site")
        assert sorted(site) == ["a", "b", "c", "index/current.json"] and len(set(site.values())) == 1, (
            f"after kill {number + 1} amid switches the site holds {site}"
        )
    with staging(home / "_site") as staged:
        (staged.site / "index").mkdir()
        (staged.site / "index" / "current.json").write_text("last")
    assert tree(home) == {"_site/index/current.json": b"last"}, "a killed switch leaves something behind"
    return f"kill -9 at {count} instants of a program that does nothing but switch sites: the same"


def _whole_sites(home: Path, folder: Path) -> list[dict[str, bytes]]:
    found = []
    for number in (0, 1):
        _vary(folder, number)
        found.append(tree(make(home)))
    return found


def _killed(ground: Ground) -> str:
    home = ground.folder("killed")
    folder = _project(home)
    whole = _whole_sites(home, folder)
    _vary(folder, 0)
    started = time.monotonic()
    make(home, "--jobs", "2")
    longest = time.monotonic() - started
    dice, count, ended = random.Random(SEED), ground.count(100, 8), 0
    for number in range(count):
        _vary(folder, number)
        process = subprocess.Popen(
            command("build", "--jobs", "1" if number % 3 else "2"),
            cwd=home, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(dice.uniform(0, 1.05 * longest) if number % 2 else dice.uniform(0.5, 1.05) * longest)
        ended += process.poll() is not None
        with suppress(ProcessLookupError):  # it had ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert tree(home / "_site") in whole, (
            f"after kill {number + 1} the site is neither the old nor the new one"
        )
        PlainReader(home / "_site").everything()
        ids = search(ALICE, home / "_site")["results"][f"nsid:{ALICE}"]["datasets"]["varied"]["ids"]
        assert ids in ([90000000001], [90000000002])
    make(home)
    left = sorted(path.name for path in home.iterdir() if "staging" in path.name)
    assert not left, f"the next build leaves {left}"
    return (
        f"kill -9 at {count:,} random instants of a build ({count - ended} before its end): {count} of {count} times the"
        " site was whole, byte for byte the old or the new one, and every shard's digest right; the next build removed"
        " what was left"
    )


@contextmanager
def _disk(path: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes. Raises CalledProcessError where this user may not make one."""
    path.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=True, capture_output=True
    )
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


def may_make_disks() -> bool:
    """Whether this user may mount a disk: root of a machine, or of a container that allows it."""
    if not all(shutil.which(name) for name in OTHERS) or sys.platform != "linux":
        return False
    return (
        subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
        ).returncode
        == 0
    )


def _refused(home: Path, before: dict[str, bytes], where: Path, *words: str | Path) -> str:
    done = subprocess.run(
        command("build", *words), cwd=home, env=environment(), capture_output=True, text=True, check=False
    )
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2 and lines, f"exit {done.returncode}: {done.stderr[-500:]}"
    assert lines[-1].startswith("Error: ") and "Traceback" not in done.stderr, done.stderr[-500:]
    assert tree(where / "_site") == before, "the old site was changed"
    left = sorted(path.name for path in where.iterdir())
    assert left in (["_site"], ["_site", "project"]), f"left behind: {left}"
    return lines[-1]


def _full_disks(ground: Ground) -> list[str]:
    """Disks on which the old site has room, and the new one less and less."""
    home = ground.folder("full")
    folder = _project(home)
    old = make(home)
    before = tree(old)
    with _disk(ground.home / "roomy", 1 << 30) as disk:
        shutil.copytree(old, disk / "_site", copy_function=shutil.copyfile)
        size = shutil.disk_usage(disk).used
    _vary(folder, 1)
    dice, count, said = random.Random(SEED), ground.count(20, 3), set()
    for number in range(count):
        with _disk(ground.home / f"disk{number}", int(size * dice.uniform(1.02, 1.95))) as disk:
            shutil.copytree(old, disk / "_site", copy_function=shutil.copyfile)
            said.add(
                _refused(home, before, disk, "--out", disk / "_site", "--jobs", "1" if number % 2 else "2")
            )
    assert all("No space left" in line for line in said), said
    with _disk(ground.home / "locked", 4 * size) as disk:
        shutil.copytree(old, disk / "_site", copy_function=shutil.copyfile)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        line = _refused(home, before, disk, "--out", disk / "_site")
        assert "Read-only file system" in line, line
    return [
        f"{count} disks too small for the new site beside the old: exit 2, one line, the old site as it was, nothing left"
        " behind, each time",
        "a disk that may not be written: the same",
    ]


def prove(ground: Ground) -> list[str]:
    """All of it."""
    figures = [_killed(ground), _switching(ground)]
    if may_make_disks():
        return figures + _full_disks(ground)
    return [*figures, "full and locked disks: not tried, as this user may not mount any"]
