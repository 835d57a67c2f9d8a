"""`python -m exposing` and `exposing` are the same program."""

import atexit
import contextlib
import os
import sys


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

    atexit.register(leave)  # before all imports: the first to be registered is the last to be called
    from exposing.cli import main  # noqa: PLC0415

    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise


if __name__ == "__main__":
    run()
