"""Whole columns at a time: fingerprints of texts, and distinct numbers."""

import random

import numpy as np
import pyarrow as pa
import pytest

from exposing.columns import distinct, distinct_rows, text_hashes


def hashes(texts: list[str]) -> list[int]:
    found: list[int] = text_hashes(pa.array(texts, pa.large_string())).tolist()
    return found


def test_equal_texts_have_equal_fingerprints_and_others_do_not() -> None:
    dice = random.Random(1)
    letters = "ab\0é€𝄞"
    texts = sorted({"".join(dice.choices(letters, k=dice.randrange(30))) for _ in range(20_000)})
    found = hashes(texts)
    assert len(set(found)) == len(texts)
    mixed = dice.sample(texts, len(texts))
    assert dict(zip(mixed, hashes(mixed), strict=True)) == dict(zip(texts, found, strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "\0"),
        ("a", "a\0"),
        ("abcdefgh", "abcdefgh\0"),
        ("abcdefghABCDEFGH", "ABCDEFGHabcdefgh"),  # the same words of 8 bytes in another order
        ("x" * 8, "x" * 16),
        ("1" * 1000, "1" * 999 + "2"),
    ],
)
def test_near_texts_differ(one: str, other: str) -> None:
    assert len(set(hashes([one, other]))) == 2


def test_a_part_of_a_column_has_the_same_fingerprints() -> None:
    texts = pa.array([str(number) * (number % 20) for number in range(100)], pa.large_string())
    assert text_hashes(texts.slice(13, 50)).tolist() == text_hashes(texts).tolist()[13:63]
    assert hashes([]) == []


def test_fingerprints_are_the_same_on_every_machine() -> None:
    assert hashes(["", "nsid:10000001@N99"]) == [0, 14_272_990_280_003_787_317]


def test_distinct_numbers_ascend() -> None:
    assert distinct(np.array([5, 3, 3, 2**40])).tolist() == [3, 5, 2**40]
    assert distinct(np.zeros(0, int)).tolist() == []


@pytest.mark.parametrize("widest", [8, 30, 64])
def test_distinct_rows_ascend_whether_or_not_they_fit_into_one_number(widest: int) -> None:
    dice = random.Random(widest)
    rows = [tuple(dice.randrange(2**bits) for bits in (3, widest, 2)) for _ in range(500)] * 2
    found = distinct_rows(*(np.array(column, np.uint64) for column in zip(*rows, strict=True)))
    assert list(zip(*(column.tolist() for column in found), strict=True)) == sorted(set(rows))
    assert [len(column) for column in distinct_rows(np.zeros(0, int), np.zeros(0, int))] == [0, 0]
