"""Tables that have columns of their own: Parquet files, and what a dataset's own read.py gives."""

import importlib.util
import io
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exposing.batches import ROWS, batch_of_file, check_columns
from exposing.errors import ListError
from exposing.lists import Member, Task
from exposing.manifest import kind_of
from exposing.schema import KINDS

PER_BYTE = 20
"""Rows of Parquet that a byte may hold at most: photos that differ need a byte each, and more."""


def read_parquet(lists: Iterable[Member], task: Task) -> Iterator[pa.RecordBatch]:
    """A Parquet file. A row's raw form is its plain columns: nested and binary ones are not compared."""
    for member in lists:
        places = task.spec.places()
        first = 1
        table = pq.ParquetFile(member.stream)
        if table.metadata.num_rows > PER_BYTE * member.stream.seek(0, io.SEEK_END):
            what = f"says that it has {table.metadata.num_rows:,} rows, far more than its bytes"
            raise ListError(what, where=member.where, fix="get the list from where its makers put it")
        for batch in table.iter_batches(batch_size=ROWS):
            check_columns([str(path).split(".")[0] for path in places.values()], batch.schema.names, member)
            slots = {slot: _as_text(_nested(batch, str(path).split("."))) for slot, path in places.items()}
            plain = [
                _as_text(column)
                for column in batch.columns
                if not pa.types.is_nested(column.type) and not pa.types.is_binary(column.type)
            ]
            yield batch_of_file(
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
            slots = {name: _as_text(batch.column(name)) for name in batch.schema.names}
            unknown = [name for name in slots if kind_of(name) not in KINDS]
            if unknown:
                raise ListError(
                    f"gives a column `{unknown[0]}`", where=str(path), fix=f"use {', '.join(KINDS)}"
                )
            yield batch_of_file(
                member.name, first, _joined(list(slots.values())), pa.nulls(len(batch)), slots
            )
            first += len(batch)
