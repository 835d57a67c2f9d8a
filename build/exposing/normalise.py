"""Whole columns of one kind to canonical columns.

Values of the usual shape are brought to their canonical form all at once, by RE2 patterns; what is left
goes through `identifiers`, each distinct value once. A test holds both ways to the same answers.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exposing import identifiers, texts

Columns = dict[str, pa.Array]

ROUNDED = 8
"""Decimal places that a rounded number has at most: a spreadsheet shows 5, and 32 bits hold 8."""

_NSID = r"^[0-9]{5,12}@N[0-9]{2}$"
_ALIAS = r"^[a-z0-9_-]{1,64}$"
_PHOTO_ID = r"^[1-9][0-9]{0,14}$"
_WHOLE = r"^([0-9]{1,15})\.0*$"
_POWER = r"^([0-9]+)(?:[.,]([0-9]*))?[eE]\+?([0-9]{1,2})$"
_SPOILT = r"^[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]{1,3}(?:(?:@|%40)[Nn][0-9]{2})?$"
"""A number with a power of ten, as spreadsheets write long ones; also where it begins an account's."""
_DRESSED = r"(?i)^mailto:|%40"
_FILE = r"(?:^|/)0*(?P<photo_id>[1-9][0-9]{0,14})(?:_[0-9A-Za-z_-]*)?(?:\.[0-9A-Za-z]{2,4})?$"
_FILE_OF_WINDOWS = re.compile(r"\\0*([1-9][0-9]{0,14})(?:_[0-9A-Za-z_-]*)?(?:\.[0-9A-Za-z]{2,4})?\Z")
_STATIC_URL = (
    r"^https?://(?:farm[0-9]+\.static\.flickr|static\.flickr|[a-z0-9]+\.staticflickr)\.com(?:/[0-9]+)+"
    r"/(?P<photo_id>[1-9][0-9]{0,14})_[0-9a-z]+(?:_[0-9a-z]{1,2})?(?:_d)?\.(?:jpg|png|gif)$"
)
_PHOTO_URL = r"^https?://(?:www\.)?flickr\.com/photos/(?P<owner>[^/?#]+)/(?P<photo_id>[1-9][0-9]{0,14})/?$"
"""It can go on in one way only at every character: so RE2 is twice as fast. `owner` is looked at later."""

_NO_WORD = r"^[a-z0-9_-]*[0-9_-][a-z0-9_-]*$"
"""Aliases that cannot be a reserved word, which is of letters only."""
_HOST = r"^https?://[a-z0-9][a-z0-9._-]*[a-z0-9](?::[0-9]{1,5})?"
_IMAGE_URL = _HOST + r"(?:/[!-~]*)?$"
_IMAGE_URL_START = _HOST + r"(?:/|$)"
_MAYBE_FLICKR = f"(?i){texts.MAY_NAME}"


def trimmed(values: pa.Array) -> pa.Array:
    """The values without white space around them; null where nothing is left."""
    data, edges = _bytes(values)
    if _are_printable(data) and np.diff(edges).all():  # as most columns: quickly seen
        return values
    values = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values)


def translated(values: pa.Array, words: dict[str, str]) -> pa.Array:
    """The values with those that stand in `words` replaced."""
    return _by_value(values, lambda value: words.get(value, value))


def nsid_of(value: str) -> str:
    """An NSID however a list writes it, also as the address of its account."""
    return identifiers.as_nsid(value) or identifiers.parse_url(value).nsid


def alias_of(value: str) -> str:
    """A path alias however a list writes it: as a handle, or as the address of its account."""
    return identifiers.as_alias(value.removeprefix("@")) or identifiers.parse_url(value).alias


def photo_of_name(value: str) -> str:
    """The photo id in an image's name that is not of the usual form."""
    match = _FILE_OF_WINDOWS.search(value)
    return match[1] if match else identifiers.photo_of_file(value) or identifiers.parse_url(value).photo_id


def spoilt(values: pa.Array) -> pa.Array:
    """Which values are numbers whose last digits a program has rounded away."""
    return pc.fill_null(pc.match_substring_regex(values, _SPOILT), False)


def _nsids(values: pa.Array, _: bool) -> Columns:
    if _all_nsids(values):
        return {"nsid": values}
    return {"nsid": _canonical(_undressed(values), _NSID, nsid_of)}


def _undressed(values: pa.Array) -> pa.Array:
    """Account numbers without what programs that take them for mail addresses put around or into them."""
    if not pc.any(pc.match_substring_regex(values, _DRESSED)).as_py():
        return values
    values = pc.replace_substring_regex(values, "(?i)^mailto:", "")
    return pc.replace_substring(values, "%40", "@")


