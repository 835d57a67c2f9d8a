"""The commands. They parse, call and print; nothing is decided here."""

import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from exposing import build as recipe
from exposing import catalogue, closed, lookup, processes, removal_check, removals, scaffold, withheld
from exposing import fetch as fetching
from exposing.errors import BuildError, ShardError, alone
from exposing.keys import QUERY_KINDS
from exposing.manifest import load_all
from exposing.project import Project, place
from exposing.records import sets_of
from exposing.serve import below, make_server
from exposing.site import load_site

_DIR = click.Path(path_type=Path, file_okay=False)


class _Folder(click.ParamType):  # type: ignore[type-arg]
    """A folder on this machine, or an address such as s3://bucket/folder."""

    name = "folder"

    def __init__(self, *, exists: bool = False) -> None:
        self.exists = exists

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        folder = place(value)
        if self.exists and not folder.is_dir():
            self.fail(f"{value} is not a folder", param, ctx)
        return folder.absolute()  # the workers of a cluster may have been started elsewhere


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="exposing")
@click.pass_context
def main(context: click.Context) -> None:
    """Find out which face-recognition datasets hold whose Flickr photos.

    Example: exposing build && exposing search alice
    """
    if context.invoked_subcommand in ("build", "check", "fetch", "withhold"):  # what lists become is private
        context.with_resource(closed.files())


@main.command()
@click.option(
    "--raw",
    type=_Folder(exists=True),
    help="Read lists from DIR/<slug>/ instead of data_sources/<slug>/raw/.",
    metavar="DIR",
)
@click.option(
    "--out", type=_DIR, default=Path("_site"), show_default=True, help="Where the site goes.", metavar="DIR"
)
@click.option("--only", multiple=True, help="Index only this dataset; may be given again.", metavar="SLUG")
@click.option(
    "--jobs", type=click.IntRange(1), help="Processes to use.  [default: one per core]", metavar="N"
)
@click.option("--base-url", help="Where the site will be published, instead of site.toml's.", metavar="URL")
@click.option(
    "--cache",
    type=_Folder(),
    help="Keep what was read from lists here, for the next build.  [default: .cache beside site.toml]",
    metavar="DIR",
)
@click.option(
    "--scheduler", help="Do the work on a Dask cluster, such as tcp://HOST:8786.", metavar="ADDRESS"
)
@click.option(
    "--work",
    type=_Folder(),
    help="Where work in progress lies; a cluster's workers must reach it.  [default: beside --out]",
    metavar="DIR",
)
def build(
    raw: Path | None,
    out: Path,
    only: tuple[str, ...],
    jobs: int | None,
    base_url: str | None,
    cache: Path | None,
    scheduler: str | None,
    work: Path | None,
) -> None:
    """Build the whole site from the datasets' lists.

    Nothing is published unless everything is well: on any fault the site in --out stays as it was.
    Lists that have not changed since the last build are not read again.
    On a cluster, --raw, --cache and --work may be addresses such as s3://bucket/folder.

    Example: exposing build --raw ~/lists --out _site
    """
    started = time.monotonic()
    project = Project.find(Path.cwd())
    report = recipe.build_site(
        project,
        out,
        raw=raw,
        only=only,
        jobs=jobs,
        base_url=base_url,
        kept=cache or project.cache,
        scheduler=scheduler,
        work=work,
        progress=_progress,
    )
    _print_datasets(report["datasets"])
    _print_unread(report["unread"])
    _print_absent(report["absent"], raw)
    if left_out := report["left_out"]:
        rows = ", ".join(f"{slug} {count:,}" for slug, count in left_out.items())
        click.echo(f"Rows left out, as asked: {rows}. The site does not say so.")
    if unmet := report["unmet"]:
        # anyone may read a workflow's log: which requests met a row is said on a terminal alone
        lines = f", on line {', '.join(map(str, unmet))}" if sys.stdout.isatty() else ""
        click.echo(
            f"Requests in {withheld.FILE} that match no row of these lists: {len(unmet):,}{lines}."
            " Mistyped, or of a list that is not here?"
        )
    _print_index(report["index"])
    if report["sample"]:
        click.echo("No dataset's list is here, so this site holds invented samples only.")
    elif not report["datasets"]:
        click.echo("No dataset's list is here, so nothing can be searched on this site: its pages say so.")
    size, files = _size(out)
    click.echo(f"{out}: {files} files, {_bytes(size)}, in {time.monotonic() - started:.1f} s")


