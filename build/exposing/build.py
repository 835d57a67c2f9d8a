"""The recipe: from manifests and lists to a whole site, or to nothing at all."""

import datetime
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from exposing import (
    cache,
    catalogue,
    citations,
    closed,
    engine,
    entries,
    exchange,
    index,
    losses,
    output,
    pages,
    processes,
    withheld,
)
from exposing.errors import BuildError
from exposing.extract import Tally
from exposing.keys import FORMAT
from exposing.manifest import Manifest, load_all, wholes
from exposing.models import did_you_mean, read_text
from exposing.project import Lists, Project, find_lists, remove
from exposing.site import Site, load_site

Progress = Callable[[str, Iterable[Any], int], Iterable[Any]]
"""Shows how far an iterable of known length has come, under a label."""


Found = dict[str, tuple[Tally, list[Path]]]
"""By dataset: what became of its rows, and the files of its entries."""

Sealing = Iterable[tuple[str, int]]
"""Shards as they are sealed, some at a time: their kind, and their bytes on disk."""


class Works(NamedTuple):
    """Where a build's work is done."""

    folder: Path  # takes what is made on the way
    run: engine.Run  # may be far away, and reaches `folder`
    here: engine.Run  # reaches the staged site as well
    progress: Progress


def as_of() -> str:
    """The day that the site states: SOURCE_DATE_EPOCH's if that is set, so that builds can be repeated."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = (
        datetime.datetime.fromtimestamp(int(epoch), datetime.UTC)
        if epoch
        else datetime.datetime.now(datetime.UTC)
    )
    return now.date().isoformat()


def read_lists(lists: Lists, folder: Path, run: engine.Run, progress: Progress) -> Found:
    """Every dataset's tally, and the files of its entries in `folder`, where those of earlier builds are."""
    closed.make(folder)
    work = [task for tasks in lists.work.values() for task in tasks]
    longest_first = sorted(range(len(work)), key=lambda number: -work[number].size)
    read = run(partial(cache.entries, folder=folder), [work[number] for number in longest_first])
    of_task = dict(zip(longest_first, progress("Reading lists", read, len(work)), strict=True))
    found: Found = {slug: (Tally(), []) for slug in lists.work}
    for number, task in enumerate(work):
        found[task.slug][0].add(of_task[number].tally)
        found[task.slug][1].append(of_task[number].path)
    return found


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A new folder in `parent`, for as long as a build needs it."""
    folder = parent / f"exposing-{uuid4().hex}"
    closed.make(folder)
    try:
        yield folder
    finally:
        remove(folder)


def shown(project: Project, site: Site) -> dict[str, Manifest]:
    """The datasets that site.toml names, or all; `derived_from` and `part_of` name no others."""
    manifests = load_all(project.data_sources)
    _check_known(site.datasets, manifests, f"{project.site}: datasets")
    found = {slug: manifests[slug] for slug in sorted(set(site.datasets)) or manifests}
    return {
        slug: manifest.model_copy(
            update={
                name: [one for one in getattr(manifest, name) if one in found]
                for name in ("derived_from", "part_of")
            }
        )
        for slug, manifest in found.items()
    }


def build_site(
    project: Project,
    out: Path,
    *,
    raw: Path | None = None,
    only: Iterable[str] = (),
    jobs: int | None = None,
    base_url: str | None = None,
    kept: Path | None = None,
    scheduler: str | None = None,
    work: Path | None = None,
    progress: Progress = lambda _label, items, _length: items,
) -> dict[str, Any]:
    """Build a whole site and put it in the place of `out`. Returns what build-report.json says, and what
    only the builder is told: as `left_out`, by dataset, rows of those who asked to be left out; as `unmet`,
    numbers of lines of withheld.txt that match no row; as `absent`, datasets whose lists are not there.

    The entries of lists are kept in the folder `kept`, if one is named, for the next build. With a
    `scheduler` the work is done on a Dask cluster; its workers must reach `work`, `kept` and the lists.
    Raises BuildError for anything a person can mend; then `out` is as it was.
    """
    site = load_site(project.site, base_url)
    manifests = shown(project, site)
    _check_known(only, manifests, "--only")
    requests = project.data_sources / withheld.FILE
    asked = withheld.load(requests)
    lists = find_lists(project, manifests, raw, only)
    check_trusted(lists, site)
    _check_contact(lists, site, project)
    folders = [project.templates] + [project.site.parent / one for one in [site.overrides] if one]
    sources = pages.load_sources(folders, site)  # while the process begins that workers come from
    with (
        output.staging(out) as (staged, beside),
        scratch(work or beside) as folder,
        engine.workers(jobs or processes.cores()) as here,
        engine.cluster(scheduler) if scheduler else nullcontext(here) as run,
    ):
        works = Works(folder, run, here, progress)
        found = read_lists(lists, kept or folder / "entries", run, progress)
        losses.check({slug: tally for slug, (tally, _) in found.items()}, manifests, lists.work)
        found, parts, left_out, unmet = leave_out(found, list(manifests), asked, works)
        report, sealing = _index(found, parts, manifests, staged, site, works, sample=lists.sample)
        report |= {"format": FORMAT, "as_of": as_of(), "sample": lists.sample, "unread": lists.unread}
        current = _current(report, manifests)
        index.write_current(staged / "index" / "current.json", current)
        about = {slug: _about(project.data_sources / slug) for slug in manifests}
        cited = {slug: citations.load(project.data_sources / slug) for slug in manifests}
        pages.write_pages(staged, sources, manifests, current, report, about, cited)
        for kind, stored in sealing:  # workers have sealed shards meanwhile
            report["index"][kind]["stored_bytes"] += stored
        unread = {slug: len(names) for slug, names in lists.unread.items()}  # names may be people's
        _write_json(staged / "build-report.json", report | {"unread": unread})
    if kept:
        cache.prune(kept)
    lines = withheld.lines_of(requests, unmet)
    return report | {"left_out": left_out, "unmet": lines, "absent": lists.absent}


def leave_out(
    found: Found, slugs: list[str], asked: withheld.Withheld, works: Works
) -> tuple[Found, list[exchange.Part], dict[str, int], Any]:
    """What was found without those who asked; the files of its entries; rows left out, by dataset; and the
    key hashes of those who asked and are in no row.

    Who is who in all of them is then known in `accounts` of the works' folder.
    """
    numbers = {slug: number for number, slug in enumerate(slugs)}
    parts = [exchange.Part(numbers[slug], path) for slug, (_, paths) in found.items() for path in paths]
    named = works.run(exchange.names, [part.path for part in parts])
    accounts = works.folder / "accounts"
    exchange.save(exchange.join_names(named), accounts)
    parts, lost, unmet = withheld.without(parts, accounts, asked, works.folder / "left", works.run)
    counts = dict.fromkeys(found, 0)
    left: dict[str, list[Path]] = {slug: [] for slug in found}
    for part, count in zip(parts, lost, strict=True):
        counts[slugs[part.dataset]] += count
        left[slugs[part.dataset]].append(part.path)
    remaining = {
        slug: (replace(tally, kept=tally.kept - counts[slug]), left[slug])
        for slug, (tally, _) in found.items()
    }
    return remaining, parts, {slug: count for slug, count in counts.items() if count}, unmet


def _index(
    found: Found,
    parts: list[exchange.Part],
    manifests: dict[str, Manifest],
    staged: Path,
    site: Site,
    works: Works,
    *,
    sample: bool,
) -> tuple[dict[str, Any], Sealing]:
    """Entries to whole shards below `staged/index/`; what the report says of datasets and index.

    All shards are there, and their bytes on disk are known, once what is returned beside was gone through.
    """
    sent, shards, slugs = works.folder / "sent", works.folder / "shards", list(manifests)
    bits = send_entries(parts, works)
    joined = join_owners(bits, works)
    planned = works.run(partial(index.plan, sent, partition_bits=bits), index.KINDS)
    described = works.run(catalogue.describe, found.values())  # begun now: no core waits for the plans
    plans = dict(zip(index.KINDS, planned, strict=True))
    groups = [(plan, group) for plan in plans.values() for group in plan.groups()]
    made = works.run(partial(index.write_records, folder=sent, out=shards, parts=_parts(manifests)), groups)
    facts = dict(zip(found, described, strict=True))
    if not sample:
        catalogue.check_expected(manifests, facts)
    written = list(works.progress("Making shards", made, len(groups)))
    catalogue.relate(facts, slugs, written)
    for slug, one in facts.items():
        one["owners_elsewhere"] = joined[slugs.index(slug)]
        one["answers"] = catalogue.answers(one)
    about, sealing = seal_index(plans, written, slugs, staged / "index", site, works)
    return {"datasets": facts, "by_parts": catalogue.by_parts(slugs, written)} | about, sealing


def send_entries(parts: list[exchange.Part], works: Works) -> int:
    """Send all entries to the partitions in the works' `sent`; how many times partitions were halved."""
    paths = [part.path for part in parts]
    counts = dict(zip(parts, works.run(entries.count, [[path] for path in paths]), strict=True))
    bits = exchange.partition_bits(sum(counts.values()))
    accounts, sent = works.folder / "accounts", works.folder / "sent"
    send = partial(exchange.send, accounts_file=accounts, bits=bits, folder=sent)
    longest_first = sorted(parts, key=lambda part: -counts[part])
    for _ in works.progress("Sending entries", works.run(send, longest_first), len(parts)):
        pass
    return bits