def _aliases(values: pa.Array, _: bool) -> Columns:
    values = _undressed(values)
    usual = pc.match_substring_regex(values, _ALIAS)  # so no NSID: that has an `@`
    nsids = _by_value(pc.if_else(usual, pa.scalar(None, values.type), values), nsid_of)
    aliases = _canonical(values, _ALIAS, alias_of)
    return {"nsid": nsids, "alias": pc.if_else(pc.is_valid(nsids), pa.scalar(None, pa.string()), aliases)}


def _names(values: pa.Array, form_encoded: bool) -> Columns:
    decode = unquote_plus if form_encoded else str
    return {"name": _by_value(values, lambda value: identifiers.fold(decode(value)))}


def _photo_ids(values: pa.Array, _: bool) -> Columns:
    if not _all_photo_ids(values):
        values = pc.replace_substring_regex(values, _WHOLE, r"\1")
        values = _canonical(values, _PHOTO_ID, _photo_id)
    return {"photo_id": values.cast(pa.int64())}


def _photo_id(value: str) -> str:
    """A photo's number, also with a power of ten where all its digits are there: 9.0000000101E+10."""
    if match := re.match(_POWER, value):
        whole, fraction, power = match[1], match[2] or "", int(match[3])
        exact = len(fraction) == power or ROUNDED < len(fraction) < power
        value = whole + fraction.ljust(power, "0") if exact else ""
    return identifiers.as_photo_id(value) or identifiers.as_number(value)


def _image_names(values: pa.Array, _: bool) -> Columns:
    usual = pc.struct_field(pc.extract_regex(values, _FILE), "photo_id")
    left = pc.and_not(pc.is_valid(values), pc.is_valid(usual))
    if pc.any(left).as_py():
        usual = pc.replace_with_mask(usual, left, _by_value(values.filter(left), photo_of_name))
    return {"photo_id": usual.cast(pa.int64())}


def _page_urls(values: pa.Array, _: bool) -> Columns:
    """Photo pages and profiles."""
    answers = pc.extract_regex(values, _PHOTO_URL)
    owner = pc.struct_field(answers, "owner")
    is_nsid = pc.match_substring_regex(owner, _NSID)
    is_alias = pc.and_not(pc.match_substring_regex(owner, _NO_WORD), is_nsid)
    nothing = pa.scalar(None, pa.string())
    usual = {
        "nsid": pc.if_else(is_nsid, owner, nothing),
        "alias": pc.if_else(is_alias, owner, nothing),
        "photo_id": pc.struct_field(answers, "photo_id"),
    }
    return _urls(values, usual, pc.fill_null(pc.or_(is_nsid, is_alias), False))


def _image_urls(values: pa.Array, _: bool) -> Columns:
    """Images: most are not on Flickr, which is seen at once, and only the others are looked at closely."""
    names = ("nsid", "alias", "photo_id", "image_url")
    elsewhere = pc.and_not(_are_image_urls(values), pc.match_substring_regex(values, _MAYBE_FLICKR))
    elsewhere = pc.fill_null(elsewhere, False)
    left = pc.and_not(pc.is_valid(values), elsewhere)
    maybe = values.filter(left)
    answers = pc.extract_regex(maybe, _STATIC_URL)
    usual = {name: pa.nulls(len(maybe), pa.string()) for name in names}
    usual["photo_id"] = pc.struct_field(answers, "photo_id")
    found = _urls(maybe, usual, pc.is_valid(answers))
    columns = {
        name: pc.replace_with_mask(pa.nulls(len(values), column.type), left, column)
        for name, column in found.items()
    }
    plain = _without_scheme(values.filter(elsewhere))
    columns["image_url"] = pc.replace_with_mask(columns["image_url"], elsewhere, plain)
    return columns


def _are_image_urls(values: pa.Array) -> pa.Array:
    """Which addresses match `_IMAGE_URL`. Where all bytes are printable, their beginning tells."""
    usual = _IMAGE_URL_START if _are_printable(_bytes(values)[0]) else _IMAGE_URL
    return pc.match_substring_regex(values, usual)


def _urls(values: pa.Array, columns: Columns, known: pa.Array) -> Columns:
    """What addresses name: those that are not `known` from their form are looked at one by one."""
    left = pc.and_not(pc.is_valid(values), known)
    if pc.any(left).as_py():
        distinct = values.filter(left).dictionary_encode()
        found = [identifiers.parse_url(value) for value in distinct.dictionary.to_pylist()]
        for name in columns:
            field = "image" if name == "image_url" else name
            others = pa.array([getattr(one, field) or None for one in found], pa.string())
            columns[name] = pc.replace_with_mask(columns[name], left, others.take(distinct.indices))
    return columns | {"photo_id": columns["photo_id"].cast(pa.int64())}


