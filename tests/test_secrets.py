"""What others may read: no address, no file's name and no row of a private list is in it."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from exposing import download, errors
from exposing.cli import main
from mini import SITE, csv, dataset

SECRETS = [f"zq{number:02}secret" for number in range(20)]
TABLE = (
    '[[files]]\npath = "{path}"\nformat = "{format}"\ncolumns = {{ nsid = {column}, photo_id = "p" }}\n{more}'
)


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """All that a command says where nobody sits before it, in a workflow for example."""
    monkeypatch.delenv(errors.SHOW)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(download, "WAIT", 0)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code in (0, 2), done.output + repr(done.exception)
        return done.output

    return run


def leaked(text: str) -> list[str]:
    """The secrets of which anything is in a text, as it is or in part."""
    return [secret for secret in SECRETS if secret[:4] in text]


ADDRESSES = [
    "http://{0}:{1}@127.0.0.1:port/{2}.zip?token={3}",
    "http://{0}:{1}@127.0.0.1:99999/{2}.zip?token={3}",
    "http://{0}:{1}@127.0.0.1:9/{2} {3}.zip",
    "http://{0}:{1}@127.0.0.1:9/{2}.zip?token={3}",
    "http://{0}:{1}@[::1/{2}.zip?{3}",
    "https://{0}:{1}@{2}{2}{2}{2}{2}{2}{2}{2}.example.org/{3}",
    "HTTP://{0}@10.0.0.1/{2}{1}{3}",
    "ftp://{0}:{1}@127.0.0.1/{2}/{3}.zip",
    "nothing://{0}:{1}@127.0.0.1/{2}/{3}.zip",
    "/{0}/{1}/{2}/{3}.zip",
    "{0}/{1}\1{2}/{3}.zip",
    "file:///{0}/{1}/{2}/{3}.zip",
    "lists.zip",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("private", ["true", "false"])
def test_nothing_of_the_address_is_said(
    tmp_path: Path,
    said: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    private: str,
) -> None:
    dataset(tmp_path, "a", TABLE.format(path="*.csv", format="csv", column='"n"', more=""), {})
    (tmp_path / "site.toml").write_text(SITE + f"fetch_private = {private}\n")
    folder = tmp_path / SECRETS[4]
    folder.mkdir()
    (folder / "lists.zip").write_bytes(b"PK no zip")
    text = address.format(*SECRETS)
    if address == "lists.zip":
        text = str(folder / address)
    monkeypatch.setenv("EXPOSING_LISTS", text)
    output = said("fetch")
    assert leaked(output) == [] and len(output.splitlines()) == 1, output
    assert output.startswith("Error: ") and "EXPOSING_LISTS leads to" in output


def zipped(names: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return buffer.getvalue()


ROW = f"{SECRETS[5]},{SECRETS[6]}\n"
ARCHIVES = {  # what is wrong with an archive: what it holds
    "nothing": {f"a/{SECRETS[0]}.csv": "n,p\n10000001@N99,90000000101\n"},
    "a stranger": {f"a/{SECRETS[0]}.csv": "n,p\n", f"{SECRETS[1]}/{SECRETS[2]}.csv": "n,p\n"},
    "a way out": {f"a/../../{SECRETS[3]}.csv": "n,p\n"},
    "a name too long": {f"a/{SECRETS[4] * 40}.csv": "n,p\n"},
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_what_is_unpacked_is_counted(
    tmp_path: Path, said: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    dataset(tmp_path, "a", TABLE.format(path="*.csv", format="csv", column='"n"', more=""), {})
    (tmp_path / "lists.zip").write_bytes(zipped(ARCHIVES[name]))
    monkeypatch.setenv("EXPOSING_LISTS", str(tmp_path / "lists.zip"))
    text = said("fetch")
    assert leaked(text) == [], text
    assert ("a: 1 from EXPOSING_LISTS." in text) == (name == "nothing")


def parquet(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


NAME = f"{SECRETS[7]}.csv"
LISTS: dict[str, tuple[dict[str, object], dict[str, str | bytes]]] = {  # what is wrong: (the table, lists)
    "no header": ({}, {NAME: ROW * 3}),
    "no such column of Parquet": ({"format": "parquet"}, {NAME: parquet(**{SECRETS[8]: [1], "p": [1]})}),
    "other names": ({"path": "list.csv"}, {NAME: ROW, f"{SECRETS[9]}/x.csv": ROW}),
    "all rejected": ({}, {NAME: "n,p\n" + ROW * 3}),
    "some rejected": ({}, {NAME: "n,p\n10000001@N99,90000000101\n" + ROW}),
    "one unread": (
        {"path": "list.csv"},
        {"list.csv": csv(n=["10000001@N99"], p=[90000000101]), f"{SECRETS[10]}.csv": ROW},
    ),
    "an empty column": ({}, {NAME: f"n,p,{SECRETS[11]}\n,90000000101,{SECRETS[12]}\n"}),
    "another delimiter": ({}, {NAME: (ROW * 3).replace(",", ";")}),
    "a quote": ({}, {NAME: f'n,p\n"{SECRETS[13]},9\n' + ROW * 200}),
    "an archive that is none": ({}, {f"{SECRETS[14]}.zip": SECRETS[15]}),
    "a packed list that is none": ({}, {f"{SECRETS[14]}.csv.gz": b"\x1f\x8b" + SECRETS[15].encode()}),
    "UTF-16": ({}, {NAME: (ROW * 9).encode("utf-16")}),
    "no JSON": ({"format": "json"}, {NAME: f'[{{"n": {SECRETS[16]}}}]'}),
    "JSON of another form": ({"format": "json"}, {NAME: f'{{"{SECRETS[17]}": 1}}'}),
    "a long row": ({}, {NAME: "n,p\n" + SECRETS[18] * 600_000}),
    "a web page": ({}, {NAME: f"<!doctype html>{SECRETS[19]}"}),
    "a spreadsheet": ({"path": "x"}, {f"{SECRETS[14]}.xlsx": zipped({"xl/workbook.xml": ""})}),
}


@pytest.mark.parametrize("name", LISTS)
def test_nothing_of_a_list_is_said(tmp_path: Path, said: Callable[..., str], name: str) -> None:
    table, lists = LISTS[name]
    keys = {"path": "*", "format": "csv", "column": '"n"', "more": ""} | table
    dataset(tmp_path, "a", TABLE.format(**keys), dict(lists))
    for command in (["check"], ["build", "--jobs", "1"], ["fetch"]):
        text = said(*command)
        assert leaked(text) == [], text
    site = [path for path in (tmp_path / "_site").rglob("*") if path.is_file()]
    assert not [path for path in site if leaked(path.read_bytes().decode("latin-1"))]


def test_a_bug_says_nothing_of_a_list(tmp_path: Path) -> None:
    dataset(tmp_path, "a", TABLE.format(path="*", format="csv", column='"n"', more=""), {NAME: ROW})
    command = (
        "import sys, exposing.build as b, exposing.__main__ as m\n"
        f"def broken(*_): raise KeyError('{SECRETS[0]}')\n"
        "b.check = broken; sys.argv = ['exposing', 'check']; m.run()"
    )
    env = {name: value for name, value in os.environ.items() if name != errors.SHOW} | {
        "GITHUB_ACTIONS": "true"
    }
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3 and "bug in exposing: KeyError (" in done.stderr
    assert leaked(done.stderr) == []


def test_rows_of_an_invented_sample_are_shown(tmp_path: Path, said: Callable[..., str]) -> None:
    folder = dataset(tmp_path, "a", TABLE.format(path="*", format="csv", column='"n"', more=""), {NAME: ROW})
    (folder / "raw").rename(folder / "sample")
    assert f"{NAME}: has no column `n`, `p`, only {ROW.strip().replace(',', ', ')}" in said("check")


def test_a_mark_inside_a_row_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    row = "\ufdd1zq00secret\ufdd0"
    text = f"{errors.private(f'a {errors.private(row)} b')} and more"
    assert errors.shown(text) == "a zq00secret b and more"
    monkeypatch.delenv(errors.SHOW)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert errors.shown(text) == f"{errors.HIDDEN} and more"
    assert errors.BuildError(text).format_message() == f"{errors.HIDDEN} and more"
