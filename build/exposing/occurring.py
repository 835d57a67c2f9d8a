"""Which columns of a list have values: asked where a declared one is empty, to say what may be meant."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from exposing import read
from exposing.errors import ListError
from exposing.lists import Member, Task, members
from exposing.read_csv import header
from exposing.read_json import values
from exposing.read_table import paths_of

RECORDS = 1000
"""Records of JSON that are looked at."""

BATCHES = 3
"""Batches of rows of other formats."""

PATHS = 300
"""Paths that are found in them at most."""

DEPTH = 10
"""Keys that such a path has at most."""


def occurring(task: Task) -> list[str]:
    """The columns, or dotted paths, that have a value in the first rows of a task's first list."""
    try:
        opened = members(task)  # closes the list once nothing refers to it
        member = next(opened)
        if task.spec.format in ("json", "jsonl"):
            return [*_paths(_records(member))]
        if task.spec.format == "parquet":
            names = [*paths_of(pq.ParquetFile(member.stream).schema_arrow)]
        else:
            names = header(member)
        every = {f"nsid_{number}": name for number, name in enumerate(names)}
        wide = task._replace(spec=task.spec.model_copy(update={"columns": every}))
        filled = {
            name
            for batch in islice(read.read(wide), BATCHES)
            for slot, name in every.items()
            if pc.any(pc.not_equal(batch[slot], "")).as_py()
        }
        return [name for name in names if name in filled]
    except (ListError, StopIteration, ValueError, OSError):
        return []


def _records(member: Member) -> Iterator[Any]:
    if member.task.spec.format == "json":
        yield from islice(values(member, member.task.spec.records), RECORDS)
        return
    for line in islice(member.stream, RECORDS):
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _paths(records: Iterable[Any]) -> dict[str, None]:
    found: dict[str, None] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = []
    for record in records:
        waiting.append(((), record))
        while waiting and len(found) < PATHS:
            path, value = waiting.pop()
            inside = value.items() if isinstance(value, dict) else []
            if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
                inside = [(str(number), one) for number, one in enumerate(value[:DEPTH])]
            if len(path) < DEPTH and inside:
                waiting += [((*path, str(key)), one) for key, one in reversed([*inside])]
            elif path and value not in (None, "", [], {}):
                found.setdefault(".".join(path))
    return found
