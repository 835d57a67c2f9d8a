"""From a canonical key to the place where its answer is: shard number and key inside the shard.

`site_templates/js/keys.js` mirrors this module; `tests/vectors/keys.json` holds both to one answer.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

FORMAT = 3
"""Number of the index's format. A reader refuses any other with a plain sentence."""

MAX_SHARDS = 1 << 16
"""A kind of index has at most so many shards: a shard's name is at most four hex digits."""

KINDS = {
    "nsid": "accounts",
    "name": "accounts",
    "photo": "photos",
    "image": "images",
    "person": "people",
    "tag": "tags",
}
"""Which index holds a key, by the key's prefix."""


QUERY_KINDS = {
    "nsid": "account",
    "name": "account",
    "photo": "photo",
    "image": "image",
    "person": "person",
    "tag": "tag",
}
"""What a key looks for, by the key's prefix: current.json says which of these a dataset can answer."""


class Place(NamedTuple):
    """Where a key's answer is: index kind, shard name, and the key inside the shard."""

    kind: str
    shard: str
    entry: str


def key_hash(key: str) -> int:
    """The first 64 bits of the SHA-256 of a key such as `nsid:12345678@N99`."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])


def digest(key: str) -> str:
    """The whole SHA-256 of a key, in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_hashes(prefix: str, values: Iterable[str]) -> Any:
    """`key_hash` of the prefix with each of the values, such as `nsid:`, as a column of 64-bit numbers."""
    sha256, start = hashlib.sha256, prefix.encode()
    digests = [sha256(start + value.encode()).digest()[:8] for value in values]
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)


def shard_name(number: int, shards: int) -> str:
    """A shard's number in as many hex digits as the last of so many shards needs."""
    return f"{number:0{len(f'{shards - 1:x}')}x}"


def place(key: str, shards: dict[str, int]) -> Place:
    """Where to look for a key, given the number of shards of each kind of index.

    With n shards, a photo's shard is its id mod n and its entry is id div n, in digits. Any other key's
    shard is the first 32 bits of its hash times n, div 2**32; its entry is hex digits 5 to 16 of the hash.
    """
    prefix, _, value = key.partition(":")
    kind = KINDS[prefix]
    if kind == "photos":
        number = int(value)
        shard, entry = number % shards[kind], str(number // shards[kind])
    else:
        hashed = key_hash(key)
        shard, entry = (hashed >> 32) * shards[kind] >> 32, f"{hashed:016x}"[4:]
    return Place(kind, shard_name(shard, shards[kind]), entry)
