"""Tables of values with commas, tabs or others between them. What stands above a table is passed over."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from exposing.batches import (
    BLOCK,
    CHUNK,
    ROWS,
    batch_of,
    batch_of_file,
    check_columns,
    check_length,
    mark_comments,
    missing_columns,
    to_text,
)
from exposing.errors import ListError
from exposing.lists import Member, Task
from exposing.manifest import ListFile, kind_of

COLUMNS = 4096
"""Columns that a table may have."""

LINES_PER_ROW = 100
"""A quoted field may hold line breaks, but no row of a list has more lines than this."""

ABOVE = 1000
"""Lines that may stand above a table."""

LOOKED_AT = 50
"""Lines in which a header is looked for, to say how many are above it."""


def read_csv(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """Values with commas, tabs or others between. Tab-separated text has no quotes; all else is RFC 4180."""
    columns = task.spec.places()
    for member in lists:
        above = _above(member)
        names = _column_names(member, columns, len(above) + 1)
        places = {slot: names.index(str(column)) for slot, column in columns.items()}
        bad: list[pa_csv.InvalidRow] = []
        first = top = len(above) + (2 if task.spec.header else 1)
        if above:
            yield _batch_above(member, above, list(places))
        for batch in _csv_batches(member, names, bad):
            shown, read = zip(*(to_text(column) for column in batch.columns), strict=True)
            raw = pc.binary_join_element_wise(*shown, pa.scalar(_delimiter(task.spec), pa.large_string()))
            _check_quotes(member, raw, np.arange(first, first + len(raw)))
            fault = mark_comments(raw, pa.nulls(len(raw), pa.string()), task.spec)
            yield batch_of_file(member.name, first, raw, fault, {slot: read[n] for slot, n in places.items()})
            first += len(raw)
            if len(bad) >= ROWS:
                yield _bad_rows(member, bad, top, list(places))
                bad.clear()
        if bad:
            yield _bad_rows(member, bad, top, list(places))


def header(member: Member) -> list[str]:
    """The names of a table's columns, or their numbers from 0."""
    return _column_names(member, {}, len(_above(member)) + 1)


def _delimiter(spec: ListFile) -> str:
    return "\t" if spec.format == "tsv" else spec.delimiter


def _above(member: Member) -> list[tuple[str, str]]:
    """The lines above a table and why each is no row of it; the list is then read from the table's first."""
    spec, found = member.task.spec, list[tuple[str, str]]()
    while len(found) < ABOVE + spec.skip:
        start = member.stream.tell()
        line = _line(member, len(found) + 1)
        text = line.decode("utf-8", "backslashreplace")
        if len(found) < spec.skip and line:
            found.append((text, "skipped"))
        elif line and not line.strip(b" \r\n" if _delimiter(spec) == "\t" else None):
            found.append((text, "blank"))
        elif spec.comment and text.startswith(spec.comment):
            found.append((text, "comment"))
        else:
            member.stream.seek(start)
            return found
    what = f"has more than {ABOVE:,} blank lines and comments before its first row"
    raise ListError(what, where=member.where, fix="see whether it is a list, and of this `format`")


def _line(member: Member, number: int) -> bytes:
    r"""The next line. It may end with `\r` alone, as spreadsheets on older Macs wrote them."""
    start = member.stream.tell()
    line = member.stream.readline(BLOCK + 1)
    if b"\r" in line.rstrip(b"\r\n"):
        line = line[: line.index(b"\r") + 1]
        member.stream.seek(start + len(line))
    check_length(len(line), member, number)
    return line


def _batch_above(member: Member, above: list[tuple[str, str]], slots: list[str]) -> pa.RecordBatch:
    texts, faults = zip(*above, strict=True)
    nothing = dict.fromkeys(slots, pa.nulls(len(above)))
    return batch_of_file(member.name, 1, pa.array(texts, pa.large_string()), pa.array(faults), nothing)


def _column_names(member: Member, columns: dict[str, str | int], number: int) -> list[str]:
    """The header's names, or "0", "1", … as many as the first row has columns; `columns` are among them."""
    spec, delimiter = member.task.spec, _delimiter(member.task.spec)
    start = member.stream.tell()
    line = _line(member, number)
    if line.count(delimiter.encode()) >= COLUMNS:
        what = f"has more than {COLUMNS:,} columns"
        raise ListError(what, where=member.where, fix="see whether it is a list, and of this `format`")
    text = line.decode("utf-8", "backslashreplace")
    row = _cells(text, spec)
    names = row if spec.header else [str(number) for number in range(len(row))]
    if len(row) == 1 and not set(map(str, columns.values())) <= set(names):
        _check_delimiter(text, member)
    if missing_columns(columns.values(), names):
        _check_lines_above(member, columns, number)
    check_columns(columns.values(), names, member)
    if not spec.header:
        _check_one_address(member, columns, row, number)
        member.stream.seek(start)
    return names


