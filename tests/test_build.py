"""From miniature lists to a searched site: who is found, what is counted, what is refused."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from csv import DictReader
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from exposing import exchange, index, withheld
from exposing.errors import BuildError
from exposing.lookup import Reader, search
from mini import ALICE, ANY, BRUNO, ROOT, ROWS, add, built, csv, dataset


def answer(site: Path, query: str, key: str) -> dict[str, object]:
    """What a search says of one key."""
    found: dict[str, object] = search(query, str(site))["results"][key]
    return found


def test_a_name_that_one_list_joins_to_an_nsid_finds_it_in_every_list(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE], alias=["Alice-Example"], photo_id=[90000000001])
    add(tmp_path, "b", nsid=[ALICE], name=["Alice, as she was"[:5]], photo_id=[90000000002])
    add(tmp_path, "c", nsid=[ALICE, ALICE], photo_id=[90000000004, 90000000003])
    add(tmp_path, "d", alias=["alice-example"], photo_id=[90000000005])
    site = built(tmp_path)
    everything = {
        "found": True,
        "datasets": {
            "a": {"photos": 1, "ids": [90000000001]},
            "b": {"photos": 1, "ids": [90000000002]},
            "c": {"photos": 2, "ids": [90000000003, 90000000004]},
            "d": {"photos": 1, "ids": [90000000005]},
        },
    }
    assert answer(site, ALICE, f"nsid:{ALICE}") == everything
    assert answer(site, "Alice-Example", "name:alice-example") == everything
    assert answer(site, "alice", "name:alice") == everything


def test_a_name_of_several_accounts_gives_each_of_them(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE, BRUNO], name=["Sam", "sam"], photo_id=[90000000001, 90000000002])
    found = answer(built(tmp_path), "SAM", "name:sam")
    assert found["found"] and "datasets" not in found
    assert sorted(found["accounts"], key=str) == [  # type: ignore[arg-type, call-overload]
        {"a": {"photos": 1, "ids": [90000000001]}},
        {"a": {"photos": 1, "ids": [90000000002]}},
    ]


def test_an_account_named_without_a_photo_is_found(tmp_path: Path) -> None:
    url = [
        f"http://farm6.staticflickr.com/5/buddyicons/{ALICE}_r.jpg?1#x",
        "http://farm6.staticflickr.com/5/90000000001_ab.jpg",
    ]
    add(tmp_path, "a", image_url=url)
    site = built(tmp_path)
    assert answer(site, ALICE, f"nsid:{ALICE}") == {
        "found": True,
        "datasets": {"a": {"photos": 0, "ids": []}},
    }


def test_photos_images_people_and_tags(tmp_path: Path) -> None:
    owners = [f"{30000000 + n}@N99" for n in range(20)]
    add(
        tmp_path,
        "faces",
        image_url=[
            "http://www.Example.org/a/B.jpg?x=1#f",
            "https://farm1.static.flickr.com/1/90000000001_ab_z.jpg",
        ],
        identity=["Jane_Example", "Jane_Example"],
    )
    add(
        tmp_path,
        "pool",
        nsid=owners,
        photo_id=range(90000000001, 90000000021),
        tags=["wedding"] * 19 + ["Wedding!"],
    )
    add(tmp_path, "rare", nsid=owners[:19], photo_id=range(90000000101, 90000000120), tags=["rare"] * 19)
    site = built(tmp_path)
    assert answer(site, "90000000001", "photo:90000000001")["datasets"] == {
        "faces": {"photos": 1, "ids": [90000000001]},
        "pool": {"photos": 1, "ids": [90000000001]},
    }
    assert answer(site, "https://example.org/a/B.jpg?x=1", "image:example.org/a/B.jpg?x=1")["datasets"] == {
        "faces": {"images": 1, "identities": ["Jane Example"]}
    }
    assert answer(site, "JANE example", "person:jane example")["datasets"] == {
        "faces": {"images": 2, "identities": ["Jane Example"]}
    }
    assert answer(site, "#wedding", "tag:wedding")["datasets"] == {"pool": {"photos": 20, "owners": 20}}
    assert answer(site, "#rare", "tag:rare") == {"found": False, "datasets": {}}


def test_bare_numbers_and_account_ids_are_no_people(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001, 90000000002], identity=["17", f"{ALICE}_identity_3"])
    site = built(tmp_path)
    report = json.loads((site / "build-report.json").read_text())
    assert report["index"]["people"]["keys"] == 0
    assert report["datasets"]["a"]["identities"] == 2


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    dataset(
        tmp_path,
        "a",
        ROWS.format('nsid = "n", photo_id = "p"') + 'comment = "#"\n' + ANY,
        {
            "list.csv": f"n,p,face\n# note,,\n{ALICE},90000000001,0\n{ALICE},90000000001,1\n{ALICE},90000000001,1\n{ALICE},x,0\n,,0\n"
        },
    )
    counts = json.loads((built(tmp_path) / "build-report.json").read_text())["datasets"]["a"]
    assert counts["rejected"] == {"bad_photo_id": 1, "no_identifier": 1}
    assert (counts["rows"], counts["kept"], counts["duplicates"], counts["comments"]) == (5, 2, 1, 1)
    assert (counts["photos"], counts["accounts"]) == (1, 1)


def test_nothing_in_the_index_names_an_account(site: Path) -> None:
    """No name, number or secret of any sample, in no case and under no plain hash, is in the published index."""
    text = b"".join(path.read_bytes() for path in (site / "index").rglob("*.json")).lower().decode()
    names = set()
    for path in (ROOT / "data_sources").glob("*/expected.csv"):
        for row in DictReader(path.open(encoding="utf-8")):
            names |= {row[kind] for kind in ("nsid", "alias", "name")} - {""}
    assert len(names) > 20
    for name in names:
        assert name.lower() not in text
        assert name.split("@")[0] not in text or "@" not in name
        for secret in (name, f"nsid:{name}", f"name:{name}"):
            for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
                hexed = digest(secret.encode()).hexdigest()
                assert hexed[:16] not in text
    lists = [
        path.read_text(encoding="utf-8", errors="ignore")
        for path in (ROOT / "data_sources").glob("*/sample/**/*")
        if path.is_file()
    ]
    secrets = {found for part in lists for found in re.findall(r"9[0-9]{10}_([0-9a-f]{8,10})[_.]", part)}
    assert secrets and not [secret for secret in secrets if secret in text]


def test_a_missed_expectation_publishes_nothing(tmp_path: Path) -> None:
    folder = add(tmp_path, "a", nsid=[ALICE], photo_id=[90000000001])
    site = built(tmp_path)
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    with (folder / "dataset.toml").open("a") as manifest:
        manifest.write("[expect]\nphotos = { min = 2 }\n")
    with pytest.raises(BuildError, match="a: 1 photos, expected at least 2"):
        built(tmp_path)
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


EMPTY = {
    "no row is kept": (f"{ALICE},x\n,\n12,\n", "b: 3 rows read, 3 rejected, none kept (1 bad_nsid, 1 bad_photo_id, 1 no_identifier)"),
    "only a header": ("", "b: 0 rows read, 0 rejected, none kept"),
    "only comments": ("# one\n# two\n", "b: 0 rows read, 0 rejected, none kept (2 lines passed over: comments, blank or without a match)"),
}  # fmt: skip


@pytest.mark.parametrize("sample", [False, True])
@pytest.mark.parametrize("case", EMPTY)
def test_a_list_of_which_nothing_is_kept_stops_the_build(tmp_path: Path, case: str, sample: bool) -> None:
    """A search of it could only say "no", and that would be false."""
    rows, said = EMPTY[case]
    folders = [add(tmp_path, "a", nsid=[ALICE])]
    columns = ROWS.format('nsid = "n", photo_id = "p"') + 'comment = "#"\n'
    folders += [dataset(tmp_path, slug, columns, {"list.csv": "n,p\n" + rows}) for slug in ("b", "c")]
    for folder in folders if sample else []:
        (folder / "raw").rename(folder / "sample")
    with pytest.raises(BuildError) as stopped:
        built(tmp_path)
    fix = "; correct `columns` or `match` in its dataset.toml, or take the list away"
    lines = [line for line in str(stopped.value).splitlines() if not line.startswith("  ")]
    assert lines == [said + fix, said.replace("b:", "c:") + fix]
    assert not (tmp_path / "_site").exists()


def test_a_list_of_which_nothing_is_left_for_all_asked_to_be_left_out_is_no_fault(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE])
    add(tmp_path, "b", nsid=[BRUNO])
    withheld.add(tmp_path / "data_sources" / withheld.FILE, [ALICE], "2026-01-01")
    assert search(ALICE, built(tmp_path))["searched"]["account"] == ["b"]  # of `a` nothing is left to search


def test_real_lists_are_not_published_with_a_contact_that_reaches_nobody(tmp_path: Path) -> None:
    """People write there to be left out. A site below example.org is a trial, and so is one of samples."""
    folder = add(tmp_path, "a", nsid=[ALICE])
    built(tmp_path, base_url="https://example.org/exposing/")
    with pytest.raises(BuildError, match=r"site\.toml: contact = .* is a placeholder"):
        built(tmp_path, base_url="https://someone.github.io/exposing/")
    (folder / "raw").rename(folder / "sample")
    built(tmp_path, base_url="https://someone.github.io/exposing/")


def test_shards_are_as_few_as_their_size_allows(tmp_path: Path) -> None:
    count = 60_000
    add(tmp_path, "a", photo_id=[90000000000 + n * n % 9_999_991 for n in range(count)])
    site = built(tmp_path)
    sizes = [len(gzip.compress(path.read_bytes(), 6)) for path in site.glob("index/*/photos/*.json")]
    mean = sum(sizes) / len(sizes)
    assert len(sizes) > 2
    assert mean < index.SHARD_BYTES < mean * len(sizes) / (len(sizes) - 1)


@pytest.mark.parametrize(
    ("partition_bits", "keys", "kib", "shards"),
    [
        (0, 100, 1, 1),
        (0, 100_000, 39, 1),
        (0, 100_000, 41, 2),
        (0, 100_000, 1000, 26),
        (0, 26 * 128 - 1, 1000, 25),  # with 26 there would be fewer than 128 keys in one
        (0, 127, 1000, 1),
        (4, 1_000_000, 130, 4),
        (4, 1_000_000, 400, 16),
        (4, 1_000_000, 1000, 32),
        (4, 1_000_000, 1600, 48),
        (4, 40 * 128, 1600, 32),
        (4, 15 * 128, 1600, 8),
        (4, 1 << 40, 1 << 32, 1 << 16),
    ],
)
def test_the_number_of_shards_need_not_be_a_power_of_two(
    monkeypatch: pytest.MonkeyPatch, partition_bits: int, keys: int, kib: int, shards: int
) -> None:
    """Of so many keys, which are so many KiB when they are compressed."""
    one_partition = [(0, b"", keys >> partition_bits)]
    monkeypatch.setitem(index._ARRANGED, "people", lambda _folder, _group: {})
    monkeypatch.setitem(index._BODIES, "people", lambda _rows, _shards: one_partition)
    monkeypatch.setattr(index, "_packed_bytes", lambda _bodies: kib * 1024 >> partition_bits)
    assert index.plan(Path(), "people", partition_bits) == ("people", partition_bits, shards)


@pytest.mark.parametrize("kind", ["accounts", "photos"])
@pytest.mark.parametrize(("partition_bits", "shards"), [(0, 1), (0, 37), (4, 1), (4, 8), (4, 16), (4, 80)])
def test_every_shard_is_made_by_one_group_of_partitions(kind: str, partition_bits: int, shards: int) -> None:
    plan = index.Plan(kind, partition_bits, shards)
    groups = plan.groups()
    assert sorted(number for group in groups for number in group) == list(range(1 << partition_bits))
    made = [shard for group in groups for shard in plan.shards_of(group)]
    assert sorted(made) == list(range(shards))
    for number in range(5000):  # a key is sent to a partition of the group that makes its shard
        hashed = number * 0x9E3779B97F4A7C15 % (1 << 64)
        photos = kind == "photos"
        partition = hashed % (1 << partition_bits) if photos else hashed >> (64 - partition_bits)
        shard = hashed % shards if photos else (hashed >> 32) * shards >> 32
        assert shard in plan.shards_of(next(group for group in groups if partition in group))


def test_shards_too_small_to_hide_a_search_are_not_published(tmp_path: Path) -> None:
    count = 60_000
    add(
        tmp_path,
        "a",
        nsid=[f"{30000000 + n // 8}@N99" for n in range(count)],
        photo_id=[90000000000 + n * 7919 for n in range(count)],
    )
    report = json.loads((built(tmp_path) / "build-report.json").read_text())
    kind = report["index"]["accounts"]
    assert kind["shards"] > 1 and kind["keys"] / kind["shards"] >= 128
    (tmp_path / "site.toml").write_text(
        (tmp_path / "site.toml").read_text().replace("smallest_shard = 1", "smallest_shard = 100000")
    )
    with pytest.raises(BuildError, match="smallest_shard = 100000"):
        built(tmp_path)


def test_only_the_named_datasets_are_searched(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001])
    add(tmp_path, "b", photo_id=[90000000001])
    site = built(tmp_path, only=["b"])
    assert search("90000000001", str(site))["searched"]["photo"] == ["b"]
    with pytest.raises(BuildError, match="did you mean `b`"):
        built(tmp_path, only=["bb"])


def test_lists_elsewhere(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001])
    (tmp_path / "lists" / "a").mkdir(parents=True)
    (tmp_path / "lists" / "a" / "list.csv").write_text(csv(photo_id=[90000000002]))
    site = built(tmp_path, raw=tmp_path / "lists")
    assert search("90000000002", str(site))["found"] and not search("90000000001", str(site))["found"]
    (tmp_path / "none").mkdir()
    with pytest.raises(BuildError, match="holds no list of a"):
        built(tmp_path, raw=tmp_path / "none")


def test_the_same_lists_give_the_same_bytes(tmp_path: Path) -> None:
    """With another hash seed, locale, time zone, folder, file mask and number of processes."""
    sites = []
    for number, jobs in enumerate(("1", "2")):
        home = tmp_path / f"home{number}"
        for slug in ("a", "b", "c"):
            add(
                home,
                slug,
                nsid=[f"{30000000 + n}@N99" for n in range(300)],
                name=[f"n{n % 50}" for n in range(300)],
                photo_id=[90000000000 + 17 * n for n in range(300)],
                identity=[f"Person {n % 9}" for n in range(300)],
            )
        env = os.environ | {
            "PYTHONHASHSEED": str(number),
            "TZ": ("UTC", "Asia/Tokyo")[number],
            "SOURCE_DATE_EPOCH": "1700000000",
            "LC_ALL": ("C", "C.UTF-8")[number],
            "PYTHONPATH": str(ROOT / "build"),
        }
        command = [sys.executable, "-m", "exposing", "build", "--out", str(home / "out"), "--jobs", jobs]
        subprocess.run(
            command, cwd=home, env=env, check=True, umask=(0o022, 0o077)[number], capture_output=True
        )
        sites.append(home / "out")
    files = [
        {
            path.relative_to(site).as_posix(): (path.read_bytes(), path.stat().st_mode)
            for path in sorted(site.rglob("*"))
            if path.is_file()
        }
        for site in sites
    ]
    assert files[0].keys() == files[1].keys()
    assert [name for name in files[0] if files[0][name] != files[1][name]] == []


def test_two_keys_with_one_name_in_a_shard_stop_the_build() -> None:
    keys = np.array([0x0001_0000_0000_0007, 0x0002_0000_0000_0007], np.uint64)
    none = np.zeros(2, np.int64)
    rows = {"key": keys, "dataset": none, "label": none, "labels": pa.array(['""'])}
    assert sum(count for _, _, count in index._image_bodies(rows, 1 << 16)) == 2
    with pytest.raises(BuildError, match="the same hash"):
        index._image_bodies(rows, 1 << 4)


@pytest.mark.parametrize(
    ("partition", "floor", "size", "shards"), [(60, 128, 5000, 16), (500, 128, 5000, 16), (1000, 8, 1000, 48)]
)
def test_many_partitions_hold_the_same_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, partition: int, floor: int, size: int, shards: int
) -> None:
    """Lists too large for one partition: with more partitions than shards of images, and with fewer."""
    count = 4_000
    owner = [f"{30000000 + n % 97}@N99" for n in range(count)]
    photo = [90000000000 + n * 7919 for n in range(count)]
    add(tmp_path, "a", nsid=owner, photo_id=photo, name=[f"user {n % 97}" for n in range(count)])
    add(
        tmp_path,
        "b",
        image_url=[f"http://example.org/{n}.jpg" for n in range(count)],
        identity=[f"Person {chr(65 + n % 26)}" for n in range(count)],
    )
    monkeypatch.setattr(exchange, "PARTITION", partition)
    monkeypatch.setattr(index, "KEYS_PER_SHARD", floor)
    monkeypatch.setattr(index, "SHARD_BYTES", size)
    assert exchange.partition_bits(2 * count) >= 4
    reader = Reader(str(built(tmp_path)))
    assert reader.current["kinds"]["images"]["shards"] == shards
    for number in range(97):
        expected = {"a": {"photos": len(photo[number::97]), "ids": photo[number::97]}}
        for key in (f"nsid:{30000000 + number}@N99", f"name:user {number}"):
            assert reader.answer(key) == {"found": True, "datasets": expected}
    for n in range(0, count, 7):
        assert reader.answer(f"photo:{photo[n]}")["datasets"] == {"a": {"photos": 1, "ids": [photo[n]]}}
        assert not reader.answer(f"photo:{photo[n] + 1}")["found"]
        label = f"Person {chr(65 + n % 26)}"
        assert reader.answer(f"image:example.org/{n}.jpg")["datasets"] == {
            "b": {"images": 1, "identities": [label]}
        }
    assert reader.answer("person:person c")["datasets"] == {"b": {"images": 154, "identities": ["Person C"]}}
