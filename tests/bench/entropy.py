"""How few bytes an index could have, and how many it has.

The bound is that of the very numbers that the shards hold. A first photo id costs log2 of Flickr's range. A step to the
next one costs the entropy of its magnitude (floor of log2, by how often each occurs in all of the index) and as many
bits as the magnitude leaves open. A key costs its 48 bits, the name of a list of ids the entropy of how often each
occurs. Commas, brackets, heads and digests cost nothing.
"""

import gzip
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.corpus import PHOTO_RANGE
from exposing import index

KEY = re.compile(rb'"[0-9a-f]{12}":')
LISTS = re.compile(rb'"([0-9,]+)":\[([0-9,]+)\]')


class Bytes(NamedTuple):
    """Bytes of an index."""

    text: int  # as JSON
    wire: int  # each file packed by gzip, as a host sends it
    packed: int  # each file as `compress = true` stores it
    bound: int  # the least there could be


def weigh(site: Path) -> Bytes:
    """Weigh the accounts and photos of a site's index."""
    text = wire = packed = keys = 0
    names: Counter[bytes] = Counter()
    steps = np.zeros(64, np.int64)  # how many steps there are of each magnitude
    for path in sorted((site / "index").glob("*/accounts/*")) + sorted((site / "index").glob("*/photos/*")):
        data = path.read_bytes()
        whole = gzip.decompress(data) if path.suffix == ".gz" else data
        text, wire, packed = (
            text + len(whole),
            wire + len(gzip.compress(whole, 6)),
            packed + len(index.packed(whole)),
        )
        keys += len(KEY.findall(whole)) if path.parent.name == "accounts" else 0
        name, found = zip(*LISTS.findall(whole), strict=True)
        names.update(name)
        counts = np.array([one.count(b",") + 1 for one in found])
        numbers = np.array(b",".join(found).split(b","), np.int64)
        rest = np.ones(len(numbers), bool)
        rest[np.concatenate([[0], np.cumsum(counts)[:-1]])] = False
        steps += np.bincount(np.log2(numbers[rest]).astype(np.int64), minlength=64)
    bits = steps.sum() * _entropy(steps) + (steps * np.arange(64)).sum() + keys * 48
    bits += names.total() * (np.log2(PHOTO_RANGE) + _entropy(np.array(list(names.values()))))
    return Bytes(text, wire, packed, int(bits / 8))


def _entropy(counts: Any) -> float:
    """Bits that it takes to say which, where each occurs so often."""
    often = counts[counts > 0] / counts.sum()
    return float(-(often * np.log2(often)).sum())
