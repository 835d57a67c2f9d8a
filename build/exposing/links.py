"""A dataset's folder may come from anyone, so it is data: no link in it may lead out of it.

What is compared is where things really are, of the folder as well as of what is in it: a link in the place of
a whole folder would otherwise lead out unseen.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from exposing.errors import BuildError, private

FIX = "remove it, and copy the list, or name the folder that it is in with --raw"


def real(path: Path) -> Path:
    """Where a path leads when all links are followed; it need not exist."""
    return Path(os.path.realpath(path))  # Path.resolve() raises for links that lead in a circle


def leading_out(folder: Path) -> list[Path]:
    """The links in a dataset's folder that lead out of it; the folder itself, if it is such a link."""
    home = real(folder.parent) / folder.name
    if real(folder) != home:
        return [folder]
    return sorted(link for link in _links(folder) if not real(link).is_relative_to(home))


def _links(folder: Path) -> Iterator[Path]:
    """Every link below a folder. None is followed."""
    for top, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if os.path.islink(os.path.join(top, name)):  # noqa: PTH114, PTH118 - there may be very many
                yield Path(top, name)


def faults(folder: Path) -> list[str]:
    """What is said of each link in a dataset's folder that leads out of it."""
    what = "is a link that leads out of the dataset's folder"
    return [BuildError(what, where=str(link), fix=FIX).message for link in leading_out(folder)]


def check_target(target: Path, raw: Path) -> None:
    """Raise BuildError unless a file may be written: really below `raw`, which is no link itself.

    Folders that a link stands in for are refused, also where they are in the same dataset.
    """
    home = real(raw.parent) / raw.name
    if not real(target.parent).is_relative_to(home):
        what = "would be written out of raw/, because a folder above it is a link"
        name = private(target.relative_to(raw).as_posix())
        raise BuildError(f"`{name}` {what}", where=str(raw), fix="remove the link")