@main.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option(
    "--raw",
    type=_Folder(exists=True),
    help="Read lists from DIR/<slug>/ instead of data_sources/<slug>/raw/.",
    metavar="DIR",
)
def check(slugs: tuple[str, ...], raw: Path | None) -> None:
    """Read datasets' lists and say what becomes of every row, without building.

    Example: exposing check my-dataset
    """
    project = Project.find(Path.cwd())
    checked = recipe.check(project, slugs, raw, project.cache, _progress)
    _print_datasets(checked.facts)
    shows = checked.sample or alone()
    for slug, by_reason in checked.examples.items():
        for reason, lines in by_reason.items():
            count = checked.facts[slug]["rejected"][reason]
            click.echo(f"\n{slug}: {count} rows rejected as {reason}{', such as' if shows else ''}")
            for line in lines if shows else ():
                click.echo(f"  {line}")
            if hint := checked.hints[slug].get(reason):
                click.echo(f"  What to do: {hint}")
    _print_unread(checked.unread)
    _print_absent(checked.absent, raw)
    if checked.sample:
        click.echo("\nNo list is in raw/: these are the invented samples.")
    if checked.unexpected:
        raise BuildError("\n".join(checked.unexpected))


@main.command()
@click.argument("query")
@click.option(
    "--site", default="_site", show_default=True, help="A built site: folder or URL.", metavar="DIR_OR_URL"
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def search(query: str, site: str, as_json: bool) -> None:
    """Search a built site as its page does.

    QUERY is a Flickr username, NSID, photo or profile address, an image address, a #tag or a person's name.
    Exit code: 0 found; 1 not found, where at least one dataset could be searched by it; 2 no yes or no.

    Example: exposing search https://www.flickr.com/photos/alice-example/
    """
    answer = lookup.search(query, site)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=True))
    else:
        _print_answer(answer)
    sys.exit({True: 0, False: 1, None: 2}[answer["found"]])


