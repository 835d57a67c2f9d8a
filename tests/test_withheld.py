"""Being left out: whoever asked is under no key of any kind of index, and in no count."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exposing import withheld
from exposing.build import build_site
from exposing.errors import BuildError
from exposing.lookup import search
from exposing.project import Project
from mini import ALICE, BRUNO, add, built

ALICE_PHOTOS = [90000000101, 90000000102]
IMAGE = "https://images.example.org/a.jpg"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Lists that know Alice by number, by alias, by display name, and by her photos alone."""
    add(
        tmp_path,
        "numbers",
        nsid=[ALICE, ALICE, BRUNO],
        alias=["alice-example", "", "bruno_b"],
        name=["Alice E", "", ""],
        photo_id=[*ALICE_PHOTOS, 90000000201],
        identity=["Eve Invented", "", "Max Invented"],
        image_url=[IMAGE, "", ""],
        uploaded=["2012-01-01", "2013-01-01", "2013-01-01"],
        license=["CC BY", "CC BY", "CC0"],
        tags=["party", "", "party"],
    )
    add(tmp_path, "aliases", alias=["alice-example", "bruno_b"], photo_id=[90000000103, 90000000202])
    add(tmp_path, "names", name=["Alice E", "Bruno"], photo_id=[90000000104, 90000000203])
    add(tmp_path, "photos", photo_id=[90000000101, 90000000104, 90000000201])
    add(
        tmp_path,
        "images",
        image_url=[IMAGE, "https://images.example.org/b.jpg"],
        identity=["Eve Invented", "Max Invented"],
    )
    return tmp_path


def ask(project: Path, *wanted: str) -> None:
    withheld.add(project / "data_sources" / withheld.FILE, wanted, "2026-01-01")


def found(site: Path, query: str) -> bool:
    return bool(search(query, str(site))["found"])


@pytest.mark.parametrize(
    "wanted",
    [
        ALICE,
        "https://www.flickr.com/photos/alice-example/",
        "name:alice e",
        "nsid:" + hashlib.sha256(f"nsid:{ALICE}".encode()).hexdigest(),
    ],
)
def test_an_account_is_gone_from_all_kinds_under_all_its_names(project: Path, wanted: str) -> None:
    queries = [
        ALICE,
        "alice-example",
        "Alice E",
        "90000000101",
        "90000000103",
        "90000000104",
        IMAGE,
        "Eve Invented",
    ]
    before = built(project)
    assert all(found(before, query) for query in queries)
    ask(project, wanted)
    site = built(project)
    assert not [query for query in queries if found(site, query)]
    assert all(found(site, query) for query in [BRUNO, "bruno_b", "90000000201", "Max Invented"])
    facts = json.loads((site / "build-report.json").read_text())["datasets"]
    numbers = facts["numbers"]
    assert (
        numbers["rows"],
        numbers["kept"],
        numbers["photos"],
        numbers["accounts"],
        numbers["identities"],
    ) == (1, 1, 1, 1, 1)
    assert (numbers["years"], numbers["licenses"]) == ({"2013": 1}, {"CC0": 1})
    assert facts["photos"]["photos"] == 1
    assert facts["images"]["images"] == 1
    assert [facts[slug]["accounts"] for slug in ("aliases", "names")] == [1, 1]


def test_the_published_site_is_as_if_they_had_never_been_in_a_list(tmp_path: Path) -> None:
    with_her, without = tmp_path / "with", tmp_path / "without"
    for root, extra in ((with_her, [ALICE]), (without, [])):
        owners = [BRUNO, *extra]
        photos = [90000000201, *ALICE_PHOTOS[: len(extra)]]
        add(root, "a", nsid=owners, photo_id=photos, identity=["Max Invented", "Eve Invented"][: len(owners)])
    ask(with_her, ALICE)
    one, other = built(with_her), built(without)
    files = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    assert files == {path.relative_to(other) for path in other.rglob("*") if path.is_file()}
    assert not [name for name in files if (one / name).read_bytes() != (other / name).read_bytes()]


def test_tags_count_nobody_who_was_left_out(tmp_path: Path) -> None:
    owners = [f"{10000001 + number}@N99" for number in range(21)]
    photos = list(range(90000000001, 90000000022))
    add(tmp_path, "a", nsid=owners, photo_id=photos, tags=["party"] * 21)
    ask(tmp_path, owners[0])
    answer = search("#party", str(built(tmp_path)))
    assert answer["results"]["tag:party"]["datasets"] == {"a": {"photos": 20, "owners": 20}}
    ask(tmp_path, owners[1])
    assert not found(built(tmp_path), "#party")  # 19 owners are too few to hide among


