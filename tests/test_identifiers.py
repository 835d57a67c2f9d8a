"""Recognising identifiers: shared vectors, damaged input, and whole columns as against single values."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from exposing import normalise
from exposing.identifiers import (
    as_number,
    find_all,
    fold,
    parse_url,
    understand,
)

VECTORS = Path(__file__).parent / "vectors"
QUERIES: list[dict[str, Any]] = json.loads((VECTORS / "queries.json").read_text())
TEXTS: list[dict[str, Any]] = json.loads((VECTORS / "texts.json").read_text())
PLACES: list[dict[str, Any]] = json.loads((VECTORS / "keys.json").read_text())
CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "cases" / "queries.json").read_text())
PIECES = [
    "",
    " ",
    "/",
    "//",
    "@",
    "%",
    "%25",
    "%E9",
    "#",
    "?",
    ":",
    "\\",
    "\u200b",
    "\u0130",
    "\ud800",
    "\ufeff",
    "９",
    "Ｎ",
    "ﬂ",
    "_",
    ".",
    "\0",
    "\n",
    "💥",
    "ß",
    "\u0301",
    "…",
    "..",
    "”",
    "。",
    "(",
    ")",
    "'",
    "*",
    "&",
    "&amp;",
    "=",
    "%2F",
    "%20",
    "\\/",
    "\u00a0",
    " text ",
    "https:",
    "http://",
    "www.",
    "flickr.com/",
    "https://www.flickr.com/photos/alice/90000000778",
    "https%3A%2F%2Fflic.kr%2Fp%2F2P",
    ".translate.goog",
    ".proxy.example.edu",
    "10000002@N99",
    "_90000000778_o.jpg",
    "(1)",
    ".0",
    "e+10",
    "٩",
]


def test_there_are_enough_vectors() -> None:
    assert len(QUERIES) >= 4000
    assert {vector["reason"] for vector in QUERIES} >= {
        "",
        "empty",
        "not_text",
        "too_long",
        "bad_url",
        "album",
        "group",
        "guest_pass",
        "short_link",
        "other_page",
        "several",
        "spoilt",
        "email",
        "app_link",
        "file_name",
    }


def test_every_query_is_understood_as_it_should_be() -> None:
    wrong = [
        (vector, found)
        for vector in QUERIES
        if (found := understand(vector["query"]))
        != (tuple(vector["keys"]), vector["reason"], vector["taken"])
    ]
    assert wrong == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"])
def test_what_was_reported_of_other_tools_is_read_here(case: dict[str, Any]) -> None:
    """The keys of a case are among those found; one without keys is refused with a reason."""
    keys, reason, _ = understand(case["query"])
    assert set(case["keys"]) <= set(keys)
    assert case["keys"] or (reason and not keys)


def test_everything_in_a_text_is_found() -> None:
    assert [(one["text"], [list(keys) for keys in find_all(one["text"])]) for one in TEXTS] == [
        (one["text"], one["all"]) for one in TEXTS
    ]


def test_what_is_found_in_a_text_is_what_is_searched_for_it() -> None:
    """A single search and a list of many read every query alike, but for bare names, numbers and #tags."""
    for vector in QUERIES:
        found = find_all(vector["query"]) if vector["reason"] != "not_text" else []
        if len(found) == 1 and not vector["reason"]:
            assert found[0] == tuple(vector["keys"]), vector
        assert (len(found) > 1) <= (vector["reason"] in ("several", "too_long") or vector["taken"]), vector


def test_a_text_with_an_address_is_never_a_name() -> None:
    held = re.compile(r"://|flickr\.com|flic\.kr|(?<![0-9])[0-9]{5,12}@N99(?![0-9A-Za-z])", re.IGNORECASE)
    names = ("name:@", "person:")
    for vector in QUERIES:
        if held.search(vector["query"]):
            keys = understand(vector["query"]).keys
            assert not [
                key for key in keys if key.startswith(names) or ("://" in key and key[:6] != "image:")
            ]


def mutated(dice: random.Random, text: str) -> str:
    """A text with one to three pieces put in, taken out or changed."""
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(PIECES) + text[at + dice.randrange(3) :]
    return text


