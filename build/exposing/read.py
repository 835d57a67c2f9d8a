"""List files to record batches: one function per format.

A reader yields the columns of `schema.RAW` and one column of text per slot of the manifest, such as
`nsid` or `image_url_2`. A line that cannot be read is yielded too, with its `fault`; nothing is dropped.
"""

import csv
import importlib.util
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import ijson
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json
import pyarrow.parquet as pq

from exposing.errors import ListError
from exposing.lists import Member, Task, members
from exposing.manifest import ListFile, kind_of
from exposing.schema import KINDS, RAW

BLOCK = 1 << 22
"""Bytes of text that make one batch: this bounds the memory of a reader."""

LINES_PER_ROW = 100
"""A quoted field may hold line breaks, but no row of a list has more lines than this."""

ROWS = 20_000
"""Rows of Parquet that make one batch."""


def read(task: Task) -> Iterator[pa.RecordBatch]:
    """Read a task's lists. Raises ListError, naming the file, where a whole list cannot be read."""
    name = ""

    def named() -> Iterator[Member]:
        nonlocal name
        for member in members(task):
            name = member.name
            yield member

    try:
        for batch in _READERS[task.spec.format](named(), task):
            yield _with_file_match(batch, task.spec.file_match)
    except _UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ListError(
            f"cannot be read as {task.spec.format} ({reason})",
            where=f"{task.slug}: {name}",
            fix="get the list again, or correct `format` in its dataset.toml",
        ) from error


def _with_file_match(batch: pa.RecordBatch, pattern: str | None) -> pa.RecordBatch:
    """Add the slots that the file's name gives: the same for all rows of a file."""
    if pattern is None:
        return batch
    files = batch.column("file")
    found = pc.extract_regex(files.dictionary, pattern)
    for field in found.type:
        batch = batch.append_column(field.name, pc.struct_field(found, field.name).take(files.indices))
    return batch


def _batch(
    names: list[str], files: pa.Array, rows: Any, raw: pa.Array, fault: pa.Array, slots: dict[str, pa.Array]
) -> pa.RecordBatch:
    """Put a batch together: `files` numbers the names, `rows` numbers the lines from 1."""
    file = pa.DictionaryArray.from_arrays(files, pa.array(names, pa.string()))
    raw_columns = [file, pa.array(rows, pa.int64()), raw.cast(pa.large_string()), fault.cast(pa.string())]
    texts = [column.cast(pa.string()) for column in slots.values()]
    return pa.RecordBatch.from_arrays(raw_columns + texts, names=RAW.names + list(slots))


def _one_file(
    name: str, first: int, raw: pa.Array, fault: pa.Array, slots: dict[str, pa.Array]
) -> pa.RecordBatch:
    count = len(raw)
    files = pa.array(np.zeros(count, np.int32))
    return _batch([name], files, np.arange(first, first + count), raw, fault, slots)


def _read_lines(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """Lines of text, taken apart by `match`. Small files share a batch."""
    blocks: list[tuple[str, int, bytes]] = []  # name, number of its first line, whole lines
    for member in lists:
        first, rest = 1, b""
        while block := member.stream.read(BLOCK):
            text, newline, rest = (rest + block).rpartition(b"\n")
            blocks.append((member.name, first, text + newline))
            first += blocks[-1][2].count(b"\n")
            if sum(len(text) for _, _, text in blocks) >= BLOCK:
                yield _lines_batch(blocks, task.spec)
                blocks = []
        if rest:
            blocks.append((member.name, first, rest + b"\n"))
    if blocks:
        yield _lines_batch(blocks, task.spec)


def _lines_batch(blocks: list[tuple[str, int, bytes]], spec: ListFile) -> pa.RecordBatch:
    counts = [text.count(b"\n") for _, _, text in blocks]
    rows = np.concatenate(
        [np.arange(first, first + n) for (_, first, _), n in zip(blocks, counts, strict=True)]
    )
    text, fault = _split(b"".join(text for _, _, text in blocks))
    found = pc.extract_regex(text, spec.match)
    fault = pc.if_else(pc.is_null(found), pc.fill_null(fault, "no_match"), fault)
    fault = pc.if_else(pc.equal(pc.utf8_trim_whitespace(text), ""), "blank", fault)
    if spec.comment:
        fault = pc.if_else(pc.starts_with(text, spec.comment), "comment", fault)
    slots = {field.name: pc.struct_field(found, field.name) for field in found.type}
    files = pa.array(np.repeat(np.arange(len(blocks), dtype=np.int32), counts))
    return _batch([name for name, _, _ in blocks], files, rows, text, fault, slots)


def _split(block: bytes) -> tuple[pa.Array, pa.Array]:
    """The lines of a block of whole lines, without their ends; and a fault for each that is no UTF-8."""
    buffer = pa.py_buffer(block)
    ends = np.flatnonzero(np.frombuffer(buffer, np.uint8) == ord("\n")) + 1
    offsets = pa.py_buffer(np.concatenate([[0], ends]).astype(np.int64))
    text, fault = _to_text(
        pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends), [None, offsets, buffer])
    )
    return pc.ascii_rtrim(text, "\r\n"), fault


