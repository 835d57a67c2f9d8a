"""One dataset's lists to canonical entries, and the tally of every row: kept, or rejected with a reason."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exposing import lists, normalise, read
from exposing.batches import marked
from exposing.columns import paired, text_hashes
from exposing.content import MARK
from exposing.entries import writer
from exposing.manifest import ListFile, kind_of
from exposing.schema import CANONICAL, IDENTIFYING, RAW

EXAMPLES = 5
"""Rejected rows that are kept to be shown, per reason."""

_NO_ROW = ("comment", "blank", "skipped", "unmatched")
"""Faults of lines that are no rows at all; they are counted apart."""

NOTHINGS = (
    *("null", "\\n", "none", "nil", "nan", "n/a", "na", "<na>", "undefined", "unknown", "-", "?"),
    *("#n/a", "#ref!", "#value!", "#name?", "#div/0!"),
)
"""What programs write, in whatever case, where they have nothing."""

_OWN_COLUMNS = ("nsid", "alias", "name", "photo_id", "image_url")
"""Canonical columns of which an entry has at least one."""


@dataclass
class Tally:
    """What became of the rows of a dataset. Duplicates are among the kept: they are found later."""

    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    passed_over: int = 0  # comments, blank lines and the like: not rows
    examples: dict[str, list[str]] = field(default_factory=dict)  # reason -> "file, row n: text"
    filled: dict[str, int] = field(default_factory=dict)  # `path` and slot -> rows that have a value there
    nothings: dict[str, int] = field(default_factory=dict)  # malformed values such as NULL -> rows

    def add(self, other: "Tally") -> None:
        """Take in the tally of another part of the same dataset."""
        self.kept += other.kept
        self.rejected += other.rejected
        self.passed_over += other.passed_over
        for reason, lines in other.examples.items():
            self.examples[reason] = (self.examples.get(reason, []) + lines)[:EXAMPLES]
        for mine, others in ((self.filled, other.filled), (self.nothings, other.nothings)):
            for key, count in others.items():
                mine[key] = mine.get(key, 0) + count

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return self.kept + self.rejected.total()


def extract(task: lists.Task, out: Path) -> Tally:
    """Write the entries of one task's lists to a Parquet file with the schema `CANONICAL`."""
    tally = Tally()
    with writer(out) as write:
        for batch in entries(task, tally):
            write(batch)
    return tally


def entries(task: lists.Task, tally: Tally) -> Iterator[pa.RecordBatch]:
    """The entries of one task's lists in the lists' order; every row is added to `tally`."""
    for batch in read.read(task):
        yield from _canonical(batch, task.spec, tally)


def _canonical(batch: pa.RecordBatch, spec: ListFile, tally: Tally) -> Iterator[pa.RecordBatch]:
    slots = {name: _values(batch.column(name), spec) for name in batch.schema.names[len(RAW) :]}
    for slot, values in slots.items():
        key = place(spec, slot)
        tally.filled[key] = tally.filled.get(key, 0) + len(values) - values.null_count
    damaged = [found for values in slots.values() if (found := _damage(values)) is not None]
    readings = [_reading(values, spec, len(batch), tally) for values in _alternatives(slots)]
    fault = _first([batch.column("fault"), *damaged, *(one["fault"] for one in readings)])
    nothing = np.logical_and.reduce([reading["empty"] for reading in readings])
    fault = marked(fault, pc.and_(pc.is_null(fault), pa.array(nothing)), "no_identifier")
    table = place(spec, "")
    tally.filled[table] = tally.filled.get(table, 0) + _count(batch, fault, tally)
    hashes = pa.array(_row_hashes(batch, spec))
    for reading in readings:
        columns = [hashes, *(reading[name] for name in CANONICAL.names[1:])]
        whole = pa.RecordBatch.from_arrays(columns, schema=CANONICAL)
        good = pc.and_(pc.is_null(fault), pa.array(~reading["empty"]))
        yield whole if pc.all(good).as_py() else whole.filter(good)


def place(spec: ListFile, slot: str) -> str:
    """What `Tally.filled` calls a slot of a `[[files]]` table; without a slot, its rows."""
    return f"{spec.path} {slot}"


def _values(raw: pa.Array, spec: ListFile) -> pa.Array:
    """A slot's values without white space around them; null where there is nothing, however it is written."""
    values = normalise.trimmed(raw)
    if not spec.null:
        return values
    nothing = pc.is_in(values, pa.array(spec.null, pa.string()))
    return pc.if_else(nothing, pa.scalar(None, values.type), values)


def _first(faults: list[pa.Array]) -> pa.Array:
    """Each row's first fault; columns without any, as most are, are not looked at row by row."""
    return pc.coalesce(*([one for one in faults if one.null_count < len(one)] or faults[:1]))


