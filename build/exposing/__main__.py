"""`python -m exposing` and `exposing` are the same program."""

import atexit
import contextlib
import os
import re
import sys
import traceback
from pathlib import Path


def run() -> None:
    """Run the program. Imported here, as every worker process imports this module and needs less."""
    code = BUG  # 1 would say "not found" of a search

    def leave() -> None:
        """End at once, when all else that waits for the end is done.

        Arrow reads a list ahead in threads of its own. One that asks for Python's lock while Python is being
        taken down aborts the whole program, after all its work was done:
        https://github.com/apache/arrow/issues/34314
        """
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # a pipe that nobody reads any more
                stream.flush()
        os._exit(code)

    tune()
    atexit.register(leave)  # before all imports: the first to be registered is the last to be called
    from exposing import processes  # noqa: PLC0415

    if sys.argv[1:2] in (["build"], ["check"]):
        processes.begin()
    from exposing.cli import main  # noqa: PLC0415
    from exposing.errors import alone  # noqa: PLC0415

    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else BUG if end.code else 0
        raise
    except BrokenPipeError:  # as of `exposing search ... | head -1`: nobody reads on
        code = BROKEN_PIPE
    except Exception as error:
        if os.environ.get("EXPOSING_TRACEBACK"):
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}, line {where.lineno}"
        what = repr(error) if alone() else type(error).__name__  # a row of a list may be in it
        print(f"Error: this is a bug in exposing: {what} ({place}). {_REPORT}", file=sys.stderr)


BUG = 3
"""Exit code of an error that no person caused. 0 to 2 have a meaning: see the command's help."""

BROKEN_PIPE = 141
"""As shells say of a program that SIGPIPE ended: 128 + 13."""

_REPORT = "Set EXPOSING_TRACEBACK=1 to see where it comes from, and report it with that."


def tune(processors: Path = Path("/proc/cpuinfo")) -> None:
    """Set what libraries read when they begin, here and in every worker. Whoever runs us may say otherwise.

    On AMD's Zen 4 NumPy is to do without AVX-512: with it numbers are sorted five times as slowly as with
    AVX2, as an instruction of its sort is very slow there: https://github.com/numpy/x86-simd-sort/issues/6
    """
    settings = dict(_SETTINGS)
    with contextlib.suppress(OSError):
        said = processors.read_text(encoding="utf-8")
        if re.search(r"AuthenticAMD\s+cpu family\s*: 25\b", said):  # Zen 3, which has no AVX-512, and Zen 4
            settings["NPY_DISABLE_CPU_FEATURES"] = "X86_V4 AVX512_ICL AVX512_SPR"
    for name, value in settings.items():
        os.environ.setdefault(name, value)


_SETTINGS = {
    # NumPy would begin threads for linear algebra in every process, and there is none.
    "OPENBLAS_NUM_THREADS": "1",
    # Few threads of ours want memory at once: one heap for all of them is smaller, and still warm.
    "MALLOC_ARENA_MAX": "1",
    # glibc would give every column back to the system, which clears its memory before the next one has it.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),  # bytes: the most that it takes
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}


if __name__ == "__main__":
    run()
