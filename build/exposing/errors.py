"""What a person did wrong, in one line each: what, where, and what to do. The exit code is 2.

Lists are personal data, and anyone may read the log of a public workflow. So what comes out of a list, such
as a row or a file's name, is marked as private in a message, and not printed where others may read it.
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
    """Whether what is printed is seen only by the person who runs the program.

    Not in a workflow, whose log may be public, nor without a terminal where lists are private; unless they
    say so.
    """
    if os.environ.get(SHOW) == "1" or (sys.stdout and sys.stdout.isatty()):
        return True
    return not any(os.environ.get(name) for name in READ_BY_OTHERS)


READ_BY_OTHERS = ("GITHUB_ACTIONS", "GITLAB_CI", "EXPOSING_LISTS")
"""Environment variables of workflows, and of lists that only their owner may have."""


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
