"""What a person did wrong, in one line each: what, where, and what to do. The exit code is 2.

Lists are personal data, and anyone may read the log of a public workflow. So what comes out of a list, such
as a row or a file's name, is marked as private in a message, and printed on a terminal only.
"""

import os
import re
import sys

import click

SHOW = "EXPOSING_SHOW_ROWS"
"""The environment variable that says, with `1`, that only you read what is printed: rows may be shown."""

HIDDEN = "[shown on a terminal only]"
"""What is printed in the place of what is private."""

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # characters that Unicode keeps for use inside a program
_PRIVATE = re.compile(f"{_OPEN}(.*?){_CLOSE}", re.DOTALL)


def private(text: str) -> str:
    """Mark a text as private: `shown` decides whether it is printed."""
    return f"{_OPEN}{re.sub(f'[{_OPEN}{_CLOSE}]', '', text)}{_CLOSE}" if text else ""


def alone() -> bool:
    """Whether what is printed is seen by whoever runs the program alone: on a terminal, or if they say so."""
    return os.environ.get(SHOW) == "1" or bool(sys.stdout and sys.stdout.isatty())


def shown(text: str) -> str:
    """A text as it may be printed here."""
    return _PRIVATE.sub(r"\1" if alone() else HIDDEN, text)


class BuildError(click.ClickException):
    """A fault that a person can mend. A bug keeps its traceback; it is never one of these."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message}; {fix}" if fix else message)

    def format_message(self) -> str:
        """What is printed."""
        return shown(self.message)

    def __str__(self) -> str:
        return shown(self.message)


class ManifestError(BuildError):
    """Faults of dataset.toml and site.toml files, all of them at once, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class ListError(BuildError):
    """A list file that cannot be read as its manifest says."""


class FetchError(BuildError):
    """A list that could not be downloaded, or is not the one that its manifest means."""


class ShardError(BuildError):
    """A part of a site's index that could not be read or must not be believed: never a "no"."""
