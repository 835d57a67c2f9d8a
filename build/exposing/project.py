"""Where the parts of a project are, and which of its datasets' lists are there."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from exposing import closed
from exposing.errors import BuildError, private
from exposing.lists import SPREADSHEETS, Task, find
from exposing.manifest import MANIFEST, Manifest


def place(name: str) -> Path:
    """A folder on this machine or, for `s3://bucket/folder` and the like, one that fsspec knows.

    Both have the methods of a Path. Raises BuildError where a package is missing for it.
    """
    if "://" not in name:
        return Path(name)
    try:
        from upath import UPath  # noqa: PLC0415 - it comes with exposing[distributed] alone

        folder = UPath(name)
        folder.fs  # noqa: B018 - imports what speaks this protocol
    except (ImportError, ValueError) as error:
        what, fix = (
            f"cannot be reached ({error})",
            "pip install -e '.[distributed]' in the checkout, and what it names",
        )
        raise BuildError(what, where=name, fix=fix) from None
    return cast("Path", folder)


def remove(folder: Path) -> None:
    """Remove a folder with all that it holds."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists():
        folder.fs.rm(folder.path, recursive=True)


@dataclass(frozen=True)
class Project:
    """Where the parts of a project are."""

    data_sources: Path
    templates: Path
    site: Path

    @property
    def cache(self) -> Path:
        """Where entries of lists are kept from build to build. They are personal data, as lists are."""
        return self.site.parent / closed.CACHE

    @classmethod
    def find(cls, start: Path) -> "Project":
        """The nearest folders at or above `start`, else those of the checkout this program is part of."""
        homes = [start, *start.parents, Path(__file__).parents[2]]

        def nearest(name: str) -> Path:
            for home in homes:
                if (home / name).exists():
                    return home / name
            raise BuildError(
                f"no `{name}` in {start} or above it", fix="run this inside a checkout of Exposing"
            )

        return cls(nearest("data_sources"), nearest("site_templates"), nearest("site.toml"))


@dataclass(frozen=True)
class Lists:
    """The lists that are there, as pieces of work, and whether they are the invented samples."""

    work: dict[str, list[Task]]
    unread: dict[str, list[str]]  # files that no manifest wants; none for a folder that is no dataset's
    absent: list[str]  # datasets that should have lists, of which nothing is there
    sample: bool = False


def find_lists(
    project: Project, manifests: dict[str, Manifest], raw: Path | None, only: Iterable[str] = ()
) -> Lists:
    """Find every dataset's lists in `raw/<slug>/` or its own raw/; if none has any, the samples, if any."""
    wanted = {slug: manifests[slug] for slug in (sorted(set(only)) or manifests)}
    lists = _find(project, wanted, lambda slug: (raw / slug) if raw else project.data_sources / slug / "raw")
    if raw and not lists.work and not lists.unread:
        names = ", ".join(wanted)
        raise BuildError(f"holds no list of {names}", where=str(raw), fix="put each into <slug>/ there")
    if lists.unread and not lists.work:
        slug, unread = next(iter(lists.unread.items()))
        fix = f"correct `path` in {project.data_sources.name}/{slug}/{MANIFEST}, or rename the file"
        if unread[0].lower().endswith(SPREADSHEETS):
            fix = "it is a spreadsheet: save it as CSV"
        raise BuildError(f"no `path` matches {private(unread[0])}", where=slug, fix=fix)
    if raw:
        strangers = sorted(
            path.name for path in raw.iterdir() if path.is_dir() and path.name not in manifests
        )
        lists.unread.update({name: [] for name in strangers})
    if lists.work:
        return lists
    samples = _find(project, wanted, lambda slug: project.data_sources / slug / "sample")
    return replace(samples, sample=True) if samples.work else lists


def _find(project: Project, manifests: dict[str, Manifest], place: Callable[[str], Path]) -> Lists:
    work, unread = {}, {}
    for slug, manifest in manifests.items():
        tasks, left = find(slug, project.data_sources / slug, manifest, place(slug))
        if tasks:
            work[slug] = tasks
        if left:
            unread[slug] = left
    absent = [slug for slug, manifest in manifests.items() if manifest.files and slug not in work | unread]
    return Lists(work, unread, absent)
