"""What the records of a shard say of a key: `site_templates/js/records.js` mirrors this module.

`index` writes these records, and says in which form.
"""

import itertools
from collections.abc import Callable
from typing import Any, TypedDict, cast

from exposing.keys import QUERY_KINDS, Place

Json = dict[str, Any]


class Holding(TypedDict, total=False):
    """What one dataset holds; which of these are there depends on the kind of key."""

    photos: int  # how many photos: of an account, a photo's key, or with a tag
    ids: list[int]  # their numbers on Flickr, ascending
    owner_from: dict[str, list[int]]  # dataset -> those of `ids` whose owner it names, and this one does not
    from_parts: dict[str, list[int]]  # dataset -> those of `ids` that are here as it is a part of this one
    images: int  # how many images: of an address, or of a person
    identities: list[str]  # the labels that the dataset gives the person
    owners: int  # how many accounts have photos with the tag


Datasets = dict[str, Holding]
"""By slug what each dataset holds."""


class Result(TypedDict, total=False):
    """What the index says of one key."""

    found: bool | None  # None: no dataset of the site can be searched by such a key
    datasets: Datasets
    accounts: list[Datasets]  # in the place of `datasets`: a name that several accounts have


def sets_of(result: Result) -> list[Datasets]:
    """The holdings of a result by dataset: one set, or one for each account that has the name."""
    return result["accounts"] if "accounts" in result else [result.get("datasets", {})]


def answer(shard: Json, key: str, where: Place, current: Json) -> Result:
    """What a shard's records, with what current.json says of the datasets, say of a key."""
    slugs = [dataset["slug"] for dataset in current["datasets"]]
    found = READERS[where.kind](shard, where, slugs, current["kinds"][where.kind]["shards"])
    named = len(found) > 1
    if where.kind in _OF_PHOTOS:
        wholes = {dataset["slug"]: dataset["part_of"] for dataset in current["datasets"]}
        found = [_with_wholes(datasets, wholes) for datasets in found]
    kind = QUERY_KINDS[key.partition(":")[0]]
    searched = any(kind in dataset["answers"] for dataset in current["datasets"])
    yes = any(found)
    result: Json = {"found": yes if yes or searched else None}
    return cast(
        "Result", result | ({"accounts": found} if named else {"datasets": found[0] if found else {}})
    )


_OF_PHOTOS = ("accounts", "photos", "images")
"""Kinds of which a find in a dataset is a find in all that it is part of."""


def _with_wholes(datasets: Datasets, wholes: dict[str, list[str]]) -> Datasets:
    """Holdings by dataset, with those of datasets of which one is a part. In the order of `wholes`."""
    added: dict[str, Json] = {slug: {} for slug in wholes}
    for slug, holding in datasets.items():
        for whole in wholes[slug] if holding.get("ids") or "images" in holding else ():
            own = set(datasets.get(whole, {}).get("ids", []))
            new = [photo for photo in holding.get("ids", []) if photo not in own]
            if new or ("images" in holding and whole not in datasets):
                added[whole][slug] = new
    found: Datasets = {}
    for slug, parts in added.items():
        if slug in datasets or parts:
            found[slug] = _with_parts(datasets.get(slug), parts)
    return found


def _with_parts(holding: Holding | None, parts: dict[str, list[int]]) -> Holding:
    """What a dataset's own list says that it holds, if it is here, and what its parts add to that."""
    if not parts:
        return cast("Holding", holding)
    ids = sorted({*(holding or {}).get("ids", []), *itertools.chain(*parts.values())})
    counts: Json = {"photos": len(ids), "ids": ids} if ids else {"images": 1, "identities": []}
    return cast("Holding", {**(holding or {}), **counts, "from_parts": parts})


def _accounts(shard: Json, where: Place, slugs: list[str], _shards: int) -> list[Datasets]:
    """One set of holdings, or several where several accounts have the name."""
    record = shard.get(where.entry, {})
    return [_photos(one, slugs) for one in (record if isinstance(record, list) else [record])]


def _photos(record: dict[str, list[int]], slugs: list[str]) -> Datasets:
    """Photos by dataset; the record has them by set of datasets, such as "2,7+4"."""
    ids: dict[int, list[int]] = {}
    owner_from: dict[int, dict[str, list[int]]] = {}
    for among, steps in record.items():
        photos = list(itertools.accumulate(steps))
        naming, _, others = among.partition("+")
        for number in _numbers(naming) + _numbers(others):
            ids.setdefault(number, []).extend(photos)
        for number, name in itertools.product(_numbers(others), _numbers(naming)):
            owner_from.setdefault(number, {}).setdefault(slugs[name], []).extend(photos)
    return {slugs[number]: _holding(ids[number], owner_from.get(number)) for number in sorted(ids)}


def _holding(ids: list[int], owner_from: dict[str, list[int]] | None) -> Holding:
    holding: Holding = {"photos": len(ids), "ids": sorted(ids)}
    if owner_from:
        holding["owner_from"] = {slug: sorted(owner_from[slug]) for slug in sorted(owner_from)}
    return holding


def _numbers(among: str) -> list[int]:
    return [int(number) for number in among.split(",") if number]


def _photo(shard: Json, where: Place, slugs: list[str], shards: int) -> list[Datasets]:
    rest = int(where.entry)
    photo = rest * shards + int(where.shard, 16)
    among = [among for among, steps in shard.items() if rest in itertools.accumulate(steps)]
    holding = [slugs[number] for one in among for number in _numbers(one)]
    return [{slug: {"photos": 1, "ids": [photo]} for slug in holding}]


def _image(shard: Json, where: Place, slugs: list[str], _shards: int) -> list[Datasets]:
    datasets: Datasets = {}
    for number, labels in shard.items():
        holding = [label for label, keys in labels.items() if where.entry in keys]
        if holding:
            datasets[slugs[int(number)]] = {"images": 1, "identities": [label for label in holding if label]}
    return [datasets]


def _person(shard: Json, where: Place, slugs: list[str], _shards: int) -> list[Datasets]:
    record = shard.get(where.entry, {})
    return [
        {
            slugs[int(number)]: {"images": sum(labels.values()), "identities": list(labels)}
            for number, labels in record.items()
        }
    ]


def _tag(shard: Json, where: Place, slugs: list[str], _shards: int) -> list[Datasets]:
    record = shard.get(where.entry, {})
    return [
        {
            slugs[int(number)]: {"photos": photos, "owners": owners}
            for number, (photos, owners) in record.items()
        }
    ]


READERS: dict[str, Callable[[Json, Place, list[str], int], list[Datasets]]] = {
    "accounts": _accounts,
    "photos": _photo,
    "images": _image,
    "people": _person,
    "tags": _tag,
}
"""Kind of index -> what reads its records: holdings by dataset, one for each account that has the key."""
