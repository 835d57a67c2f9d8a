"""How few bytes an index could have, and how many it has.

The bound is that of the very numbers that the shards hold. A first photo id costs log2 of Flickr's range. A step to the
next one costs the entropy of its magnitude (floor of log2, by how often each occurs in all of the index) and as many
bits as the magnitude leaves open. A key costs its 48 bits, a dataset log2 of their number. Commas, brackets, heads and
digests cost nothing.
"""

import gzip
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.corpus import DATASETS, PHOTO_RANGE

KEY = re.compile(rb'"[0-9a-f]{12}":')
LISTS = re.compile(rb"\[([0-9,]+)\]")


class Bytes(NamedTuple):
    """Bytes of an index."""

    text: int  # as JSON
    wire: int  # as it is sent, each file packed by gzip
    bound: int  # the least there could be


def weigh(site: Path) -> Bytes:
    """Weigh the accounts and photos of a site's index."""
    text = wire = lists = keys = 0
    steps = np.zeros(64, np.int64)  # how many steps there are of each magnitude
    for path in sorted((site / "index").glob("*/accounts/*")) + sorted((site / "index").glob("*/photos/*")):
        data = path.read_bytes()
        packed = data if path.suffix == ".gz" else gzip.compress(data, 6)
        whole = gzip.decompress(data) if path.suffix == ".gz" else data
        text, wire = text + len(whole), wire + len(packed)
        keys += len(KEY.findall(whole)) if path.parent.name == "accounts" else 0
        found = LISTS.findall(whole)
        lists += len(found)
        counts = np.array([one.count(b",") + 1 for one in found])
        numbers = np.array(b",".join(found).split(b","), np.int64)
        rest = np.ones(len(numbers), bool)
        rest[np.concatenate([[0], np.cumsum(counts)[:-1]])] = False
        steps += np.bincount(np.log2(numbers[rest]).astype(np.int64), minlength=64)
    often = steps[steps > 0] / steps.sum()
    magnitude = float(-(often * np.log2(often)).sum())
    bits = steps.sum() * magnitude + (steps * np.arange(64)).sum() + keys * 48
    bits += lists * (np.log2(PHOTO_RANGE) + np.log2(len(DATASETS)))
    return Bytes(text, wire, int(bits / 8))
