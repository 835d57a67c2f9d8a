"""What else a static site could search with: the pages in `web`, their packages, and data made from the truth.

Every peer gets what our own index holds, and in its favour: data sorted by key, ranges of a sensible size, a bundled
and minified script, and everything that does not depend on the query loaded before the clock starts.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.corpus import DATASETS

PAGES = Path(__file__).parent / "web"
PACKAGES = [
    "esbuild@0.28.2",
    "hyparquet@1.31.5",
    "@duckdb/duckdb-wasm@1.28.0",  # from 1.29 on it fetches its Parquet reader from elsewhere at run time
    "sql.js-httpvfs@0.8.12",
    "pagefind@1.6.0",
]
ROW_GROUP = 16_384
"""Rows that are read together: a search reads one or two groups, and the footer stays small."""
MOST_RECORDS = 10_000
"""Keys that Pagefind is given, those that are asked for among them: 60 thousand took 329 seconds and 9 GB."""

SLUGS = sorted(DATASETS)


class Held(NamedTuple):
    """What can be found under every NSID and alias: rows sorted by key, dataset and photo."""

    keys: list[str]  # sorted
    starts: Any  # int64: the first row of each key, and the end of the last
    dataset: Any  # int8: a place in SLUGS
    photo: Any  # int64

    def find(self, key: str) -> dict[str, list[int]]:
        """Photo ids by dataset."""
        at = int(np.searchsorted(self.keys, key))
        if at == len(self.keys) or self.keys[at] != key:
            return {}
        rows = slice(self.starts[at], self.starts[at + 1])
        dataset, photo = self.dataset[rows], self.photo[rows]
        return {SLUGS[number]: photo[dataset == number].tolist() for number in np.unique(dataset)}


def held(corpus: Path) -> Held:
    """What the lists of a corpus tell of whose photos they hold.

    Less than the truth: `album` names no owners, `pages` names them by alias where they have one, and only
    `columns` tells which NSID an alias belongs to.
    """
    truth = pq.read_table(corpus / "truth.parquet", read_dictionary=["nsid", "alias"]).combine_chunks()
    dataset, photo = truth["dataset"].to_numpy(), truth["photo"].to_numpy()
    nsid, nsids = _codes(truth["nsid"])
    alias, aliases = _codes(truth["alias"])
    joined = np.zeros(len(nsids), bool)
    joined[nsid[dataset == SLUGS.index("columns")]] = True
    owned, by_alias = dataset != SLUGS.index("album"), (dataset == SLUGS.index("pages")) & (alias >= 0)
    under_nsid = owned & (~by_alias | joined[nsid])
    under_alias = owned & (alias >= 0) & (by_alias | joined[nsid])

    names = np.array(nsids + aliases)
    order = np.argsort(names)
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    key = np.concatenate([rank[nsid[under_nsid]], rank[len(nsids) + alias[under_alias]]])
    dataset = np.concatenate([dataset[under_nsid], dataset[under_alias]]).astype(np.int8)
    photo = np.concatenate([photo[under_nsid], photo[under_alias]])
    rows = np.lexsort((photo, dataset, key))
    used, counts = np.unique(key, return_counts=True)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Held(names[order][used].tolist(), starts, dataset[rows], photo[rows])


def _codes(column: Any) -> tuple[Any, list[str]]:
    """A column of text as numbers, -1 for null, and the texts."""
    array = column.combine_chunks()
    array = array if isinstance(array, pa.DictionaryArray) else array.unify_dictionaries().chunk(0)
    return pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), (
        array.dictionary.to_pylist()
    )


class Peer(NamedTuple):
    """A page that was made ready: what it is, and its name below the folder of pages."""

    what: str
    page: str


def prepare(rows: Held, asked: list[str], work: Path, say: Callable[[str], None]) -> list[Peer]:
    """Put every peer's page, packages and data into `work/web`; without npm, only those that need none.

    `asked` are the keys that will be searched.
    """
    web = work / "web"
    (web / "data").mkdir(parents=True, exist_ok=True)
    npm = _npm()
    if not npm:
        say("no npm, so nothing is measured but our own page and its limit: install the `check` extra")
        for name in ("bare.js", "render.js", "worker.js"):
            shutil.copy(PAGES / name, web)
        _page(web, "bare")
        return []
    modules = _install(npm, work, say)
    _bundle(modules, work, web)
    _parquet(rows, web / "data")
    _sqlite(rows, web / "data" / "rows.sqlite")
    others = rows.keys[:: -(-len(rows.keys) // (MOST_RECORDS - len(asked)))]
    keys = sorted({key for key in asked if rows.find(key)} | set(others))
    _pagefind(rows, keys, npm, work, web)
    return [
        Peer("hyparquet over sorted Parquet", "hyparquet"),
        Peer("sql.js-httpvfs over clustered SQLite", "sqlite"),
        Peer("DuckDB-WASM over sorted Parquet", "duckdb"),
        Peer(f"Pagefind, a record a key, {len(keys):,} of {len(rows.keys):,} keys", "pagefind"),
    ]


def _npm() -> str | None:
    """The npm that the `check` extra brought, or the system's."""
    ours = Path(sys.executable).parent / "npm"
    return str(ours) if ours.exists() else shutil.which("npm")


