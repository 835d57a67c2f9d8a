"""What a command uses: time, processor time, memory of it and all its children together."""

import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

EVERY = 0.25
"""Seconds between two looks at the memory."""


class Usage(NamedTuple):
    """What a command used."""

    wall: float  # seconds
    cpu: float  # seconds, of all processes
    peak: int  # bytes, of all processes at one moment; what they share is counted once


def measure(command: Sequence[str | Path], folder: Path, env: dict[str, str]) -> Usage:
    """Run a command to its end. Raises CalledProcessError, with what it said, where it fails."""
    before = _cpu()
    started = time.perf_counter()
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peaks: list[int] = []
    watcher = threading.Thread(target=_watch, args=(process, peaks))
    watcher.start()
    said, _ = process.communicate()
    wall = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    return Usage(wall, _cpu() - before, max(peaks, default=0))


def _watch(process: subprocess.Popen[str], peaks: list[int]) -> None:
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        total = 0
        try:
            for one in [parent, *parent.children(recursive=True)]:
                memory = one.memory_full_info()
                total += getattr(memory, "pss", memory.uss)
        except psutil.Error:
            continue  # a process ended while we looked
        peaks.append(total)
        time.sleep(EVERY)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