def _cells(line: str, spec: ListFile) -> list[str]:
    return next(csv.reader([line], delimiter=_delimiter(spec), quoting=_QUOTING[spec.format]), [])


_QUOTING: dict[str, Any] = {"csv": csv.QUOTE_MINIMAL, "tsv": csv.QUOTE_NONE}


def _check_delimiter(line: str, member: Member) -> None:
    """Raise ListError where the first line of what looks like one column has another delimiter in it."""
    for mark, name, key in _DELIMITERS:
        if mark in line:
            raise ListError(
                f"looks separated by {name}",
                where=member.where,
                fix=f"say {key} in {member.task.manifest}",
            )


_DELIMITERS = (
    ("\t", "tabs", 'format = "tsv"'),
    (";", "`;`", 'delimiter = ";"'),
    ("|", "`|`", 'delimiter = "|"'),
    (",", "`,`", 'format = "csv" and delimiter = ","'),
)
"""What may stand between two values, and how a manifest says so."""


def _check_lines_above(member: Member, columns: dict[str, str | int], number: int) -> None:
    """Raise ListError where a line below the first has all columns of the manifest in it."""
    if not member.task.spec.header:
        return
    start = member.stream.tell()
    for below in range(number, number + LOOKED_AT):
        row = _cells(_line(member, below).decode("utf-8", "replace"), member.task.spec)
        if not missing_columns(columns.values(), row):
            raise ListError(
                f"has its header in line {below + 1}",
                where=member.where,
                fix=f"say skip = {below} in {member.task.manifest}",
            )
    member.stream.seek(start)


def _check_one_address(member: Member, columns: dict[str, str | int], row: list[str], number: int) -> None:
    """Raise ListError where a line without a header is one address that was cut at its own commas."""
    urls = {kind_of(slot).endswith("_url") for slot in columns}
    alone = urls == {True} and len(columns) == 1 and {*columns.values()} == {0} and len(row) > 1
    if alone and _IMAGE_END.search(row[-1]) and not _IMAGE_END.search(row[0]) and " " not in "".join(row):
        mark, kind = _delimiter(member.task.spec), next(iter(columns))
        what = f"row {number} looks like one address with `{mark}` in it, at which it would be cut"
        key = f"format = \"lines\" and match = '(?P<{kind}>.+)'"
        fix = f"say {key} instead of `columns` in {member.task.manifest}"
        raise ListError(what, where=member.where, fix=fix)


_IMAGE_END = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|tiff?)(?:[?#].*)?$", re.IGNORECASE)


def _csv_batches(member: Member, names: list[str], bad: list[pa_csv.InvalidRow]) -> Iterator[pa.RecordBatch]:
    if not member.stream.peek(1):  # type: ignore[attr-defined]
        return  # a header and nothing else; pyarrow would call that an error

    def keep_bad(row: pa_csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    quoted = member.task.spec.format == "csv"
    unique = [str(number) for number in range(len(names))]  # a header may hold one name twice
    batches = pa_csv.open_csv(
        member.stream,
        pa_csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=unique),
        pa_csv.ParseOptions(
            delimiter=_delimiter(member.task.spec),
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            invalid_row_handler=keep_bad,
        ),
        pa_csv.ConvertOptions(column_types=dict.fromkeys(unique, pa.large_binary())),
    )
    for batch in batches:
        yield from (batch.slice(at, CHUNK) for at in range(0, len(batch), CHUNK))


def _bad_rows(member: Member, bad: list[pa_csv.InvalidRow], top: int, slots: list[str]) -> pa.RecordBatch:
    """The rows with more or fewer columns than the first; `top` is the number of the table's first row."""
    raw = pa.array([row.text for row in bad], pa.large_string())
    rows = np.array([row.number for row in bad]) + top - 1
    _check_quotes(member, raw, rows)
    fault = mark_comments(raw, pa.array(["wrong_columns"] * len(bad)), member.task.spec)
    files = pa.array(np.zeros(len(bad), np.int32))
    return batch_of([member.name], files, rows, raw, fault, dict.fromkeys(slots, pa.nulls(len(bad))))


def _check_quotes(member: Member, raw: pa.Array, rows: Any) -> None:
    """Stop at a row of very many lines: a quote was never closed, and swallowed all that follows."""
    text = memoryview(raw.buffers()[2] or b"").tobytes()
    if b"\n" not in text and b"\r" not in text:  # as in most lists; far faster than counting
        return
    long = pc.greater(pc.count_substring_regex(raw, r"\r\n?|\n"), LINES_PER_ROW).to_numpy(
        zero_copy_only=False
    )
    if long.any():
        raise ListError(
            f"a quote that opens in row {rows[long][0]} is never closed",
            where=member.where,
            fix="close or remove it in the list",
        )
