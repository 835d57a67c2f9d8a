"""Run the benchmarks and write docs/benchmarks.md: `make bench`, or `make bench SIZE=100k`."""

import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from bench import corpus, entropy, report, search, vgg
from bench.usage import Usage, measure

ROOT = Path(__file__).parents[2]
PEERS = {  # what it is, and the most photos that it is given: above, it needs more memory than a laptop has
    "pandas": ("pandas, groupby and json.dump", 3_600_000),
    "duckdb": ("DuckDB, COPY ... PARTITION_BY", 36_000_000),
    "polars": ("Polars, group_by", 36_000_000),
}
COMPRESSED = 36_000_000
"""From so many photos on, the site is built with `compress = true`, as its host would need it."""
COMPARED = 3_600_000
"""The corpus that is searched with the others too; on any other size our page alone is measured."""
REBUILT = 36_000_000
"""Photos from which on a site is built only once."""
TURNS = 3
"""Below that, each program is run so many times, one after the other in turns; the middle time is shown."""
PATIENCE = 30
"""Seconds: what takes longer is run only once."""


@dataclass
class Build:
    """One line of the table of builds."""

    what: str
    wall: float  # seconds
    cpu: float  # seconds
    peak: int  # bytes
    rows: int
    size: int  # bytes of the index
    files: int
    packed: bool = False  # written with `compress = true`


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--size", type=click.Choice([*corpus.SIZES, "all"]), default="all", show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where corpora are made.  [default: a temporary one]"
)
@click.option("--skip-search", is_flag=True, help="Builds only.")
@click.option("--skip-build", is_flag=True, help="Searches only.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs", help="Where the report goes.")
def main(size: str, folder: Path | None, skip_search: bool, skip_build: bool, out: Path) -> None:
    """Measure builds and searches of invented corpora, ours and what one could have used instead.

    Sizes that are not run keep the figures of their last run in docs/benchmarks.json.

    Example: make bench SIZE=100k
    """
    found = report.load(out)
    # Nothing is removed before all is measured: for a minute after, ext4 makes new files slowly.
    with tempfile.TemporaryDirectory(prefix="exposing-bench-", dir=folder) as scratch:
        for name in corpus.SIZES if size == "all" else [size]:
            home = Path(scratch) / name
            one = found["sizes"].setdefault(name, {})
            one |= {"photos": corpus.SIZES[name], "machine": report.machine()}
            _bench(home, corpus.SIZES[name], one, search=not skip_search, build=not skip_build)
            report.save(out, found)
        if not skip_build and size in ("3.6m", "all"):
            found["vgg"] = asdict(vgg.measure_reading(Path(scratch) / "vgg", _environment(), _say))
            report.save(out, found)
    _say(f"{out / 'benchmarks.md'} is written.")


def _say(text: str) -> None:
    click.echo(text, err=True)


def _environment() -> dict[str, str]:
    """What all programs run with. Each may keep its compiled modules, as where it is installed."""
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return given | {
        "PYTHONPATH": f"{ROOT / 'build'}:{ROOT / 'tests'}",
        "SOURCE_DATE_EPOCH": "1767225600",
    }


def _bench(home: Path, photos: int, one: dict[str, Any], *, search: bool, build: bool) -> None:
    _say(f"{photos:,} photos: making the lists")
    one["rows"] = corpus.write(home, photos, compress=photos >= COMPRESSED)
    one["accounts"] = corpus.account_count(photos)
    one["list_bytes"] = sum(path.stat().st_size for path in home.glob("data_sources/*/raw/*"))
    os.sync()  # or the first to be timed shares the disk with the lists that are still being written
    site = home / "site"
    turns = TURNS if build and photos < REBUILT else 1
    first, *peers = _in_turns(home, site, photos, one["rows"], turns, others=build)
    ours = [first, *(() if photos >= REBUILT else _again(home, site, one["rows"]))]
    ours[0].packed = photos >= COMPRESSED
    if build and photos == COMPARED:
        ours.append(_packed(home, one["rows"]))
    if build:
        one["ours"] = [asdict(line) for line in ours]
        one["peers"] = [asdict(line) for line in peers]
        one["bytes"] = entropy.weigh(site)._asdict()
    if search:
        one["searches"], one["heavy"] = _searches(site, home, photos)


def _in_turns(home: Path, site: Path, photos: int, rows: int, turns: int, *, others: bool) -> list[Build]:
    """Our build from lists to `site`, and the others' index; of each the run that took the middle time.

    In turns, because the first to run after a pause is slower on many machines, and some are slower for a while.
    """
    runs: dict[str, list[Build]] = {}
    for turn in range(turns):
        out, cache = (site, home / "cache") if not turn else (home / f"site{turn}", home / f"cache{turn}")
        what = "Exposing: from lists to the whole site"
        runs.setdefault(what, []).append(_timed(what, _command(out, cache), home, out / "index", rows))
        for name, (title, most) in PEERS.items() if others else ():
            what, out = f"{title}: the index alone", home / f"{name}{turn}"
            if photos > most:
                _say(f"{title}: left out, it would need too much memory")
            elif not turn or runs[what][0].wall < PATIENCE:
                command = [sys.executable, "-m", "bench.build_peers", name, home, out]
                runs.setdefault(what, []).append(_timed(what, command, home, out, rows))
    return [sorted(lines, key=lambda line: line.wall)[len(lines) // 2] for lines in runs.values()]


def _again(home: Path, site: Path, rows: int) -> list[Build]:
    """Builds of lists that were read before: of none that has changed, and with one list changed."""
    command = _command(site, home / "cache")
    unchanged = _timed("again, nothing changed", command, home, site / "index", rows)
    with (home / "data_sources" / "records" / "raw" / "list.jsonl").open("ab") as file:
        file.write(b'{"photo_url": "https://www.flickr.com/photos/9@N99/90000000000", "license": "CC0"}\n')
    return [unchanged, _timed("again, one list changed", command, home, site / "index", rows)]


def _command(out: Path, cache: Path) -> list[Any]:
    return [sys.executable, "-m", "exposing", "build", "--out", out, "--cache", cache]


def _packed(home: Path, rows: int) -> Build:
    """The whole site once more with `compress = true`, to be compared with the largest corpora."""
    text = (home / "site.toml").read_text()
    (home / "site.toml").write_text(text.replace("compress = false", "compress = true"))
    out = home / "packed"
    what, command = (
        "with `compress = true`, from lists to the whole site",
        _command(out, home / "packed-cache"),
    )
    line = _timed(what, command, home, out / "index", rows)
    line.packed = True
    (home / "site.toml").write_text(text)
    return line


def _timed(what: str, command: list[Any], home: Path, made: Path, rows: int) -> Build:
    usage: Usage = measure(command, home, _environment())
    sizes = [path.stat().st_size for path in made.rglob("*") if path.is_file()]
    line = Build(what, usage.wall, usage.cpu, usage.peak, rows, sum(sizes), len(sizes))
    _say(
        f"{what}: {line.wall:.1f} s, {line.cpu:.1f} s of processor, {line.peak / 2**20:.0f} MiB, {line.size / 1e6:.0f} MB"
    )
    return line


def _searches(site: Path, home: Path, photos: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    if photos == COMPARED:
        results = search.measure(site, home, home / "search", say=_say)
    else:
        count = 50 if photos > COMPARED else 25  # the smallest size is to take less than a minute
        results = search.measure_ours(site, corpus.account_count(photos), count, say=_say)
    heavy = search.heavy(site)._asdict() if photos >= COMPARED else {}
    return [line._asdict() for line in results], heavy


if __name__ == "__main__":
    main()
