"""List files to record batches: one function per format.

A reader yields the columns of `schema.RAW` and one column of text per slot of the manifest, such as
`nsid` or `image_url_2`. A line that cannot be read is yielded too, with its `fault`; nothing is dropped.
"""

import csv
import importlib.util
import io
import json
import lzma
import re
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
"""Bytes of text that make one batch, and that one row may have: this bounds the memory of a reader."""

CHUNK = 1 << 16
"""Bytes that are read at a time; and the rows that one batch may have."""

COLUMNS = 4096
"""Columns that a table may have."""

DEPTH = 100
"""How deep the arrays and objects of a JSON document may stand inside each other."""

DIGITS = 1000
"""Digits that a number of a JSON document may have."""

LINES_PER_ROW = 100
"""A quoted field may hold line breaks, but no row of a list has more lines than this."""

ROWS = 20_000
"""Rows of Parquet, or records of JSON, that make one batch at most."""

PER_BYTE = 20
"""Rows of Parquet that a byte may hold at most: photos that differ need a byte each, and more."""


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
    size = 0
    for member in lists:
        for first, text in _blocks(member):
            blocks.append((member.name, first, text))
            size += len(text)
            if size >= BLOCK or text.count(b"\n") >= CHUNK:
                yield _lines_batch(blocks, task.spec)
                blocks, size = [], 0
    if blocks:
        yield _lines_batch(blocks, task.spec)


def _blocks(member: Member) -> Iterator[tuple[int, bytes]]:
    """Whole lines, and the number of their first: about BLOCK bytes or CHUNK lines at a time."""
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
            _check_length(len(rest), member.name, first + lines)
        if size >= BLOCK or lines >= CHUNK:
            yield first, b"".join(whole)
            first, whole, size, lines = first + lines, [], 0, 0
    if rest:
        whole.append(rest + b"\n")
    if whole:
        yield first, b"".join(whole)


def _check_length(length: int, name: str, row: int) -> None:
    if length > BLOCK:
        what = f"row {row} is longer than {BLOCK >> 20} MiB"
        raise ListError(what, where=name, fix="see whether it is a list, and of this `format`")


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
            if len(bad) >= ROWS:
                yield _bad_rows(member.name, bad, task.spec, list(places))
                bad.clear()
        if bad:
            yield _bad_rows(member.name, bad, task.spec, list(places))


def _column_names(member: Member, delimiter: str, header: bool) -> list[str]:
    """The header's names, or "0", "1", … as many as the first row has columns."""
    start = member.stream.tell()
    line = member.stream.readline(BLOCK + 1).decode("utf-8", "replace")
    _check_length(len(line), member.name, 1)
    if line.count(delimiter) >= COLUMNS:
        what = f"has more than {COLUMNS:,} columns"
        raise ListError(what, where=member.name, fix="see whether it is a list, and of this `format`")
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
    events = ijson.parse(_Guarded(member, path))
    kind = next((event for prefix, event, _ in events if prefix == path and event != "map_key"), None)
    if kind not in ("start_array", "start_map"):
        raise ListError(
            f"holds no list of records at `{path or 'its root'}`",
            where=member.name,
            fix="correct `records` in dataset.toml",
        )
    member.stream.seek(start)
    text, options = _Guarded(member, path), {"use_float": True, "map_type": _Record}
    if kind == "start_map":
        return (value for _, value in ijson.kvitems(text, path, **options))
    return iter(ijson.items(text, f"{path}.item" if path else "item", **options))


