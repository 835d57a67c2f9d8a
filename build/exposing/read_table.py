"""Tables that have columns of their own: Parquet files, and what a dataset's own read.py gives."""

import importlib.util
import io
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exposing.batches import ROWS, batch_of_file, check_columns, to_text
from exposing.errors import ListError
from exposing.lists import Member, Task
from exposing.manifest import kind_of
from exposing.schema import KINDS

PER_BYTE = 20
"""Rows of Parquet that a byte may hold at most: photos that differ need a byte each, and more."""

_EXACT = {pa.float64(): 1 << 53, pa.float32(): 1 << 24, pa.float16(): 1 << 11}
"""Below these every whole number is written as it is."""


def read_parquet(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """A Parquet file. A row's raw form is its plain columns: nested and binary ones are not compared."""
    wanted = {slot: str(path) for slot, path in task.spec.places().items()}
    for member in lists:
        first = 1
        table = pq.ParquetFile(member.stream)
        if table.metadata.num_rows > PER_BYTE * member.stream.seek(0, io.SEEK_END):
            what = f"says that it has {table.metadata.num_rows:,} rows, far more than its bytes"
            raise ListError(what, where=member.where, fix="get the list from where its makers put it")
        known = paths_of(table.schema_arrow)
        check_columns(wanted.values(), [*known], member)
        for path in wanted.values():
            _check_plain(table.schema_arrow, known[path], member)
        for batch in table.iter_batches(batch_size=ROWS):
            texts = {slot: _as_text(_nested(batch, known[path])) for slot, path in wanted.items()}
            plain = [
                _as_text(column)[0]
                for column in batch.columns
                if not pa.types.is_nested(column.type) and not pa.types.is_binary(column.type)
            ]
            raw = _joined(plain or [shown for shown, _ in texts.values()])
            slots = {slot: read for slot, (_, read) in texts.items()}
            yield batch_of_file(member.name, first, raw, pa.nulls(len(batch)), slots)
            first += len(batch)


def paths_of(fields: Iterable[pa.Field], above: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """The dotted paths of all columns, also of those inside others; and the names that each consists of."""
    found: dict[str, tuple[str, ...]] = {}
    for field in fields:
        path = (*above, field.name)
        found.setdefault(".".join(path), path)
        if pa.types.is_struct(field.type):
            inside = [field.type.field(number) for number in range(field.type.num_fields)]
            found = paths_of(inside, path) | found
    return found


def _check_plain(schema: pa.Schema, path: tuple[str, ...], member: Member) -> None:
    """Raise ListError for a column that is there twice, or whose values are no texts or numbers."""
    column, fix = ".".join(path), f"correct `columns` in {member.task.manifest}"
    found = schema.get_all_field_indices(path[0])
    if len(found) > 1:
        raise ListError(f"has {len(found)} columns `{column}`", where=member.where, fix="rename one of them")
    kind = schema.field(found[0]).type
    for name in path[1:]:
        kind = kind.field(name).type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    if pa.types.is_nested(kind):
        what = f"has records in column `{column}`, not texts or numbers"
        raise ListError(what, where=member.where, fix=f"name what is in them, as in `{column}.x`: {fix}")


def _nested(batch: pa.RecordBatch, path: tuple[str, ...]) -> pa.Array:
    column = batch.column(path[0])
    return pc.struct_field(column, list(path[1:])) if path[1:] else column


def _as_text(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """A column as text to be shown, and to be read: see `to_text`."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        column = pc.binary_join(column.cast(pa.list_(pa.string())), ",")
    if pa.types.is_floating(column.type):
        column = _whole(column)
    if any(is_text(column.type) for is_text in _TEXTS):
        return to_text(column.cast(pa.large_binary()))
    text = column.cast(pa.large_string())
    return text, text


_TEXTS = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)


def _whole(column: pa.Array) -> pa.Array:
    """Numbers with a fraction as text: whole ones without it, what is not a number as null.

    A number that is too large to be exact is written with its power of ten, as one that was rounded.
    """
    numbers = column.cast(pa.float64())
    values = pc.fill_null(numbers, np.nan).to_numpy(zero_copy_only=False)
    exact = (np.abs(values) < _EXACT[column.type]) & (values == np.trunc(values))
    whole = pa.array(np.where(exact, values, 0).astype(np.int64), mask=~exact).cast(pa.large_string())
    left = ~exact & ~np.isnan(values)
    if not left.any():
        return whole
    rest = [f"{value:e}" if abs(value) >= 2048 else f"{value:g}" for value in values[left].tolist()]
    return pc.replace_with_mask(whole, pa.array(left), pa.array(rest, pa.large_string()))


def _joined(columns: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(
        *(column.cast(pa.large_string()) for column in columns),
        pa.scalar("\t", pa.large_string()),
        null_handling="replace",
    )


def read_python(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
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
            texts = {name: _as_text(batch.column(name)) for name in batch.schema.names}
            unknown = [name for name in texts if kind_of(name) not in KINDS]
            if unknown:
                raise ListError(
                    f"gives a column `{unknown[0]}`", where=str(path), fix=f"use {', '.join(KINDS)}"
                )
            raw = _joined([shown for shown, _ in texts.values()])
            slots = {name: read for name, (_, read) in texts.items()}
            yield batch_of_file(member.name, first, raw, pa.nulls(len(batch)), slots)
            first += len(batch)
