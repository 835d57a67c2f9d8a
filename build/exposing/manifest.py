"""`dataset.toml` as models: discover, load, and name every fault at once."""

import codecs
import datetime
import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field, PositiveInt

from exposing import links
from exposing.errors import ManifestError
from exposing.models import DATE, MAIL, Fault, Model, Text, Title, Url, Version, Word, did_you_mean, parse
from exposing.schema import IDENTIFYING, KINDS

MANIFEST = "dataset.toml"
UTF8 = "utf-8"
GROUPS = 9
"""Groups that a pattern may have whose every match in a line is wanted."""

REJECTED = 0.01
"""The part of a list's rows that may be rejected where its manifest does not say otherwise."""

Column = str | int


def _real_date(text: str) -> str:
    """A year, a month or a day that there is. Raises ValueError."""
    try:
        datetime.date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        raise ValueError(f"no such day as {text}: write 2015, 2015-12 or 2015-12-31") from None
    return text


Date = Annotated[str, Field(pattern=DATE), AfterValidator(_real_date)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"), AfterValidator(_real_date)]


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
    email: Annotated[str, Field(pattern=MAIL)] | None = Field(
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

    def faults(self, _context: Any) -> Iterable[Fault]:
        """A least that is more than the most."""
        if self.min is not None and self.max is not None and self.min > self.max:
            yield Fault("", f"min = {self.min} is more than max = {self.max}; exchange them", ("min", "max"))


class RejectedBounds(Bounds):
    """Limits of the rows that are rejected. Without any, more than 1 in 100 stop a build."""

    share: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="The most, as a part of all rows, such as 0.05."
    )

    def most(self, rows: int) -> int:
        """How many of so many rows may be rejected."""
        if self.max is not None and self.share is None:
            return self.max
        by_share = int(rows * (REJECTED if self.share is None else self.share))
        return by_share if self.max is None else min(self.max, by_share)


class Expect(Model):
    """Limits of a dataset's counts, such as `photos = { min = 9000 }`."""

    rows: Bounds = Field(default=Bounds(), description="Lines or records.")
    kept: Bounds = Field(
        default=Bounds(), description="Rows that have an identifier, and none that is malformed."
    )
    duplicates: Bounds = Field(default=Bounds(), description="Rows that equal an earlier one in every field.")
    rejected: RejectedBounds = Field(default=RejectedBounds(), description="Rows that are neither.")
    photos: Bounds = Field(default=Bounds(), description="Photos on Flickr.")
    accounts: Bounds = Field(default=Bounds(), description="Accounts on Flickr.")
    images: Bounds = Field(default=Bounds(), description="Images elsewhere on the web.")
    identities: Bounds = Field(default=Bounds(), description="Labels of people.")


class ListFile(Model):
    """One `[[files]]` table: which files it means and how to read them."""

    path: Word = Field(
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
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$(?!\n)")] | None = Field(
        default=None, description="What `url` must give; `exposing fetch --pin` writes it."
    )
    max_bytes: PositiveInt = Field(
        default=4_000_000_000, description="Bytes that `url` may give at most: a larger file is not taken."
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
    delimiter: Annotated[str, Field(pattern=r"^[\t !#-/:-@\[-`{-~]$(?!\n)")] = Field(
        default=",", description="For `csv`: the character between two values, such as `;` or a space."
    )
    all: bool = Field(
        default=False,
        description="For `lines`: whether every match in a line is a row, as in a dump on one line."
        " Lines without a match are then passed over. Else a line that matches more than once is rejected.",
    )
    skip: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="Lines before the header or the first row that are passed over."
    )
    comment: Word | None = Field(
        default=None, description="Lines that begin with this are passed over, before the header as well."
    )
    null: list[Word] = Field(
        default=[], description="What the list writes where it has nothing, such as `NULL` or `N/A`."
    )
    encoding: Word = Field(
        default=UTF8, description="In which encoding the text is, such as `cp1252`, `latin-1` or `utf-16`."
    )
    records: str = Field(default="", description="Where in a JSON document the records are: a dotted path.")
    translate: dict[str, dict[str, str]] = Field(
        default={}, description="Kind = { word of the list = word that people read }."
    )
    form_encoded: bool = Field(
        default=False, description="Whether text is written as in web forms: `a+b%21`."
    )

    def faults(self, _context: Any) -> Iterable[Fault]:
        """What does not go together."""
        both = ("format", "columns")
        tabular = self.format in ("csv", "tsv", "json", "jsonl", "parquet")
        if self.format == "lines" and not self.match:
            needed = "format `lines` needs `match`, a regular expression with groups named after kinds"
            yield Fault("", needed, ("format", "match"))
        if tabular and not self.columns:
            yield Fault("", f'format `{self.format}` needs `columns`, such as {{ nsid = "user_id" }}', both)
        if self.match is not None and self.format != "lines":
            yield self._stray("match", "is for format `lines`", "name columns in `columns`")
        if self.columns and not tabular:
            yield Fault("columns", f"are for tables, not for format `{self.format}`", both)
        if self.records and self.format != "json":
            yield self._stray("records", "is for format `json`")
        if not self.header and self.format not in ("csv", "tsv"):
            yield self._stray("header", "is for formats csv and tsv")
        if self.delimiter != "," and self.format != "csv":
            yield self._stray("delimiter", "is for format `csv`")
        if self.all and self.format != "lines":
            yield self._stray("all", "is for format `lines`")
        if self.all and len(_groups(self.match)) > GROUPS:
            yield Fault(
                "match", f"has more than {GROUPS} groups, too many for `all`; split it", ("match", "all")
            )
        if self.skip and self.format not in ("csv", "tsv", "jsonl", "lines"):
            yield self._stray("skip", "is for formats that have lines")
        yield from self._of_encoding()
        yield from self._of_path()
        if self.sha256 and not self.url:
            yield Fault("sha256", "is of what `url` gives; add `url`, or remove it", ("sha256", "url"))
        yield from self._of_kinds()

    def _of_path(self) -> Iterable[Fault]:
        if PurePosixPath(self.path).is_absolute() or ".." in PurePosixPath(self.path).parts:
            yield Fault("path", f"{self.path!r} leads out of raw/; name what is below it", ("path",))
        elif not PurePosixPath(self.path).name or re.search(r"[\x00-\x1f\x7f]", self.path):
            yield Fault("path", f"{self.path!r} is no file's name; name the list", ("path",))

    def _of_encoding(self) -> Iterable[Fault]:
        if self.encoding == UTF8:
            return
        if self.format in ("parquet", "python"):
            yield self._stray("encoding", "is for formats that are text")
        elif not _is_encoding(self.encoding):
            what = f"`{self.encoding}` is no encoding of text{did_you_mean(self.encoding, _ENCODINGS)}"
            yield Fault("encoding", what, ("encoding",))

    def _stray(self, key: str, what: str, fix: str = "remove it") -> Fault:
        return Fault(key, f"{what}, not `{self.format}`; {fix}", (key, "format"))

    def _of_kinds(self) -> Iterable[Fault]:
        """What names no kind of identifier, or no column; and lists that name nobody."""
        patterns = {"match": self.match, "file_match": self.file_match}
        broken = {name: fault for name, pattern in patterns.items() if (fault := _pattern_fault(pattern))}
        yield from (Fault(name, fault, (name,)) for name, fault in broken.items())
        for kind, columns in self.columns.items():
            if columns == []:
                yield Fault(f"columns.{kind}", "an empty list names no column; remove it", ("columns",))
        named: dict[str, Iterable[str]] = {"columns": self.places(), "translate": self.translate}
        named |= {name: _groups(pattern) for name, pattern in patterns.items()}
        unknown = [(key, kind_of(slot)) for key, slots in named.items() for slot in slots]
        unknown = [(key, kind) for key, kind in unknown if kind not in KINDS]
        for key, kind in dict.fromkeys(unknown):
            where = key if key in patterns else f"{key}.{kind}"
            yield Fault(where, f"`{kind}` is no kind of identifier{did_you_mean(kind, KINDS)}", (key,))
        names = any(kind_of(slot) in IDENTIFYING for slot in self.slots())
        if (self.match or self.places()) and not (names or unknown or broken):
            what = f"no column says whose photo it is: name one of {', '.join(IDENTIFYING)}"
            if any(kind_of(slot) == "identity" for slot in self.slots()):
                what = (
                    "`identity` alone finds no photo; lists of people's names alone cannot be searched yet:"
                    " give `photo_id`, `page_url`, `image_url` or `image_name` beside it, or `not_searchable`"
                )
            yield Fault("", what, ("columns", *patterns))

    def places(self) -> dict[str, Column]:
        """Slot -> column. A list of columns makes the slots `image_url`, `image_url_2` and so on."""
        return {
            kind if number == 1 else f"{kind}_{number}": column
            for kind, columns in self.columns.items()
            for number, column in enumerate(columns if isinstance(columns, list) else [columns], 1)
        }

    def slots(self) -> list[str]:
        """Every slot that a row of these files has: from columns, and from the patterns' groups."""
        return [*self.places(), *_groups(self.match), *_groups(self.file_match)]


class Manifest(Model):
    """One dataset: what it is, and its list. Keys of `dataset.toml`."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$(?!\n)")]
    title: Title = Field(description="Its name, as its makers write it.")
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
    part_of: list[str] = Field(
        default=[],
        description="Folders of the datasets that hold every photo of this one: a find here is a find there.",
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

    def faults(self, datasets: Any) -> Iterable[Fault]:
        """What does not go together, in itself and with the folders of `datasets`, if they are known."""
        if bool(self.files) == bool(self.not_searchable):
            what = "give either [[files]], or `not_searchable` with the reason, and not both"
            yield Fault("", what, ("files", "not_searchable"))
        for key, others in (("derived_from", self.derived_from), ("part_of", self.part_of)):
            for other in others:
                if other == self.slug:
                    yield Fault(key, "names the dataset itself; remove it", (key,))
                elif datasets is not None and isinstance(other, str) and other not in datasets:
                    what = f"no dataset `{other}` is there{did_you_mean(other, datasets)}"
                    yield Fault(key, what, (key,))


def discover(root: Path) -> list[Path]:
    """The dataset folders below `root`: those that hold a dataset.toml, in order of their names."""
    return sorted(folder for folder in root.glob("*") if os.path.lexists(folder / MANIFEST))


def load_all(root: Path, only: Iterable[str] = ()) -> dict[str, Manifest]:
    """Load every manifest below `root`, or those of the named slugs; all faults of all files at once."""
    folders = {folder.name: folder for folder in discover(root)}
    asked = set(only)
    unknown = sorted(asked - set(folders))
    faults = [f"no dataset `{slug}` in {root}{did_you_mean(slug, folders)}" for slug in unknown]
    faults += [] if asked else _strangers(root)
    manifests = {}
    for slug in sorted(asked & set(folders) if asked else folders):
        try:
            manifests[slug] = load(folders[slug], folders)
        except ManifestError as error:
            faults += error.faults
    faults += [
        f"{folders[slug] / MANIFEST}: part_of: leads back to the dataset itself; remove one of its links"
        for slug in manifests
        if slug in wholes(slug, manifests)
    ]
    if faults:
        raise ManifestError(faults)
    return manifests


def wholes(slug: str, manifests: Mapping[str, Manifest]) -> list[str]:
    """The datasets that a dataset is part of, directly or through others, in the order of their folders.

    The dataset itself is among them only where `part_of` leads in a circle.
    """
    found: set[str] = set()
    waiting = [slug]
    while waiting:
        manifest = manifests.get(waiting.pop())
        new = set(manifest.part_of if manifest else ()) - found
        found |= new
        waiting += sorted(new)
    return sorted(found)


def load(folder: Path, datasets: Collection[str] | None = None) -> Manifest:
    """Load one dataset's manifest. Raises ManifestError with all its faults, each with file and key.

    `datasets` are the folders from which its photos may be drawn; left out, that is not looked at. Nothing
    is read of a folder in which a link leads out of it.
    """
    if found := links.faults(folder):
        raise ManifestError(found)
    return parse(Manifest, folder / MANIFEST, datasets, slug=folder.name)


def _strangers(root: Path) -> list[str]:
    """Folders that hold something, but no manifest: nothing of them would be shown."""
    return [
        f"{folder}: has no {MANIFEST}; write one as `exposing new` does, or move the folder elsewhere"
        for folder in sorted(path for path in root.glob("*/") if not path.name.startswith((".", "__")))
        if not os.path.lexists(folder / MANIFEST) and any(path.is_file() for path in folder.rglob("*"))
    ]


def kind_of(slot: str) -> str:
    """The kind of identifier in a slot: `image_url` for `image_url_2`."""
    return re.sub(r"_[0-9]+$", "", slot)


def _groups(pattern: str | None) -> list[str]:
    """The names of a pattern's groups."""
    return re.findall(r"\(\?P<(\w+)>", pattern or "")


_ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "cp1251", "gb18030", "shift_jis", "euc_kr")


def _is_encoding(name: str) -> bool:
    """Whether Python can decode text from an encoding, a piece at a time."""
    try:
        b"text".decode(name, "replace")
        return codecs.lookup(name).incrementaldecoder is not None
    except (LookupError, ValueError):
        return False


def _pattern_fault(pattern: str | None) -> str:
    """Why RE2 cannot run a pattern: lists are matched in linear time, so without look-around."""
    if pattern is None:
        return ""
    try:
        found: Any = pc.extract_regex(pa.nulls(0, pa.string()), pattern)
    except pa.ArrowInvalid as error:
        return f"not an RE2 pattern with named groups: {error}"
    return "" if found.type.num_fields else "has no named group, such as (?P<photo_id>[0-9]+)"