def join_owners(bits: int, works: Works) -> Counter[int]:
    """Join photos to owners whom only other lists name, in the works' `sent`.

    Returns, by the number of a dataset, how many of its photos got an owner so.
    """
    sent, accounts = works.folder / "sent", works.folder / "accounts"
    join = partial(exchange.join_owners, accounts_file=accounts, bits=bits, folder=sent)
    counts: Counter[int] = Counter()
    for joined in works.progress("Joining owners", works.run(join, range(1 << bits)), 1 << bits):
        counts.update(joined)
    return counts


def _parts(manifests: dict[str, Manifest]) -> dict[int, list[int]]:
    """By the number of a dataset, the numbers of all that are part of it, directly or through others."""
    numbers = {slug: number for number, slug in enumerate(manifests)}
    parts: dict[int, list[int]] = {}
    for slug in manifests:
        for whole in wholes(slug, manifests):
            parts.setdefault(numbers[whole], []).append(numbers[slug])
    return parts


def seal_index(
    plans: dict[str, index.Plan],
    written: list[index.Written],
    datasets: list[str],
    out: Path,
    site: Site,
    works: Works,
) -> tuple[dict[str, Any], Sealing]:
    """Make all shards of all kinds below `out/<build>/`; what the report says of them, as in `_index`."""
    build = index.build_id(written, datasets)
    about = {}
    for kind, plan in plans.items():
        of_kind = [part for part in written if part.kind == kind]
        keys = [count for part in of_kind for count in part.keys.values()]
        sizes = [size for part in of_kind for size in part.sizes.values()]
        _check_floor(kind, plan.shards, min(keys), site.smallest_shard)
        about[kind] = {
            "shards": plan.shards,
            "keys": sum(keys),
            "smallest_shard": min(keys),
            "bytes": sum(sizes) + sum(len(part.sizes) * index.around(part, build) for part in of_kind),
            "stored_bytes": 0,
        }
    seal = partial(index.seal, build=build, index=out, compress=site.compress)
    sealed = works.progress("Sealing shards", works.here(seal, written), len(written))
    sealing = zip((part.kind for part in written), sealed, strict=True)
    return {"build": build, "index": about, "compress": site.compress}, sealing


