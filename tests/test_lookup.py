"""The reference reader against a real server: what it asks for, and what it makes of a host that fails."""

import json
import shutil
from pathlib import Path

import pytest

from conftest import Serve
from exposing.errors import ShardError
from exposing.keys import FORMAT
from exposing.lookup import Reader, search
from mini import ALICE, add, built, sealed


def test_a_url_is_read_as_a_folder_is(site: Path, serve: Serve) -> None:
    served = serve(site, "/some-repo/")
    for query in (ALICE, "Chiara Esempio", "90000000301", "#wedding", "nobody"):
        assert search(query, served.url) == search(query, str(site))


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        (ALICE, ["accounts"]),
        ("99999999@N99", ["accounts"]),
        ("https://example.org/x.jpg", ["images"]),
        ("https://www.flickr.com/photos/chiara/90000000301", ["photos", "accounts"]),
        ("nobody", ["accounts", "people"]),
    ],
)
def test_a_search_asks_for_one_shard_per_key(site: Path, serve: Serve, query: str, kinds: list[str]) -> None:
    served = serve(site)
    search(query, served.url)
    build = json.loads((site / "index" / "current.json").read_text())["build"]
    assert served.paths == ["/index/current.json", *(f"/index/{build}/{kind}/0.json" for kind in kinds)]


def test_a_shard_is_read_once(site: Path, serve: Serve) -> None:
    served = serve(site)
    reader = Reader(served.url)
    for _ in range(3):
        assert reader.answer(f"nsid:{ALICE}")["found"]
    assert len(served.paths) == 2


@pytest.mark.parametrize("damage", ["cut off", "changed", "empty", "a web page", "another kind", "missing"])
def test_a_shard_that_must_not_be_believed_is_an_error(
    site: Path, serve: Serve, tmp_path: Path, damage: str
) -> None:
    broken = tmp_path / "site"
    shutil.copytree(site, broken)
    shard = next(broken.glob("index/*/accounts/0.json"))
    whole = shard.read_bytes()
    if damage == "missing":
        shard.unlink()
    else:
        other = next(broken.glob("index/*/people/0.json")).read_bytes()
        changed = whole.replace(b"[9", b"[8", 1)
        shard.write_bytes({"cut off": whole[:-9], "changed": changed, "empty": b"", "a web page": b"<!doctype html>",
                           "another kind": other}[damage])  # fmt: skip
    with pytest.raises(ShardError):
        search(ALICE, serve(broken).url)
    with pytest.raises(ShardError):
        search("nobody-at-all", str(broken))


def test_a_host_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ShardError, match="could not be read"):
        search(ALICE, "http://127.0.0.1:9/")


def test_a_reader_goes_on_after_a_new_deploy(tmp_path: Path, serve: Serve) -> None:
    folder = add(tmp_path, "a", nsid=[ALICE], photo_id=[90000000001])
    reader = Reader(serve(built(tmp_path)).url)
    (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{ALICE},90000000001\n{ALICE},90000000002\n")
    built(tmp_path)
    assert reader.answer(f"nsid:{ALICE}")["datasets"]["a"]["photos"] == 2


def test_an_index_of_another_format_is_refused(site: Path, tmp_path: Path) -> None:
    newer = tmp_path / "site"
    shutil.copytree(site, newer)
    path = newer / "index" / "current.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": FORMAT + 1}))
    with pytest.raises(ShardError, match=f"the index has format {FORMAT + 1}, this program reads {FORMAT}"):
        search(ALICE, str(newer))


@pytest.mark.parametrize("shards", [0, -1, 65537, 1.5, "1", None])
def test_a_number_of_shards_that_no_index_has_is_an_error(site: Path, tmp_path: Path, shards: object) -> None:
    odd = tmp_path / "site"
    shutil.copytree(site, odd)
    path = odd / "index" / "current.json"
    current = json.loads(path.read_text())
    current["kinds"]["accounts"]["shards"] = shards
    path.write_bytes(sealed(current))
    with pytest.raises(ShardError, match="does not say what an index should"):
        search(ALICE, str(odd))
