"""Records of JSON: one document that holds them all, or one record a line."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import ijson
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from exposing.batches import BLOCK, ROWS, batch_of_file, blocks_of, lines_of, mark_comments, mark_skipped
from exposing.content import MARKED
from exposing.errors import ListError
from exposing.lists import Member, Task
from exposing.manifest import ListFile

DEPTH = 100
"""How deep the arrays and objects of a JSON document may stand inside each other."""

DIGITS = 1000
"""Digits that a number of a JSON document may have."""


def read_json(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """One JSON document: an array of records, or an object whose values are the records; streamed."""
    for member in lists:
        texts = (
            (json.dumps(value, ensure_ascii=False, default=float), value)
            for value in values(member, task.spec.records)
        )
        yield from _record_batches(member.name, texts, task.spec)


def values(member: Member, path: str) -> Iterator[Any]:
    """The records of a JSON document at a dotted path. Raises ListError where there are none."""
    start = member.stream.tell()
    events = ijson.parse(_Guarded(member, path))
    kind = next((event for prefix, event, _ in events if prefix == path and event != "map_key"), None)
    if kind not in ("start_array", "start_map"):
        raise ListError(
            f"holds no list of records at `{path or 'its root'}`",
            where=member.where,
            fix=f"correct `records` in {member.task.manifest}",
        )
    member.stream.seek(start)
    text, options = _Guarded(member, path), {"map_type": _Record}  # numbers as they are written
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
    """A JSON document on its way to the parser, which would take any depth and any length, and crash.

    It would also stop at damaged bytes and control characters in any text: so they are marked instead.
    """

    def __init__(self, member: Member, path: str) -> None:
        self.member = member
        self.depth, self.container = 0, len(path.split(".")) + 1 if path else 1
        self.begun = b""  # of a text in quotes whose end has not come yet
        self.last = b""  # the end of what came before, for numbers
        self.length = 0  # of what came since the last record ended
        self.decoder = codecs.getincrementaldecoder("utf-8")(MARKED)

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises ListError where they hold what no list does."""
        read = self.member.stream.read(size)
        data = self.decoder.decode(read, final=not read).encode().translate(_CONTROLS)
        if read and not data:
            return self.read(size)  # a character began, and nothing else came
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
        raise ListError(f"holds {what}", where=self.member.where, fix=fix)


_QUOTED = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)

_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % (DIGITS + 1))

_CONTROLS = bytes(0x7F if code < 32 and code not in b"\t\n\r" else code for code in range(256))
"""Control characters as one that the parser lets through: a value that holds it is known as damaged."""

_OPENING, _CLOSING = np.frombuffer(b"[{", np.uint8), np.frombuffer(b"]}", np.uint8)


def read_jsonl(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """One JSON record a line."""
    for member in lists:
        for block in blocks_of(member):
            yield _jsonl_batch(member.name, block.first, block.text, task.spec)


def _jsonl_batch(name: str, first: int, block: bytes, spec: ListFile) -> pa.RecordBatch:
    """A batch out of whole lines: by Arrow's parser where all are plain records, else one by one."""
    lines, text = lines_of(block)
    count = np.arange(first, first + len(lines))
    nothing = pa.nulls(len(lines), pa.string())
    if not block.strip():  # a flood of line ends is no reason to look at each
        return batch_of_file(
            name, first, lines, pc.fill_null(nothing, "blank"), dict.fromkeys(spec.places(), nothing)
        )
    slots = _plain_records(block, lines, spec) if text is lines else None
    if slots is not None:
        fault = mark_comments(lines, mark_skipped(count, nothing, spec), spec)
        return batch_of_file(name, first, lines, fault, slots)
    paths = [str(path) for path in spec.places().values()]
    rows = [
        _row(shown, _json_line(read), paths)
        for shown, read in zip(lines.to_pylist(), text.to_pylist(), strict=True)
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
    first = _json_line(lines[0].as_py())
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


def _json_line(line: str) -> Any:
    """What a line says; `_NOTHING` where it is no JSON. Fractions are kept as they are written."""
    try:
        return json.loads(
            line,
            object_pairs_hook=_Record,
            parse_float=Decimal,
            parse_constant=lambda _: None,  # NaN, as other programs write what they do not have
            strict=False,  # control characters may stand in columns that are not declared
        )
    except (ValueError, ArithmeticError, RecursionError):
        return _NOTHING


_NOTHING = object()


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
    fault = pa.array(faults, pa.string())
    if spec.format == "jsonl":
        fault = mark_skipped(np.arange(first, first + len(rows)), fault, spec)
    fault = mark_comments(raw, fault, spec)
    slots = {slot: pa.array(column, pa.string()) for slot, column in zip(spec.places(), values, strict=True)}
    return batch_of_file(name, first, raw, fault, slots)


def _row(text: str, value: Any, paths: list[str]) -> tuple[str | None, ...]:
    """A record's text, its fault, and its value at each path."""
    nothing = [None] * len(paths)
    text = _clean(text, "backslashreplace")
    if not text.strip():
        return text, "blank", *nothing
    if not isinstance(value, dict | list):
        return text, "not_json" if value is _NOTHING else "no_record", *nothing
    try:
        found = [_at(value, path.split(".")) for path in paths]
    except KeyError:
        return text, "duplicate_key", *nothing
    return text, None, *(one if one is None else _clean(one, MARKED) for one in found)


def _clean(text: str, errors: str) -> str:
    """A text without halves of characters, which JSON can write but no text can hold."""
    return text if text.isascii() else text.encode("utf-8", errors).decode()


def _at(record: Any, path: list[str]) -> str | None:
    """The text at a path inside a record; a list becomes comma-separated text. Keys may have dots in them.

    Raises KeyError where a key on the path was given twice.
    """
    if not path:
        return _as_text(record)
    if isinstance(record, list) and path[0].isdecimal() and int(path[0]) < len(record):
        return _at(record[int(path[0])], path[1:])
    if not isinstance(record, _Record):
        return None
    for end in range(1, len(path) + 1):
        key = path[0] if end == 1 else ".".join(path[:end])
        if key in record.twice:
            raise KeyError(key)
        if key in record and (found := _at(record[key], path[end:])) is not None:
            return found
    return None


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return ",".join(str(one) for one in value if one is not None)
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, Decimal) else json.dumps(value, default=float)
