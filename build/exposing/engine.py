"""Run one function over many items: in this process, in a pool of processes, or on a Dask cluster.

The same results in the same order everywhere.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from exposing import cache, processes
from exposing.errors import BuildError, private

Run = Callable[..., Iterator[Any]]
"""`run(function, items)` gives the results in the items' order."""

TIMEOUT = 20
"""Seconds in which a scheduler must answer."""


@contextmanager
def workers(jobs: int) -> Iterator[Run]:
    """Give a `run` that uses up to `jobs` processes; with one job everything happens in this process."""
    if jobs <= 1:
        yield map
        return
    pool = ProcessPoolExecutor(jobs, mp_context=processes.context(), initializer=_begin)
    try:
        yield pool.map
    except BaseException:
        pool.shutdown(cancel_futures=True)  # waits: nobody may write any more to what is removed now
        raise
    pool.shutdown(wait=False)


def _begin() -> None:
    """Each process keeps to one core, so that `jobs` of them use `jobs` cores; and it ends with ours.

    One that is killed cannot tell its workers to end: they would wait for work for ever.
    """
    pa.set_cpu_count(1)
    parent = multiprocessing.parent_process()
    assert parent, "this is a worker"  # noqa: S101

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


@contextmanager
def cluster(address: str) -> Iterator[Run]:
    """Give a `run` that uses the workers of the Dask scheduler at an address such as `tcp://host:8786`.

    What a worker was doing when it died is done again by another. Raises BuildError where there is no
    scheduler, or where a worker has another version of this program.
    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - exposing[distributed] alone has it
    except ImportError:
        fix = "pip install -e '.[distributed]' in the checkout"
        raise BuildError("Dask is not installed", where="--scheduler", fix=fix) from None
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        what = f"no Dask scheduler answers at {address} ({' '.join(str(error).split())})"
        raise BuildError(what, where="--scheduler", fix="start one, or correct the address") from None

    def run(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        futures = client.map(function, list(items), pure=False)
        try:
            for future in futures:
                yield future.result()
        except KilledWorker as error:
            what = f"a piece of work was given up: workers died of it ({private(str(error))})"
            raise BuildError(what, where="--scheduler", fix="give them more memory") from None
        finally:
            client.cancel(futures)

    with client:
        for worker, other in client.run(cache.program).items():
            if other != cache.program():
                what = f"the worker at {worker} has another version of exposing, or of pyarrow"
                raise BuildError(what, where="--scheduler", fix="install the same everywhere")
        yield run
