"""Being left out: whoever asked is under no key of any kind of index, and in no count."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exposing import removal_check, removals, withheld
from exposing.build import build_site
from exposing.errors import BuildError
from exposing.lookup import search
from exposing.project import Project
from mini import ALICE, BRUNO, add, built

REMOVALS = json.loads((Path(__file__).parent / "vectors" / "removals.json").read_text(encoding="utf-8"))
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
    before = built(project)
    assert all(found(before, query) for query in gone)
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


@pytest.mark.parametrize("vector", REMOVALS, ids=lambda vector: ascii(vector["text"]))
def test_a_text_is_read_line_by_line(vector: dict[str, Any]) -> None:
    assert [as_object(one) for one in removals.read(vector["text"])] == vector["removals"]


def as_object(one: removals.Removal) -> dict[str, Any]:
    """A removal as the vectors have it."""
    return {"keys": list(one.keys), "reason": one.reason, "taken": one.taken, "account": one.account}


def exposing(project: Path, *arguments: str, code: int = 0) -> str:
    """What the program says, on either stream."""
    command = [sys.executable, "-m", "exposing", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ID: 10000003@N99", "Flickr account 10000003@N99, taken from: ID: 10000003@N99\n"),
        ("10000001@n99", "Flickr account 10000001@N99\n"),
        ("90000000101", "photo 90000000101\n"),
        ("name:Alice-Example", "the account named alice-example\n"),
        ("person:Eve_Invented", "the person named eve invented\n"),
        (IMAGE, "the image at images.example.org/a.jpg\n"),
        (
            "https://www.flickr.com/photos/alice-example/90000000101/",
            "photo 90000000101\n"
            "  This photo alone. For all of its account: exposing withhold name:alice-example\n",
        ),
        (
            f"{ALICE}\nhttps://www.flickr.com/people/bruno_b {ALICE}",
            f"Flickr account {ALICE}\n"
            f"the account named bruno_b, taken from: https://www.flickr.com/people/bruno_b {ALICE}\n"
            f"Flickr account {ALICE}, taken from: https://www.flickr.com/people/bruno_b {ALICE}\n",
        ),
        ("nsid:" + "0f" * 32, "a request from the site's page, which does not say what it is for\n"),
    ],
)
def test_the_command_says_what_a_text_was_understood_as(project: Path, typed: str, said: str) -> None:
    printed = exposing(project, "withhold", typed)
    assert said in printed and "They are still in what is published" in printed
    assert "gone" not in printed


def test_several_identifiers_in_one_text_are_several_requests(project: Path) -> None:
    printed = exposing(project, "withhold", f"{ALICE} and https://www.flickr.com/people/bruno_b\n90000000203")
    assert "has 3 more" in printed
    site = built(project)
    assert not [query for query in (ALICE, BRUNO, "bruno_b", "90000000203") if found(site, query)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("USERNAME", "may mean several things; say which: name:username or person:username"),
        ("#party", "cannot be left out; many people use a tag"),
        ("alice@example.org", "cannot be left out; lists have no e-mail addresses"),
        ("9.0E+10", "cannot be left out; a spreadsheet has rounded this number"),
        (f"{ALICE}\n#party", "#party: cannot be left out"),
        ("photo:\x1b[2Jabc", "photo:\ufffd[2Jabc: cannot be left out"),
    ],
)
def test_the_command_refuses_what_is_not_one_thing(project: Path, typed: str, said: str) -> None:
    printed = exposing(project, "withhold", BRUNO, typed, code=2)
    assert said in printed and printed.count("\n") == 1
    assert not (project / "data_sources" / withheld.FILE).exists()


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


def project_of(root: Path) -> Project:
    return Project(root / "data_sources", root / "site_templates", root / "site.toml")


def checked(root: Path, *texts: str) -> list[tuple[int, int]]:
    """Of every request, how many rows its lists had and how many are left."""
    outcomes = removal_check.check(project_of(root), withheld.read(texts), None, root / ".cache").outcomes
    return [(sum(one.before.values()), sum(one.after.values())) for one in outcomes]


def test_the_check_counts_what_goes_and_all_that_is_joined_to_it(project: Path) -> None:
    ask(project, ALICE, "photo:90000000203", "person:Max Invented", "nsid:10000009@N99", "name:alice e")
    hers = 2 + 1 + 1 + 2 + 1  # rows of numbers, aliases, names, photos, images
    assert checked(project) == [(hers, 0), (1, 0), (2, 0), (0, 0), (hers, 0)]


def test_the_check_finds_what_was_not_asked_for(project: Path) -> None:
    ask(project, "photo:90000000101")
    assert checked(project, ALICE, "90000000101") == [(2, 0), (7, 5), (2, 0)]


@pytest.mark.parametrize(
    "left",
    ["owners", "photos", "images", "people"],
)
def test_the_check_does_not_believe_the_removal(
    project: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """A removal that overlooks one of the four ways in which rows are theirs is found out."""
    add(project, "accounts", nsid=[ALICE])
    ask(project, ALICE, "person:Max Invented")
    assert not any(after for _, after in checked(project))
    whole = withheld._is_theirs

    def overlooks(piece: Any, known: Any, theirs: withheld.Theirs) -> Any:
        return whole(piece, known, theirs._replace(**{left: getattr(theirs, left)[:0]}))

    monkeypatch.setattr(withheld, "_is_theirs", overlooks)
    assert any(after for _, after in checked(project))


def test_a_name_that_others_share_may_remain(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE, BRUNO], name=["Sam", "Sam"], photo_id=[90000000001, 90000000002])
    add(tmp_path, "b", name=["Sam"], photo_id=[90000000003])
    ask(tmp_path, ALICE)
    assert checked(tmp_path) == [(1, 0)]
    assert checked(tmp_path, "name:sam") == [(1, 0), (3, 2)]


def on_terminal(project: Path, *arguments: str) -> tuple[int, str]:
    """The exit code, and what the program says to somebody who sits in front of it."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "exposing", *arguments]
    done = subprocess.run(command, cwd=project, stdout=theirs, stderr=subprocess.DEVNULL, check=False)
    printed = os.read(ours, 1 << 16).decode()
    os.close(ours)
    os.close(theirs)
    return done.returncode, printed.replace("\r\n", "\n")


