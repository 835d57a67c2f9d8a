"""What is made of lists is personal data, as lists are: no other user of this machine may read it.

Folders are 700 and files 600. What is published is given its plain modes in `output`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CACHE = ".cache"
"""The folder beside site.toml that older versions left open to all."""


def make(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner alone. It may be in a bucket."""
    if not isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)
        return
    if not folder.is_dir():
        make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    if folder.name == CACHE:
        with suppress(PermissionError):
            folder.chmod(0o700)


@contextmanager
def files() -> Iterator[None]:
    """Files that are made meanwhile, and by processes that begin meanwhile, are for their owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
