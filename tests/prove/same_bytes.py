"""Same bytes: the same lists make the same site, whoever builds it, where, when and with how many workers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from distributed import LocalCluster

from bench import corpus
from mini import ROOT
from prove.ground import Ground, make, run, tree

LOCALES = ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8")
ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns")
UMASK = "import os, sys; os.umask(int(sys.argv[1], 8)); os.execv(sys.executable, [sys.executable, '-m', 'exposing', *sys.argv[2:]])"


def _project(ground: Ground, name: str) -> Path:
    """The catalogue's samples as lists, every format among them, and a corpus of eight more."""
    home = ground.folder(name)
    shutil.copytree(ROOT / "data_sources", home / "data_sources", ignore=shutil.ignore_patterns("raw"))
    for sample in home.glob("data_sources/*/sample"):
        sample.rename(sample.with_name("raw"))
    corpus.write(home, ground.count(100_000, 5_000))
    (home / "site_templates").symlink_to(ROOT / "site_templates")
    return home


def _modes(site: Path) -> dict[str, int]:
    return {str(path.relative_to(site)): path.stat().st_mode for path in site.rglob("*")}


def _again(home: Path, site: Path, how: str) -> None:
    """Compare a site with the first one."""
    first = tree(home / "first")
    other = tree(site)
    differing = sorted(name for name in first.keys() | other.keys() if first.get(name) != other.get(name))
    assert not differing, f"{how}: {len(differing)} files differ, such as {differing[0]}"
    assert _modes(site) == _modes(home / "first"), f"{how}: modes differ"


def prove(ground: Ground) -> list[str]:
    """The same lists built in many ways."""
    home = _project(ground, "here")
    make(home, "--cache", home / "cache", PYTHONHASHSEED="0").rename(home / "first")
    count = 0
    for number in range(ground.count(6, 2)):
        how = {
            "PYTHONHASHSEED": str(1 + 7919 * number),
            "LC_ALL": LOCALES[number % len(LOCALES)],
            "TZ": ZONES[number % len(ZONES)],
            "PYTHONUTF8": str(number % 2),
        }
        _again(
            home,
            make(home, "--jobs", str(1 + number % 3), "--cache", home / f"cache{number}", **how),
            str(how),
        )
        count += 1
    for umask in ("077", "000")[: ground.count(2, 1)]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "build"), "SOURCE_DATE_EPOCH": "1767225600"}
        subprocess.run(
            [sys.executable, "-c", UMASK, umask, "build"],
            cwd=home,
            env=environment,
            check=True,
            capture_output=True,
        )
        _again(home, home / "_site", f"umask {umask}")
        count += 1
    away = ground.home / "a folder with spaces [1]" / "déjà vu"
    away.parent.mkdir()
    shutil.copytree(home / "data_sources", away / "data_sources", copy_function=_backwards)
    shutil.copy(home / "site.toml", away)
    (away / "site_templates").symlink_to(ROOT / "site_templates")
    _again(home, make(away), "another folder")
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        local_directory=str(ground.folder("dask")),
        silence_logs=50,
    ) as cluster:
        _again(home, make(home, "--scheduler", cluster.scheduler_address), "Dask")
    path = home / "data_sources" / "records" / "raw" / "list.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2].rpartition(b"\n")[0] + b"\n")
    half = tree(make(home, "--cache", home / "anew"))
    assert half != tree(home / "first"), "a list has changed, and the site has not"
    assert tree(make(home, "--cache", home / "cache")) == half, (
        "one list changed, others from the cache: other bytes"
    )
    path.write_bytes(whole)
    _again(home, make(home, "--cache", home / "cache"), "a list changed back, all from the cache")
    unchanged = run(home, "build", "--cache", home / "cache")
    assert unchanged.returncode == 0, unchanged.stderr
    _again(home, home / "_site", "nothing changed")
    files = len(tree(home / "first"))
    return [
        f"{count + 4} builds of the same lists ({files:,} files): other hash seeds, locales, time zones, umasks, folders, orders"
        " of files, 1 to 3 workers, a Dask cluster: 0 differing bytes, 0 differing modes",
        "a build that reads one changed list again and takes the others from its cache: the bytes of a clean build",
    ]


def _backwards(source: str, target: str) -> str:
    """Copy a file, with another time of change."""
    shutil.copyfile(source, target)
    os.utime(target, (1, 1))
    return target