@pytest.mark.parametrize("seed", range(10))
def test_damaged_queries_raise_nothing(seed: int) -> None:
    """30,000 a seed. What comes out is always keys or a reason, and keys are in their own form."""
    dice = random.Random(seed)
    texts = [vector["query"] for vector in QUERIES if len(vector["query"]) < 300]
    for _ in range(30_000):
        keys, reason, taken = understand(mutated(dice, dice.choice(texts)))
        assert bool(keys) != bool(reason)
        assert keys or not taken
        for key in keys:
            if key.startswith(("name:", "nsid:", "photo:", "tag:")):
                kind, _, value = key.partition(":")
                assert value and (kind == "nsid" or fold(value) == value)


LONG = [
    "a.",
    "a-",
    "%25",
    "/",
    "@",
    "1",
    "9@N99",
    "_",
    "www.",
    "http://",
    "flickr.com/",
    "\u0301",
    "ﷺ",
    "<",
    "0",
]


@pytest.mark.parametrize("piece", LONG)
def test_the_longest_input_is_read(piece: str) -> None:
    """Repetition is what makes patterns slow; a slow one would not get past this within the test's patience."""
    text = (piece * 2048)[:2048]
    for query in (
        text,
        "https://" + text[:2040],
        "https://www.flickr.com/photos/" + text[:2000],
        "https://farm1.staticflickr.com/1/" + text[:2000],
    ):
        keys, reason, _ = understand(query)
        assert keys or reason


def url_parts(text: str) -> dict[str, str]:
    """What a URL names, in canonical columns."""
    found = parse_url(text)
    return {"nsid": found.nsid, "alias": found.alias, "photo_id": found.photo_id, "image_url": found.image}


def photo_of_image(text: str) -> str:
    """The photo id in an image's name: of the usual form, or as the closer look has it."""
    usual = re.search(normalise._FILE.replace("$", r"\Z"), text)
    return usual["photo_id"] if usual else normalise.photo_of_name(text)


SINGLE: dict[str, Callable[[str], dict[str, str]]] = {
    "nsid": lambda text: {"nsid": normalise.nsid_of(text)},
    "alias": lambda text: {
        "nsid": normalise.nsid_of(text),
        "alias": "" if normalise.nsid_of(text) else normalise.alias_of(text),
    },
    "photo_id": lambda text: {"photo_id": as_number(text)},
    "page_url": lambda text: {name: value for name, value in url_parts(text).items() if name != "image_url"},
    "image_url": url_parts,
    "image_name": lambda text: {"photo_id": photo_of_image(text)},
}


@pytest.mark.parametrize("kind", SINGLE)
def test_whole_columns_are_read_as_single_values_are(kind: str) -> None:
    dice = random.Random(1)
    texts = [vector["query"] for vector in QUERIES]
    texts += [mutated(dice, text) for text in texts]
    texts = [text for text in texts if text and not any("\ud800" <= char <= "\udfff" for char in text)]
    columns = normalise.BY_KIND[kind](pa.array(texts, pa.string()), False)
    rows = zip(*(column.to_pylist() for column in columns.values()), strict=True)
    for text, row in zip(texts, rows, strict=True):
        got = {name: "" if value is None else str(value) for name, value in zip(columns, row, strict=True)}
        assert got == SINGLE[kind](text), ascii(text)


