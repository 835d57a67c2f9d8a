"""Whose photo it is: an owner that any list names counts for every dataset that holds the photo."""

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from exposing import withheld
from exposing.lookup import search
from mini import ALICE, BRUNO, add, built

ONE, TWO, THREE = 90000000001, 90000000002, 90000000003
Datasets = dict[str, Any]


def held(site: Path, query: str) -> Datasets:
    """What a site says of an account: dataset -> ids, or the ids and the lists that name the owner."""
    (result,) = [one for key, one in search(query, site)["results"].items() if not key.startswith("person:")]
    return {
        slug: (one["ids"], one["owner_from"]) if "owner_from" in one else one["ids"]
        for slug, one in result["datasets"].items()
    }


def test_a_photo_counts_where_another_list_names_its_owner(tmp_path: Path) -> None:
    add(tmp_path, "named", nsid=[ALICE, BRUNO], photo_id=[ONE, TWO])
    add(tmp_path, "nameless", photo_id=[ONE, TWO, THREE])
    site = built(tmp_path)
    assert held(site, ALICE) == {"named": [ONE], "nameless": ([ONE], {"named": [ONE]})}
    assert held(site, BRUNO) == {"named": [TWO], "nameless": ([TWO], {"named": [TWO]})}


def test_owners_that_lists_disagree_on_all_count(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE], photo_id=[ONE])
    add(tmp_path, "b", nsid=[BRUNO], photo_id=[ONE])
    add(tmp_path, "c", photo_id=[ONE])
    site = built(tmp_path)
    assert held(site, ALICE) == {"a": [ONE], "b": ([ONE], {"a": [ONE]}), "c": ([ONE], {"a": [ONE]})}
    assert held(site, BRUNO) == {"a": ([ONE], {"b": [ONE]}), "b": [ONE], "c": ([ONE], {"b": [ONE]})}


def test_every_list_that_names_the_owner_is_named(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE], alias=["alice-example"], photo_id=[ONE])
    add(tmp_path, "b", alias=["alice-example"], photo_id=[ONE])
    add(tmp_path, "c", photo_id=[ONE])
    site = built(tmp_path)
    expected = {"a": [ONE], "b": [ONE], "c": ([ONE], {"a": [ONE], "b": [ONE]})}
    assert held(site, ALICE) == held(site, "https://www.flickr.com/people/alice-example/") == expected


def test_an_account_that_is_named_without_a_photo_gets_those_that_others_know(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE], photo_id=[ONE])
    icon = f"https://www.flickr.com/buddyicons/{ALICE}.jpg"
    add(tmp_path, "b", image_url=[icon, f"https://live.staticflickr.com/1/{ONE}_0a1b2c3d4e.jpg"])
    assert held(built(tmp_path), ALICE) == {"a": [ONE], "b": ([ONE], {"a": [ONE]})}


def test_who_asked_to_be_left_out_is_joined_to_nothing(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE, BRUNO], photo_id=[ONE, TWO])
    add(tmp_path, "b", photo_id=[ONE, TWO])
    add(tmp_path, "c", nsid=[BRUNO], photo_id=[ONE])  # says that Alice's photo is Bruno's
    withheld.add(tmp_path / "data_sources" / withheld.FILE, [ALICE], "2026-01-01")
    site = built(tmp_path)
    assert held(site, ALICE) == {}
    assert held(site, BRUNO) == {"a": [TWO], "b": ([TWO], {"a": [TWO]})}


