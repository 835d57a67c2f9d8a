"""A seeded, invented corpus in the forms that real lists have.

Heavy-tailed photos per account, aliases for three of five accounts, eight datasets that overlap. Accounts are
`<number>@N99` and photo ids begin at 90,000,000,000, so that nothing in it is anybody's.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mini import FACTS, SITE

SEED = 20_261_123
FIRST_PHOTO = 90_000_000_000
PHOTO_RANGE = 15_000_000_000
"""About as many ids as Flickr had given out in 2014, when the largest datasets were made."""
CHUNK = 1_000_000
"""Rows made at a time, so that a corpus of any size fits into memory."""
SIZES = {"100k": 100_000, "3.6m": 3_600_000, "36m": 36_000_000, "100m": 100_000_000}


class Rows(NamedTuple):
    """Some rows of a dataset, column by column."""

    nsid: pa.Array
    alias: pa.Array  # null for two of five accounts
    photo: pa.Array


class Dataset(NamedTuple):
    """An invented dataset: how much of the corpus it holds, in which order, and how its list is written."""

    share: float
    by_owner: bool  # an account's photos stand together, as where a list was made account by account
    path: str
    files: str  # the manifest's [[files]] table, without its path
    text: Callable[[Rows], tuple[Any, ...]] | None  # what a line is put together from; None: Parquet
    head: bytes = b""


def _alias_or_nsid(rows: Rows) -> pa.Array:
    return pc.coalesce(rows.alias, rows.nsid)


_PATHS = r"""format = "lines"
match = '(?:^|/)(?P<nsid>[0-9]+@N[0-9]{2})/(?P<photo_id>[0-9]+)_[0-9]+\.jpg$'
"""
_PAGES = "https://www.flickr.com/photos/"
DATASETS = {
    "album": Dataset(
        0.08,
        False,
        "all.txt",
        """format = "lines"
match = '^[0-9]+ (?P<photo_id>[0-9]+) .* (?P<identity>[0-9]+) [0-9]$'
""",
        lambda rows: ("72157600000000000 ", rows.photo, " 277 159 218 294 1 1\n"),
    ),
    "columns": Dataset(
        0.20,
        True,
        "list.parquet",
        """format = "parquet"
columns = { nsid = "nsid", alias = "alias", photo_id = "photo" }
""",
        None,
    ),
    "more": Dataset(
        0.10,
        False,
        "list.txt",
        _PATHS,
        lambda rows: (pc.utf8_slice_codeunits(rows.nsid, 0, 3), "/", rows.nsid, "/", rows.photo, "_0.jpg\n"),
    ),
    "pages": Dataset(
        0.22,
        False,
        "list.csv",
        """format = "csv"
columns = { page_url = "url", license = "license" }
""",
        lambda rows: (_PAGES, _alias_or_nsid(rows), "/", rows.photo, '/,"Somebody, somewhere",CC BY 2.0\n'),
        b"url,author,license\n",
    ),
    "pairs": Dataset(
        0.14,
        True,
        "list.txt",
        r"""format = "lines"
match = '^(?P<nsid>[0-9]+@N[0-9]{2})_identity_[0-9]+/(?P<photo_id>[0-9]+)_[0-9]+\.jpg$'
""",
        lambda rows: (rows.nsid, "_identity_1/", rows.photo, "_3.jpg\r\n"),
    ),
    "paths": Dataset(
        0.40,
        False,
        "list.txt",
        _PATHS,
        lambda rows: (pc.utf8_slice_codeunits(rows.nsid, 0, 3), "/", rows.nsid, "/", rows.photo, "_0.jpg\n"),
    ),
    "records": Dataset(
        0.05,
        False,
        "list.jsonl",
        """format = "jsonl"
columns = { page_url = "photo_url", license = "license" }
""",
        lambda rows: ('{"photo_url": "', _PAGES, rows.nsid, "/", rows.photo, '", "license": "CC0"}\n'),
    ),
    "table": Dataset(
        0.12,
        True,
        "list.tsv",
        """format = "tsv"
