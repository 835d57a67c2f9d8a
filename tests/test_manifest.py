"""Faults of manifests: each is named with file, key path and what to do, all at once."""

from pathlib import Path

import pytest

from exposing.errors import ManifestError
from exposing.manifest import load_all
from mini import dataset

FILES = '[[files]]\npath = "a.csv"\nformat = "csv"\ncolumns = { nsid = "n" }\n'


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
