"""TOML files as pydantic models, and all faults of a file at once, in plain words, led by their key paths."""

import difflib
import tomllib
import types
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from exposing.errors import BuildError, ManifestError

VERSION = 1
"""The version of these files that this program reads. It grows when older ones would be misread."""

END = r"$(?!\n)"
"""The end of a pattern. `$` alone lets a line end follow, in Python; JSON Schema has no `\\Z`."""

_MAILBOX = r"[^\s\x00-\x1f@?&#%<>]+@[^\s\x00-\x1f@?&#%<>]+"
_WEB = r"https?://[^\s/?#@\\]+([/?#]\S*)?"
URL = f"^{_WEB}{END}"
SITE_URL = rf"^https?://[^\s/?#@\\]+/([^\s?#]*/)?{END}"
MAIL = f"^{_MAILBOX}{END}"
CONTACT = f"^(mailto:{_MAILBOX}|{_WEB}){END}"
DATE = rf"^[0-9]{{4}}(-[0-9]{{2}}(-[0-9]{{2}})?)?{END}"

LONGEST, LONGEST_TITLE = 20_000, 300
"""Characters of a text, and of a title, at most."""

_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"}
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"


def _visible(text: str) -> str:
    """A text of which something can be seen. Raises ValueError for any other."""
    if all(unicodedata.category(char) in _INVISIBLE or char in _BLANK_LETTERS for char in text):
        raise ValueError("must have something in it that can be seen")
    return text


Word = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Text = Annotated[Word, AfterValidator(_visible)]
Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(_visible)]
Url = Annotated[str, Field(pattern=URL)]
Version = Annotated[int, Field(ge=1, le=VERSION)]


class Fault(NamedTuple):
    """Keys of a table that do not go together."""

    where: str  # key path below the table; "" for the table itself
    what: str
    keys: tuple[str, ...]  # that were looked at: where one is wrong by itself, this is not known


class Model(BaseModel):
    """What all tables of these files have in common: no other keys, and no guessing of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, regex_engine="python-re")

    def faults(self, _context: Any) -> Iterable[Fault]:
        """What does not go together. Keys that are wrong by themselves are empty here."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _together(cls, data: Any, check: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Look at what goes together even where some keys are wrong, so that all faults are said at once."""
        wrong: set[Any] = set()
        said: list[Any] = []
        try:
            found = check(data)
        except ValidationError as error:
            if not isinstance(data, dict):
                raise
            said = list(error.errors())
            wrong = {fault["loc"][0] for fault in said if len(fault["loc"]) == 1}
            needed = [name for name, field in cls.model_fields.items() if field.is_required()]
            good = {key: value for key, value in data.items() if key not in wrong}
            found = cls.model_construct(**dict.fromkeys(needed, "") | good)
        for fault in found.faults(info.context):
            if not wrong.intersection(fault.keys):
                place = tuple(fault.where.split(".")) if fault.where else ()
                context = {"error": ValueError(fault.what)}
                said.append({"type": "value_error", "loc": place, "input": data, "ctx": context})
        if said:
            raise ValidationError.from_exception_data(cls.__name__, said)
        return found


_PATTERNS = {
    URL: "must be an address that begins with https:// or http://",
    SITE_URL: "must be an address that begins with https:// and ends with /",
    r"^[0-9a-f]{64}$(?!\n)": "must be a SHA-256: 64 digits from 0 to 9 and a to f",
    DATE: "must be a year, a month or a day: 2015, 2015-12 or 2015-12-31",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)": "must be a day, such as 2015-12-31",
    MAIL: "must be an address of electronic mail, such as faces@example.org",
    CONTACT: "must begin with mailto: or https://",
    r"^[a-z0-9][a-z0-9_-]*$(?!\n)": "a dataset's folder is named in small letters, digits, _ and -",
    r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$(?!\n)": "must be a language's code, such as de",
    r"^#[0-9a-f]{6}$(?!\n)": "must be a colour such as #a8210f, in small letters",
    r"^[\t !#-/:-@\[-`{-~]$(?!\n)": "must be one character that is no letter, such as ; or a space",
}
"""What the patterns of our models ask for. A test finds each of them here."""

_WORDS = {
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "list_type": "must be a list, in [ ]",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "string_too_short": "must not be empty",
    "string_type": "must be text, in quotes",
}
_LIMITS = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "string_too_long": "must have {max_length} characters or fewer",
    "too_long": "must have {max_length} items or fewer",
    "too_short": "must have {min_length} items or more",
}

_M = TypeVar("_M", bound=Model)