def _to_text(data: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Bytes as text, and a fault for each value that is not UTF-8: that one is shown with escapes."""
    try:
        text = data.cast(pa.large_string())
        return text, pa.nulls(len(text), pa.string())
    except pa.ArrowInvalid:
        values = [value.decode("utf-8", "backslashreplace") for value in data.to_pylist()]
        good = [value.encode() == whole.as_py() for value, whole in zip(values, data, strict=True)]
        faults = [None if ok else "bad_utf8" for ok in good]
        return pa.array(values, pa.large_string()), pa.array(faults, pa.string())


def _read_csv(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """Comma- or tab-separated values. Tab-separated text has no quotes; comma-separated follows RFC 4180."""
    delimiter = "\t" if task.spec.format == "tsv" else ","
    for member in lists:
        names = _column_names(member, delimiter, task.spec.header)
        places = {slot: _place(column, names, member.name) for slot, column in task.spec.places().items()}
        bad: list[pa_csv.InvalidRow] = []
        first = 2 if task.spec.header else 1
        for batch in _csv_batches(member, names, delimiter, bad):
            texts, faults = zip(*(_to_text(column) for column in batch.columns), strict=True)
            raw = pc.binary_join_element_wise(*texts, pa.scalar(delimiter, pa.large_string()))
            _check_quotes(member.name, raw, np.arange(first, first + len(raw)))
            fault = _mark_comments(raw, pc.coalesce(*faults), task.spec)
            yield _one_file(member.name, first, raw, fault, {slot: texts[n] for slot, n in places.items()})
            first += len(raw)
        if bad:
            yield _bad_rows(member.name, bad, task.spec, list(places))


def _column_names(member: Member, delimiter: str, header: bool) -> list[str]:
    """The header's names, or "0", "1", … as many as the first row has columns."""
    start = member.stream.tell()
    line = member.stream.readline().decode("utf-8", "replace")
    row = next(csv.reader([line], delimiter=delimiter, quoting=_QUOTING[delimiter]), [])
    if header:
        return row
    member.stream.seek(start)
    return [str(number) for number in range(len(row))]


_QUOTING: dict[str, Any] = {",": csv.QUOTE_MINIMAL, "\t": csv.QUOTE_NONE}


def _place(column: str | int, names: list[str], name: str) -> int:
    """The position of a column, which a manifest gives by its name in the header or by its number."""
    if str(column) in names:
        return names.index(str(column))
    raise ListError(
        f"has no column `{column}`, only {', '.join(names[:30])}",
        where=name,
        fix="correct `columns` or `header` in dataset.toml",
    )


def _csv_batches(
    member: Member, names: list[str], delimiter: str, bad: list[pa_csv.InvalidRow]
) -> Iterator[pa.RecordBatch]:
    if not member.stream.peek(1):  # type: ignore[attr-defined]
        return  # a header and nothing else; pyarrow would call that an error

    def keep_bad(row: pa_csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    unique = [str(number) for number in range(len(names))]  # a header may hold one name twice
    yield from pa_csv.open_csv(
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


def _bad_rows(name: str, bad: list[pa_csv.InvalidRow], spec: ListFile, slots: list[str]) -> pa.RecordBatch:
    """The rows with more or fewer columns than the first, one batch for a file."""
    raw = pa.array([row.text for row in bad], pa.large_string())
    rows = np.array([row.number for row in bad]) + (1 if spec.header else 0)
    _check_quotes(name, raw, rows)
    fault = _mark_comments(raw, pa.array(["wrong_columns"] * len(bad)), spec)
    files = pa.array(np.zeros(len(bad), np.int32))
    return _batch([name], files, rows, raw, fault, dict.fromkeys(slots, pa.nulls(len(bad))))


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


def _mark_comments(raw: pa.Array, fault: pa.Array, spec: ListFile) -> pa.Array:
    return pc.if_else(pc.starts_with(raw, spec.comment), "comment", fault) if spec.comment else fault


def _read_json(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """One JSON document: an array of records, or an object whose values are the records; streamed."""
    for member in lists:
        texts = (
            (json.dumps(value, ensure_ascii=False), value) for value in _values(member, task.spec.records)
        )
        yield from _record_batches(member.name, texts, task.spec)


def _values(member: Member, path: str) -> Iterator[Any]:
    start = member.stream.tell()
    kinds = (
        event for prefix, event, _ in ijson.parse(member.stream) if prefix == path and event != "map_key"
    )
    kind = next(kinds, None)
    if kind not in ("start_array", "start_map"):
        raise ListError(
            f"holds no list of records at `{path or 'its root'}`",
            where=member.name,
            fix="correct `records` in dataset.toml",
        )
    member.stream.seek(start)
    if kind == "start_map":
        return (value for _, value in ijson.kvitems(member.stream, path, use_float=True))
    return iter(ijson.items(member.stream, f"{path}.item" if path else "item", use_float=True))


def _read_jsonl(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """One JSON record a line."""
    for member in lists:
        first, rest = 1, b""
        while block := member.stream.read(BLOCK):
            text, newline, rest = (rest + block).rpartition(b"\n")
            if newline:
                yield (batch := _jsonl_batch(member.name, first, text + newline, task.spec))
                first += len(batch)
        if rest:
            yield _jsonl_batch(member.name, first, rest + b"\n", task.spec)


def _jsonl_batch(name: str, first: int, block: bytes, spec: ListFile) -> pa.RecordBatch:
    """A batch out of whole lines: by Arrow's parser where all are plain records, else one by one."""
    lines, fault = _split(block)
    slots = None if fault.null_count < len(fault) else _plain_records(block, lines, spec)
    if slots is not None:
        return _one_file(name, first, lines, _mark_comments(lines, fault, spec), slots)
    paths = [str(path) for path in spec.places().values()]
    rows = [
        _row(line.decode("utf-8", "backslashreplace").rstrip("\r"), _json_line(line), paths)
        for line in block.split(b"\n")[:-1]
    ]
    return _record_batch(name, first, rows, spec)


def _plain_records(block: bytes, lines: pa.Array, spec: ListFile) -> dict[str, pa.Array] | None:
    """The slots' values, or None unless every line is an object with plain values like those of the first.

    A record that begins and ends with braces on one line cannot go on in the next, so that as many records as
    lines are one to a line.
    """
    places = {slot: str(path) for slot, path in spec.places().items()}
    braced = pc.and_(pc.starts_with(lines, "{"), pc.ends_with(lines, "}"))
    first = _json_line(block[: block.index(b"\n")])
    if (
        not pc.all(braced).as_py()
        or not isinstance(first, dict)
        or any("." in path for path in places.values())
    ):
        return None
    types = {path: pa.int64() if type(first.get(path)) is int else pa.string() for path in places.values()}
    wanted = pa.schema(types)
    try:
        table = pa_json.read_json(
            pa.BufferReader(block),
            pa_json.ReadOptions(use_threads=False, block_size=max(1, len(block))),
            pa_json.ParseOptions(explicit_schema=wanted, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    if len(table) != len(lines):
        return None
    return {slot: table[path].combine_chunks() for slot, path in places.items()}


def _json_line(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _record_batches(
    name: str, records: Iterable[tuple[str, Any]], spec: ListFile
) -> Iterator[pa.RecordBatch]:
    places = spec.places()
    rows: list[tuple[str | None, ...]] = []
    first, size = 1, 0
    for text, value in records:
        rows.append(_row(text, value, [str(path) for path in places.values()]))
        size += len(text)
        if size >= BLOCK:
            yield _record_batch(name, first, rows, spec)
            first, size, rows = first + len(rows), 0, []
    if rows:
        yield _record_batch(name, first, rows, spec)


def _record_batch(
    name: str, first: int, rows: list[tuple[str | None, ...]], spec: ListFile
) -> pa.RecordBatch:
    texts, faults, *values = zip(*rows, strict=True)
    raw = pa.array(texts, pa.large_string())
    fault = _mark_comments(raw, pa.array(faults, pa.string()), spec)
    slots = {slot: pa.array(column, pa.string()) for slot, column in zip(spec.places(), values, strict=True)}
    return _one_file(name, first, raw, fault, slots)


def _row(text: str, value: Any, paths: list[str]) -> tuple[str | None, ...]:
    """A record's text, its fault, and its value at each path."""
    nothing = [None] * len(paths)
    if not isinstance(value, dict | list):
        return text, "not_json" if text.strip() else "blank", *nothing
    found = [_at(value, path) for path in paths]
    try:
        "".join([text, *filter(None, found)]).encode()
    except UnicodeEncodeError:  # half of a character, which JSON can write but no text can hold
        return text.encode("utf-8", "backslashreplace").decode(), "bad_utf8", *nothing
    return text, None, *found


def _at(record: Any, path: str) -> str | None:
    """The text at a dotted path inside a record; a list becomes comma-separated text."""
    for part in path.split("."):
        if isinstance(record, list) and part.isdecimal() and int(part) < len(record):
            record = record[int(part)]
        elif isinstance(record, dict):
            record = record.get(part)
        else:
            return None
    if isinstance(record, list):
        return ",".join(map(str, record))
    if record is None or isinstance(record, str):
        return record
    return json.dumps(record)


def _read_parquet(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """A Parquet file. A row's raw form is its plain columns: nested and binary ones are not compared."""
    for member in lists:
        places = task.spec.places()
        first = 1
        for batch in pq.ParquetFile(member.stream).iter_batches(batch_size=ROWS):
            for path in places.values():
                _place(str(path).split(".")[0], batch.schema.names, member.name)
            slots = {slot: _as_text(_nested(batch, str(path).split("."))) for slot, path in places.items()}
            plain = [
                _as_text(column)
                for column in batch.columns
                if not pa.types.is_nested(column.type) and not pa.types.is_binary(column.type)
            ]
            yield _one_file(
                member.name, first, _joined(plain or list(slots.values())), pa.nulls(len(batch)), slots
            )
            first += len(batch)


def _nested(batch: pa.RecordBatch, path: list[str]) -> pa.Array:
    column = batch.column(path[0])
    return pc.struct_field(column, path[1:]) if path[1:] else column


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return pc.binary_join(column.cast(pa.list_(pa.string())), ",")
    return column.cast(pa.large_string())


def _joined(columns: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(
        *(column.cast(pa.large_string()) for column in columns),
        pa.scalar("\t", pa.large_string()),
        null_handling="replace",
    )


def _read_python(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """The dataset's own read.py: `read(stream) -> Iterator[RecordBatch]`, its columns named after kinds."""
    path = task.folder / "read.py"
    spec = importlib.util.spec_from_file_location(f"{task.slug}_read", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ListError("is missing, but a file has format `python`", where=str(path), fix="write it")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for member in lists:
        first = 1
        for batch in module.read(member.stream):
            slots = {name: _as_text(batch.column(name)) for name in batch.schema.names}
            unknown = [name for name in slots if kind_of(name) not in KINDS]
            if unknown:
                raise ListError(
                    f"gives a column `{unknown[0]}`", where=str(path), fix=f"use {', '.join(KINDS)}"
                )
            yield _one_file(member.name, first, _joined(list(slots.values())), pa.nulls(len(batch)), slots)
            first += len(batch)


_READERS: dict[str, Callable[[Iterable[Member], Task], Iterator[pa.RecordBatch]]] = {
    "csv": _read_csv,
    "tsv": _read_csv,
    "json": _read_json,
    "jsonl": _read_jsonl,
    "lines": _read_lines,
    "parquet": _read_parquet,
    "python": _read_python,
}
_UNREADABLE = (
    pa.ArrowInvalid,
    ijson.JSONError,
    UnicodeDecodeError,
    EOFError,
    OSError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
)
