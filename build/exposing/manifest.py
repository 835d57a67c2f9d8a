"""`dataset.toml` and `site.toml` as models: discover, load, and name every fault at once."""

import datetime
import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    model_validator,
)

from exposing.errors import ManifestError
from exposing.schema import IDENTIFYING, KINDS

MANIFEST = "dataset.toml"
Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
Column = str | int


def _real_date(text: str) -> str:
    """A year, a month or a day that there is. Raises ValueError."""
    try:
        datetime.date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        raise ValueError("no such day: write 2015, 2015-12 or 2015-12-31") from None
    return text


Date = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(_real_date)]
Day = Annotated[Date, Field(pattern=r"^.{10}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Fact(_Model):
    """One line of a dataset's table of facts."""

    what: str
    value: str
    source: Url


class Event(_Model):
    """Something that happened to a dataset: one line of its history."""

    date: Date  # a year, a month or a day
    event: Literal["published", "changed", "reported", "withdrawn"]
    text: str
    source: Url


class Change(_Model):
    """Something that was done to this catalogue's entry of a dataset: one entry of the feed."""

    date: Day
    text: str


class Contact(_Model):
    """Who answers for a dataset, by mail or on a page."""

    name: str
    email: Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")] = ""
    url: Url | None = None
    source: Url


class Removal(_Model):
    """How a dataset's makers let people be taken out of it."""

    text: str
    source: Url


class PublishedCounts(_Model):
    """The figures of the whole list, to say how complete a build's copy of it is."""

    rows: PositiveInt | None = None
    photos: PositiveInt | None = None
    accounts: PositiveInt | None = None
    images: PositiveInt | None = None
    identities: PositiveInt | None = None
    source: Url


class Bounds(_Model):
    """Limits of one count; outside them a dataset is not published."""

    min: int | None = None
    max: int | None = None


class Expect(_Model):
    """Limits of a dataset's counts."""

    rows: Bounds = Bounds()
    kept: Bounds = Bounds()
    duplicates: Bounds = Bounds()
    rejected: Bounds = Bounds()
    photos: Bounds = Bounds()
    accounts: Bounds = Bounds()
    images: Bounds = Bounds()
    identities: Bounds = Bounds()


class ListFile(_Model):
    """One `[[files]]` table: which files it means and how to read them."""

    path: str
    format: Literal["csv", "tsv", "json", "jsonl", "lines", "parquet", "python"]
    url: Url | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    columns: dict[str, Column | list[Column]] = {}
    match: str | None = None
    file_match: str | None = None
    header: bool = True
    comment: Annotated[str, Field(min_length=1)] | None = None
    records: str = ""
    translate: dict[str, dict[str, str]] = {}
    form_encoded: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> "ListFile":
        if self.format == "lines" and not self.match:
            raise ValueError(
                "format `lines` needs `match`, a regular expression with groups named after kinds"
            )
        if self.format in ("csv", "tsv", "json", "jsonl", "parquet") and not self.columns:
            raise ValueError(f'format `{self.format}` needs `columns`, such as {{ nsid = "user_id" }}')
        for pattern in (self.match, self.file_match):
            _check_pattern(pattern)
        for slot in self.slots():
            _checkkind_of(kind_of(slot))
        for kind in self.translate:
            _checkkind_of(kind)
        if self.format != "python" and not any(kind_of(slot) in IDENTIFYING for slot in self.slots()):
            raise ValueError(f"no column says whose photo it is: name one of {', '.join(IDENTIFYING)}")
        return self

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


class Manifest(_Model):
    """One dataset: what it is, and its list."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
    title: str
    description: str
    url: Url
    license: str
    cite_as: str
    creators: list[str]
    published: Annotated[int, Field(ge=1990, le=2100)]
    status: Literal["available", "on_request", "withdrawn", "unclear"]
    derived_from: list[str] = []
    collection: bool = False
    not_searchable: str = ""
    used_for: str = ""
    bibtex: str = ""
    contact: Contact | None = None
    removal: Removal | None = None
    history: list[Event] = []
    changes: list[Change] = []
    sources: list[Url] = []
    facts: list[Fact] = []
    published_counts: PublishedCounts | None = None
    files: list[ListFile] = []
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _searchable_or_why(self) -> "Manifest":
        if bool(self.files) == bool(self.not_searchable):
            raise ValueError("give either [[files]], or `not_searchable` with the reason, and not both")
        return self


class Site(_Model):
    """`site.toml`: what a fork says about itself."""

    title: str
    base_url: Annotated[str, Field(pattern=r"^https?://.*/$")]
    repository: Url
    contact: str
    smallest_shard: Annotated[int, Field(ge=1)] = 64
    compress: bool = False


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
    return _parse(Manifest, folder / MANIFEST, slug=folder.name)


def load_site(path: Path, base_url: str | None = None) -> Site:
    """Load `site.toml`, with another base URL if one is given."""
    site = _parse(Site, path)
    return site.model_copy(update={"base_url": base_url.rstrip("/") + "/"}) if base_url else site


_M = TypeVar("_M", bound=_Model)


def _parse(model: type[_M], path: Path, **more: Any) -> _M:
    try:
        return model(**tomllib.loads(path.read_text(encoding="utf-8")), **more)
    except FileNotFoundError:
        raise ManifestError([f"{path}: no such file"]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError([f"{path}: not valid TOML: {error}"]) from None
    except ValidationError as error:
        raise ManifestError([f"{path}: {_fault(model, fault)}" for fault in error.errors()]) from None


def _fault(model: type[BaseModel], fault: Any) -> str:
    """One fault of a model in plain words, led by its key path."""
    path = ".".join(str(part) for part in fault["loc"])
    where = f"{path}: " if path else ""
    if fault["type"] == "extra_forbidden":
        known = _known_keys(model, fault["loc"][:-1])
        return f"{where}no such key{did_you_mean(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return f"{where}is missing"
    return (
        f"{where}{fault['msg'].removeprefix('Value error, ')} (found {str(fault['input'])[:80]!r})"
        if fault["type"] != "value_error"
        else f"{where}{fault['msg'].removeprefix('Value error, ')}"
    )


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None:
            found = re.findall(r"exposing\.manifest\.(\w+)", str(field.annotation))
            model = globals()[found[0]] if found else model
    return list(model.model_fields)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that is closest to a wrong one, as the end of a sentence; else all known words."""
    known = list(known)
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; known: {', '.join(sorted(known))}"


def _unknown(slug: str, folders: Iterable[str], root: Path) -> str:
    return f"no dataset `{slug}` in {root}{did_you_mean(slug, folders)}"


def kind_of(slot: str) -> str:
    """The kind of identifier in a slot: `image_url` for `image_url_2`."""
    return re.sub(r"_[0-9]+$", "", slot)


def _checkkind_of(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"`{kind}` is no kind of identifier{did_you_mean(kind, KINDS)}")


def _check_pattern(pattern: str | None) -> None:
    """Refuse what RE2 cannot run: lists are matched in linear time, so without look-around."""
    if pattern is not None:
        try:
            pc.extract_regex(pa.array([""]), pattern)
        except pa.ArrowInvalid as error:
            raise ValueError(f"not an RE2 pattern with named groups: {error}") from None
