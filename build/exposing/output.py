"""All or nothing: a site is made beside the old one and takes its place in one step."""

import ctypes
import glob
import os
import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from exposing import closed
from exposing.errors import BuildError, private

_MARK = "index/current.json"
"""The file by which a folder is known to be a site of ours, and may be replaced."""

_OLD = "site.old"
"""Where the old site waits, inside the staging folder, on a system that cannot let folders change places."""


SYNCED = 8
"""Threads that wait for the disk."""

TOGETHER = 32
"""Files that one of them takes at a time."""


class Staged(NamedTuple):
    """Two empty folders on the disk of the site: what becomes the site, and room to work in."""

    site: Path
    work: Path


@contextmanager
def staging(out: Path) -> Iterator[Staged]:
    """Give two empty folders beside `out`; when the block ends well, the first becomes `out` in one step.

    When the block raises, `out` is as it was. Whatever a killed build left behind is removed.
    """
    out = out.absolute()
    folder = out.with_name(f"{out.name}.staging-{os.getpid()}")
    staged = Staged(folder / "site", folder / "work")
    try:
        _remove_left_over(out)
        _check_replaceable(out)
        _make_open(out.parent)
        for path in staged:
            closed.make(path)
        yield staged
        if not (staged.site / _MARK).is_file():
            raise AssertionError(f"the new site has no {_MARK}")
        _settle(staged.site)
        _switch(staged.site, out)
        sync(out.parent)  # before the old site is removed
    except OSError as error:
        if error.strerror is None:
            raise  # it was not the disk
        what = f"{error.strerror} ({private(str(error.filename or out))})"  # it may be a list's
        raise BuildError(what, where=str(out), fix="make room or choose another --out") from error
    finally:
        with suppress(PermissionError):
            if out.exists() or not (folder / _OLD).exists():  # never the only copy of a site
                shutil.rmtree(folder, ignore_errors=True)


def _make_open(folder: Path) -> None:
    """Make the folders above a site that are missing: whoever serves it has to reach it."""
    if not folder.is_dir():
        _make_open(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)


def _check_replaceable(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BuildError("is not a folder", where=str(out), fix="choose another --out")
    if out.is_dir() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise BuildError(
            "holds something that is not a site", where=str(out), fix="empty it or choose another --out"
        )


def _remove_left_over(out: Path) -> None:
    """Remove staging folders of processes that are gone, and put back an old site that waits in one.

    In containers a process often has the number of the one before it, so our own number is a left-over too.
    """
    for folder in out.parent.glob(f"{glob.escape(out.name)}.staging-*"):
        match = re.fullmatch(r".*\.staging-([0-9]{1,9})", folder.name)
        if match and (int(match[1]) == os.getpid() or not _is_alive(int(match[1]))):
            if (folder / _OLD).is_dir() and not out.exists():
                (folder / _OLD).rename(out)
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _settle(folder: Path) -> None:
    """Give every file its plain mode, whatever the umask, and make sure that it is on the disk."""
    modes = []
    for top, _, names in os.walk(folder):
        modes += [(Path(top), 0o755), *((Path(top, name), 0o644) for name in names)]
    with ThreadPoolExecutor(SYNCED) as pool:  # the disk is waited for, not the processor
        parts = [modes[at : at + TOGETHER] for at in range(0, len(modes), TOGETHER)]
        for _ in pool.map(_settle_some, parts):
            pass


def _settle_some(modes: list[tuple[Path, int]]) -> None:
    for path, mode in modes:
        path.chmod(mode)
        sync(path)


def sync(path: Path) -> None:
    """Wait until a file, or which files a folder has, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _switch(staged: Path, out: Path) -> None:
    """Put `staged` in the place of `out`. The old site, if any, is then at `staged`."""
    if not out.exists():
        staged.rename(out)
    elif not _exchange(staged, out):
        old = staged.with_name(_OLD)
        out.rename(old)  # two steps: for a moment there is no site
        try:
            staged.rename(out)
        except BaseException:
            old.rename(out)
            raise


def _exchange(first: Path, second: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(first), os.fsencode(second)
    if sys.platform == "darwin":
        return bool(libc.renamex_np(*paths, 2) == 0)  # RENAME_SWAP
    if not hasattr(libc, "renameat2"):
        return False
    at_cwd, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(libc.renameat2(at_cwd, paths[0], at_cwd, paths[1], exchange) == 0)