def _check_floor(kind: str, shards: int, smallest: int, floor: int) -> None:
    """A search is hidden among the keys of its shard: fewer than `floor` of them are not published.

    An index of a single shard is the exception: nobody can be told apart by which shard they fetch.
    """
    if shards > 1 and smallest < floor:
        raise BuildError(
            f"a shard of `{kind}` holds {smallest} keys, fewer than smallest_shard = {floor}",
            where="site.toml",
            fix="lower smallest_shard, knowing that it hides a search among fewer",
        )


def _current(report: dict[str, Any], manifests: dict[str, Manifest]) -> dict[str, Any]:
    """What a reader of the index needs before its first search."""
    return {
        "format": FORMAT,
        "build": report["build"],
        "as_of": report["as_of"],
        "sample": report["sample"],
        "ending": index.ending(report["compress"]),
        "datasets": [
            {
                "slug": slug,
                "title": manifest.title,
                "answers": report["datasets"].get(slug, {}).get("answers", []),
                "part_of": wholes(slug, manifests),
            }
            for slug, manifest in manifests.items()
        ],
        "kinds": {
            kind: {"shards": about["shards"], "bytes": about["bytes"]}
            for kind, about in report["index"].items()
        },
    }


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


STORY, LINES = 256_000, 5_000
"""Bytes and lines that a dataset's story may have."""