@pytest.mark.parametrize(
    ("wanted", "gone", "stays"),
    [
        ("90000000101", ["90000000101"], [ALICE, "90000000102"]),
        ("https://www.flickr.com/photos/alice-example/90000000101", ["90000000101"], [ALICE, "90000000102"]),
        (IMAGE, [IMAGE], [ALICE, "Max Invented"]),
        ("person:eve-invented", ["Eve Invented", "90000000999"], [ALICE, "Max Invented", "90000000102"]),
    ],
)
def test_a_photo_an_image_or_a_person_goes_alone(
    project: Path, wanted: str, gone: list[str], stays: list[str]
) -> None:
    if wanted.startswith("person"):
        key = search("Eve Invented", str(built(project)))["understood"][1]
        wanted = key
    ask(project, wanted)
    site = built(project)
    assert not [query for query in gone if found(site, query)]
    assert all(found(site, query) for query in stays)


def test_a_name_of_several_accounts_leaves_out_all_of_them(tmp_path: Path) -> None:
    add(
        tmp_path,
        "a",
        nsid=[ALICE, BRUNO, "10000003@N99"],
        name=["Sam", "Sam", "Eve"],
        photo_id=[90000000001, 90000000002, 90000000003],
    )
    ask(tmp_path, "name:sam")
    site = built(tmp_path)
    assert not [query for query in (ALICE, BRUNO, "Sam") if found(site, query)]
    assert found(site, "Eve")


def test_nobody_gets_the_photos_of_a_namesake_who_was_left_out(tmp_path: Path) -> None:
    """A name that two accounts had stays nobody's, although one of them is gone."""
    add(tmp_path, "a", nsid=[ALICE, BRUNO], name=["Sam", "Sam"], photo_id=[90000000001, 90000000002])
    add(tmp_path, "b", name=["Sam"], photo_id=[90000000003])
    ask(tmp_path, ALICE)
    answer = search(BRUNO, str(built(tmp_path)))
    assert list(answer["results"][f"nsid:{BRUNO}"]["datasets"]) == ["a"]


ALICE_S = [ALICE, "alice-example", "Alice E", *map(str, ALICE_PHOTOS), IMAGE, "Eve Invented"]


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        ("nsid:10000001@n99", ALICE_S),
        (" NSID : 10000001 @N99 ", ALICE_S),
        (f"nsid:https://www.flickr.com/people/{ALICE}/", ALICE_S),
        (f"nsid:https://www.flickr.com/photos/{ALICE}/90000000102", ALICE_S),
        ("nsid: " + hashlib.sha256(f"nsid:{ALICE}".encode()).hexdigest().upper(), ALICE_S),
        ("name:Alice-Example", ALICE_S),
        ("Name:  Alice   E ", ALICE_S),
        ("name:https://www.flickr.com/photos/Alice-Example/", ALICE_S),
        ("photo: 90000000101 ", ["90000000101"]),
        ("photo:https://www.flickr.com/photos/alice-example/90000000101/", ["90000000101"]),
        ("Photo:https://farm6.staticflickr.com/5/90000000101_0a1b2c.jpg", ["90000000101"]),
        ("image:https://images.example.org/a.jpg", [IMAGE]),
        ("image: HTTP://WWW.Images.Example.ORG/a.jpg#top", [IMAGE]),
        ("person:Eve Invented", ["Eve Invented"]),
        ("person:  EVE_invented", ["Eve Invented"]),
    ],
)
def test_what_follows_a_prefix_is_read_as_a_search_reads_it(
    project: Path, wanted: str, gone: list[str]
) -> None:
    assert all(found(built(project), query) for query in gone)
    ask(project, wanted)
    site = built(project)
    assert not [query for query in gone if found(site, query)]
    assert all(found(site, query) for query in [BRUNO, "90000000201", "Max Invented"])
    assert found(site, ALICE) == (ALICE not in gone)


@pytest.mark.parametrize("name", ["12345678", "#party", "Alice: E"])
def test_a_name_that_a_search_takes_for_something_else_is_one_behind_its_prefix(
    tmp_path: Path, name: str
) -> None:
    add(tmp_path, "a", nsid=[ALICE, BRUNO], name=[name, "Bruno"], photo_id=[90000000101, 90000000201])
    ask(tmp_path, f"name:{name}")
    site = built(tmp_path)
    assert not found(site, ALICE) and found(site, BRUNO)


