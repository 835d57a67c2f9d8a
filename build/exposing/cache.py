"""Entries of lists that were read before, so that a build reads again only what has changed.

What is kept is named after everything that it depends on: the bytes of the lists, how their manifest says to
read them, and the program that does. A clean build therefore gives the same bytes.
"""

import hashlib
import json
import os
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from exposing import extract
from exposing.extract import Tally
from exposing.lists import Task

KEPT = 30 * 24 * 3600
"""Seconds for which entries are kept after the last build that used them."""

_READING = (
    "batches",
    "cache",
    "columns",
    "content",
    "entries",
    "extract",
    "identifiers",
    "links",
    "lists",
    "manifest",
    "models",
    "names",
    "normalise",
    "read",
    "read_csv",
    "read_json",
    "read_table",
    "read_text",
    "schema",
    "texts",
    "urls",
)
"""The modules that decide what a list's entries are."""


class Extracted(NamedTuple):
    """The entries of one task's lists, and what became of its rows."""

    path: Path
    tally: Tally
    reused: bool


def entries(task: Task, folder: Path) -> Extracted:
    """The entries of a task's lists: those kept in `folder` if nothing has changed, else read anew.

    A file that was damaged since, or left half-written by a build that was killed, is read anew as well.
    """
    key = _key(task)
    path, about = folder / f"{key}.parquet", folder / f"{key}.json"
    try:
        known = json.loads(about.read_bytes())
        if known["sha256"] == _sha256(path):
            for file in (path, about):
                if isinstance(file, Path):  # a bucket has rules of its own for what is old
                    os.utime(file)
            tally = known["tally"] | {"rejected": Counter(known["tally"]["rejected"])}
            return Extracted(path, Tally(**tally), reused=True)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    unfinished = folder / f"{key}.{os.getpid()}"
    tally_now = extract.extract(task, unfinished)
    known = {"sha256": _sha256(unfinished), "tally": vars(tally_now)}
    unfinished.rename(path)
    unfinished.write_text(json.dumps(known))
    unfinished.rename(about)
    return Extracted(path, tally_now, reused=False)


def prune(folder: Path) -> None:
    """Remove what no build has used for long, from a folder on a disk."""
    for path in folder.iterdir() if isinstance(folder, Path) else ():
        if time.time() - path.stat().st_mtime > KEPT:
            path.unlink(missing_ok=True)


def _key(task: Task) -> str:
    own_reader = task.folder / "read.py"
    parts = [program(), task.spec.model_dump_json(), *sorted(task.members)]
    parts += [f"{path.relative_to(task.raw).as_posix()} {_sha256(path)}" for path in task.paths]
    parts += [_sha256(own_reader)] if task.spec.format == "python" and own_reader.is_file() else []
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def program() -> str:
    """What names the program that reads lists: digests of these modules, and Arrow's version."""
    here = Path(__file__).parent
    return " ".join([pa.__version__, *(_sha256(here / f"{module}.py") for module in _READING)])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
