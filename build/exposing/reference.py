"""The parts of the documentation that are made from the program: `make docs` writes them, a test compares."""

import json
import re
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exposing.cli import main
from exposing.manifest import MANIFEST, Manifest
from exposing.models import table_of
from exposing.schema import KINDS
from exposing.site import Site

SCHEMA = "data_sources/dataset.schema.json"
WIDTH = 80
"""Columns of the terminal in which commands are shown."""


def texts(root: Path) -> dict[Path, str]:
    """Every file of the project at `root` that is made from the program, or partly, as it should be."""
    keys = root / "data_sources" / "README.md"
    site = root / "docs" / "site.md"
    return {
        root / SCHEMA: json.dumps(schema(), indent=1, ensure_ascii=False) + "\n",
        keys: _between(keys.read_text(encoding="utf-8"), tables(Manifest)),
        site: _between(site.read_text(encoding="utf-8"), tables(Site)),
        root / "docs" / "cli.md": commands(),
    }


def schema() -> dict[str, Any]:
    """A JSON Schema of `dataset.toml`, for editors that complete and check."""
    whole = Manifest.model_json_schema()
    del whole["properties"]["slug"]  # it is the folder's name
    whole["required"].remove("slug")
    files = whole["$defs"]["ListFile"]["properties"]
    for key in ("columns", "translate"):
        files[key]["propertyNames"] = {"enum": list(KINDS)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | whole | {"title": MANIFEST}


def tables(model: type[BaseModel]) -> str:
    """Every key of a file, a table for each of its tables, in Markdown."""
    parts: list[str] = []
    waiting: list[tuple[str, type[BaseModel]]] = [("", model)]
    seen: set[type[BaseModel]] = set()
    while waiting:
        path, one = waiting.pop(0)
        if one in seen:
            continue
        seen.add(one)
        known = {name: field for name, field in one.model_fields.items() if name != "slug"}
        heading = f"### `{path}`\n\n{_first_sentence(one)}\n\n" if path else ""
        rows = [f"| `{name}` | {_type(field)} | {_meaning(field)} |" for name, field in known.items()]
        parts.append(heading + "\n".join(["| key | what it is | meaning |", "|---|---|---|", *rows]) + "\n")
        for name, field in known.items():
            inner = table_of(field.annotation)
            if inner:
                inside = f"{path.strip('[]')}.{name}".strip(".")
                repeated = str(field.annotation).startswith("list")
                waiting.append((f"[[{inside}]]" if repeated else f"[{inside}]", inner))
    return "\n".join(parts)


def _first_sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _meaning(field: FieldInfo) -> str:
    text = (field.description or "").replace("|", "\\|")
    return f"**Needed.** {text}" if field.is_required() else text


def _type(field: FieldInfo) -> str:
    """What a key's value is, in words."""
    described = field.annotation
    text = str(described)
    if table_of(described):
        return "tables" if text.startswith("list") else "table"
    if "Literal" in text:
        return ", ".join(f"`{word}`" for word in re.findall(r"'(\w+)'", text))
    if text.startswith("dict"):
        return "table"
    if "{6}" in text:
        return "two colours"
    words = {"str": "text", "bool": "true or false", "float": "number"}
    word = next((word for kind, word in words.items() if kind in text), "whole number")
    return f"list of {word}s" if text.startswith("list") else word


def commands() -> str:
    """Every command's `--help`, in Markdown."""
    parts = ["# Commands\n", "What each command's `--help` prints. `make docs` writes this page.\n"]
    for name, command in [("", main), *main.commands.items()]:
        path = f"exposing {name}".strip()
        names = main.context_settings["help_option_names"]
        context = click.Context(command, info_name=path, terminal_width=WIDTH, help_option_names=names)
        parts.append(f"## {path}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


BEGIN, END = "<!-- made by `make docs` from here -->", "<!-- to here -->"


def _between(text: str, made: str) -> str:
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{made}\n{END}{tail}"


def write(root: Path) -> None:
    """Write them all."""
    for path, text in texts(root).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parents[2])