@pytest.mark.parametrize(
    "wanted",
    [
        "nsid:alice",
        "nsid:",
        "nsid:3f0c",
        "name:",
        f"name:{ALICE}",
        f"name:https://www.flickr.com/photos/{ALICE}/",
        "name:https://images.example.org/a.jpg",
        "name:\udcff",
        "photo:abc",
        "photo:https://www.flickr.com/photos/alice-example/",
        "image:a.jpg",
        "image:https://farm6.staticflickr.com/5/90000000101_0a1b2c.jpg",
        "person:12345",
        f"person:{ALICE}",
        "person:https://images.example.org/a.jpg",
    ],
)
def test_what_cannot_follow_its_prefix_is_refused(tmp_path: Path, wanted: str) -> None:
    path = tmp_path / withheld.FILE
    with pytest.raises(BuildError, match=r"cannot be left out; write .* after") as refused:
        withheld.add(path, [ALICE, wanted], "2026-01-01")
    assert "\n" not in str(refused.value)
    assert not path.exists()


def test_a_request_that_matches_no_row_is_told_to_the_builder_alone(project: Path) -> None:
    """Of every kind one that matches and one that does not; an account matches under any of its keys."""
    path = project / "data_sources" / withheld.FILE
    matching = ["name:Alice E", "photo:90000000203", IMAGE, "person:Max Invented", "nsid:10000001@N99"]
    missing = ["nsid:10000009@N99", "name:alice-exampel", "photo:90000000999", f"{IMAGE}x", "person:nobody"]
    ask(project, *(one for pair in zip(matching, missing, strict=True) for one in pair))
    settings = Project(project / "data_sources", project / "site_templates", project / "site.toml")
    report = build_site(settings, project / "_site", jobs=1)
    assert report["unmet"] == [3, 5, 7, 9, 11]
    published = (project / "_site" / "build-report.json").read_text()
    assert not [word for word in ("unmet", "left_out", "absent", withheld.FILE) if word in published]
    ask(project, "nsid:10000002@N99")  # of an account that is there
    path.write_text("".join(line for line in path.read_text().splitlines(True) if line.startswith("nsid")))
    assert build_site(settings, project / "_site", jobs=1)["unmet"] == [1]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("#party", "cannot be left out"),
        ("", "cannot be left out"),
        ("alice", "may mean several things; say which: name:alice or person:alice"),
        ("https://www.flickr.com/groups/x", "cannot be left out"),
    ],
)
def test_what_cannot_be_left_out_is_named_and_nothing_is_written(
    tmp_path: Path, wanted: str, said: str
) -> None:
    path = tmp_path / withheld.FILE
    with pytest.raises(BuildError, match=said):
        withheld.add(path, [ALICE, wanted], "2026-01-01")
    assert not path.exists()


def test_a_damaged_line_is_named_and_stops_the_build(project: Path) -> None:
    ask(project, ALICE)
    path = project / "data_sources" / withheld.FILE
    path.write_text(path.read_text() + "nsid:12\n")
    with pytest.raises(BuildError, match=r"withheld\.txt, line 3: is no request"):
        built(project)


def test_the_command_writes_a_hash_once_and_no_name(project: Path) -> None:
    command = [sys.executable, "-m", "exposing", "withhold", ALICE, "name:bruno_b"]
    first = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout
    again = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout
    text = (project / "data_sources" / withheld.FILE).read_text()
    assert "has 2 more" in first and again.count("was there already") == 2 and "has 0 more" in again
    assert ALICE not in text and "bruno" not in text
    assert [line.split(":")[0] for line in text.splitlines() if not line.startswith("#")] == ["nsid", "name"]


def test_the_command_refuses_in_one_line(project: Path) -> None:
    command = [sys.executable, "-m", "exposing", "withhold", ALICE, "photo:abc"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "photo:abc: cannot be left out; write the number or the address of a photo" in done.stderr
    assert not (project / "data_sources" / withheld.FILE).exists()


@pytest.mark.parametrize("terminal", [False, True])
def test_only_a_terminal_is_told_which_requests_match_no_row(project: Path, terminal: bool) -> None:
    """A workflow's log can be read by anyone."""
    ask(project, ALICE, "name:nobody-here", "person:nobody here")
    command = [sys.executable, "-m", "exposing", "build"]
    ours, theirs = os.openpty() if terminal else os.pipe()
    subprocess.run(command, cwd=project, stdout=theirs, stderr=subprocess.DEVNULL, check=True)
    printed = os.read(ours, 1 << 16).decode()
    os.close(ours)
    os.close(theirs)
    lines = ", on line 3, 4." if terminal else "."
    assert f"Requests in withheld.txt that match no row of these lists: 2{lines}" in printed
    assert "nobody" not in printed
