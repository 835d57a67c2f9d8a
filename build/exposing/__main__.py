"""`python -m exposing` and `exposing` are the same program."""

import atexit
import contextlib
import os
import re
import sys
from pathlib import Path


def run() -> None:
    """Run the program. Imported here, as every worker process imports this module and needs less."""
    code = 1  # what Python ends with after an error that nobody caught

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

    sort_fast()
    atexit.register(leave)  # before all imports: the first to be registered is the last to be called
    from exposing.cli import main  # noqa: PLC0415

    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise


def sort_fast(processors: Path = Path("/proc/cpuinfo")) -> None:
    """Let NumPy do without AVX-512 on AMD's Zen 4, where it sorts numbers five times as slowly as AVX2.

    An instruction of its sort is very slow there: https://github.com/numpy/x86-simd-sort/issues/6. NumPy
    reads this when it is imported, here and in every worker. Whoever runs us may have said otherwise.
    """
    with contextlib.suppress(OSError):
        said = processors.read_text(encoding="utf-8")
        if re.search(r"AuthenticAMD\s+cpu family\s*: 25\b", said):  # Zen 3, which has no AVX-512, and Zen 4
            os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")


if __name__ == "__main__":
    run()