def test_owners_are_joined_again_when_only_one_list_has_changed(tmp_path: Path) -> None:
    named = add(tmp_path, "named", nsid=[ALICE], photo_id=[ONE])
    add(tmp_path, "nameless", photo_id=[ONE, TWO])
    built(tmp_path, kept=tmp_path / "kept")
    (named / "raw" / "list.csv").write_text(f"nsid,photo_id\n{BRUNO},{ONE}\n{ALICE},{TWO}\n")
    site = built(tmp_path, kept=tmp_path / "kept")
    assert held(site, BRUNO) == {"named": [ONE], "nameless": ([ONE], {"named": [ONE]})}
    assert held(site, ALICE) == {"named": [TWO], "nameless": ([TWO], {"named": [TWO]})}
    clean = {path.name: path.read_bytes() for path in site.glob("index/*/*/*")}
    assert clean == {path.name: path.read_bytes() for path in built(tmp_path).glob("index/*/*/*")}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_account_of_a_seeded_corpus_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Against a plain count, with partitions of a hundred entries, so that accounts lie in many."""
    monkeypatch.setattr("exposing.exchange.PARTITION", 100)
    dice = random.Random(seed)
    accounts = [f"{20000000 + number}@N99" for number in range(60)]
    owner_of = {90000000000 + dice.randrange(10**6): dice.choice(accounts) for _ in range(900)}
    naming: dict[tuple[str, int], dict[str, bool]] = defaultdict(
        dict
    )  # account, photo -> dataset -> it says so
    holding: dict[int, dict[str, str]] = defaultdict(dict)  # photo -> dataset -> the owner that it names
    for number in range(8):
        photos = dice.sample(sorted(owner_of), 300)
        owners = [dice.choice(accounts) if dice.random() < 0.05 else owner_of[photo] for photo in photos]
        owners = ["" if number % 2 or dice.random() < 0.1 else owner for owner in owners]
        columns = {"photo_id": photos} if number % 2 else {"nsid": owners, "photo_id": photos}
        add(tmp_path, f"d{number}", **columns)
        for photo, owner in zip(photos, owners, strict=True):
            holding[photo][f"d{number}"] = owner
    for photo, datasets in holding.items():
        for owner in {one for one in datasets.values() if one}:
            naming[owner, photo] = {slug: one == owner for slug, one in datasets.items()}
    expected: dict[str, Datasets] = {account: defaultdict(lambda: ([], {})) for account in accounts}
    for (owner, photo), datasets in sorted(naming.items()):
        for slug, says_so in datasets.items():
            ids, owner_from = expected[owner][slug]
            ids.append(photo)
            for other in [other for other, yes in datasets.items() if yes and not says_so]:
                owner_from.setdefault(other, []).append(photo)
    site = built(tmp_path)
    for account in accounts:
        plain = {slug: one if one[1] else one[0] for slug, one in expected[account].items()}
        assert held(site, account) == plain


# --- part_of ------------------------------------------------------------------------------------


def part_of(folder: Path, *wholes: str) -> None:
    manifest = folder / "dataset.toml"
    manifest.write_text(f"part_of = {list(wholes)}\n" + manifest.read_text(), encoding="utf-8")


def test_a_find_in_a_part_is_a_find_in_the_whole(tmp_path: Path) -> None:
    part_of(add(tmp_path, "part", nsid=[ALICE, BRUNO], photo_id=[ONE, TWO]), "whole")
    part_of(add(tmp_path, "whole", nsid=[ALICE], photo_id=[THREE]), "all")
    (add(tmp_path, "all", photo_id=[1]) / "raw" / "list.csv").unlink()  # nobody has its list
    site = built(tmp_path)
    datasets = search(ALICE, site)["results"][f"nsid:{ALICE}"]["datasets"]
    assert list(datasets) == ["all", "part", "whole"]
    assert datasets["whole"] == {"photos": 2, "ids": [ONE, THREE], "from_parts": {"part": [ONE]}}
    assert datasets["all"] == {
        "photos": 2,
        "ids": [ONE, THREE],
        "from_parts": {"part": [ONE], "whole": [THREE]},
    }
    photo = search(str(TWO), site)["results"][f"photo:{TWO}"]["datasets"]
    assert photo["whole"] == {"photos": 1, "ids": [TWO], "from_parts": {"part": [TWO]}}
    assert "from_parts" not in photo["part"]
    assert (
        "2 more photos are known to be in it, because part"
        in (site / "datasets/whole/index.html").read_text()
    )
    assert "3 more photos are known to be in it" in (site / "datasets/all/index.html").read_text()


def test_a_photo_that_the_whole_lists_itself_needs_no_part(tmp_path: Path) -> None:
    part_of(add(tmp_path, "part", nsid=[ALICE], photo_id=[ONE]), "whole")
    add(tmp_path, "whole", nsid=[ALICE], photo_id=[ONE])
    site = built(tmp_path)
    datasets = search(ALICE, site)["results"][f"nsid:{ALICE}"]["datasets"]
    assert datasets == {slug: {"photos": 1, "ids": [ONE]} for slug in ("part", "whole")}
    assert "more photo" not in (site / "datasets/whole/index.html").read_text()


def test_images_elsewhere_are_in_the_whole_too_and_names_are_not(tmp_path: Path) -> None:
    url = "https://images.example.org/1.jpg"
    part_of(add(tmp_path, "part", image_url=[url], identity=["Jane Example"]), "whole")
    add(tmp_path, "whole", image_url=["https://images.example.org/2.jpg"])
    site = built(tmp_path)
    (image,) = search(url, site)["results"].values()
    assert image["datasets"]["whole"] == {"images": 1, "identities": [], "from_parts": {"part": []}}
    assert list(search("Jane Example", site)["results"]["person:jane example"]["datasets"]) == ["part"]