ODD = [
    ("nsid", "10000001%40N99", {"nsid": "10000001@N99"}),
    ("nsid", "https://www.flickr.com/people/10000001@N99/", {"nsid": "10000001@N99"}),
    ("nsid", "NSID: 10000001@n99", {"nsid": "10000001@N99"}),
    ("alias", "https://www.flickr.com/photos/nobody", {"nsid": "", "alias": "nobody"}),
    ("alias", "@Nobody", {"nsid": "", "alias": "nobody"}),
    ("photo_id", "90000000777.0", {"photo_id": "90000000777"}),
    ("photo_id", "90,000,000,777", {"photo_id": "90000000777"}),
    ("photo_id", "9.0000000777E+10", {"photo_id": "90000000777"}),
    ("photo_id", "9.0E+10", {"photo_id": ""}),
    ("photo_id", "90000000777.5", {"photo_id": ""}),
    ("image_name", "dsc_0026_90000000777_o.jpg", {"photo_id": "90000000777"}),
    ("image_name", "a\\90000000777_0.jpg", {"photo_id": "90000000777"}),
    ("image_name", "https://flic.kr/p/2P", {"photo_id": "105"}),
    ("image_name", "https://live.staticflickr.com/1/90000000777_0a1b.jpg?x=1", {"photo_id": "90000000777"}),
    ("image_name", "IMG_1234.jpg", {"photo_id": ""}),
    ("page_url", "https://web.archive.org/web/2014/https://www.flickr.com/photos/nobody/90000000777",
     {"nsid": "", "alias": "nobody", "photo_id": "90000000777"}),
    ("page_url", "<a href='https://flic.kr/p/2P'>x</a>", {"nsid": "", "alias": "", "photo_id": "105"}),
    ("page_url", "https://www.flickr.com/photos/nobody/9000…", {"nsid": "", "alias": "", "photo_id": ""}),
    ("image_url", "https://i0.wp.com/live.staticflickr.com/1/90000000777_0a1b2c3d4e.jpg",
     {"nsid": "", "alias": "", "photo_id": "90000000777", "image_url": ""}),
    ("image_url", "https://images.example.org/a b|c.jpg",
     {"nsid": "", "alias": "", "photo_id": "", "image_url": "images.example.org/a b|c.jpg"}),
    ("image_url", "http://farm9.staticflickr.com/8499/72157600000000001_0a1b2c3d4e_n.jpg",
     {"nsid": "", "alias": "", "photo_id": "", "image_url": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "odd", "expected"), ODD)
def test_an_odd_value_of_a_list_is_read_as_one_that_is_typed(
    kind: str, odd: str, expected: dict[str, str]
) -> None:
    columns = normalise.BY_KIND[kind](pa.array(["x", odd, None]), False)
    assert {name: str(column[1].as_py() or "") for name, column in columns.items()} == expected


NEAR = {
    "nsid": ["12345678@N9", "1234@N99", "1234567890123@N99", "12345678N@99", "12345678xN99", "12345678@n99", "1234567/@N99",
             "1234567:@N99", "12345678@N9a", "@N99", "9@N9912345", "12345678@@99"],
    "photo_id": ["0123", "0", "1234567890123456", "12 3", "12/", ":12", "1٣", "x"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "odd"), [(kind, odd) for kind, texts in NEAR.items() for odd in [*texts, ""]]
)
@pytest.mark.parametrize("at", [0, 3, 6])
def test_one_odd_value_in_a_usual_column_is_seen(kind: str, odd: str, at: int) -> None:
    """A column of nothing but the usual is told from its bytes, and so is one that is a part of another."""
    usual = {"nsid": "12345678@N99", "photo_id": "90000000001"}[kind]
    column = pa.array(["x", *[usual] * at, odd or None, *[usual] * (6 - at), "y"], pa.string()).slice(1, 7)
    single = SINGLE[kind](odd)[kind] if odd else ""
    expected = [usual] * at + [single or None] + [usual] * (6 - at)
    for part in (slice(0, 7), slice(0, at), slice(at + 1, 7)):
        found = normalise.BY_KIND[kind](column[part], False)[kind].cast(pa.string()).to_pylist()
        assert found == expected[part]


@pytest.mark.parametrize(
    "odd", [" b", "b\t", "b \n", "\xa0b", "\u2003b\u2003", "\x1fb", "\xe9 ", "", "  ", None]
)
@pytest.mark.parametrize("at", [0, 2, 4])
def test_one_value_with_white_space_in_a_column_without_is_trimmed(odd: str | None, at: int) -> None:
    """A column that has none is told from its bytes, and so is one that is a part of another."""
    column = pa.array([" x", *["a-1"] * at, odd, *["a-1"] * (4 - at), "y "], pa.string()).slice(1, 5)
    assert normalise.trimmed(column).to_pylist() == [
        (text or "").strip() or None for text in column.to_pylist()
    ]
