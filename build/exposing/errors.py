"""What a person did wrong, in one line each: what, where, and what to do. The exit code is 2."""

import click


class BuildError(click.ClickException):
    """A fault that a person can mend. A bug keeps its traceback; it is never one of these."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message}; {fix}" if fix else message)


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