def read_text(path: Path) -> str:
    """A file that a person wrote, in UTF-8. Raises BuildError for any other, FileNotFoundError for none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        what, fix = f"not UTF-8 at byte {error.start}", "save it as UTF-8 in your editor"
        raise BuildError(what, where=str(path), fix=fix) from None
    except IsADirectoryError:
        raise BuildError("is a folder", where=str(path), fix="it must be a file of text") from None
    except PermissionError:
        raise BuildError("must not be read", where=str(path), fix="change whose it is") from None


def parse(model: type[_M], path: Path, context: Any = None, **more: Any) -> _M:
    """Read a TOML file as a model. Raises ManifestError with all its faults, each with file and key path."""
    try:
        found = tomllib.loads(read_text(path))
        if said := sorted(set(found) & set(more)):
            raise ManifestError([f"{path}: {key}: the folder's name says it; remove it" for key in said])
        return model.model_validate(found | more, context=context)
    except FileNotFoundError:
        raise ManifestError([f"{path}: no such file; `exposing new NAME` makes one"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ManifestError([f"{path}: not valid TOML: {error}; see https://toml.io"]) from None
    except RecursionError:
        raise ManifestError(
            [f"{path}: has tables or lists inside each other, too deep; correct it"]
        ) from None
    except ValidationError as error:
        faults = [line for fault in _few(error.errors()) for line in _lines(model, fault)]
        raise ManifestError([f"{path}: {line}" for line in dict.fromkeys(faults)]) from None
    except ValueError:
        raise ManifestError([f"{path}: has a number of too many digits; correct it"]) from None


def _few(faults: list[Any]) -> list[Any]:
    """The faults, those of a value that may be of several types once: as the one that came nearest."""
    found: dict[tuple[Any, ...], Any] = {}
    for fault in faults:
        place = tuple(
            part
            for part in fault["loc"]
            if isinstance(part, int) or not (part in ("str", "int") or "[" in part)
        )
        if fault["type"] == "value_error":
            found[*place, str(fault["ctx"]["error"])] = fault  # there may be several of one place
            continue
        found.setdefault(place, fault | {"loc": place})
        if found[place]["type"] != fault["type"]:
            found[place] |= {"type": "several", "input": fault["input"]}
    return list(found.values())


def _lines(model: type[BaseModel], fault: Any) -> list[str]:
    """A fault in plain words, led by its key path: what is wrong, what is allowed, what was found."""
    path, kind, context = fault["loc"], fault["type"], fault.get("ctx", {})
    where = f"{'.'.join(map(str, path))}: " if path else ""
    if kind == "extra_forbidden":
        return [f"{where}no such key{did_you_mean(str(path[-1]), _known_keys(model, path[:-1]))}"]
    if kind == "missing":
        return [f"{where}is missing; add it"]
    if kind == "value_error":
        return [where + line for line in str(context["error"]).splitlines()]
    found = f" (found {_shown(fault['input'])})"
    if kind == "literal_error":
        known = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return [f"{where}must be one of {', '.join(known)}{found}{_meant(str(fault['input']), known)}"]
    if path == ("version",):
        return [
            f"{where}this program reads version {VERSION}{found}; update the program: see docs/upgrading.md"
        ]
    said = _PATTERNS.get(context.get("pattern", "")) or _WORDS.get(kind) or _LIMITS.get(kind, "")
    if kind == "list_type" and isinstance(fault["input"], dict):
        said += f"; tables of which there may be several are written [[{path[-1]}]], not [{path[-1]}]"
    if kind == "several":
        said = "must be text in quotes, a number, or a list of these"
    return [f"{where}{said.format(**context) if kind in _LIMITS else said or fault['msg']}{found}"]


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # too deep; a number of too many digits
        return "what cannot be shown"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _known_keys(model: type[BaseModel], path: Iterable[int | str]) -> list[str]:
    """The keys of the table at a key path."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = table_of(model.model_fields[part].annotation) or model
    return [name for name in model.model_fields if name != "slug"]


def table_of(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as `list[Fact]` or `Contact | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, dict, Union, Annotated, types.UnionType):
        return next((found for one in get_args(annotation) if (found := table_of(one))), None)
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that is closest to a wrong one, as the end of a sentence; else all known words."""
    known = list(known)
    return _meant(word, known) or f"; known: {', '.join(sorted(known))}"


def close(word: str, known: Iterable[str]) -> str:
    """The known word that is closest to a wrong one, whatever its case; "" where none is close."""
    folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=1)
    return folded[found[0]] if found else ""


def _meant(word: str, known: Iterable[str]) -> str:
    found = close(word, known)
    return f"; did you mean `{found}`?" if found else ""