def _run(npm: str, *command: str | Path, cwd: Path) -> None:
    """Run a program with the Node that is beside npm."""
    env = os.environ | {"PATH": f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    parts = [str(part) for part in command]
    done = subprocess.run(parts, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")


def _install(npm: str, work: Path, say: Callable[[str], None]) -> Path:
    modules, installed = work / "npm" / "node_modules", work / "npm" / "installed.json"
    if not installed.exists() or json.loads(installed.read_text()) != PACKAGES:
        say(f"installing {', '.join(PACKAGES)}")
        (work / "npm").mkdir(exist_ok=True)
        _run(npm, npm, "install", "--prefix", work / "npm", "--no-audit", "--no-fund", *PACKAGES, cwd=work)
        installed.write_text(json.dumps(PACKAGES))
    return modules


def _bundle(modules: Path, work: Path, web: Path) -> None:
    """Each page's script with all that it imports, as one small file."""
    source = work / "npm" / "pages"  # inside, so that esbuild finds the packages
    shutil.copytree(PAGES, source, dirs_exist_ok=True)
    for name in ("bare", "hyparquet", "duckdb", "sqlite", "pagefind"):
        out, esbuild = web / f"{name}.js", modules / ".bin" / "esbuild"
        options = ["--bundle", "--minify", "--format=esm", "--target=es2022", f"--outfile={out}"]
        _run(_npm() or "", esbuild, source / f"{name}.js", *options, cwd=work)
        _page(web, name)
    shutil.copy(PAGES / "worker.js", web)
    duckdb, sqlite = modules / "@duckdb" / "duckdb-wasm" / "dist", modules / "sql.js-httpvfs" / "dist"
    shutil.copy(duckdb / "duckdb-browser-eh.worker.js", web / "duckdb.worker.js")
    shutil.copy(duckdb / "duckdb-eh.wasm", web / "duckdb.wasm")
    shutil.copy(sqlite / "sqlite.worker.js", web)
    shutil.copy(sqlite / "sql-wasm.wasm", web)


def _page(web: Path, name: str) -> None:
    (web / f"{name}.html").write_text((PAGES / "page.html").read_text().replace("PEER", name))


def _parquet(rows: Held, folder: Path) -> None:
    """One file for both readers. Differences of ids pack better than either's compression."""
    keys = np.repeat(np.arange(len(rows.keys), dtype=np.int32), np.diff(rows.starts))
    table = pa.table(
        {
            "key": pa.DictionaryArray.from_arrays(keys, pa.array(rows.keys)).cast(pa.string()),
            "dataset": rows.dataset,
            "photo": rows.photo,
        }
    )
    path = folder / "rows.parquet"
    pq.write_table(
        table,
        path,
        row_group_size=ROW_GROUP,
        compression="snappy",
        use_dictionary=["key", "dataset"],
        column_encoding={"photo": "DELTA_BINARY_PACKED"},
        store_schema=False,
    )
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        footer = int.from_bytes(file.read(4), "little") + 8
    (folder / "rows.json").write_text(json.dumps({"length": path.stat().st_size, "footer": footer}))


def _sqlite(rows: Held, path: Path) -> None:
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    database.execute(
        "CREATE TABLE held (key TEXT, dataset INTEGER, photo INTEGER, PRIMARY KEY (key, dataset, photo)) WITHOUT ROWID"
    )
    database.executemany("INSERT INTO held VALUES (?, ?, ?)", _each(rows))
    database.commit()
    database.close()


def _each(rows: Held) -> Iterator[tuple[str, int, int]]:
    for at, key in enumerate(rows.keys):
        part = slice(rows.starts[at], rows.starts[at + 1])
        for dataset, photo in zip(rows.dataset[part].tolist(), rows.photo[part].tolist(), strict=True):
            yield key, dataset, photo


def _pagefind(rows: Held, keys: list[str], npm: str, work: Path, web: Path) -> None:
    lines = work / "records.jsonl"
    with lines.open("w") as file:
        for key in keys:
            word = "k" + "".join(char if char.isalnum() else "x" for char in key.lower()) + "z"
            photos = [[SLUGS.index(slug), ids] for slug, ids in rows.find(key).items()]
            file.write(json.dumps({"key": key, "word": word, "photos": photos}) + "\n")
    folder = web / "pagefind"
    shutil.rmtree(folder, ignore_errors=True)
    node = shutil.which("node", path=str(Path(npm).parent)) or "node"
    _run(npm, node, work / "npm" / "pages" / "pagefind-index.mjs", lines, folder, cwd=work)
