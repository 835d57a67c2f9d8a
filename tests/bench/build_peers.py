"""The index, and nothing else, as one would make it with pandas, DuckDB or Polars; from the same lists.

Each does the part of the work that its shards need: it reads the eight lists, takes accounts and photo ids out of
them, and writes an accounts index (under NSID and alias) and a photos index, of about as many shards as ours. None counts
what it drops, joins names between lists, checks for damage or makes pages: all that is in their favour.
"""

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from bench.corpus import DATASETS

ACCOUNT_BITS, PHOTO_BITS = 9, 8
"""Shards of either index, as powers of two: about as many as our own build chooses at 3.6 million photos."""

_LINES = {  # datasets whose lists are lines of text: NSID and photo id, or the photo id alone
    "paths": r"/(?P<nsid>[0-9]+@N[0-9]{2})/(?P<photo>[0-9]+)_",
    "more": r"/(?P<nsid>[0-9]+@N[0-9]{2})/(?P<photo>[0-9]+)_",
    "pairs": r"^(?P<nsid>[0-9]+@N[0-9]{2})_identity_[0-9]+/(?P<photo>[0-9]+)_",
    "album": r"^[0-9]+ (?P<photo>[0-9]+) ",
}
_PAGE = r"/photos/(?:(?P<nsid>[0-9]+@N[0-9]{2})|(?P<alias>[^/]+))/(?P<photo>[0-9]+)"
NUMBER = {slug: number for number, slug in enumerate(sorted(DATASETS))}


def _path(corpus: Path, slug: str) -> Path:
    return corpus / "data_sources" / slug / "raw" / DATASETS[slug].path


