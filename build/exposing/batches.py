"""What every reader uses: blocks of a list's text, and record batches of what was read.

A batch has the columns of `schema.RAW` and one column of text per slot of the manifest.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exposing.content import MARKED
from exposing.errors import ListError
from exposing.lists import Member
from exposing.manifest import ListFile
from exposing.models import close
from exposing.schema import RAW

BLOCK = 1 << 22
"""Bytes of text that make one batch, and that one row may have: this bounds the memory of a reader."""

CHUNK = 1 << 16
"""Bytes that are read at a time; and the rows that one batch may have."""

ROWS = 20_000
"""Rows of Parquet, or records of JSON, that make one batch at most."""


def batch_of(
    names: list[str], files: pa.Array, rows: Any, raw: pa.Array, fault: pa.Array, slots: dict[str, pa.Array]
) -> pa.RecordBatch:
    """Put a batch together: `files` numbers the names, `rows` numbers the lines from 1."""
    file = pa.DictionaryArray.from_arrays(files, pa.array(names, pa.string()))
    raw_columns = [file, pa.array(rows, pa.int64()), raw.cast(pa.large_string()), fault.cast(pa.string())]
    texts = [column.cast(pa.string()) for column in slots.values()]
    return pa.RecordBatch.from_arrays(raw_columns + texts, names=RAW.names + list(slots))


def batch_of_file(
    name: str, first: int, raw: pa.Array, fault: pa.Array, slots: dict[str, pa.Array]
) -> pa.RecordBatch:
    """The same for rows of one file, of which `first` is the number of the first."""
    count = len(raw)
    files = pa.array(np.zeros(count, np.int32))
    return batch_of([name], files, np.arange(first, first + count), raw, fault, slots)


class Block(NamedTuple):
    """Some whole lines of a list."""

    first: int  # number of the first line
    lines: int
    text: bytes


def blocks_of(member: Member) -> Iterator[Block]:
    """A list's lines, about BLOCK bytes or CHUNK lines at a time."""
    first, rest = 1, b""
    whole: list[bytes] = []
    size = lines = 0
    while chunk := member.stream.read(CHUNK):
        text, newline, tail = chunk.rpartition(b"\n")
        if newline:
            whole.append(rest + text + newline)
            size, lines, rest = size + len(whole[-1]), lines + whole[-1].count(b"\n"), tail
        else:
            rest += tail
            check_length(len(rest), member, first + lines)
        if size >= BLOCK or lines >= CHUNK:
            yield Block(first, lines, b"".join(whole))
            first, whole, size, lines = first + lines, [], 0, 0
    if rest:
        whole.append(rest + b"\n")
        lines += 1
    if whole:
        yield Block(first, lines, b"".join(whole))


def check_length(length: int, member: Member, row: int) -> None:
    """Raise ListError where a row of so many bytes is too long."""
    if length > BLOCK:
        what = f"row {row} is longer than {BLOCK >> 20} MiB"
        raise ListError(what, where=member.where, fix="see whether it is a list, and of this `format`")


def lines_of(block: bytes) -> tuple[pa.Array, pa.Array]:
    """The lines of a block of whole lines, without their ends: as they are shown, and as they are read."""
    buffer = pa.py_buffer(block)
    ends = np.flatnonzero(np.frombuffer(buffer, np.uint8) == ord("\n")) + 1
    offsets = pa.py_buffer(np.concatenate([[0], ends]).astype(np.int64))
    shown, text = to_text(
        pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends), [None, offsets, buffer])
    )
    bare = pc.ascii_rtrim(shown, "\r\n")
    return bare, bare if text is shown else pc.ascii_rtrim(text, "\r\n")


def to_text(data: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Bytes as text to be shown, and to be read: the same, unless some are no UTF-8.

    Those are shown with escapes; to be read they hold `content.MARK`, by which a damaged value is known.
    """
    try:
        text = data.cast(pa.large_string())
        return text, text
    except pa.ArrowInvalid:
        values = data.to_pylist()
        shown, read = (
            [value if value is None else value.decode("utf-8", errors) for value in values]
            for errors in ("backslashreplace", MARKED)
        )
        return pa.array(shown, pa.large_string()), pa.array(read, pa.large_string())


def marked(fault: pa.Array, where: pa.Array, reason: str) -> pa.Array:
    """The faults, with `reason` in the rows `where`; most batches have none, which is quickly seen."""
    return pc.if_else(where, reason, fault) if pc.any(where).as_py() else fault


def mark_comments(raw: pa.Array, fault: pa.Array, spec: ListFile) -> pa.Array:
    """The faults, with `comment` for each row that begins as the manifest's comments do."""
    return marked(fault, pc.starts_with(raw, spec.comment), "comment") if spec.comment else fault


def mark_skipped(rows: Any, fault: pa.Array, spec: ListFile) -> pa.Array:
    """The faults, with `skipped` for the lines that the manifest says to skip; `rows` are their numbers."""
    return marked(fault, pa.array(rows <= spec.skip), "skipped") if spec.skip else fault


def missing_columns(columns: Iterable[str | int], names: list[str]) -> list[str]:
    """The columns of a manifest that are not among a list's."""
    return sorted({str(column) for column in columns} - set(names))


def check_columns(columns: Iterable[str | int], names: list[str], member: Member) -> None:
    """Raise ListError for the columns of a manifest that are not among a list's, all of them at once."""
    if missing := missing_columns(columns, names):
        said = ", ".join(f"`{column}`{_nearest(column, names, member)}" for column in missing)
        known = member.task.private(", ".join(names[:30]))  # of a list without a header, its first row
        what = f"has no column {said}, only {known}{', …' if names[30:] else ''}"
        fix = f"correct `columns` or `header` in {member.task.manifest}"
        raise ListError(what, where=member.where, fix=fix)


def _nearest(column: str, names: list[str], member: Member) -> str:
    found = close(column, names)
    return f" (did you mean `{member.task.private(found)}`?)" if found else ""
