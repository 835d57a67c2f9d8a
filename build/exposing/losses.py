"""Rows and columns of lists that were lost: what is said of them, with examples and what to do.

A list that is read wrongly makes a site that says "no" to people who are in it, so that is never published.
"""

from collections.abc import Mapping

from exposing.content import likely
from exposing.errors import BuildError, alone, private
from exposing.extract import Tally, place
from exposing.lists import Task
from exposing.manifest import Manifest
from exposing.models import close
from exposing.occurring import occurring

SHOWN = 2
"""Rows that are shown of each reason where a build stops. `exposing check` shows more."""

NAMED = 30
"""Columns of a list that are named at most."""

_ADVICE = {
    "spoilt_number": "a spreadsheet has rounded these numbers, so their last digits are gone:"
    " get the list again with that column as text",
    "wrong_columns": "these rows have more or fewer columns than the first:"
    " correct `delimiter`, `header` or `skip`;"
    ' a list of addresses with commas in them is format = "lines"',
    "more_in_line": "say all = true, and each match in a line is a row;"
    " or write a `match` that fits a line once",
    "no_record": "these are no objects; texts in a list are declared by"
    ' format = "lines" with `match` and all = true',
    "not_json": 'each line must be a JSON object; one document is format = "json"',
}
"""What to do about a reason, where that can be said in general."""


def losses(
    tallies: Mapping[str, Tally],
    manifests: Mapping[str, Manifest],
    work: Mapping[str, list[Task]],
    *,
    examples: bool,
) -> dict[str, str]:
    """The datasets of which too much was lost, and what is said of each: no row kept, too many rejected, or a
    declared column that is empty in every row. `examples` says whether rejected rows are shown.
    """
    found = {}
    for slug, tally in tallies.items():
        manifest, path = manifests[slug], work[slug][0].manifest
        lines = []
        if first := _too_many(slug, tally, manifest, path):
            lines = [first, *(f"  {line}" for line in _by_reason(tally, path, examples=examples))]
        if tally.kept or "no_identifier" in tally.rejected:  # else the rows were not even taken apart
            lines += _empty_columns(slug, tally, work[slug])
        if lines:
            found[slug] = "\n".join(lines)
    return found


def check(
    tallies: Mapping[str, Tally], manifests: Mapping[str, Manifest], work: Mapping[str, list[Task]]
) -> None:
    """Stop before anything is published if of any dataset too much was lost. Raises BuildError.

    To be asked before people are left out: that they leave nothing is not an error.
    """
    if found := losses(tallies, manifests, work, examples=alone()):
        raise BuildError("\n".join(found.values()))


def advice(tally: Tally, manifest: str) -> dict[str, str]:
    """Reason -> what to do about rows that are rejected for it, where that is known."""
    found = {reason: _ADVICE[reason] for reason in tally.rejected if reason in _ADVICE}
    if "bad_utf8" in tally.rejected:
        key = likely(" ".join(tally.examples.get("bad_utf8", [])))
        key = key or 'encoding = "cp1252", or in which encoding it is,'
        found["bad_utf8"] = f"the list is not UTF-8: say {key} in {manifest}"
    if tally.nothings:
        words = ", ".join(f'"{word}"' if "\\" not in word else f"'{word}'" for word in tally.nothings)
        key = f"null = [{words}]"
        for reason in tally.rejected:
            if reason.startswith("bad_") and reason not in found:
                found[reason] = f"where this is how the list writes nothing, say {key} in {manifest}"
    return found


def _too_many(slug: str, tally: Tally, manifest: Manifest, path: str) -> str:
    """What is said first, where no row is kept or more are rejected than the manifest allows."""
    reasons = [f"{count:,} {reason}" for reason, count in sorted(tally.rejected.items())]
    reasons += (
        [f"{tally.passed_over:,} lines passed over: comments, blank or without a match"]
        if tally.passed_over
        else []
    )
    why = f" ({', '.join(reasons)})" if reasons else ""
    if not tally.kept:
        fix = "correct `columns` or `match` in its dataset.toml, or take the list away"
        return f"{slug}: {tally.rows:,} rows read, {tally.rows:,} rejected, none kept{why}; {fix}"
    rejected, most = tally.rejected.total(), manifest.expect.rejected.most(tally.rows)
    if rejected <= most:
        return ""
    fix = f"correct how the list is read, or allow it by [expect] rejected in {path}"
    return f"{slug}: {rejected:,} rejected, expected at most {most:,} of {tally.rows:,}{why}; {fix}"


def _by_reason(tally: Tally, path: str, *, examples: bool) -> list[str]:
    known = advice(tally, path)
    lines = []
    for reason in sorted(tally.rejected):
        shown = " | ".join(tally.examples.get(reason, [])[:SHOWN]) if examples else ""
        parts = [part for part in (f"such as {shown}" if shown else "", known.get(reason, "")) if part]
        lines += [f"{reason}: {'; '.join(parts)}"] if parts else []
    return lines


def _empty_columns(slug: str, tally: Tally, tasks: list[Task]) -> list[str]:
    """A line for each declared column that no row of any of its lists has a value in."""
    lines = []
    tables = {id(task.spec): task for task in reversed(tasks)}  # the first task of each `[[files]]`
    for task in reversed(tables.values()):
        spec = task.spec
        places = spec.places() if tally.filled.get(place(spec, "")) else {}
        empty = {slot: str(column) for slot, column in places.items() if not tally.filled[place(spec, slot)]}
        names = occurring(task) if empty else []
        for slot, column in empty.items():
            near = close(column, names)
            meant = f" (did you mean `{private(near)}`?)" if near and near != column else ""
            what = f"{slug}: column `{column}` ({slot}) is empty in every row of {spec.path}{meant}"
            few = private(", ".join(names[:NAMED])) + (", …" if names[NAMED:] else "")
            has = f", which has {few}" if names else ""
            lines.append(f"{what}{has}; correct or remove it in `columns` of {task.manifest}")
    return lines
