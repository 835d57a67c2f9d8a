"""docs/guarantees.json and the page that is made of it."""

import json
import platform
from pathlib import Path
from typing import Any

Found = dict[str, dict[str, Any]]

HEAD = """# Guarantees

What this project promises, and what was measured when each promise was put to the test. `make prove` does all of it
again and writes this page; `make prove ONLY=kill` one part. The same trials, with fewer numbers, are among the tests
(`tests/test_promises.py`).

A test that cannot fail proves nothing. So after each trial the code was broken on purpose, in a copy, and the trial
was run again: below each promise stands how the code was broken and what the trial then said. Where a trial had not
noticed, `make prove` would have stopped.
"""


def machine() -> str:
    """What the trials ran on."""
    return f"Python {platform.python_version()} on {platform.system()}"


def load(out: Path) -> Found:
    """What the last trials found."""
    path = out / "guarantees.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def save(out: Path, found: Found, order: list[str]) -> None:
    """Write both files."""
    found = {name: found[name] for name in order if name in found}
    (out / "guarantees.json").write_text(
        json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (out / "guarantees.md").write_text(page(found), encoding="utf-8")


def page(found: Found) -> str:
    """The page."""
    tried = sum(len(one.get("broken", [])) for one in found.values())
    parts = [HEAD, f"{len(found)} promises; {tried} ways to break the code, each noticed.\n"]
    for name, one in found.items():
        parts.append(f"## {one['promise']}\n\n`tests/prove/{name}.py`\n")
        parts.append("".join(f"- {line}\n" for line in one["figures"]))
        if one.get("broken"):
            rows = "".join(
                f"| {_cell(b['what'])} | `{b['file']}` | {_cell(b['noticed'])} |\n" for b in one["broken"]
            )
            parts.append(f"| broken on purpose | in | the trial said |\n|---|---|---|\n{rows}")
    machines = sorted({one["with"] for one in found.values()})
    parts.append(f"Tried with {', '.join(machines)}.\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
