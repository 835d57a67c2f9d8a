"""Never a no where there is no answer: which datasets can be searched by what is counted from their entries."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from exposing import withheld
from exposing.errors import BuildError, ShardError
from exposing.lookup import search, table
from mini import ALICE, BRUNO, add, built, sealed

ONE, TWO = 90000000001, 90000000002
IMAGE = "https://images.example.org/1.jpg"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lists of every kind; `many` is of a kind that could be searched, and names few owners."""
    root = tmp_path_factory.mktemp("states")
    add(root, "owners", nsid=[ALICE], photo_id=[ONE])
    add(root, "photos", photo_id=[ONE, TWO])
    add(root, "faces", image_url=[IMAGE], identity=["Jane Example"])
    add(root, "numbers", image_url=[IMAGE], identity=["17"])
    add(root, "many", nsid=[BRUNO, "", ""], photo_id=[ONE, 90000000003, 90000000004])
    return built(root)


def test_what_a_dataset_can_answer_is_counted(site: Path) -> None:
    current = json.loads((site / "index" / "current.json").read_text())
    assert {one["slug"]: one["answers"] for one in current["datasets"]} == {
        "owners": ["account", "photo"],
        "photos": ["photo"],
        "faces": ["image", "person"],
        "numbers": ["image"],
        "many": ["photo"],
    }


def test_tags_are_answered_where_any_is_listed(tmp_path: Path) -> None:
    twenty = [f"{20000000 + number}@N99" for number in range(20)]
    add(tmp_path, "a", nsid=twenty, photo_id=range(90000000000, 90000000020), tags=["wedding"] * 20)
    add(tmp_path, "b", nsid=twenty, photo_id=range(90000000000, 90000000020), tags=["wedding"] * 19 + [""])
    assert search("#wedding", built(tmp_path))["searched"]["tag"] == ["a"]


@pytest.mark.parametrize(
    ("query", "found", "searched"),
    [
        ("10000009@N99", False, {"account": ["owners"]}),
        ("90000000009", False, {"photo": ["many", "owners", "photos"]}),
        ("https://images.example.org/9.jpg", False, {"image": ["faces", "numbers"]}),
        ("nobody-at-all", False, {"account": ["owners"], "person": ["faces"]}),
        ("#wedding", None, {"tag": []}),
        (BRUNO, True, {"account": ["owners"]}),  # found in a list that is not said to be searched by accounts
    ],
)
def test_a_no_is_only_of_datasets_that_can_answer(
    site: Path, query: str, found: bool | None, searched: dict[str, list[str]]
) -> None:
    answer = search(query, site)
    assert answer["found"] is found
    assert {kind: sorted(answer["searched"][kind]) for kind in searched} == searched
    assert answer["reason"] == ("not_searchable" if found is None else "")


def test_a_site_without_a_list_of_the_kind_says_neither_yes_nor_no(tmp_path: Path) -> None:
    add(tmp_path, "faces", image_url=[IMAGE])
    site = built(tmp_path)
    for query, code in ((ALICE, 2), ("alice-example", 2), (str(ONE), 2), (IMAGE, 0), (IMAGE + "?9", 1)):
        command = [sys.executable, "-m", "exposing", "search", query, "--site", str(site)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done
        assert "not found" not in done.stdout if code == 2 else True


def test_what_is_left_after_people_were_left_out_decides(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE, ""], photo_id=[ONE, TWO])
    assert search(BRUNO, built(tmp_path))["searched"]["account"] == ["a"]
    withheld.add(tmp_path / "data_sources" / withheld.FILE, [ALICE], "2026-01-01")
    assert search(BRUNO, built(tmp_path))["found"] is None


@pytest.mark.parametrize("query", ["https://flic.kr/s/aHsjABCdef", "https://www.flickr.com/groups/x", " "])
def test_what_was_not_understood_has_a_reason_and_is_not_found_false(site: Path, query: str) -> None:
    answer = search(query, site)
    assert answer["found"] is None and answer["reason"] and not answer["results"]


