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
    check_length,
    lines_of,
    mark_comments,
    marked,
    place_of,
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
    """Comma- or tab-separated values. Tab-separated text has no quotes; comma-separated follows RFC 4180."""
    delimiter = "\t" if task.spec.format == "tsv" else ","
    for member in lists:
        names = _column_names(member, delimiter, task.spec.header)
        places = {slot: place_of(column, names, member.name) for slot, column in task.spec.places().items()}
        bad: list[pa_csv.InvalidRow] = []
        first = 2 if task.spec.header else 1
        for batch in _csv_batches(member, names, delimiter, bad):
            texts, faults = zip(*(to_text(column) for column in batch.columns), strict=True)
            raw = pc.binary_join_element_wise(*texts, pa.scalar(delimiter, pa.large_string()))
            _check_quotes(member.name, raw, np.arange(first, first + len(raw)))
            fault = mark_comments(raw, pc.coalesce(*faults), task.spec)
            yield batch_of_file(
                member.name, first, raw, fault, {slot: texts[n] for slot, n in places.items()}
            )
            first += len(raw)
            if len(bad) >= ROWS:
                yield _bad_rows(member.name, bad, task.spec, list(places))
                bad.clear()
        if bad:
            yield _bad_rows(member.name, bad, task.spec, list(places))


def _column_names(member: Member, delimiter: str, header: bool) -> list[str]:
    """The header's names, or "0", "1", … as many as the first row has columns."""
    start = member.stream.tell()
    line = member.stream.readline(BLOCK + 1).decode("utf-8", "replace")
    check_length(len(line), member.name, 1)
    if line.count(delimiter) >= COLUMNS:
        what = f"has more than {COLUMNS:,} columns"
        raise ListError(what, where=member.name, fix="see whether it is a list, and of this `format`")
    row = next(csv.reader([line], delimiter=delimiter, quoting=_QUOTING[delimiter]), [])
    if header:
        return row
    member.stream.seek(start)
    return [str(number) for number in range(len(row))]


_QUOTING: dict[str, Any] = {",": csv.QUOTE_MINIMAL, "\t": csv.QUOTE_NONE}


def _csv_batches(
    member: Member, names: list[str], delimiter: str, bad: list[pa_csv.InvalidRow]
) -> Iterator[pa.RecordBatch]:
    if not member.stream.peek(1):  # type: ignore[attr-defined]
        return  # a header and nothing else; pyarrow would call that an error

    def keep_bad(row: pa_csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    unique = [str(number) for number in range(len(names))]  # a header may hold one name twice
    batches = pa_csv.open_csv(
        member.stream,
        pa_csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=unique),
        pa_csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if delimiter == "," else False,
            newlines_in_values=delimiter == ",",
            invalid_row_handler=keep_bad,
        ),
        pa_csv.ConvertOptions(column_types=dict.fromkeys(unique, pa.large_binary())),
    )
    for batch in batches:
        yield from (batch.slice(at, CHUNK) for at in range(0, len(batch), CHUNK))


def _bad_rows(name: str, bad: list[pa_csv.InvalidRow], spec: ListFile, slots: list[str]) -> pa.RecordBatch:
    """The rows with more or fewer columns than the first."""
    raw = pa.array([row.text for row in bad], pa.large_string())
    rows = np.array([row.number for row in bad]) + (1 if spec.header else 0)
    _check_quotes(name, raw, rows)
    fault = mark_comments(raw, pa.array(["wrong_columns"] * len(bad)), spec)
    files = pa.array(np.zeros(len(bad), np.int32))
    return batch_of([name], files, rows, raw, fault, dict.fromkeys(slots, pa.nulls(len(bad))))


def _check_quotes(name: str, raw: pa.Array, rows: Any) -> None:
    """Stop at a row of very many lines: a quote was never closed, and swallowed all that follows."""
    if b"\n" not in memoryview(raw.buffers()[2] or b"").tobytes():  # of most lists; far faster than counting
        return
    long = pc.greater(pc.count_substring(raw, "\n"), LINES_PER_ROW).to_numpy(zero_copy_only=False)
    if long.any():
        raise ListError(
            f"a quote that opens in row {rows[long][0]} is never closed",
            where=name,
            fix="close or remove it in the list",
        )
