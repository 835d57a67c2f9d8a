"""List files to record batches: one function per format.

A reader yields the columns of `schema.RAW` and one column of text per slot of the manifest, such as
`nsid` or `image_url_2`. A line that cannot be read is yielded too, with its `fault`; nothing is dropped.
"""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator

import ijson
import pyarrow as pa
import pyarrow.compute as pc

from exposing.errors import ListError
from exposing.lists import Member, Task, members
from exposing.read_csv import read_csv
from exposing.read_json import read_json, read_jsonl
from exposing.read_table import read_parquet, read_python
from exposing.read_text import read_lines


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
        reason = task.private(" ".join(str(error).split())) or type(error).__name__  # a row may be in it
        raise ListError(
            f"cannot be read as {task.spec.format} ({reason})",
            where=f"{task.slug}: {task.private(name)}",
            fix=f"get the list again, or correct `format` in {task.manifest}",
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


_READERS: dict[str, Callable[[Iterable[Member], Task], Iterator[pa.RecordBatch]]] = {
    "csv": read_csv,
    "tsv": read_csv,
    "json": read_json,
    "jsonl": read_jsonl,
    "lines": read_lines,
    "parquet": read_parquet,
    "python": read_python,
}

_UNREADABLE = (
    pa.ArrowException,
    ijson.JSONError,
    UnicodeDecodeError,
    EOFError,
    OSError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
)