def test_seeded_queries_against_an_independent_count(tmp_path: Path) -> None:
    dice = random.Random(7)
    photos = [90000000000 + 17 * number for number in range(400)]
    owners = [f"{20000000 + number % 50}@N99" for number in range(400)]
    lists: dict[str, dict[str, set[str]]] = {}
    for number in range(6):
        some = sorted(dice.sample(range(400), 150))
        named = number % 2 == 0
        columns: dict[str, list[object]] = {"photo_id": [photos[at] for at in some]}
        columns |= {"nsid": [owners[at] for at in some]} if named else {}
        add(tmp_path, f"d{number}", **columns)
        lists[f"d{number}"] = {
            "photo": {str(photos[at]) for at in some},
            "account": {owners[at] for at in some} if named else set(),
        }
    site = built(tmp_path)
    named_by_any = {
        at for slug in ("d0", "d2", "d4") for at in range(400) if str(photos[at]) in lists[slug]["photo"]
    }
    for kind, query, at in [
        ("photo", str(photos[at] + dice.choice([0, 1])), at) for at in range(0, 400, 3)
    ] + [("account", owner, -1) for owner in sorted({*owners, "99999999@N99"})]:
        answer = search(query, site)
        (result,) = answer["results"].values()
        mine = {str(photos[at]) for at in named_by_any if owners[at] == query}
        found = {
            slug
            for slug, has in lists.items()
            if query in has[kind] or (kind == "account" and mine & has["photo"])
        }
        can = {slug for slug, has in lists.items() if has[kind]}
        assert set(result["datasets"]) == found, (query, at)
        assert set(answer["searched"][kind]) == can
        assert result["found"] is bool(found)


# --- tables -------------------------------------------------------------------------------------


def test_a_table_takes_numbers_and_skips_what_is_missing(site: Path) -> None:
    for column in (
        pd.Series([ONE, TWO]),
        pd.Series([ONE, None, TWO]),
        pd.Series([ONE, pd.NA, TWO], dtype="Int64"),
        [float(ONE), float("nan"), str(TWO), None],
        pd.array([str(ONE), None, str(TWO)], dtype="string"),
    ):
        found = table(column, site)
        assert set(found["query"]) == {str(ONE), str(TWO)}
        assert set(found[found["answer"] == "found"]["photo"]) == {ONE, TWO}


def test_a_table_says_why_a_query_has_no_find(site: Path) -> None:
    queries = ["90000000009", "https://flic.kr/s/aHsjABCdef", "#wedding", str(TWO)]
    found = table(queries, site).groupby("query", sort=False)["answer"].first()
    assert found.to_dict() == {
        "90000000009": "not_found",
        "https://flic.kr/s/aHsjABCdef": "short_link",
        "#wedding": "not_searchable",
        str(TWO): "found",
    }


@pytest.mark.parametrize("queries", ["alice-example", None, float("nan"), 90000000001, b"x", [["a"]]])
def test_what_is_no_list_of_queries_is_refused_by_name(site: Path, queries: object) -> None:
    with pytest.raises(BuildError, match=r"lookup\.table: "):
        table(queries, site)  # type: ignore[arg-type]


# --- a site's address, and its pointer ----------------------------------------------------------


@pytest.mark.parametrize(
    "page", ["", "index.html", "datasets/owners/", "datasets/owners/index.html", "de/many/"]
)
def test_any_page_of_a_site_leads_to_it(site: Path, page: str) -> None:
    assert search(ALICE, site / page)["found"]


@pytest.mark.parametrize("what", ["shards", "answers", "a bit", "cut off"])
def test_a_pointer_that_was_altered_is_an_error(site: Path, tmp_path: Path, what: str) -> None:
    altered = tmp_path / "site"
    altered.mkdir()
    (altered / "index").mkdir()
    for path in (site / "index").iterdir():
        (altered / "index" / path.name).symlink_to(path) if path.is_dir() else None
    whole = (site / "index" / "current.json").read_bytes()
    current = json.loads(whole)
    if what == "shards":
        current["kinds"]["accounts"]["shards"] = 2  # with a digest that is right: the shard's `of` tells
    if what == "answers":
        current["datasets"][0]["answers"] = "account"
    changed = {"a bit": whole.replace(b'"account"', b'"accounu"', 1), "cut off": whole[:-9]}
    (altered / "index" / "current.json").write_bytes(changed.get(what) or sealed(current))
    with pytest.raises(ShardError):
        for query in (ALICE, "99999999@N99", "nobody-at-all", str(ONE)):
            search(query, altered)
