"""`dataset.toml` as models: discover, load, and name every fault at once."""

import datetime
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field, PositiveInt, model_validator

from exposing.errors import ManifestError
from exposing.models import Model, Text, Url, Version, did_you_mean, parse
from exposing.schema import IDENTIFYING, KINDS

MANIFEST = "dataset.toml"
Column = str | int


def _real_date(text: str) -> str:
    """A year, a month or a day that there is. Raises ValueError."""
    try:
        datetime.date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        raise ValueError(f"no such day as {text}: write 2015, 2015-12 or 2015-12-31") from None
    return text


Date = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(_real_date)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_date)]


class Fact(Model):
    """One line of a dataset's table of facts."""

    what: Text = Field(description="What is counted or said, and by whom.")
    value: Text = Field(description="The figure or the words.")
    source: Url = Field(description="The page where it can be read.")


class Event(Model):
    """Something that happened to a dataset: one line of its history, oldest first."""

    date: Date = Field(description="A year, a month or a day.")
    event: Literal["published", "changed", "reported", "withdrawn"] = Field(
        description="Of which kind it is."
    )
    text: Text = Field(description="One sentence.")
    source: Url = Field(description="The page where it can be read.")


class Change(Model):
    """Something that was done to this catalogue's entry of a dataset: one entry of the news feed."""

    date: Day = Field(description="A day.")
    text: Text = Field(description="One sentence.")


class Contact(Model):
    """Who answers for a dataset: letters are addressed to them."""

    name: Text = Field(description="A person or an institution.")
    email: Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")] | None = Field(
        default=None, description="Where mail reaches them."
    )
    url: Url | None = Field(default=None, description="A page by which they can be reached.")
    source: Url = Field(description="The page that says so.")


class Removal(Model):
    """How a dataset's makers let people be taken out of it."""

    text: Text = Field(description="What one has to do.")
    source: Url = Field(description="The page that says so.")


class PublishedCounts(Model):
    """The figures of the whole list, to say how complete a build's copy of it is."""

    rows: PositiveInt | None = Field(default=None, description="Lines or records.")
    photos: PositiveInt | None = Field(default=None, description="Photos on Flickr.")
    accounts: PositiveInt | None = Field(default=None, description="Accounts on Flickr.")
    images: PositiveInt | None = Field(default=None, description="Images elsewhere on the web.")
    identities: PositiveInt | None = Field(
        default=None, description="People, or groups of faces that were taken for one."
    )
    source: Url = Field(description="The page where the figures can be read.")


class Bounds(Model):
    """Limits of one count; outside them a dataset is not published."""

    min: Annotated[int, Field(ge=0)] | None = Field(default=None, description="The least.")
    max: Annotated[int, Field(ge=0)] | None = Field(default=None, description="The most.")

    @model_validator(mode="after")
    def _ordered(self) -> "Bounds":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min = {self.min} is more than max = {self.max}; exchange them")
        return self


class Expect(Model):
    """Limits of a dataset's counts, such as `photos = { min = 9000 }`."""

    rows: Bounds = Field(default=Bounds(), description="Lines or records.")
    kept: Bounds = Field(
        default=Bounds(), description="Rows that have an identifier, and none that is malformed."
    )
    duplicates: Bounds = Field(default=Bounds(), description="Rows that equal an earlier one in every field.")
    rejected: Bounds = Field(default=Bounds(), description="Rows that are neither.")
    photos: Bounds = Field(default=Bounds(), description="Photos on Flickr.")
    accounts: Bounds = Field(default=Bounds(), description="Accounts on Flickr.")
    images: Bounds = Field(default=Bounds(), description="Images elsewhere on the web.")
    identities: Bounds = Field(default=Bounds(), description="Labels of people.")


