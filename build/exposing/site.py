"""`site.toml`: what a fork says about itself, and how its copy looks."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from exposing.errors import BuildError, ManifestError
from exposing.models import CONTACT, SITE_URL, Model, Title, Url, Version, parse

READABLE = 4.5
"""The least contrast between a text and what it stands on: WCAG 2.2, success criterion 1.4.3."""

_Hex = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$(?!\n)")]
Pair = Annotated[list[_Hex], Field(min_length=2, max_length=2)]
"""A colour by day and by night."""


class Colours(Model):
    """Colours that stand in for ours, each as two: by day and by night."""

    paper: Pair = Field(default=["#f7f3ea", "#14100e"], description="What pages are printed on.")
    raised: Pair = Field(default=["#fffdf8", "#1f1916"], description="Fields and cards.")
    ink: Pair = Field(default=["#1a1512", "#f1e8de"], description="Text.")
    soft: Pair = Field(default=["#5f554b", "#b3a69a"], description="Text of less weight.")
    line: Pair = Field(default=["#d6ccbb", "#443a32"], description="Rules between rows.")
    accent: Pair = Field(default=["#a8210f", "#ff7a62"], description="Links, buttons and marks.")
    on_accent: Pair = Field(default=["#fffdf8", "#14100e"], description="Text on the accent.")


def _readable(colours: Colours) -> Colours:
    """Refuse colours in which a text could not be read."""
    faults = []
    for text, ground in [
        ("ink", "paper"), ("ink", "raised"), ("soft", "paper"), ("soft", "raised"),
        ("accent", "paper"), ("accent", "raised"), ("on_accent", "accent"),
    ]:  # fmt: skip
        for when, one, other in zip(
            ("day", "night"), getattr(colours, text), getattr(colours, ground), strict=True
        ):
            if (found := contrast(one, other)) < READABLE:
                faults.append(
                    f"{text} {one} on {ground} {other}, by {when}: contrast {found:.1f};"
                    f" text needs {READABLE}"
                )
    if faults:
        raise ValueError("\n".join(faults))
    return colours


class Site(Model):
    """All keys of `site.toml`."""

    title: Title = Field(description="The site's name, on every page.")
    base_url: Annotated[str, Field(pattern=SITE_URL)] = Field(
        description="Where it is published. GitHub's workflow gives its own."
    )
    repository: Url = Field(description="Where its source is.")
    contact: Annotated[
        str,
        Field(pattern=CONTACT),
    ] = Field(description="Whom to write to: `mailto:` and an address, or a page.")
    maintainer: str = Field(default="", description="Who runs this copy; said at the foot of every page.")
    banner: str = Field(
        default="", description="A sentence that stands above every page, in one language, with Markdown."
    )
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$(?!\n)")]] = Field(
        default=[],
        description="Languages of the site; the first is that of its home page. Left out: all there are.",
    )
    datasets: list[str] = Field(
        default=[], description="Datasets that are shown and searched. Left out: all there are."
    )
    smallest_shard: Annotated[int, Field(ge=1)] = Field(
        default=64,
        description="A search is hidden among the keys of one shard. A build with fewer in any stops, unless"
        " that is the only one of its kind: all searches fetch it, so it tells nothing.",
    )
    compress: bool = Field(
        default=False, description="The index as .json.gz: a third of the size, for hosts with a limit."
    )
    overrides: str = Field(
        default="", description="A folder of yours, whose files stand in for those of site_templates/."
    )
    run_read_py: list[str] = Field(
        default=[],
        description="Datasets whose own read.py may run. It is a program and can do all that you can: read it"
        " first.",
    )
    fetch_private: bool = Field(
        default=False,
        description="Whether `exposing fetch` may ask addresses of a private network or of this machine."
        " While EXPOSING_LISTS is set, only the archive that it names may be at one.",
    )
    colours: Annotated[Colours, AfterValidator(_readable)] = Field(
        default=Colours(),
        description="Colours that stand in for ours: each a list of two, by day and by night.",
    )
    version: Version = Field(default=1, description="Version of this file's form.")

    def styles(self) -> str:
        """A stylesheet of the colours that are not ours; nothing where all are."""
        changed = self.colours.model_dump(exclude_unset=True)
        lines = [
            f"--{name.replace('_', '-')}: light-dark({', '.join(pair)});" for name, pair in changed.items()
        ]
        return f":root {{ {' '.join(lines)} }}\n" if lines else ""


def load_site(path: Path, base_url: str | None = None) -> Site:
    """Load `site.toml`, with another base URL if one is given. Raises BuildError with all its faults."""
    site = parse(Site, path)
    if site.overrides and not (path.parent / site.overrides).is_dir():
        raise ManifestError([f"{path}: overrides: no folder {site.overrides} beside it; make it"])
    if not base_url:
        return site
    base_url = base_url.rstrip("/") + "/"
    if not re.fullmatch(SITE_URL, base_url):
        fix = "begin it with https://, and write no ? or # into it"
        raise BuildError(f"{base_url} is no address of a site", where="--base-url", fix=fix)
    return site.model_copy(update={"base_url": base_url})


def contrast(one: str, other: str) -> float:
    """The contrast of two colours such as `#a8210f`, from 1 to 21: WCAG 2.2, relative luminance."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part, 16) / 255 for part in re.findall("..", colour[1:])]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