columns = { nsid = "user_id", image_name = "original_image" }
""",
        lambda rows: (rows.nsid, "\t", rows.photo, "_0123456789_o.jpg\t1\t(25, 32)\n"),
        b"user_id\toriginal_image\tface_id\tage\n",
    ),
}


class Photos(NamedTuple):
    """All photos of a corpus: the account (a number) and the id of each. The largest account is number 0."""

    owner: Any  # int32
    photo: Any  # int64


def account_count(photos: int) -> int:
    """60 thousand accounts for 3.6 million photos, about 581 thousand for 100 million."""
    return max(10, round(60_000 * (photos / 3.6e6) ** 0.683))


def photos(count: int) -> Photos:
    """So many photos, account by account, ids ascending within each.

    People upload in sittings: within one, ids follow each other closely; between two lie weeks. The two widths
    are those of real lists: half of the steps between an account's ids in DiveFace are below 2**15, a tenth
    above 2**27.
    """
    dice = np.random.default_rng(SEED)
    owner = _owners(count)
    new_sitting = dice.random(count) < 0.25
    step = np.exp2(np.where(new_sitting, dice.normal(25, 2.5, count), dice.normal(13, 2.5, count)))
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    step[first] = dice.integers(0, PHOTO_RANGE, len(first))
    ids = np.cumsum(step)
    ids -= np.repeat(ids[first] - step[first], np.diff(np.append(first, count)))
    ids = ids.astype(np.int64) % PHOTO_RANGE
    order = np.argsort(ids, kind="stable")
    places = np.arange(count)
    ids[order] = np.maximum.accumulate(ids[order] - places) + places  # no two alike
    return Photos(owner, FIRST_PHOTO + ids)


def _owners(count: int) -> Any:
    dice = np.random.default_rng(SEED + 1)
    accounts, largest = account_count(count), min(20_000, count // 20)
    weights = dice.pareto(1.1, accounts) + 0.1
    sizes = np.maximum(1, weights / weights.sum() * count).astype(np.int64)
    for _ in range(100):
        sizes = np.clip(sizes, 1, largest)
        missing = count - sizes.sum()
        if abs(missing) <= accounts:
            break
        free = sizes < largest
        sizes[free] = np.maximum(1, sizes[free] * (1 + missing / sizes[free].sum())).astype(np.int64)
    sizes = np.sort(sizes)[::-1]
    while missing := int(count - sizes.sum()):  # a few: given to, or taken from, accounts in the middle
        middle = np.flatnonzero((sizes > 1) & (sizes < largest))[: abs(missing)]
        sizes[middle] += np.sign(missing)
    return np.repeat(np.arange(accounts, dtype=np.int32), sizes)


def rows(owner: Any, photo: Any) -> Rows:
    """The columns of some photos' rows."""
    numbers = pa.array(owner)
    nsid = pc.binary_join_element_wise(
        pc.add(numbers.cast(pa.int64()), 10_000_000).cast(pa.string()), "@N99", ""
    )
    name = pc.binary_join_element_wise("user-", numbers.cast(pa.string()), "")
    return Rows(
        nsid, pc.if_else(pa.array(owner % 5 < 3), name, pa.scalar(None, pa.string())), pa.array(photo)
    )


def write(root: Path, count: int, *, compress: bool = False) -> int:
    """Write a whole project of so many photos below `root`; returns the rows of all lists.

    `root/truth.parquet` has every membership: nsid, alias, photo, dataset (its number in the order of names).
    """
    everything = photos(count)
    root.mkdir(parents=True, exist_ok=True)
    (root / "site.toml").write_text(SITE + f"compress = {str(compress).lower()}\n")
    total = 0
    truth = pa.schema(
        [("nsid", pa.string()), ("alias", pa.string()), ("photo", pa.int64()), ("dataset", pa.int16())]
    )
    with pq.ParquetWriter(root / "truth.parquet", truth, compression="zstd") as whole:
        for number, (slug, dataset) in enumerate(sorted(DATASETS.items())):
            for part in _write_list(root / "data_sources" / slug, slug, dataset, everything, number):
                column = pa.array(np.full(len(part.photo), number, np.int16))
                whole.write_table(pa.table([*part, column], schema=truth))
                total += len(part.photo)
    return total


def _write_list(folder: Path, slug: str, dataset: Dataset, everything: Photos, number: int) -> Iterator[Rows]:
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    manifest = f'{FACTS.format(slug=slug)}[[files]]\npath = "{dataset.path}"\n{dataset.files}'
    (folder / "dataset.toml").write_text(manifest)
    dice = np.random.default_rng(SEED + 2 + number)
    chosen = np.flatnonzero(dice.random(len(everything.photo)) < dataset.share)
    if not dataset.by_owner:
        dice.shuffle(chosen)
    parts = (
        rows(everything.owner[part], everything.photo[part])
        for part in (chosen[at : at + CHUNK] for at in range(0, len(chosen), CHUNK))
    )
    path = folder / "raw" / dataset.path
    if dataset.text is None:
        schema = pa.schema([("nsid", pa.string()), ("alias", pa.string()), ("photo", pa.int64())])
        with pq.ParquetWriter(path, schema) as table:
            for part in parts:
                table.write_table(pa.table(list(part), schema=schema))
                yield part
        return
    with path.open("wb") as file:
        file.write(dataset.head)
        for part in parts:
            file.write(_lines(dataset.text(part)))
            yield part


def _lines(parts: tuple[Any, ...]) -> memoryview:
    """The bytes of all lines, each put together from columns and constants."""
    columns = [
        pa.scalar(part, pa.large_string()) if isinstance(part, str) else part.cast(pa.large_string())
        for part in parts
    ]
    return memoryview(pc.binary_join_element_wise(*columns, pa.scalar("", pa.large_string())).buffers()[2])
