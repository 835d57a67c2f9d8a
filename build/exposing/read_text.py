"""Lines of text, and tables of values with commas or tabs between them."""

import csv
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
    Block,
    batch_of,
    batch_of_file,
    blocks_of,
    check_columns,
    check_length,
    lines_of,
    mark_comments,
    marked,
    to_text,
)
from exposing.errors import ListError
from exposing.lists import Member, Task
from exposing.manifest import ListFile

COLUMNS = 4096
"""Columns that a table may have."""

LINES_PER_ROW = 100
"""A quoted field may hold line breaks, but no row of a list has more lines than this."""


def read_lines(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """Lines of text, taken apart by `match`. Small files share a batch."""
    blocks: list[tuple[str, Block]] = []  # with the name of the list
    size = lines = 0
    for member in lists:
        for block in blocks_of(member):
            blocks.append((member.name, block))
            size, lines = size + len(block.text), lines + block.lines
            if size >= BLOCK or lines >= CHUNK:
                yield _lines_batch(blocks, task.spec)
                blocks, size, lines = [], 0, 0
    if blocks:
        yield _lines_batch(blocks, task.spec)


def _lines_batch(blocks: list[tuple[str, Block]], spec: ListFile) -> pa.RecordBatch:
    rows = np.concatenate([np.arange(block.first, block.first + block.lines) for _, block in blocks])
    text, fault = lines_of(b"".join(block.text for _, block in blocks))
    found = pc.extract_regex(text, spec.match)
    fault = marked(fault, pc.and_(pc.is_null(found), pc.is_null(fault)), "no_match")
    fault = marked(fault, pc.equal(pc.utf8_trim_whitespace(text), ""), "blank")
    fault = mark_comments(text, fault, spec)
    slots = {field.name: pc.struct_field(found, field.name) for field in found.type}
    files = np.repeat(np.arange(len(blocks), dtype=np.int32), [block.lines for _, block in blocks])
    return batch_of([name for name, _ in blocks], pa.array(files), rows, text, fault, slots)


def read_csv(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """Values with commas, tabs or others between. Tab-separated text has no quotes; all else is RFC 4180."""
    header, columns = task.spec.header, task.spec.places()
    for member in lists:
        names = _column_names(member, columns)
        places = {slot: names.index(str(column)) for slot, column in columns.items()}
        bad: list[pa_csv.InvalidRow] = []
        first = 2 if header else 1
        for batch in _csv_batches(member, names, bad):
            texts, faults = zip(*(to_text(column) for column in batch.columns), strict=True)
            raw = pc.binary_join_element_wise(*texts, pa.scalar(_delimiter(task.spec), pa.large_string()))
            _check_quotes(member, raw, np.arange(first, first + len(raw)))
            fault = mark_comments(raw, pc.coalesce(*faults), task.spec)
            yield batch_of_file(
                member.name, first, raw, fault, {slot: texts[n] for slot, n in places.items()}
            )
            first += len(raw)
            if len(bad) >= ROWS:
                yield _bad_rows(member, bad, list(places))
                bad.clear()
        if bad:
            yield _bad_rows(member, bad, list(places))


def _delimiter(spec: ListFile) -> str:
    return "\t" if spec.format == "tsv" else spec.delimiter


def _column_names(member: Member, columns: dict[str, str | int]) -> list[str]:
    """The header's names, or "0", "1", … as many as the first row has columns; `columns` are among them."""
    spec, delimiter = member.task.spec, _delimiter(member.task.spec)
    start = member.stream.tell()
    line = member.stream.readline(BLOCK + 1)
    if b"\r" in line.rstrip(b"\r\n"):  # lines may end with it alone, as spreadsheets on older Macs wrote them
        line = line[: line.index(b"\r") + 1]
        member.stream.seek(start + len(line))
    check_length(len(line), member, 1)
    if line.count(delimiter.encode()) >= COLUMNS:
        what = f"has more than {COLUMNS:,} columns"
        raise ListError(what, where=member.where, fix="see whether it is a list, and of this `format`")
    text = line.decode("utf-8", "replace")
    row = next(csv.reader([text], delimiter=delimiter, quoting=_QUOTING[spec.format]), [])
    names = row if spec.header else [str(number) for number in range(len(row))]
    if len(row) == 1 and not set(map(str, columns.values())) <= set(names):
        _check_delimiter(text, member)
    check_columns(columns.values(), names, member)
    if not spec.header:
        member.stream.seek(start)
    return names


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


def _bad_rows(member: Member, bad: list[pa_csv.InvalidRow], slots: list[str]) -> pa.RecordBatch:
    """The rows with more or fewer columns than the first."""
    raw = pa.array([row.text for row in bad], pa.large_string())
    rows = np.array([row.number for row in bad]) + (1 if member.task.spec.header else 0)
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