@main.command()
@click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("_site"),
    show_default=True,
    help="A built site.",
    metavar="DIR",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes any free port.",
    metavar="N",
)
@click.option(
    "--base",
    default="/",
    show_default=True,
    help="Serve below this path, as /repo/ on GitHub Pages.",
    metavar="PATH",
)
def serve(site: Path, port: int, base: str) -> None:
    """Look at a built site on this machine, compressed as GitHub Pages does it.

    Example: exposing serve --port 8000
    """
    try:
        server = make_server(site, port, base)
    except OSError as error:
        fix = "name another with --port, or let --port 0 take any that is free"
        raise BuildError(f"port {port} cannot be used ({error.strerror})", where="--port", fix=fix) from None
    with server:
        click.echo(f"http://127.0.0.1:{server.server_address[1]}{below(base)}  (stop with Ctrl-C)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()


@main.command()
@click.argument("slug")
def new(slug: str) -> None:
    """Begin a dataset: a folder in data_sources/ that `exposing check` accepts.

    Example: exposing new my-dataset
    """
    folder = scaffold.new(Project.find(Path.cwd()).data_sources, slug)
    click.echo(
        f"{folder} is there. Edit its dataset.toml and about.md, put the list into {folder}/raw/, then:"
    )
    click.echo(f"  exposing check {folder.name}")


@main.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--pin", is_flag=True, help="Write the SHA-256 that was seen into manifests that have none.")
def fetch(slugs: tuple[str, ...], pin: bool) -> None:
    """Download the lists that manifests name, into data_sources/<slug>/raw/.

    What is there already stays. A download that broke off goes on where it ended. A list whose SHA-256 is
    not the manifest's is not taken. If the variable EXPOSING_LISTS holds the address of an archive, its
    lists are unpacked first: it has one folder for each dataset, and may be a .zip, .tar.gz or .tar.xz on a
    web server, in a bucket such as s3://bucket/lists.zip, or on this machine.

    Example: exposing fetch diveface
    """
    project = Project.find(Path.cwd())
    every = load_all(project.data_sources)
    site = load_site(project.site)
    catalogued = recipe.shown(project, site)
    manifests = load_all(project.data_sources, slugs) if slugs else catalogued
    address = os.environ.get(fetching.LISTS)
    if address:
        _print_unpacked(
            fetching.unpack(project, address, every, intranet=site.fetch_private, progress=_progress)
        )
    intranet = site.fetch_private and not address  # a manifest may come from anyone
    for found in fetching.fetch(project, manifests, pin=pin, intranet=intranet, progress=_progress):
        unpinned = "written into its manifest" if pin else "not pinned"
        what = "as its manifest says" if found.pinned else unpinned
        state = "fetched" if found.new else "is there"
        click.echo(f"{found.slug}: {found.path.name} {state}, SHA-256 {found.sha256} {what}")
    for slug, manifest in manifests.items():
        raw = project.data_sources / slug / "raw"
        if slugs and not manifest.files:
            click.echo(f"{slug}: has no list. {manifest.not_searchable}")
        elif any(not spec.url for spec in manifest.files) and not (raw.is_dir() and any(raw.iterdir())):
            click.echo(f"{slug}: no `url` in its dataset.toml; get its list by hand and put it into {raw}/")


@main.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--check", "checks", is_flag=True, help="Write nothing: look for what is still there.")
@click.option(
    "--raw",
    type=_Folder(exists=True),
    help="With --check: read lists from DIR/<slug>/ instead of data_sources/<slug>/raw/.",
    metavar="DIR",
)
@click.option(
    "--site",
    help="With --check: look for each TEXT in this published site as well.",
    metavar="DIR_OR_URL",
)
def withhold(texts: tuple[str, ...], checks: bool, raw: Path | None, site: str | None) -> None:
    """Leave accounts, photos, images or people out of every build from now on.

    TEXT is an account's number or address, a photo's or an image's address, a key such as name:alice or
    person:eve, or the line that the site's page gave to a visitor: nsid: and a hash. The command says what
    each was understood as. Only its hash is written, into data_sources/withheld.txt. The address of a photo
    asks for this photo alone.

    Build and publish the site again, then use --check: it removes from the lists what the file asks for, as a
    build does, and looks for what is still there, of every line of the file and of each TEXT. Exit code
    with --check: 0 all is gone, 1 something is still there, 2 could not tell.

    Example: exposing withhold 10000001@N99
    """
    project = Project.find(Path.cwd())
    if not checks and (raw or site):
        raise click.UsageError("--raw and --site need --check")
    if not texts and (site or not checks):
        raise click.UsageError("name what is to be left out: an account, a photo, an image or a person")
    requests = withheld.read(texts)
    if checks:
        sys.exit(_check_removal(project, requests, raw, site))
    for request in requests:
        _print_request(request)
    path = project.data_sources / withheld.FILE
    known = withheld.add(path, texts, recipe.as_of())
    for line in known:
        click.echo(f"{line} was there already.")
    more = len({request.line for request in requests} - {*known})
    click.echo(
        f"{path} has {more} more. They are still in what is published: build and publish the site,"
        " then run `exposing withhold --check`."
    )


def _print_unpacked(unpacked: dict[str, list[Path]]) -> None:
    """What came out of the archive: file names may be people's, so elsewhere than on a terminal how many."""
    for slug, paths in unpacked.items():
        if alone():
            for path in paths:
                click.echo(f"{path} came from {fetching.LISTS}.")
        else:
            click.echo(f"{slug}: {len(paths):,} from {fetching.LISTS}.")


# --- what is printed -----------------------------------------------------------------------------


def _progress(label: str, items: Iterable[Any], length: int) -> Iterable[Any]:
    """A bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, length=length, label=f"{label:<16}", file=sys.stderr) as bar:
        yield from bar


def _print_datasets(datasets: dict[str, dict[str, Any]]) -> None:
    """One line per dataset with its counts, and one per reason for which rows were rejected."""
    columns = (*catalogue.COUNTED[:3], "rejected", *catalogue.COUNTED[3:])
    rows = [["dataset", *columns]]
    for slug, facts in datasets.items():
        counts = facts | {"rejected": sum(facts["rejected"].values())}
        rows.append([slug, *(f"{counts[name]:,}" for name in columns)])
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        click.echo("  ".join(cells))
    for slug, facts in datasets.items():
        parts = [f"{count:,} {reason}" for reason, count in facts["rejected"].items()]
        parts += (
            [f"{facts['comments']:,} lines passed over: comments, blank or without a match"]
            if facts["comments"]
            else []
        )
        if parts:
            click.echo(f"{slug}: {', '.join(parts)}")


def _print_unread(unread: dict[str, list[str]]) -> None:
    for slug, names in unread.items():
        files = ", ".join(names[:5]) if alone() else f"{len(names):,} file{'' if len(names) == 1 else 's'}"
        why = f"no `path` in its dataset.toml matches {files}" if names else "no such dataset"
        click.echo(f"{slug}: not read, {why}")


def _print_absent(absent: list[str], raw: Path | None) -> None:
    if absent:
        slug = absent[0] if len(absent) == 1 else "<dataset>"
        folder = raw / slug if raw else f"data_sources/{slug}/raw"
        click.echo(f"{', '.join(absent)}: no list in {folder}/, so not searchable")


def _print_index(kinds: dict[str, dict[str, int]]) -> None:
    click.echo()
    for kind, about in kinds.items():
        click.echo(
            f"{kind:<9} {about['keys']:>10,} keys in {about['shards']:>6,} shards,"
            f" {_bytes(about['stored_bytes']):>9};"
            f" the smallest shard hides a search among {about['smallest_shard']:,}"
        )


def _print_answer(answer: lookup.Answer) -> None:
    if not answer["understood"]:
        click.echo(
            "This is not a Flickr name, number or address, nor an image address, a #tag or a person's name"
            f" ({answer['reason']})."
        )
    if answer["taken"]:
        click.echo(f"Taken from the text: {', '.join(answer['understood'])}")
    for key, result in answer["results"].items():
        states = {True: "found", False: "not found", None: "no dataset here can be searched by this"}
        click.echo(f"{key}: {states[result['found']]}")
        for datasets in sets_of(result):
            for slug, holding in datasets.items():
                click.echo(f"  {slug}: {_held(holding)}")
    found = {
        slug for result in answer["results"].values() for datasets in sets_of(result) for slug in datasets
    }
    for kind in dict.fromkeys(QUERY_KINDS[key.partition(":")[0]] for key in answer["understood"]):
        if searched := answer["searched"][kind]:
            click.echo(
                f"Searched by {kind}: {', '.join(searched)}. Not found here is not a proof of not used."
            )
        ways: dict[str, list[str]] = {}
        for way, slugs in answer["searched"].items():
            for slug in set(slugs) - found - set(searched):
                ways.setdefault(slug, []).append(way)
        if ways:
            others = ", ".join(f"{slug} (try {' or '.join(ways[slug])})" for slug in sorted(ways))
            click.echo(f"Cannot be searched by {kind}: {others}.")


def _held(holding: lookup.Holding) -> str:
    """What one dataset holds, in words."""
    counts = ", ".join(f"{n:,} {what}" for what, n in holding.items() if isinstance(n, int))
    names = f" ({', '.join(holding['identities'])})" if holding.get("identities") else ""
    owners = [
        f"{len(ids):,} with the owner known from {slug}"
        for slug, ids in holding.get("owner_from", {}).items()
    ]
    parts = [
        f"{len(ids) or 1:,} because {slug} is a part of it"
        for slug, ids in holding.get("from_parts", {}).items()
    ]
    return "; ".join([counts + names, *owners, *parts])


def _print_request(request: withheld.Request) -> None:
    """What a text was understood as, and what it does not ask for."""
    removal = request.removal
    if not removal:
        click.echo(f"{request.line}: a request from the site's page, which does not say what it is for")
        return
    taken = f", taken from: {withheld.shown(removal.text)}" if removal.taken else ""
    click.echo(f"{_name_of(request)}{taken}")
    if removal.account:
        account = withheld.shown(removal.account)
        click.echo(f"  This photo alone. For all of its account: exposing withhold {account}")


def _check_removal(
    project: Project, requests: list[withheld.Request], raw: Path | None, site: str | None
) -> int:
    """Say what of the requests is still there; the exit code."""
    checked = removal_check.check(
        project, requests, raw, project.cache, progress=_progress, jobs=processes.cores()
    )
    _print_unread(checked.unread)
    _print_absent(checked.absent, raw)
    if checked.sample:
        click.echo("No dataset's list is here, so these are the invented samples only.")
    for outcome in checked.outcomes:
        if outcome.request or sys.stdout.isatty():  # anyone may read a workflow's log
            _print_outcome(outcome)
    left = any(outcome.after for outcome in checked.outcomes)
    nothing = f"Nothing that {withheld.FILE} asks for would be in a site built from these lists."
    click.echo("STILL THERE: a site built from these lists would have some of it." if left else nothing)
    codes = [int(left)] + [_ask_site(request, site) for request in requests if site]
    return 1 if 1 in codes else max(codes)


def _print_outcome(outcome: removal_check.Outcome) -> None:
    where = f"line {outcome.line} of {withheld.FILE}" if outcome.line else f"no line of {withheld.FILE}"
    name = f"{_name_of(outcome.request)} ({where})" if outcome.request else where
    if outcome.after:
        rows = ", ".join(f"{_rows(count)} of {slug}" for slug, count in outcome.after.items())
        said = f"STILL THERE: {rows}" if outcome.line else f"STILL THERE, not asked for yet: {rows}"
    elif outcome.before:
        said = f"removed {_rows(sum(outcome.before.values()))}"
    else:
        said = "matches no row of these lists"
    click.echo(f"{name}: {said}")


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _ask_site(request: withheld.Request, site: str) -> int:
    """Say whether a published site still finds what a request is for; the exit code."""
    try:
        found, day = removal_check.on_site(request, site)
    except ShardError as error:
        click.echo(f"{_name_of(request)}: could not be asked at {site}: {error.message}")
        return 2
    said = "STILL THERE" if found else "not found"
    click.echo(f"{_name_of(request)}: {said} at {site}, built {day}")
    return int(found)


def _name_of(request: withheld.Request) -> str:
    removal = request.removal
    return withheld.shown(removals.describe(removal.keys[0])) if removal else request.line


def _size(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return sum(sizes), len(sizes)


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} GB"
