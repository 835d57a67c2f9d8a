"""Whether anything of what was asked to be removed is still in what a build would publish.

What has to be gone is worked out here from the lists alone, and then looked for in the entries that remain:
an error in `withheld.without` is found, not repeated.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from exposing import build as recipe
from exposing import engine, sought, withheld
from exposing.errors import ShardError
from exposing.exchange import Part
from exposing.lookup import Reader
from exposing.project import Project, find_lists
from exposing.site import load_site
from exposing.sought import Wanted
from exposing.withheld import FILE, Request


class Outcome(NamedTuple):
    """What became of the rows of one request: how many each dataset's lists have, and how many remain."""

    line: int  # of the file; 0 if no line of it asks for this
    request: Request | None  # if it was not only found in the file
    before: dict[str, int]
    after: dict[str, int]


class Checked(NamedTuple):
    """The outcome of every request, and which lists were looked through."""

    outcomes: list[Outcome]
    unread: dict[str, list[str]]  # as in Lists
    absent: list[str]  # as in Lists
    sample: bool  # there is no list at all: these are the invented samples


def check(
    project: Project,
    requests: list[Request],
    raw: Path | None,
    kept: Path,
    *,
    progress: recipe.Progress = lambda _label, items, _length: items,
    jobs: int = 1,
) -> Checked:
    """Apply the removal to all lists as a build does, and look for what is still there.

    Of every line of the file, then of `requests`. Raises BuildError as a build does.
    """
    site = load_site(project.site)
    manifests = recipe.shown(project, site)
    path = project.data_sources / FILE
    withhold = withheld.load(path)
    lists = find_lists(project, manifests, raw)
    recipe.check_trusted(lists, site)
    asked = _asked(path, requests)
    wanted = [one for _, _, one in asked]
    slugs = list(manifests)
    beside = project.site.parent / "_site.check"  # Git ignores it: entries are personal data
    with _removed_if_empty(beside), recipe.scratch(beside) as folder, engine.workers(jobs) as run:
        found = recipe.read_lists(lists, kept, run, progress)
        parts = [Part(slugs.index(slug), path) for slug, (_, paths) in found.items() for path in paths]
        works = recipe.Works(folder, run, run, progress)
        _, remaining, _, _ = recipe.leave_out(found, slugs, withhold, works)
        what = sought.sought(wanted, parts, folder / "accounts", run)
        count = partial(sought.count, what=what, requests=len(wanted))
        before = _by_dataset(parts, run(count, parts), slugs)
        after = _by_dataset(remaining, run(count, remaining), slugs)
    outcomes = [
        Outcome(line, request, before[number], after[number])
        for number, (line, request, _) in enumerate(asked)
    ]
    return Checked(outcomes, lists.unread, lists.absent, lists.sample)


@contextmanager
def _removed_if_empty(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):
            folder.rmdir()


def on_site(request: Request, site: str) -> tuple[bool, str]:
    """Whether a published site finds what a request is for, and the day that the site states.

    Raises ShardError where it cannot tell.
    """
    if not request.removal:
        fix = "give the account, photo, image or name itself"
        raise ShardError("a hash cannot be looked for", where=request.line, fix=fix)
    reader = Reader(site)
    found = reader.answer(request.removal.keys[0])["found"]
    if found is None:
        fix = "ask for something else of it, such as one of the photos"
        raise ShardError("none of the site's datasets can be searched by this", where=site, fix=fix)
    return found, str(reader.current["as_of"])


def _asked(path: Path, requests: list[Request]) -> list[tuple[int, Request | None, Wanted]]:
    """The lines of the file, then the requests; a request that a line asks for has its number."""
    known = {(kind, hashed): line for line, kind, hashed in withheld.numbered(path)}
    found: list[tuple[int, Request | None, Wanted]] = [(line, None, one) for one, line in known.items()]
    for request in requests:
        kind, _, stored = request.line.partition(":")
        one = kind, withheld.hash_of(stored)
        found.append((known.get(one, 0), request, one))
    return found


def _by_dataset(parts: list[Part], counts: Iterable[Any], slugs: list[str]) -> list[dict[str, int]]:
    """Of every request, how many rows each dataset has; datasets without any are not named."""
    rows: dict[int, Any] = {}
    for part, count in zip(parts, counts, strict=True):
        rows[part.dataset] = rows.get(part.dataset, 0) + count
    requests = range(len(next(iter(rows.values()), ())))
    return [
        {slugs[dataset]: int(count[number]) for dataset, count in rows.items() if count[number]}
        for number in requests
    ]
