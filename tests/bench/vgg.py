"""Text in the form and of the size of VGG Face's list: 2,622 files, one a person, 2.6 million rows."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from sys import executable

import numpy as np

from bench import corpus
from bench.usage import measure
from mini import FACTS, SITE

PEOPLE, ROWS = 2_622, 2_604_849
MANIFEST = r"""[[files]]
path = "files/*.txt"
format = "lines"
match = '^[0-9]+ (?P<image_url>[^ ]+)(?: [-+.e0-9]+){7}$'
file_match = '(?P<identity>[^/]+)\.txt$'
"""


@dataclass
class Reading:
    """How fast lists of that form become entries, and a site."""

    rows: int
    check: float  # seconds of `exposing check`: read, normalised, counted
    again: float  # the same when nothing has changed: not read again, but counted
    build: float  # seconds of `exposing build`


def write(root: Path) -> None:
    """Write an invented list of that form: addresses under example.org, as long as real ones, some twice."""
    folder = root / "data_sources" / "vgg_like"
    (folder / "raw" / "files").mkdir(parents=True)
    (folder / "dataset.toml").write_text(FACTS.format(slug="vgg_like") + MANIFEST)
    (root / "site.toml").write_text(SITE)
    dice = np.random.default_rng(corpus.SEED)
    left = ROWS
    for person in range(PEOPLE):
        count = left // (PEOPLE - person)
        left -= count
        numbers = dice.integers(0, 2**52, count)
        numbers[: count // 12] = dice.integers(0, ROWS, count // 12)  # the same pictures of other people
        boxes = dice.random((count, 4)) * 500
        lines = (
            f"{row:08d} http://www.host{number % 9973}.example.org/pictures/{number:x}/{number % 997:03d}/{number:016x}.jpg"
            f" {box[0]:.2f} {box[1]:.2f} {box[2]:.2f} {box[3]:.2f} 3.00 4.38 1"
            for row, (number, box) in enumerate(zip(numbers.tolist(), boxes.tolist(), strict=True), 1)
        )
        (folder / "raw" / "files" / f"Person_{person}.txt").write_text("\n".join(lines) + "\n")


def measure_reading(root: Path, env: dict[str, str], say: Callable[[str], None]) -> Reading:
    """Write the lists below `root`, and measure."""
    say(f"VGG Face's form: making {ROWS:,} rows")
    write(root)
    os.sync()  # before the clock starts
    check = measure([executable, "-m", "exposing", "check"], root, env).wall
    again = measure([executable, "-m", "exposing", "check"], root, env).wall
    build = measure([executable, "-m", "exposing", "build", "--cache", "other"], root, env).wall
    say(f"VGG Face's form: checked in {check:.1f} s, again in {again:.1f} s, built in {build:.1f} s")
    return Reading(ROWS, check, again, build)