def _alternatives(slots: dict[str, pa.Array]) -> list[dict[str, pa.Array]]:
    """Kind -> values, one such set for each number of the slots: `image_url_2` is of the second set.

    A kind that stands only once in a row, such as an owner beside three images, belongs to every set.
    """
    sets: dict[str, dict[str, pa.Array]] = {}
    for slot, values in slots.items():
        sets.setdefault(slot.removeprefix(kind_of(slot)), {})[kind_of(slot)] = values
    several = {kind for number, kinds in sets.items() if number for kind in kinds}
    once = {kind: values for kind, values in sets.get("", {}).items() if kind not in several}
    return [once | kinds for kinds in sets.values()]


def _damage(values: pa.Array) -> pa.Array | None:
    """The faults of values that hold what could not be decoded, or invisible characters; None without any."""
    data = np.frombuffer(values.buffers()[2] or b"", np.uint8)
    if not len(data) or (data.min() >= ord(" ") and data.max() <= ord("~")):  # as most: quickly seen
        return None
    fault = pa.nulls(len(values), pa.string())
    fault = marked(fault, pc.match_substring_regex(values, _CONTROLS), "control_character")
    fault = marked(fault, pc.match_substring(values, MARK), "bad_utf8")
    return fault if fault.null_count < len(fault) else None


_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def _row_hashes(batch: pa.RecordBatch, spec: ListFile) -> Any:
    """A 64-bit fingerprint of each whole record, and of what its file's name says of it.

    Among 10**8 rows the chance of one false duplicate is below one in a thousand.
    """
    hashes = text_hashes(batch.column("raw"))
    if not spec.file_match:
        return hashes
    files = batch.column("file")
    said = pc.extract_regex(files.dictionary, spec.file_match).flatten()
    of_file = text_hashes(pc.binary_join_element_wise(*said, "\t", null_handling="replace"))
    return paired(hashes, of_file[files.indices.to_numpy()])


def _count(batch: pa.RecordBatch, fault: pa.Array, tally: Tally) -> int:
    """Add what became of a batch to the tally. Returns how many of it are rows."""
    passed_over = tally.passed_over
    tally.kept += fault.null_count
    for counted in pc.value_counts(fault.drop_null()).to_pylist():
        reason, count = counted["values"], counted["counts"]
        if reason in _NO_ROW:
            tally.passed_over += count
            continue
        tally.rejected[reason] += count
        seen = tally.examples.setdefault(reason, [])
        if len(seen) < EXAMPLES:
            rows = batch.filter(pc.equal(fault, reason)).slice(0, EXAMPLES - len(seen))
            seen += [
                f"{row['file']}, row {row['row']}: {row['raw'].strip()[:200]}" for row in rows.to_pylist()
            ]
    return len(batch) - (tally.passed_over - passed_over)


def _reading(slots: dict[str, pa.Array], spec: ListFile, count: int, tally: Tally) -> dict[str, Any]:
    """The canonical columns of one set of slots; `fault` per row, or null; `empty` where nothing is named."""
    columns: dict[str, Any] = {}
    fault = pa.nulls(count, pa.string())
    for kind, given in slots.items():
        words = spec.translate.get(kind)
        values = normalise.translated(given, words) if words else given
        found = normalise.BY_KIND[kind](values, spec.form_encoded)
        if kind in IDENTIFYING:
            named = np.logical_or.reduce([column.is_valid() for column in found.values()])
            bad = pc.and_(pc.is_valid(values), pa.array(~named))
            if pc.any(bad).as_py():
                _count_nothings(values.filter(bad), tally)
                reason = pc.if_else(normalise.spoilt(values), "spoilt_number", _bad(kind))
                fault = pc.if_else(pc.and_(bad, pc.is_null(fault)), reason, fault)
        for name, column in found.items():
            columns[name] = pc.coalesce(columns[name], column) if name in columns else column
    for entry in CANONICAL:
        columns.setdefault(entry.name, pa.nulls(count, entry.type))
    empty = np.logical_and.reduce([columns[name].is_null() for name in _OWN_COLUMNS])
    return columns | {"fault": fault, "empty": empty}


def _count_nothings(values: pa.Array, tally: Tally) -> None:
    """Count malformed values that look as if they were meant to be none."""
    for counted in pc.value_counts(values.filter(pc.is_in(pc.utf8_lower(values), _NOTHINGS))).to_pylist():
        word = counted["values"]
        tally.nothings[word] = tally.nothings.get(word, 0) + counted["counts"]


_NOTHINGS = pa.array(NOTHINGS, pa.string())


def _bad(kind: str) -> str:
    return "bad_url" if kind.endswith("_url") else f"bad_{kind}"
