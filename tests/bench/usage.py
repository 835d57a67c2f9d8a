"""What a command uses: time, processor time, memory of it and all its children together.

`python -m bench.usage COMMAND...` runs a command and prints that as JSON.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

EVERY = 0.25
"""Seconds between two looks at the memory."""

PR_SET_CHILD_SUBREAPER = 36


class Usage(NamedTuple):
    """What a command used."""

    wall: float  # seconds
    cpu: float  # seconds, of all processes
    peak: int  # bytes, of all processes at one moment; what they share is counted once


def measure(command: Sequence[str | Path], folder: Path, env: dict[str, str]) -> Usage:
    """Run a command to its end. Raises CalledProcessError, with what it said, where it fails."""
    whole = [sys.executable, "-m", "bench.usage", *map(str, command)]
    done = subprocess.run(whole, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stderr)
    return Usage(**json.loads(done.stdout))


def main() -> None:
    """Run the command of the arguments, and print its usage."""
    if sys.platform == "linux":  # what outlives its parent is waited for here, and its time counted
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    peaks: list[int] = []
    watcher = threading.Thread(target=_watch, args=(process, peaks))
    watcher.start()
    code = process.wait()
    wall = time.perf_counter() - started
    watcher.join()
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    usage = Usage(wall, used.ru_utime + used.ru_stime, max(peaks, default=0))
    print(json.dumps(usage._asdict()))
    sys.exit(code)


def _watch(process: subprocess.Popen[bytes], peaks: list[int]) -> None:
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


if __name__ == "__main__":
    main()
