"""Lines of text, taken apart by a pattern: one row of a line, or one of each match in it."""

import re
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exposing.batches import (
    BLOCK,
    CHUNK,
    Block,
    batch_of,
    blocks_of,
    lines_of,
    mark_comments,
    mark_skipped,
    marked,
)
from exposing.content import MARK
from exposing.lists import Member, Task
from exposing.manifest import ListFile

_LITERAL = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")
"""What in a pattern is one character: an escaped one, or a class."""


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
    names = [name for name, _ in blocks]
    rows = np.concatenate([np.arange(block.first, block.first + block.lines) for _, block in blocks])
    files = np.repeat(np.arange(len(blocks), dtype=np.int32), [block.lines for _, block in blocks])
    raw, text = lines_of(b"".join(block.text for _, block in blocks))
    found = pc.extract_regex(text, spec.match)
    slots = {field.name: pc.struct_field(found, field.name) for field in found.type}
    unmatched = pc.is_null(found)
    fault = marked(pa.nulls(len(text), pa.string()), unmatched, "unmatched" if spec.all else "no_match")
    if text is not raw:  # what is damaged may be why
        fault = marked(fault, pc.and_(unmatched, pc.match_substring(text, MARK)), "bad_utf8")
    fault = marked(fault, pc.equal(pc.utf8_trim_whitespace(text), ""), "blank")
    fault = mark_comments(raw, mark_skipped(rows, fault, spec), spec)
    if not spec.all:
        fault = marked(fault, _match_again(text, fault, str(spec.match)), "more_in_line")
        return batch_of(names, pa.array(files), rows, raw, fault, slots)
    line, matches, slots = _every_match(text, fault, str(spec.match), list(slots))
    raw, fault = pc.coalesce(matches, raw.take(line)), fault.take(line)
    return batch_of(names, pa.array(files).take(line), rows[line.to_numpy()], raw, fault, slots)


def _match_again(text: pa.Array, fault: pa.Array, match: str) -> pa.Array:
    """Which lines hold a second match in what follows the first."""
    if _is_anchored(match):  # as most patterns: no line is searched again
        return pa.array(np.zeros(len(text), bool))
    ends = pc.count_substring(pc.replace_substring_regex(text, match, "\n"), "\n")
    return pc.and_(pc.greater(ends, 1), pc.is_null(fault))


def _is_anchored(match: str) -> bool:
    """Whether a pattern stands at the beginning or the end of a line, in all its alternatives."""
    bare = _LITERAL.sub("x", match)
    depth = 0
    for char in bare:
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            return False
    return bare.startswith("^") or bare.endswith("$")


def _every_match(
    text: pa.Array, fault: pa.Array, match: str, slots: list[str]
) -> tuple[pa.Array, pa.Array, dict[str, pa.Array]]:
    """One row for each match, and one for each line without: its line's place, what matched, and the slots.

    No line holds a line end, so that RE2 can put them around all that it finds.
    """
    written = "".join(f"\n\\{number}" for number in range(1 + len(slots))) + "\n"  # every group has a name
    fields = pc.split_pattern(pc.replace_substring_regex(text, match, written), "\n")
    width = 2 + len(slots)
    found = pc.list_value_length(fields).to_numpy() // width
    found[fault.is_valid().to_numpy(zero_copy_only=False)] = 0
    rows = np.maximum(found, 1)
    line = np.repeat(np.arange(len(text)), rows)
    number = np.arange(len(line)) - np.repeat(np.cumsum(rows) - rows, rows)
    at = fields.offsets.to_numpy()[line] + number * width + 1
    missing = found[line] == 0
    values = [fields.values.take(pa.array(at + n, mask=missing)) for n in range(1 + len(slots))]
    return pa.array(line), values[0], dict(zip(slots, values[1:], strict=True))
