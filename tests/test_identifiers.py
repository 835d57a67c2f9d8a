"""Recognising identifiers: shared vectors, damaged input, and whole columns as against single values."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from exposing import normalise
from exposing.identifiers import fold, parse_url, understand
from exposing.keys import place

VECTORS = Path(__file__).parent / "vectors"
QUERIES: list[dict[str, Any]] = json.loads((VECTORS / "queries.json").read_text())
PLACES: list[dict[str, Any]] = json.loads((VECTORS / "keys.json").read_text())
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
]


def test_there_are_enough_vectors() -> None:
    assert len(QUERIES) >= 2000 and len(PLACES) >= 200
    assert {vector["reason"] for vector in QUERIES} >= {
        "",
        "empty",
        "not_text",
        "too_long",
        "bad_url",
        "album",
        "gallery",
        "group",
        "guest_pass",
        "short_link",
        "other_page",
    }


def test_every_query_is_understood_as_it_should_be() -> None:
    wrong = [
        (vector, found)
        for vector in QUERIES
        if (found := understand(vector["query"])) != (tuple(vector["keys"]), vector["reason"])
    ]
    assert wrong == []


def test_every_key_has_its_place() -> None:
    for one in PLACES:
        bits = dict.fromkeys(("accounts", "photos", "images", "people", "tags"), one["bits"])
        assert place(one["key"], bits) == (one["kind"], one["shard"], one["entry"])


def mutated(dice: random.Random, text: str) -> str:
    """A text with one to three pieces put in, taken out or changed."""
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(PIECES) + text[at + dice.randrange(3) :]
    return text


@pytest.mark.parametrize("seed", range(10))
def test_a_million_damaged_queries_raise_nothing(seed: int) -> None:
    """100,000 a seed. What comes out is always keys or a reason, and keys are in their own form."""
    dice = random.Random(seed)
    texts = [vector["query"] for vector in QUERIES if len(vector["query"]) < 300]
    for _ in range(100_000):
        keys, reason = understand(mutated(dice, dice.choice(texts)))
        assert bool(keys) != bool(reason)
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
        keys, reason = understand(query)
        assert keys or reason


def test_whole_columns_are_read_as_single_values_are() -> None:
    dice = random.Random(1)
    urls = [
        vector["query"] for vector in QUERIES if vector["reason"] != "not_text" and "://" in vector["query"]
    ]
    urls += [text for url in urls * 3 if (text := mutated(dice, url)).isprintable()]
    urls = [url for url in urls if url.strip() == url and url]
    columns = normalise.BY_KIND["image_url"](pa.array(urls, pa.string()), False)
    for number, url in enumerate(urls):
        found = parse_url(url)
        got = {name: column[number].as_py() or "" for name, column in columns.items()}
        assert got == {
            "nsid": found.nsid,
            "alias": found.alias,
            "image_url": found.image,
            "photo_id": int(found.photo_id) if found.photo_id else "",
        }, url
