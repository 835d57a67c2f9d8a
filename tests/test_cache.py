"""Lists that have not changed are not read again, and the site is the same as one built anew."""

from pathlib import Path

import pytest

from exposing import cache
from exposing.lookup import search
from mini import ALICE, ANY, BRUNO, add, built, csv
from prove.ground import tree


def world(root: Path) -> None:
    """Three datasets, two of which have the same list."""
    for slug in ("a", "b", "same_as_b"):
        photos = [90000000001, "x"] if slug == "a" else [90000000002, 90000000003]
        add(root, slug, ANY, nsid=[ALICE, BRUNO], photo_id=photos)


def kept(root: Path) -> dict[str, int]:
    """The files of entries that are kept, and when each was made."""
    return {path.name: path.stat().st_ino for path in (root / "kept").glob("*.parquet")}


def build(root: Path) -> dict[str, bytes]:
    return tree(built(root, kept=root / "kept"))


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    world(tmp_path / "one")
    first = build(tmp_path / "one")
    before = kept(tmp_path / "one")
    assert len(before) == 2  # one list is there twice
    assert build(tmp_path / "one") == first
    assert kept(tmp_path / "one") == before
    (tmp_path / "one/data_sources/b/raw/list.csv").write_text(csv(nsid=[ALICE], photo_id=[90000000009]))
    second = build(tmp_path / "one")
    after = kept(tmp_path / "one")
    assert before.items() < after.items() and len(after) == 3
    assert search("90000000009", str(tmp_path / "one/_site"))["found"]

    world(tmp_path / "two")
    (tmp_path / "two/data_sources/b/raw/list.csv").write_text(csv(nsid=[ALICE], photo_id=[90000000009]))
    assert tree(built(tmp_path / "two")) == second


@pytest.mark.parametrize(
    "change", ["columns", "name of the list", "list", "comment", "a file more", "the program"]
)
def test_a_list_is_read_again_when_anything_that_it_depends_on_changes(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add(tmp_path, "a", nsid=[ALICE], photo_id=[90000000001])
    manifest, path = folder / "dataset.toml", folder / "raw" / "list.csv"
    manifest.write_text(manifest.read_text().replace('"list.csv"', '"*.csv"'))
    build(tmp_path)
    match change:
        case "columns":
            manifest.write_text(
                manifest.read_text().replace('photo_id = "photo_id"', 'image_name = "photo_id"')
            )
        case "name of the list":
            path.rename(path.with_name("other.csv"))
        case "list":
            path.write_bytes(path.read_bytes().replace(b"90000000001", b"90000000002"))
        case "comment":
            manifest.write_text(manifest.read_text() + 'comment = "#"\n')
        case "a file more":
            path.with_name("more.csv").write_bytes(path.read_bytes())
        case "the program":
            monkeypatch.setattr(cache, "program", lambda: "another")
    build(tmp_path)
    assert len(kept(tmp_path)) == 2


@pytest.mark.parametrize("damage", ["cut off", "changed", "no tally", "half a tally"])
def test_what_was_damaged_since_is_read_again(tmp_path: Path, damage: str) -> None:
    world(tmp_path)
    first = build(tmp_path)
    for path in (tmp_path / "kept").glob("*.parquet"):
        data = path.read_bytes()
        match damage:
            case "cut off":
                path.write_bytes(data[:-9])
            case "changed":
                path.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
            case "no tally":
                path.with_suffix(".json").unlink()
            case _:
                path.with_suffix(".json").write_text('{"sha256": ')
    assert build(tmp_path) == first


def test_what_no_build_uses_any_more_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world(tmp_path)
    build(tmp_path)
    (tmp_path / "data_sources/b/raw/list.csv").write_text(csv(nsid=[ALICE], photo_id=[90000000009]))
    (tmp_path / "data_sources/same_as_b/raw/list.csv").write_text(csv(nsid=[ALICE], photo_id=[90000000009]))
    build(tmp_path)
    assert len(kept(tmp_path)) == 3
    monkeypatch.setattr(cache, "KEPT", -1)
    cache.prune(tmp_path / "kept")
    assert not kept(tmp_path)
