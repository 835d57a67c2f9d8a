"""Run one function over many items: in this process, or in a pool of processes. The same results in order."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

Run = Callable[..., Iterator[Any]]
"""`run(function, items)` gives the results in the items' order."""


def cores() -> int:
    """The number of processes that this machine can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def workers(jobs: int) -> Iterator[Run]:
    """Give a `run` that uses up to `jobs` processes; with one job everything happens in this process.

    Processes are spawned, not forked: Arrow's threads do not survive a fork.
    """
    if jobs <= 1:
        yield map
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_one_thread) as pool:
        yield pool.map


def _one_thread() -> None:
    """Each process keeps to one core, so that `jobs` of them use `jobs` cores."""
    pa.set_cpu_count(1)