class ListFile(Model):
    """One `[[files]]` table: which files it means and how to read them."""

    path: Text = Field(
        description="A glob, compared with the end of the path below `raw/`, or of a member's path inside"
        " an archive there. The endings .gz, .bz2 and .xz are passed over."
    )
    format: Literal["csv", "tsv", "json", "jsonl", "lines", "parquet", "python"] = Field(
        description="How the list is written. `python` asks the dataset's own read.py,"
        " where `run_read_py` of site.toml allows it."
    )
    url: Url | None = Field(
        default=None, description="Where `exposing fetch` gets it: a list, or an archive of lists."
    )
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="What `url` must give; `exposing fetch --pin` writes it."
    )
    columns: dict[str, Column | list[Column]] = Field(
        default={},
        description="Kind of identifier = column: a name of the header, a number from 0 where"
        " `header = false`, or a dotted path inside a JSON record. A list of columns stands for several"
        " of a kind in one row.",
    )
    match: str | None = Field(
        default=None,
        description="For `lines`: an RE2 pattern whose groups are named after kinds;"
        " `image_url_2` is a second one.",
    )
    file_match: str | None = Field(
        default=None, description="The same for the file's path, where that says who is shown."
    )
    header: bool = Field(
        default=True, description="Whether the first line of a CSV or TSV names its columns."
    )
    comment: Text | None = Field(default=None, description="Lines that begin with this are passed over.")
    records: str = Field(default="", description="Where in a JSON document the records are: a dotted path.")
    translate: dict[str, dict[str, str]] = Field(
        default={}, description="Kind = { word of the list = word that people read }."
    )
    form_encoded: bool = Field(
        default=False, description="Whether text is written as in web forms: `a+b%21`."
    )

    @model_validator(mode="after")
    def _consistent(self) -> "ListFile":
        if faults := [*self._faults()]:
            raise ValueError("\n".join(faults))
        return self

    def _faults(self) -> Iterable[str]:
        """What does not go together."""
        tabular = self.format in ("csv", "tsv", "json", "jsonl", "parquet")
        if self.format == "lines" and not self.match:
            yield "format `lines` needs `match`, a regular expression with groups named after kinds"
        if tabular and not self.columns:
            yield f'format `{self.format}` needs `columns`, such as {{ nsid = "user_id" }}'
        if self.match is not None and self.format != "lines":
            yield f"match: is for format `lines`, not `{self.format}`; name columns in `columns`"
        if self.columns and not tabular:
            yield f"columns: are for tables, not for format `{self.format}`"
        if self.records and self.format != "json":
            yield f"records: is for format `json`, not `{self.format}`; remove it"
        if not self.header and self.format not in ("csv", "tsv"):
            yield f"header: is for formats csv and tsv, not `{self.format}`; remove it"
        if PurePosixPath(self.path).is_absolute() or ".." in PurePosixPath(self.path).parts:
            yield f"path: {self.path!r} leads out of raw/; name what is below it"
        if self.sha256 and not self.url:
            yield "sha256: is of what `url` gives; add `url`, or remove it"
        patterns = {"match": self.match, "file_match": self.file_match}
        broken = {name: fault for name, pattern in patterns.items() if (fault := _pattern_fault(pattern))}
        yield from (f"{name}: {fault}" for name, fault in broken.items())
        if any(columns == [] for columns in self.columns.values()):
            yield "columns: an empty list names no column; remove it"
        unknown = {kind_of(slot) for slot in self.slots()} - set(KINDS)
        yield from (_no_kind(kind, "") for kind in sorted(unknown))
        yield from (_no_kind(kind, "translate: ") for kind in sorted(set(self.translate) - set(KINDS)))
        named = any(kind_of(slot) in IDENTIFYING for slot in self.slots())
        if (self.match or self.places()) and not (named or unknown or broken):
            yield f"no column says whose photo it is: name one of {', '.join(IDENTIFYING)}"

    def places(self) -> dict[str, Column]:
        """Slot -> column. A list of columns makes the slots `image_url`, `image_url_2` and so on."""
        return {
            kind if number == 1 else f"{kind}_{number}": column
            for kind, columns in self.columns.items()
            for number, column in enumerate(columns if isinstance(columns, list) else [columns], 1)
        }

    def slots(self) -> list[str]:
        """Every slot that a row of these files has: from columns, and from the patterns' groups."""
        groups = re.findall(r"\(\?P<(\w+)>", f"{self.match or ''} {self.file_match or ''}")
        return [*self.places(), *groups]