def _about(folder: Path) -> str:
    """A dataset's story. Raises BuildError for one that no reader would get through."""
    path = folder / "about.md"
    if not path.exists():
        return ""
    size = path.stat().st_size
    text = read_text(path) if size <= STORY else ""
    if size > STORY or text.count("\n") > LINES:
        what = f"has more than {STORY:,} bytes" if size > STORY else f"has more than {LINES:,} lines"
        raise BuildError(what, where=str(path), fix="shorten it")
    return text


def _check_known(slugs: Iterable[str], manifests: dict[str, Manifest], where: str) -> None:
    for slug in slugs:
        if slug not in manifests:
            raise BuildError(f"no dataset `{slug}`{did_you_mean(slug, manifests)}", where=where)


def check_trusted(lists: Lists, site: Site) -> None:
    """A dataset's folder may come from anyone: a program in it runs only when whoever builds says so."""
    for slug, tasks in lists.work.items():
        for task in tasks:
            if task.spec.format == "python" and slug not in site.run_read_py:
                raise BuildError(
                    "is a program, and site.toml does not let it run",
                    where=str(task.folder / "read.py"),
                    fix=f"read it, and if you trust it write `{slug}` into `run_read_py` of site.toml",
                )


def _check_contact(lists: Lists, site: Site, project: Project) -> None:
    """Stop before real lists are published with a contact that reaches nobody.

    People write there to be left out. A site below example.org is a trial, and so is one of samples.
    """
    if lists.work and not lists.sample and PLACEHOLDER in site.contact and PLACEHOLDER not in site.base_url:
        what = f"contact = {site.contact!r} is a placeholder: requests to be left out would reach nobody"
        raise BuildError(what, where=str(project.site), fix="write your own address there")


PLACEHOLDER = "example.org"
"""The host of addresses that stand in site.toml until a fork writes its own."""


class Checked(NamedTuple):
    """What reading lists without building shows."""

    facts: dict[str, Any]  # by dataset, as in build-report.json
    examples: dict[str, dict[str, list[str]]]  # dataset -> reason -> rejected rows
    hints: dict[str, dict[str, str]]  # dataset -> reason -> what to do
    unread: dict[str, list[str]]  # as in Lists
    absent: list[str]  # as in Lists
    unexpected: list[str]
    sample: bool


def check(
    project: Project, slugs: Iterable[str], raw: Path | None, kept: Path, progress: Progress
) -> Checked:
    """Read lists without building. If none of the datasets has its list, their samples are read."""
    manifests = load_all(project.data_sources, slugs)
    lists = find_lists(project, manifests, raw)
    check_trusted(lists, load_site(project.site))
    with engine.workers(processes.cores()) as run:
        found = read_lists(lists, kept, run, progress)
        facts = dict(zip(found, run(catalogue.describe, found.values()), strict=True))
    examples = {slug: tally.examples for slug, (tally, _) in found.items() if tally.examples}
    tallies = {slug: tally for slug, (tally, _) in found.items()}
    lost = losses.losses(tallies, manifests, lists.work, examples=False)
    wanted = [] if lists.sample else [slug for slug in facts if slug not in lost]
    unexpected = [*lost.values()] + [
        line for slug in wanted for line in catalogue.unexpected(slug, manifests[slug], facts[slug])
    ]
    hints = {slug: losses.advice(tallies[slug], tasks[0].manifest) for slug, tasks in lists.work.items()}
    return Checked(facts, examples, hints, lists.unread, lists.absent, unexpected, lists.sample)