class _Record(dict[str, Any]):
    """A JSON object that knows which of its keys were given twice: readers disagree on what that means."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__()
        self.twice: set[str] = set()
        for key, value in pairs:
            self[key] = value

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.twice.add(key)
        super().__setitem__(key, value)


class _Guarded:
    """A JSON document on its way to the parser, which would take any depth and any length, and crash."""

    def __init__(self, member: Member, path: str) -> None:
        self.member = member
        self.depth, self.container = 0, len(path.split(".")) + 1 if path else 1
        self.begun = b""  # of a text in quotes whose end has not come yet
        self.last = b""  # the end of what came before, for numbers
        self.length = 0  # of what came since the last record ended

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises ListError where they hold what no list does."""
        data = self.member.stream.read(size)
        bare, quote, rest = _QUOTED.sub(b"", self.begun + data).partition(b'"')
        self.begun = quote + rest
        if _LONG_NUMBER.search(self.last + bare):
            self._refuse(f"a number of more than {DIGITS:,} digits")
        self.last = bare[-DIGITS:]
        chars = np.frombuffer(bare, np.uint8)
        opens, closes = np.isin(chars, _OPENING), np.isin(chars, _CLOSING)
        depths = self.depth + np.cumsum(opens.astype(np.int32) - closes)
        if len(depths):
            self.depth = int(depths[-1])
            if depths.max() > DEPTH:
                self._refuse(f"arrays or objects inside each other, more than {DEPTH} deep")
        between = bool(len(depths)) and depths.min() <= self.container
        self.length = len(data) if between else self.length + len(data)
        if max(self.length, len(self.begun)) > BLOCK:
            self._refuse(f"a record or a text longer than {BLOCK >> 20} MiB")
        return data

    def _refuse(self, what: str) -> None:
        fix = "see whether it is a list, and of this `format`"
        raise ListError(f"holds {what}", where=self.member.name, fix=fix)


_QUOTED = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % (DIGITS + 1))
_OPENING, _CLOSING = np.frombuffer(b"[{", np.uint8), np.frombuffer(b"]}", np.uint8)


def _read_jsonl(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """One JSON record a line."""
    for member in lists:
        for first, text in _blocks(member):
            yield _jsonl_batch(member.name, first, text, task.spec)


def _jsonl_batch(name: str, first: int, block: bytes, spec: ListFile) -> pa.RecordBatch:
    """A batch out of whole lines: by Arrow's parser where all are plain records, else one by one."""
    lines, fault = _split(block)
    if not block.strip():  # a flood of line ends is no reason to look at each
        nothing = pa.nulls(len(lines), pa.string())
        return _one_file(
            name, first, lines, pc.fill_null(nothing, "blank"), dict.fromkeys(spec.places(), nothing)
        )
    slots = None if fault.null_count < len(fault) else _plain_records(block, lines, spec)
    if slots is not None:
        return _one_file(name, first, lines, _mark_comments(lines, fault, spec), slots)
    paths = [str(path) for path in spec.places().values()]
    rows = [
        _row(line.decode("utf-8", "backslashreplace").rstrip("\r"), _json_line(line), paths)
        for line in block.split(b"\n")[:-1]
    ]
    return _record_batch(name, first, rows, spec)


_NO_JSON = (b"NaN", b"Infinity")
"""What Arrow's parser takes for numbers."""


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
        or any(word in block for word in _NO_JSON)
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
        return json.loads(line, object_pairs_hook=_Record, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _record_batches(
    name: str, records: Iterable[tuple[str, Any]], spec: ListFile
) -> Iterator[pa.RecordBatch]:
    places = spec.places()
    rows: list[tuple[str | None, ...]] = []
    first, size = 1, 0
    for text, value in records:
        rows.append(_row(text, value, [str(path) for path in places.values()]))
        size += len(text)
        if size >= BLOCK or len(rows) >= ROWS:
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
    try:
        found = [_at(value, path) for path in paths]
    except KeyError:
        return text, "duplicate_key", *nothing
    try:
        "".join([text, *filter(None, found)]).encode()
    except UnicodeEncodeError:  # half of a character, which JSON can write but no text can hold
        return text.encode("utf-8", "backslashreplace").decode(), "bad_utf8", *nothing
    return text, None, *found


def _at(record: Any, path: str) -> str | None:
    """The text at a dotted path inside a record; a list becomes comma-separated text.

    Raises KeyError where a key on the path was given twice.
    """
    for part in path.split("."):
        if isinstance(record, list) and part.isdecimal() and int(part) < len(record):
            record = record[int(part)]
        elif isinstance(record, _Record):
            if part in record.twice:
                raise KeyError(part)
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
        table = pq.ParquetFile(member.stream)
        if table.metadata.num_rows > PER_BYTE * member.stream.seek(0, io.SEEK_END):
            what = f"says that it has {table.metadata.num_rows:,} rows, far more than its bytes"
            raise ListError(what, where=member.name, fix="get the list from where its makers put it")
        for batch in table.iter_batches(batch_size=ROWS):
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
