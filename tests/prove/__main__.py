"""Put every promise to the test and write docs/guarantees.md: `make prove`, or `make prove ONLY=kill`."""

import importlib
import tempfile
import time
from pathlib import Path

import click

from mini import ROOT
from prove import broken, report
from prove.ground import Ground

PROMISES = {
    "nothing_lost": "Nothing lost",
    "everyone_found": "Everyone found, no one invented",
    "never_no": "Never a no where there is no answer",
    "kill": "Kill -9, a full disk, a locked disk",
    "same_bytes": "Same bytes",
    "transport": "Broken transport is never a “no”",
    "deploy": "Old page, new deploy",
    "who_learns": "Who learns what",
    "hostile_data": "Hostile data",
    "hostile_files": "Hostile files",
    "nothing_runs": "Nothing runs from data",
    "typing_": "Hostile typing",
    "load": "Load",
    "supply": "Supply chain",
    "long_life": "Long life",
}
"""Module -> the promise that it puts to the test."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", type=click.Choice(list(PROMISES)), multiple=True, help="These promises alone.")
@click.option("--few", is_flag=True, help="With few numbers, and nothing written: whether it runs at all.")
@click.option("--skip-broken", is_flag=True, help="Without breaking the code on purpose.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs", help="Where the report goes.")
def main(only: tuple[str, ...], few: bool, skip_broken: bool, out: Path) -> None:
    """Put promises to the test, and the tests themselves: does each fail where the code is broken?

    Promises that are not tried keep the figures of their last trial in docs/guarantees.json.

    Example: make prove ONLY=transport
    """
    found = report.load(out)
    for name in only or PROMISES:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="exposing-prove-") as home:
            figures = importlib.import_module(f"prove.{name}").prove(Ground(Path(home), not few))
        click.echo(f"{PROMISES[name]} ({time.monotonic() - started:.0f} s)")
        for line in figures:
            click.echo(f"  {line}")
        if few:
            continue
        one = found.setdefault(name, {})
        one |= {"promise": PROMISES[name], "figures": figures, "with": report.machine()}
        if not skip_broken:
            one["broken"] = broken.try_all(name, lambda text: click.echo(f"  {text}"))
        report.save(out, found, list(PROMISES))
    if not few:
        click.echo(f"{out / 'guarantees.md'} is written.")


if __name__ == "__main__":
    main()
