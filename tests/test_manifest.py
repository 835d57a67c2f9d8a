"""Faults of manifests: each is named with file, key path and what to do, all at once."""

from pathlib import Path

import pytest

from exposing.errors import ManifestError
from exposing.manifest import load, load_all
from mini import dataset

FILES = '[[files]]\npath = "a.csv"\nformat = "csv"\ncolumns = { nsid = "n" }\n'
LINES = '[[files]]\npath = "a.txt"\nformat = "lines"\n'
FAULTS = {
    "colums = 1\n": "colums: no such key; did you mean `columns`?",
    'columns = { nsid = "n", nsidd = "m" }\n': "`nsidd` is no kind of identifier; did you mean `nsid`?",
    'format = "csvv"\n': "files.0.format",
    'sha256 = "abc"\n': "files.0.sha256",
    'url = "flickr.com"\n': "files.0.url",
}


@pytest.mark.parametrize("line", FAULTS)
def test_faults_of_a_file_table(tmp_path: Path, line: str) -> None:
    key = line.split(" ", maxsplit=1)[0]
    table = "".join(kept + "\n" for kept in FILES.splitlines() if not kept.startswith(f"{key} =")) + line
    folder = dataset(tmp_path, "a", table, {})
    with pytest.raises(ManifestError) as caught:
        load(folder)
    assert FAULTS[line] in str(caught.value)
    assert str(folder / "dataset.toml") in str(caught.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "give either [[files]], or `not_searchable`"),
        ('not_searchable = "why"\n' + FILES, "give either [[files]], or `not_searchable`"),
        (LINES, "format `lines` needs `match`"),
        (LINES + "match = '(?P<nsid>'\n", "not an RE2 pattern"),
        (LINES + "match = '(?P<nsid>a)(?=b)'\n", "not an RE2 pattern"),
        (LINES + "match = '(?P<identity>a)'\n", "no column says whose photo it is"),
        ('[[files]]\npath = "a"\nformat = "csv"\n', "format `csv` needs `columns`"),
        ("x = \n" + FILES, "not valid TOML"),
        (FILES + "[expect]\nphoto = { min = 1 }\n", "expect.photo: no such key; did you mean `photos`?"),
        ('derived_from = ["b"]\n' + FILES, "derived_from: no dataset `b`"),
        (FILES + '[[changes]]\ndate = "2026-02-30"\ntext = "x"\n', "changes.0.date: no such day"),
        (FILES + '[[changes]]\ndate = "2026"\ntext = "x"\n', "changes.0.date"),
    ],
)
def test_faults_of_a_manifest(tmp_path: Path, table: str, said: str) -> None:
    dataset(tmp_path, "a", table, {})
    with pytest.raises(ManifestError) as caught:
        load_all(tmp_path / "data_sources")
    assert said in str(caught.value)


def test_all_faults_of_all_manifests_at_once(tmp_path: Path) -> None:
    for slug in ("a", "b"):
        folder = dataset(tmp_path, slug, FILES, {})
        text = (folder / "dataset.toml").read_text().replace("published = 2020", 'published = "then"')
        (folder / "dataset.toml").write_text(text.replace('status = "unclear"', 'status = "gone"'))
    with pytest.raises(ManifestError) as caught:
        load_all(tmp_path / "data_sources", ["a", "b", "c"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert sum("published" in line for line in lines) == sum("status" in line for line in lines) == 2
    assert "no dataset `c`" in lines[0]