def _without_scheme(values: pa.Array) -> pa.Array:
    """Addresses without `http://`, `www.` and fragment. In parts, as RE2 takes four times as long."""
    for start in ("https://", "http://", "www."):
        begun = pc.starts_with(values, start)
        if pc.all(begun).as_py():
            values = pc.utf8_slice_codeunits(values, len(start))
        elif pc.any(begun).as_py():
            rest = pc.utf8_slice_codeunits(values.filter(begun), len(start))
            values = pc.replace_with_mask(values, begun, rest)
    if b"#" not in memoryview(values.buffers()[2] or b"").tobytes():
        return values
    return pc.list_element(pc.split_pattern(values, "#", max_splits=1), 0)


def _identities(values: pa.Array, _: bool) -> Columns:
    encoded = values.dictionary_encode()  # one label is on many rows
    labels = trimmed(pc.replace_substring_regex(encoded.dictionary, r"[_\s]+", " "))
    return {"identity": labels.take(encoded.indices)}


def _licenses(values: pa.Array, _: bool) -> Columns:
    return {"license": values}


def _dates(values: pa.Array, _: bool) -> Columns:
    """ISO dates and date-times, or seconds since 1970; anything else is null, for a date finds nobody."""
    iso = pc.utf8_slice_codeunits(values, 0, 10)
    dates = pc.strptime(iso, "%Y-%m-%d", "s", error_is_null=True).cast(pa.date32())
    seconds = pc.if_else(
        pc.match_substring_regex(values, "^[0-9]{8,10}$"), values, pa.scalar(None, pa.string())
    )
    return {
        "uploaded": pc.coalesce(dates, seconds.cast(pa.int64()).cast(pa.timestamp("s")).cast(pa.date32()))
    }


def _tags(values: pa.Array, form_encoded: bool) -> Columns:
    decode = unquote_plus if form_encoded else str
    lists = pc.split_pattern(values, ",")
    tags = _by_value(lists.flatten(), lambda tag: identifiers.as_tag(decode(tag)))
    return {"tags": pa.ListArray.from_arrays(lists.offsets, tags, mask=lists.is_null())}


def _all_nsids(values: pa.Array) -> bool:
    """Whether all values match `_NSID`: told from their bytes, as nearly all lists have nothing else."""
    data, edges = _bytes(values)
    sizes, marks = np.diff(edges), edges[1:] - 4
    if not len(sizes) or sizes.min() < 9 or sizes.max() > 16:
        return False
    digits = np.count_nonzero(data - np.uint8(ord("0")) <= 9)  # what is less than "0" is far above
    at, n = data[marks] == ord("@"), data[marks + 1] == ord("N")
    return bool(at.all() and n.all() and digits == len(data) - 2 * len(sizes))


def _all_photo_ids(values: pa.Array) -> bool:
    """Whether all values match `_PHOTO_ID`, in the same way."""
    data, edges = _bytes(values)
    sizes = np.diff(edges)
    if not len(sizes) or sizes.min() < 1 or sizes.max() > 15:
        return False
    return bool(data.min() >= ord("0") and data.max() <= ord("9") and data[edges[:-1]].min() > ord("0"))


def _bytes(values: pa.Array) -> tuple[Any, Any]:
    """The bytes of texts one after another, and where each begins and ends in them."""
    edges = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(values.buffers()[2] or b"", np.uint8)[edges[0] : edges[-1]]
    return data, edges - edges[0]


def _are_printable(data: Any) -> bool:
    """Whether bytes are letters, digits and marks of ASCII only: no white space, nothing that is not seen."""
    return not len(data) or bool(data.min() >= ord("!") and data.max() <= ord("~"))


def _canonical(values: pa.Array, usual: str, normalise: Callable[[str], str]) -> pa.Array:
    """The values, those that do not match `usual` through `normalise`; null where that gives nothing."""
    odd = pc.invert(pc.fill_null(pc.match_substring_regex(values, usual), True))
    if not pc.any(odd).as_py():
        return values
    return pc.replace_with_mask(values, odd, _by_value(values.filter(odd), normalise))


def _by_value(values: pa.Array, normalise: Callable[[str], str]) -> pa.Array:
    """Each distinct value through a function, once; an empty answer is null."""
    encoded = values.dictionary_encode()
    answers = [normalise(value) or None for value in encoded.dictionary.to_pylist()]
    return pa.array(answers, pa.string()).take(encoded.indices)


BY_KIND: dict[str, Callable[[Any, bool], Columns]] = {
    "nsid": _nsids,
    "alias": _aliases,
    "name": _names,
    "photo_id": _photo_ids,
    "page_url": _page_urls,
    "image_url": _image_urls,
    "image_name": _image_names,
    "identity": _identities,
    "license": _licenses,
    "uploaded": _dates,
    "tags": _tags,
}
"""Kind -> what makes its canonical columns from (values, whether they are form-encoded)."""