def test_the_command_checks_every_line(project: Path) -> None:
    ask(project, ALICE, "name:nobody-here")
    code, printed = on_terminal(project, "withhold", "--check")
    assert code == 0
    assert "line 2 of withheld.txt: removed 7 rows\n" in printed
    assert "line 3 of withheld.txt: matches no row of these lists\n" in printed
    assert "Nothing that withheld.txt asks for would be in a site built from these lists." in printed


def test_a_log_that_anyone_may_read_says_only_whether_something_is_left(project: Path) -> None:
    ask(project, ALICE, "name:nobody-here")
    printed = exposing(project, "withhold", "--check")
    assert printed == "Nothing that withheld.txt asks for would be in a site built from these lists.\n"
    assert not list(project.glob("_site*"))  # and the entries that it looked at are nowhere


def test_a_text_that_nobody_asked_for_is_still_there(project: Path) -> None:
    ask(project, ALICE)
    printed = exposing(project, "withhold", "--check", ALICE, BRUNO, code=1)
    assert f"Flickr account {ALICE} (line 2 of withheld.txt): removed 7 rows\n" in printed
    assert f"Flickr account {BRUNO} (no line of withheld.txt): STILL THERE, not asked for yet: " in printed
    assert "1 row of aliases, 1 row of numbers, 1 row of photos\n" in printed


def test_the_check_reads_lists_from_elsewhere(project: Path, tmp_path: Path) -> None:
    ask(project, "name:alice-example")
    elsewhere = tmp_path / "elsewhere" / "aliases"
    elsewhere.mkdir(parents=True)
    (elsewhere / "list.csv").write_text("alias,photo_id\nalice-example,90000000103\n")
    folder = str(elsewhere.parent)
    printed = exposing(project, "withhold", "--check", "--raw", folder, "name:alice-example")
    assert "the account named alice-example (line 2 of withheld.txt): removed 1 row\n" in printed
    assert "images, names, numbers, photos: no list in " in printed


def test_a_published_site_is_asked(project: Path) -> None:
    """It still has what a request asks to leave out, until it is built again."""
    built(project)
    ask(project, ALICE)
    command = ["withhold", "--check", "--site", "_site", ALICE, "90000000103"]
    printed = exposing(project, *command, code=1)
    assert f"Flickr account {ALICE}: STILL THERE at _site" in printed
    assert "photo 90000000103: STILL THERE at _site" in printed
    built(project)
    printed = exposing(project, *command)
    assert f"Flickr account {ALICE}: not found at _site" in printed and "STILL" not in printed


def test_a_site_that_cannot_be_asked_is_no_answer(project: Path) -> None:
    ask(project, ALICE)
    printed = exposing(project, "withhold", "--check", "--site", "nowhere", ALICE, code=2)
    assert (
        f"Flickr account {ALICE}: could not be asked at nowhere: " in printed and "not found" not in printed
    )
    built(project)
    hashed = "nsid:" + hashlib.sha256(f"nsid:{ALICE}".encode()).hexdigest()
    assert "a hash cannot be looked for" in exposing(
        project, "withhold", "--check", "--site", "_site", hashed, code=2
    )


@pytest.mark.parametrize(
    "arguments", [[], ["--site", "_site", ALICE], ["--raw", ".", ALICE], ["--check", "--site", "_site"]]
)
def test_options_that_do_not_go_together_are_refused(project: Path, arguments: list[str]) -> None:
    assert "Error: " in exposing(project, "withhold", *arguments, code=2)
    assert not (project / "data_sources" / withheld.FILE).exists()
