"""How worker processes come to be. Little is imported here: that is begun before all else."""

import contextlib
import multiprocessing
import os
import sys
from multiprocessing import forkserver
from multiprocessing.context import BaseContext

from exposing import closed

_IMPORTED = ["pandas", "exposing.catalogue", "exposing.index", "exposing.withheld"]
"""What workers need. pandas, because Arrow imports it as soon as it is given a column of NumPy's."""


def cores() -> int:
    """The number of processes that this machine can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def context() -> BaseContext:
    """Workers are forked from a process that has imported what they need, and has done nothing else.

    Not from this one: Arrow's threads do not survive a fork. Nor do some of macOS's own libraries, so there,
    and on Windows, every worker begins from nothing; and where that process cannot be spoken with, because
    the folder for temporary files cannot hold a socket, or has a longer name than one may have.
    """
    if sys.platform == "linux":
        found = multiprocessing.get_context("forkserver")
        found.set_forkserver_preload(_IMPORTED)
        with contextlib.suppress(OSError), closed.files():
            forkserver.ensure_running()
            return found
    return multiprocessing.get_context("spawn")


def begin() -> None:
    """Let that process begin to import now, while this one does: workers are there sooner."""
    if cores() > 1:
        context()