def _shard(key: str) -> tuple[int, str]:
    """A key's shard, and its name in the shard."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return int(digest[:4], 16) >> (16 - ACCOUNT_BITS), digest[4:16]


def pandas_naive(corpus: Path, out: Path) -> None:
    """`read_csv`, `str.extract`, `groupby`, `to_dict` and `json.dump`: what most people would write first."""
    import pandas as pd

    frames = []
    for slug in DATASETS:
        path = _path(corpus, slug)
        if slug in _LINES:
            lines = pd.read_csv(path, sep="\0", header=None, names=["line"], engine="c")["line"]
            frame = lines.str.extract(_LINES[slug])
        elif slug == "pages":
            frame = pd.read_csv(path)["url"].str.extract(_PAGE)
        elif slug == "records":
            frame = pd.read_json(path, lines=True)["photo_url"].str.extract(_PAGE)
        elif slug == "table":
            table = pd.read_csv(path, sep="\t")
            photo = table["original_image"].str.extract(r"^([0-9]+)_")[0]
            frame = pd.DataFrame({"nsid": table["user_id"], "photo": photo})
        else:
            frame = pd.read_parquet(path)
        frames.append(frame.assign(dataset=NUMBER[slug]).astype({"photo": "int64"}))
    rows = pd.concat(frames)
    accounts: dict[int, dict[str, list[dict]]] = defaultdict(dict)  # type: ignore[type-arg]
    for prefix, column in (("nsid", "nsid"), ("name", "alias")):
        for account, group in rows.groupby(column):
            shard, entry = _shard(f"{prefix}:{account}")
            accounts[shard][entry] = group[["dataset", "photo"]].to_dict("records")
    _dump(out / "accounts", accounts)
    rows["shard"] = rows["photo"] % (1 << PHOTO_BITS)
    photos = {shard: group[["dataset", "photo"]].to_dict("records") for shard, group in rows.groupby("shard")}
    _dump(out / "photos", photos)


def _dump(folder: Path, shards: dict) -> None:  # type: ignore[type-arg]
    folder.mkdir(parents=True)
    for number, entries in shards.items():
        with (folder / f"{number}.json").open("w") as file:
            json.dump(entries, file)


def duckdb(corpus: Path, out: Path) -> None:
    """SQL over the lists, and `COPY ... (PARTITION_BY shard)`: rows of key, dataset and ids."""
    import duckdb as db

    selects = []
    for slug in DATASETS:
        path, number = _path(corpus, slug), NUMBER[slug]
        if slug in _LINES:
            groups = [name for name in ("nsid", "photo") if f"<{name}>" in _LINES[slug]]
            pattern = _LINES[slug].replace("?P<nsid>", "").replace("?P<photo>", "")
            source = f"read_csv('{path}', columns={{'line': 'VARCHAR'}}, delim='\\0', header=false, quote='', escape='', auto_detect=false)"
            taken = f"regexp_extract(line, '{pattern}', {groups})"
            nsid = "r.nsid" if "nsid" in groups else "NULL"
            selects.append(
                f"SELECT {nsid} nsid, NULL alias, r.photo::BIGINT photo, {number}::SMALLINT dataset FROM (SELECT {taken} r FROM {source})"
            )
        elif slug in ("pages", "records"):
            source, column = (
                (f"read_csv('{path}')", "url")
                if slug == "pages"
                else (f"read_json('{path}', format='newline_delimited')", "photo_url")
            )
            pattern = "/photos/([^/]+)/([0-9]+)"
            selects.append(
                f"SELECT CASE WHEN contains(r.who, '@') THEN r.who END nsid, CASE WHEN NOT contains(r.who, '@') THEN r.who END alias,"
                f" r.photo::BIGINT photo, {number}::SMALLINT dataset FROM (SELECT regexp_extract({column}, '{pattern}', ['who', 'photo']) r FROM {source})"
            )
        elif slug == "table":
            selects.append(
                f"SELECT user_id nsid, NULL alias, split_part(original_image, '_', 1)::BIGINT photo, {number}::SMALLINT dataset FROM read_csv('{path}', delim='\\t')"
            )
        else:
            selects.append(f"SELECT nsid, alias, photo, {number}::SMALLINT dataset FROM '{path}'")
    out.mkdir(parents=True)
    with db.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"CREATE TABLE entries AS {' UNION ALL '.join(selects)}")
        connection.execute(
            "CREATE TABLE keys AS SELECT who, sha256(who) digest FROM"
            " (SELECT DISTINCT 'nsid:' || nsid who FROM entries WHERE nsid IS NOT NULL"
            " UNION SELECT DISTINCT 'name:' || alias FROM entries WHERE alias IS NOT NULL)"
        )
        connection.execute(
            f"""COPY (
            SELECT ('0x' || digest[1:4])::INT >> {16 - ACCOUNT_BITS} shard, digest[5:16] entry, dataset,
              string_agg(photo::VARCHAR, ',' ORDER BY photo) ids
            FROM (SELECT 'nsid:' || nsid who, dataset, photo FROM entries WHERE nsid IS NOT NULL
              UNION ALL SELECT 'name:' || alias, dataset, photo FROM entries WHERE alias IS NOT NULL) JOIN keys USING (who)
            GROUP BY ALL) TO '{out}/accounts' (FORMAT json, PARTITION_BY shard)"""
        )
        connection.execute(
            f"""COPY (SELECT photo % {1 << PHOTO_BITS} shard, dataset,
              string_agg((photo // {1 << PHOTO_BITS})::VARCHAR, ',' ORDER BY photo) ids
            FROM entries GROUP BY ALL) TO '{out}/photos' (FORMAT json, PARTITION_BY shard)"""
        )


def polars(corpus: Path, out: Path) -> None:
    """Lazy scans, `str.extract_groups` and `group_by`; a file per shard is written from joined columns."""
    import polars as pl

    frames = []
    for slug in DATASETS:
        path = _path(corpus, slug)
        if slug in _LINES:
            lines = pl.read_csv(path, separator="\0", has_header=False, new_columns=["line"], quote_char=None)
            frame = lines.select(pl.col("line").str.extract_groups(_LINES[slug])).unnest("line")
        elif slug == "pages":
            frame = (
                pl.read_csv(path, columns=["url"])
                .select(pl.col("url").str.extract_groups(_PAGE))
                .unnest("url")
            )
        elif slug == "records":
            lines = pl.read_ndjson(path).select(pl.col("photo_url").str.extract_groups(_PAGE))
            frame = lines.unnest("photo_url")
        elif slug == "table":
            frame = pl.read_csv(path, separator="\t", columns=["user_id", "original_image"]).select(
                nsid="user_id", photo=pl.col("original_image").str.extract(r"^([0-9]+)_")
            )
        else:
            frame = pl.read_parquet(path)
        missing = [
            pl.lit(None, pl.String).alias(name) for name in ("nsid", "alias") if name not in frame.columns
        ]
        frames.append(
            frame.with_columns(*missing).select(
                "nsid",
                "alias",
                pl.col("photo").cast(pl.Int64),
                pl.lit(NUMBER[slug], pl.Int16).alias("dataset"),
            )
        )
    rows = pl.concat(frames)
    parts = []
    for prefix, column in (("nsid", "nsid"), ("name", "alias")):
        names = rows[column].drop_nulls().unique()
        places = [_shard(f"{prefix}:{name}") for name in names]
        keys = pl.DataFrame(
            {column: names, "shard": [shard for shard, _ in places], "entry": [entry for _, entry in places]}
        )
        parts.append(rows.select(column, "photo", "dataset").join(keys, on=column).drop(column))
    lists = (
        pl.concat(parts)
        .sort("shard", "entry", "dataset", "photo")
        .group_by("shard", "entry", "dataset", maintain_order=True)
        .agg(pl.col("photo").diff().fill_null(pl.col("photo").first()))
        .select("shard", "entry", text=pl.format('"{}":[{}]', "dataset", _joined("photo")))
    )
    objects = lists.group_by("shard", "entry", maintain_order=True).agg("text")
    _shards(
        out / "accounts",
        objects.select(
            "shard", text=pl.concat_str(pl.lit('"'), "entry", pl.lit('":{'), _joined("text"), pl.lit("}"))
        ),
    )
    by_shard = rows.select(
        "dataset", shard=pl.col("photo") % (1 << PHOTO_BITS), rest=pl.col("photo") // (1 << PHOTO_BITS)
    )
    lists = (
        by_shard.sort("shard", "dataset", "rest")
        .group_by("shard", "dataset", maintain_order=True)
        .agg(pl.col("rest").diff().fill_null(pl.col("rest").first()))
    )
    _shards(out / "photos", lists.select("shard", text=pl.format('"{}":[{}]', "dataset", _joined("rest"))))


def _joined(column: str):  # type: ignore[no-untyped-def]
    import polars as pl

    return pl.col(column).cast(pl.List(pl.String)).list.join(",")


def _shards(folder: Path, rows) -> None:  # type: ignore[no-untyped-def]
    folder.mkdir(parents=True)
    for number, texts in rows.group_by("shard", maintain_order=True).agg("text").iter_rows():
        (folder / f"{number}.json").write_text("{" + ",".join(texts) + "}")


PEERS: dict[str, Callable[[Path, Path], None]] = {"pandas": pandas_naive, "duckdb": duckdb, "polars": polars}


if __name__ == "__main__":
    PEERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