class Manifest(Model):
    """One dataset: what it is, and its list. Keys of `dataset.toml`."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: Text = Field(description="Its name, as its makers write it.")
    description: Text = Field(description="One or two sentences: what it is.")
    url: Url = Field(description="Its own page, or the nearest that there is.")
    license: str = Field(
        description="The terms on which its makers give it out; empty where they are not known."
    )
    cite_as: Text = Field(description="The paper, as one would cite it.")
    creators: Annotated[list[Text], Field(min_length=1)] = Field(description="Who made it.")
    published: Annotated[int, Field(ge=1990, le=2100)] = Field(description="The year.")
    status: Literal["available", "on_request", "withdrawn", "unclear"] = Field(
        description="Whether its makers still give it out."
    )
    derived_from: list[str] = Field(
        default=[], description="Folders of the datasets that its photos were drawn from."
    )
    collection: bool = Field(
        default=False, description="Whether it is no face dataset, but what such datasets were drawn from."
    )
    not_searchable: str = Field(default="", description="Why it has no `[[files]]`: one sentence.")
    used_for: str = Field(
        default="",
        description="One or two sentences, shown beside a find: only what the makers and others did.",
    )
    missing: str = Field(
        default="", description="One sentence: what is not known of it yet, or which list is not here."
    )
    bibtex: str = Field(default="", description="The paper's entry.")
    contact: Contact | None = Field(default=None, description="Who answers for it.")
    removal: Removal | None = Field(
        default=None, description="How one is taken out of it; only where its makers offer a way."
    )
    history: list[Event] = Field(default=[], description="What became of it, oldest first.")
    changes: list[Change] = Field(default=[], description="What was done to this entry, oldest first.")
    sources: list[Url] = Field(default=[], description="Pages on which what is said here can be read.")
    facts: list[Fact] = Field(
        default=[], description="Statements, each with its source. Where sources disagree, both."
    )
    published_counts: PublishedCounts | None = Field(default=None, description="The whole list's figures.")
    files: list[ListFile] = Field(default=[], description="Its lists.")
    expect: Expect = Field(
        default=Expect(), description="Limits of its counts: outside them nothing is published."
    )
    version: Version = Field(default=1, description="Version of this file's form.")

    @model_validator(mode="after")
    def _searchable_or_why(self) -> "Manifest":
        if bool(self.files) == bool(self.not_searchable):
            raise ValueError("give either [[files]], or `not_searchable` with the reason, and not both")
        return self


def discover(root: Path) -> list[Path]:
    """The dataset folders below `root`: those that hold a dataset.toml, in order of their names."""
    return sorted(path.parent for path in root.glob(f"*/{MANIFEST}"))


def load_all(root: Path, only: Iterable[str] = ()) -> dict[str, Manifest]:
    """Load every manifest below `root`, or those of the named slugs; all faults of all files at once."""
    folders = {folder.name: folder for folder in discover(root)}
    wanted = list(only) or list(folders)
    faults = [_unknown(slug, folders, root) for slug in wanted if slug not in folders]
    manifests = {}
    for slug in sorted(set(wanted) & set(folders)):
        try:
            manifests[slug] = load(folders[slug])
        except ManifestError as error:
            faults += error.faults
    for slug, manifest in manifests.items():
        faults += [
            f"{folders[slug] / MANIFEST}: derived_from: {_unknown(parent, folders, root)}"
            for parent in manifest.derived_from
            if parent not in folders
        ]
    if faults:
        raise ManifestError(faults)
    return manifests


def load(folder: Path) -> Manifest:
    """Load one dataset's manifest. Raises ManifestError with all its faults, each with file and key."""
    return parse(Manifest, folder / MANIFEST, slug=folder.name)


def _unknown(slug: str, folders: Iterable[str], root: Path) -> str:
    return f"no dataset `{slug}` in {root}{did_you_mean(slug, folders)}"


def kind_of(slot: str) -> str:
    """The kind of identifier in a slot: `image_url` for `image_url_2`."""
    return re.sub(r"_[0-9]+$", "", slot)


def _no_kind(kind: str, where: str) -> str:
    return f"{where}`{kind}` is no kind of identifier{did_you_mean(kind, KINDS)}"


def _pattern_fault(pattern: str | None) -> str:
    """Why RE2 cannot run a pattern: lists are matched in linear time, so without look-around."""
    if pattern is None:
        return ""
    try:
        found: Any = pc.extract_regex(pa.nulls(0, pa.string()), pattern)
    except pa.ArrowInvalid as error:
        return f"not an RE2 pattern with named groups: {error}"
    return "" if found.type.num_fields else "has no named group, such as (?P<photo_id>[0-9]+)"
