"""The documentation says what the program does: its examples run, and nothing of the program is left out."""

import contextlib
import io
import json
import re
import tomllib
from pathlib import Path

import click
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from exposing import errors, reference
from exposing.cli import main
from exposing.manifest import Manifest
from mini import ROOT

DOCS = {
    path: path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", ROOT / "data_sources/README.md", *ROOT.glob("docs/*.md")]
}


def test_what_is_made_from_the_program_is_fresh() -> None:
    stale = [path for path, text in reference.texts(ROOT).items() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run `make docs`"


def test_every_command_and_option_is_documented() -> None:
    text = DOCS[ROOT / "docs" / "cli.md"]
    for name, command in main.commands.items():
        part = text.split(f"\n## exposing {name}\n")[1].split("\n## ")[0]
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[0] in part


def test_every_class_of_errors_is_documented() -> None:
    classes = [
        name
        for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, errors.BuildError)
    ]
    assert len(classes) >= 5
    assert not [name for name in classes if f"| `{name}` |" not in DOCS[ROOT / "docs" / "python.md"]]


def test_every_key_of_a_manifest_is_documented() -> None:
    text = DOCS[ROOT / "data_sources" / "README.md"]
    assert not [name for name in Manifest.model_fields if name != "slug" and f"| `{name}` |" not in text]


def test_editors_are_told_what_the_program_wants() -> None:
    """The schema accepts every manifest of ours, and refuses what the program refuses."""
    schema = json.loads((ROOT / reference.SCHEMA).read_text(encoding="utf-8"))
    check = Draft202012Validator(schema)
    Draft202012Validator.check_schema(schema)
    manifests = [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in ROOT.glob("data_sources/*/dataset.toml")
    ]
    assert manifests and all(check.is_valid(manifest) for manifest in manifests)
    good = next(manifest for manifest in manifests if manifest.get("files"))
    for broken in [
        {"titel": "x"},
        {"published": "2020"},
        {"status": "gone"},
        {"files": [good["files"][0] | {"format": "xlsx"}]},
        {"files": [good["files"][0] | {"columns": {"nsdi": "x"}}]},
    ]:
        assert not check.is_valid(good | broken)


def test_the_examples_of_python_say_what_they_say(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.parent)
    pd.set_option("display.width", 80)
    space: dict[str, object] = {}
    compared = 0
    for block in re.findall(r"```python\n(.*?)```", DOCS[ROOT / "docs" / "python.md"], re.DOTALL):
        code: list[str] = []
        wanted: list[str] = []
        for line in [*block.splitlines(), ""]:
            if line.startswith(MARK):
                wanted.append(line.removeprefix(MARK))
                compared += 1
            elif wanted:
                assert said("\n".join(code), space)[: len(wanted)] == wanted
                code, wanted = [line], []
            else:
                code.append(line)
        said("\n".join(code), space)
    assert compared >= 9


MARK = "# => "
"""Before what a notebook would show."""


def said(code: str, space: dict[str, object]) -> list[str]:
    """What a notebook would show below a cell: what is printed, and the value of the last line."""
    printed = io.StringIO()
    lines = code.rstrip().splitlines()
    with contextlib.redirect_stdout(printed):
        try:
            last = compile(lines[-1], "docs", "eval") if lines else None
        except SyntaxError:
            last = None
        exec("\n".join(lines[:-1] if last else lines), space)
        value = eval(last, space) if last else None
    if value is not None:
        printed.write(repr(value))
    return printed.getvalue().splitlines()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)", DOCS[path]):
        if "://" not in link:
            assert (path.parent / link).exists(), link
