"""Sixty and more kinds of broken manifests and lists: each is named, with its place and what is allowed.

The program ends with 2, and the site that was there is as it was.
"""

import gzip
import io
import json
import lzma
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from exposing import models
from exposing.cli import main
from exposing.manifest import Manifest
from exposing.site import Site
from mini import FACTS, SITE, dataset

CSV = '[[files]]\npath = "list.csv"\nformat = "csv"\ncolumns = { nsid = "n", photo_id = "p" }\n'
LIST = "n,p\n10000001@N99,90000000101\n"


def facts(**changed: str | None) -> str:
    """The usual facts with some keys written otherwise; None leaves a key out."""
    lines = []
    for line in FACTS.format(slug="a").splitlines():
        key = line.split(" = ")[0]
        if key not in changed:
            lines.append(line)
        elif changed[key] is not None:
            lines.append(f"{key} = {changed[key]}")
    return "\n".join(
        [*lines, *(f"{key} = {value}" for key, value in changed.items() if key not in FACTS and value)]
    )


def table(**changed: str | None) -> str:
    """The usual `[[files]]` with some keys written otherwise, more of them, or without."""
    keys: dict[str, Any] = {
        "path": '"list.csv"',
        "format": '"csv"',
        "columns": '{ nsid = "n", photo_id = "p" }',
    } | changed
    return "[[files]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not None)


def rows(text: str) -> str:
    """The usual facts and table, and what follows them."""
    return f"{facts()}\n{CSV}{text}"


DATED = 'text = "x"\nsource = "https://example.org"\n'
MANIFESTS: dict[str, tuple[str, str]] = {  # what is broken: (dataset.toml, what is said after its path)
    "no value": ("title =\n", "not valid TOML: Invalid value (at line 1, column 8)"),
    "a key twice": ('title = "a"\ntitle = "b"\n', "not valid TOML: Cannot overwrite a value (at line 2"),
    "a string that is never closed": ('title = "a\n', "not valid TOML: Illegal character '\\n' (at line 1"),
    "all of a table": (f"{facts()}\n{table(all='true')}", "files.0.all: is for format `lines`, not `csv`; remove it"),
    "lines to skip in a document": (f"{facts()}\n{table(format=chr(34) + 'json' + chr(34), skip='1')}", "files.0.skip: is for formats that have lines, not `json`"),
    "fewer lines than none": (f"{facts()}\n{table(skip='-1')}", "files.0.skip: must be 0 or more (found -1)"),
    "an encoding that is none": (f"{facts()}\n{table(encoding=chr(34) + 'cp125' + chr(34))}", "files.0.encoding: `cp125` is no encoding of text; did you mean `cp125"),
    "an encoding of bytes": (f"{facts()}\n{table(encoding=chr(34) + 'base64' + chr(34))}", "files.0.encoding: `base64` is no encoding of text"),
    "an encoding of Parquet": (f"{facts()}\n{table(format=chr(34) + 'parquet' + chr(34), encoding=chr(34) + 'cp1252' + chr(34))}", "files.0.encoding: is for formats that are text, not `parquet`"),
    "one word for nothing": (f"{facts()}\n{table(null=chr(34) + 'NULL' + chr(34))}", "files.0.null: must be a list, in [ ] (found 'NULL')"),
    "groups without number": (f"{facts()}\n{table(format=chr(34) + 'lines' + chr(34), columns=None, all='true', match=repr(''.join(f'(?P<photo_id_{n}>.)' for n in range(2, 12))))}", "files.0.match: has more than 9 groups, too many for `all`"),
    "people's names alone": (f"{facts()}\n{table(columns='{ identity = 0 }', header='false')}", "files.0: `identity` alone finds no photo; lists of people's names alone cannot be searched yet: give `photo_id`, `page_url`, `image_url` or `image_name` beside it"),
    "more than all rows": (rows("[expect]\nrejected = { share = 2 }\n"), "expect.rejected.share: must be 1.0 or less (found 2)"),
    "a part in words": (rows('[expect]\nrejected = { share = "1 %" }\n'), "expect.rejected.share: must be a number (found '1 %')"),
    "title missing": (f"{facts(title=None)}\n{CSV}", "title: is missing; add it"),
    "title empty": (f'{facts(title=chr(34) * 2)}\n{CSV}', "title: must not be empty (found '')"),
    "title a number": (f"{facts(title='3')}\n{CSV}", "title: must be text, in quotes (found 3)"),
    "url without a scheme": (f'{facts(url=chr(34) + "example.org" + chr(34))}\n{CSV}', "url: must be an address that begins with https:// or http:// (found 'example.org')"),
    "url a script": (f'{facts(url=chr(34) + "javascript:alert(1)" + chr(34))}\n{CSV}', "url: must be an address that begins with https://"),
    "creators a text": (f"{facts(creators=chr(34) + 'x' + chr(34))}\n{CSV}", "creators: must be a list, in [ ] (found 'x')"),
    "no creators": (f"{facts(creators='[]')}\n{CSV}", "creators: must have 1 items or more"),
    "a creator a number": (f"{facts(creators='[1]')}\n{CSV}", "creators.0: must be text, in quotes (found 1)"),
    "published a text": (f"{facts(published=chr(34) + '2020' + chr(34))}\n{CSV}", "published: must be a whole number (found '2020')"),
    "published long ago": (f"{facts(published='1820')}\n{CSV}", "published: must be 1990 or more (found 1820)"),
    "published far ahead": (f"{facts(published='20200')}\n{CSV}", "published: must be 2100 or less (found 20200)"),
    "status unknown": (f"{facts(status=chr(34) + 'availible' + chr(34))}\n{CSV}", "status: must be one of available, on_request, withdrawn, unclear (found 'availible'); did you mean `available`?"),
    "collection a text": (f'{facts(collection=chr(34) + "yes" + chr(34))}\n{CSV}', "collection: must be true or false (found 'yes')"),
    "a key misspelt": (f'{facts()}\ndescripton = "x"\n{CSV}', "descripton: no such key; did you mean `description`?"),
    "a key nobody knows": (f'{facts()}\nzzz = "x"\n{CSV}', "zzz: no such key; known: bibtex, changes, cite_as"),
    "slug in the file": (f'{facts()}\nslug = "b"\n{CSV}', "slug: the folder's name says it; remove it"),
    "newer version": (f"{facts()}\nversion = 2\n{CSV}", "version: this program reads version 1 (found 2); update the program: see docs/upgrading.md"),
    "drawn from a stranger": (f'{facts()}\nderived_from = ["aa"]\n{CSV}', "derived_from: no dataset `aa`"),
    "neither files nor a reason": (facts(), "give either [[files]], or `not_searchable` with the reason, and not both"),
    "files and a reason": (f'{facts()}\nnot_searchable = "x"\n{CSV}', "give either [[files]], or `not_searchable`"),
    "drawn from itself": (f'{facts()}\nderived_from = ["a"]\n{CSV}', "derived_from: names the dataset itself; remove it"),
    "files one table": (f"{facts()}\n{CSV.replace('[[files]]', '[files]')}", "files: must be a list, in [ ]; tables of which there may be several are written [[files]], not [files]"),
    "a fact without source": (rows('[[facts]]\nwhat = "x"\nvalue = "y"\n'), "facts.0.source: is missing; add it"),
    "a fact with a wrong source": (rows('[[facts]]\nwhat = "x"\nvalue = "y"\nsource = "the paper"\n'), "facts.0.source: must be an address"),
    "facts one table": (rows('[facts]\nwhat = "x"\n'), "facts: must be a list, in [ ]"),
    "an event unknown": (rows(f'[[history]]\ndate = "2020"\nevent = "publish"\n{DATED}'), "history.0.event: must be one of published, changed, reported, withdrawn (found 'publish'); did you mean `published`?"),
    "a date in words": (rows(f'[[history]]\ndate = "May 2020"\nevent = "changed"\n{DATED}'), "history.0.date: must be a year, a month or a day: 2015, 2015-12 or 2015-12-31 (found 'May 2020')"),
    "a day that never was": (rows(f'[[history]]\ndate = "2021-02-30"\nevent = "changed"\n{DATED}'), "history.0.date: no such day as 2021-02-30"),
    "a date without quotes": (rows(f"[[history]]\ndate = 2021-02-03\nevent = 'changed'\n{DATED}"), "history.0.date: must be text, in quotes"),
    "a change on no day": (rows('[[changes]]\ndate = "2020"\ntext = "x"\n'), "changes.0.date: must be a day, such as 2015-12-31 (found '2020')"),
    "a contact's mail": (rows('[contact]\nname = "x"\nemail = "x at y"\nsource = "https://example.org"\n'), "contact.email: must be an address of electronic mail"),
    "a contact without source": (rows('[contact]\nname = "x"\n'), "contact.source: is missing"),
    "removal a text": (f'{facts()}\nremoval = "write"\n{CSV}', "removal: must be a table (found 'write')"),
    "no published count": (rows('[published_counts]\nphotos = 0\nsource = "https://example.org"\n'), "published_counts.photos: must be more than 0 (found 0)"),
    "a count misspelt": (rows("[expect]\nphoto = { min = 1 }\n"), "expect.photo: no such key; did you mean `photos`?"),
    "a bound misspelt": (rows("[expect]\nphotos = { least = 1 }\n"), "expect.photos.least: no such key; known: max, min"),
    "a bound a text": (rows('[expect]\nphotos = { min = "1" }\n'), "expect.photos.min: must be a whole number (found '1')"),
    "bounds the wrong way round": (rows("[expect]\nphotos = { min = 5, max = 1 }\n"), "expect.photos: min = 5 is more than max = 1"),
    "a file without path": (f"{facts()}\n{table(path=None)}", "files.0.path: is missing"),
    "a path out of raw": (f"{facts()}\n{table(path=chr(34) + '../b/raw/x.csv' + chr(34))}", "files.0.path: '../b/raw/x.csv' leads out of raw/"),
    "a path from the root": (f"{facts()}\n{table(path=chr(34) + '/etc/passwd' + chr(34))}", "files.0.path: '/etc/passwd' leads out of raw/"),
    "a format unknown": (f"{facts()}\n{table(format=chr(34) + 'xlsx' + chr(34))}", "files.0.format: must be one of csv, tsv, json, jsonl, lines, parquet, python (found 'xlsx')"),
    "a format in capitals": (f"{facts()}\n{table(format=chr(34) + 'CSV' + chr(34))}", "files.0.format: must be one of csv, tsv, json, jsonl, lines, parquet, python (found 'CSV'); did you mean `csv`?"),
    "a delimiter of two characters": (f"{facts()}\n{table(delimiter=chr(34) + ', ' + chr(34))}", "files.0.delimiter: must be one character that is no letter, such as ; or a space (found ', ')"),
    "a delimiter of JSON": (f"{facts()}\n{table(format=chr(34) + 'json' + chr(34), delimiter=chr(34) + ';' + chr(34))}", "files.0.delimiter: is for format `csv`, not `json`; remove it"),
    "columns missing": (f"{facts()}\n{table(columns=None)}", "files.0: format `csv` needs `columns`, such as { nsid = \"user_id\" }"),
    "columns a text": (f"{facts()}\n{table(columns=chr(34) + 'n' + chr(34))}", "files.0.columns: must be a table (found 'n')"),
    "a column a date": (f"{facts()}\n{table(columns='{ nsid = 2020-01-01 }')}", "files.0.columns.nsid: must be text in quotes, a number, or a list of these"),
    "a list of no columns": (f"{facts()}\n{table(columns='{ nsid = [] }')}", "files.0.columns.nsid: an empty list names no column"),
    "a kind misspelt": (f"{facts()}\n{table(columns='{ nsdi = 1 }')}", "files.0.columns.nsdi: `nsdi` is no kind of identifier; did you mean `nsid`?"),
    "columns that name nobody": (f"{facts()}\n{table(columns='{ license = 1 }')}", "files.0: no column says whose photo it is: name one of nsid, alias"),
    "lines without a pattern": (f"{facts()}\n{table(format=chr(34) + 'lines' + chr(34), columns=None)}", "files.0: format `lines` needs `match`"),
    "a pattern never closed": (f"{facts()}\n{table(format=chr(34) + 'lines' + chr(34), columns=None, match=chr(39) + '(?P<nsid>' + chr(39))}", "files.0.match: not an RE2 pattern with named groups: "),
    "a pattern that looks ahead": (f"{facts()}\n{table(format=chr(34) + 'lines' + chr(34), columns=None, match=chr(39) + '(?P<nsid>a)(?=b)' + chr(39))}", "files.0.match: not an RE2 pattern"),
    "a pattern without groups": (f"{facts()}\n{table(format=chr(34) + 'lines' + chr(34), columns=None, match=chr(39) + '[0-9]+' + chr(39))}", "files.0.match: has no named group, such as (?P<photo_id>[0-9]+)"),
    "a group misspelt": (f"{facts()}\n{table(format=chr(34) + 'lines' + chr(34), columns=None, match=chr(39) + '(?P<photoid>a)' + chr(39))}", "files.0.match: `photoid` is no kind of identifier; did you mean `photo_id`?"),
    "a pattern for a table": (f"{facts()}\n{table(match=chr(39) + '(?P<nsid>a)' + chr(39))}", "files.0.match: is for format `lines`, not `csv`"),
    "records of a table": (f"{facts()}\n{table(records=chr(34) + 'x' + chr(34))}", "files.0.records: is for format `json`, not `csv`; remove it"),
    "a header of JSON": (f"{facts()}\n{table(format=chr(34) + 'json' + chr(34), header='false')}", "files.0.header: is for formats csv and tsv, not `json`"),
    "an empty comment mark": (f"{facts()}\n{table(comment=chr(34) * 2)}", "files.0.comment: must not be empty"),
    "words for no kind": (f"{facts()}\n{table(translate='{ licence = { a = ' + chr(34) + 'b' + chr(34) + ' } }')}", "files.0.translate.licence: `licence` is no kind of identifier; did you mean `license`?"),
    "a short digest": (f"{facts()}\n{table(url=chr(34) + 'https://example.org/x' + chr(34), sha256=chr(34) + 'abc' + chr(34))}", "files.0.sha256: must be a SHA-256: 64 digits from 0 to 9 and a to f (found 'abc')"),
    "a digest of nothing": (f"{facts()}\n{table(sha256=chr(34) + 'a' * 64 + chr(34))}", "files.0.sha256: is of what `url` gives; add `url`, or remove it"),
    "a key of a file misspelt": (f"{facts()}\n{table(colums='1')}", "files.0.colums: no such key; did you mean `columns`?"),
    "tables too deep": (f"{facts()}\nx = {'[' * 5000}{']' * 5000}\n", "has tables or lists inside each other, too deep; correct it"),
    "keys too deep": (rows(f"[{'.'.join('x' * 2000)}]\n"), "x: no such key"),
    "a number too long": (facts(published="9" * 5000), "has a number of too many digits; correct it"),
    "a hexadecimal number too long": (f"{facts(published='0x' + 'f' * 5000)}\n{CSV}", "published: must be 2100 or less (found what cannot be shown)"),
    "a path that is the folder": (f"{facts()}\n{table(path=chr(34) + '.' + chr(34))}", "files.0.path: '.' is no file's name; name the list"),
    "a path that is the folder, with a slash": (f"{facts()}\n{table(path=chr(34) + './' + chr(34))}", "files.0.path: './' is no file's name; name the list"),
    "a path with a NUL": (f"{facts()}\n{table(path=chr(34) + 'a' + chr(92) + 'u0000' + chr(34))}", "files.0.path: 'a\\x00' is no file's name"),
    "url with a user": (f'{facts(url=chr(34) + "https://www.flickr.com@evil.example/" + chr(34))}\n{CSV}', "url: must be an address that begins with https://"),
    "url with a backslash": (f"{facts(url=chr(39) + 'https://evil.example' + chr(92) + '@www.flickr.com/' + chr(39))}\n{CSV}", "url: must be an address that begins with https://"),
    "url with a line end": (f"{facts(url=chr(34) + 'https://example.org/' + chr(92) + 'n' + chr(34))}\n{CSV}", "url: must be an address that begins with https://"),
    "a list's url with a user": (f"{facts()}\n{table(url=chr(34) + 'https://bob:pw@example.org/x' + chr(34))}", "files.0.url: must be an address"),
    "a digest with a line end": (f"{facts()}\n{table(url=chr(34) + 'https://example.org/x' + chr(34), sha256=chr(34) + 'a' * 64 + chr(92) + 'n' + chr(34))}", "files.0.sha256: must be a SHA-256"),
    "a date with a line end": (rows(f'[[history]]\ndate = "2020-01-01\\n"\nevent = "changed"\n{DATED}'), "history.0.date: must be a year"),
    "a day with a line end": (rows('[[changes]]\ndate = "2026-01-01\\n"\ntext = "x"\n'), "changes.0.date: must be a day"),
    "a mail with a line end": (rows('[contact]\nname = "x"\nemail = "a@example.org\\n"\nsource = "https://example.org"\n'), "contact.email: must be an address of electronic mail"),
    "a mail with headers": (rows('[contact]\nname = "x"\nemail = "a@example.org?bcc=evil%40example.com"\nsource = "https://example.org"\n'), "contact.email: must be an address of electronic mail"),
    "a title that nobody sees": (f"{facts(title=chr(34) + chr(0x200b) + chr(0x3164) + ' ' + chr(34))}\n{CSV}", "title: must have something in it that can be seen"),
    "a title without end": (f"{facts(title=chr(34) + 'x' * 5_000_000 + chr(34))}\n{CSV}", "title: must have 300 characters or fewer (found 'xxx"),
    "a limit of no bytes": (f"{facts()}\n{table(max_bytes='0')}", "files.0.max_bytes: must be more than 0 (found 0)"),
}  # fmt: skip


def zipped(names: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def twice() -> bytes:
    """A Parquet file with a column of the same name twice."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * 3, names=["n", "n", "p"]), buffer)
    return buffer.getvalue()


def parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


LISTS: dict[str, tuple[str, dict[str, bytes], str]] = {  # what is broken: (table, lists, what is said)
    "no list is meant": (table(), {"lists.csv": b"n,p\n"}, "a: no `path` matches lists.csv; correct `path` in data_sources/a/dataset.toml, or rename the file"),
    "no such column": (table(), {"list.csv": b"N,p\n1,2\n"}, "a: list.csv: has no column `n` (did you mean `N`?), only N, p; correct `columns` or `header` in data_sources/a/dataset.toml"),
    "two columns misspelt": (table(columns='{ nsid = "ownr", photo_id = "Photo" }'), {"list.csv": b"owner,photo\n1,2\n"}, "has no column `Photo` (did you mean `photo`?), `ownr` (did you mean `owner`?), only owner, photo; "),
    "semicolons between values": (table(), {"list.csv": b"n;p\n1;2\n"}, 'a: list.csv: looks separated by `;`; say delimiter = ";" in data_sources/a/dataset.toml'),
    "semicolons without a header": (table(header="false", columns="{ nsid = 0, photo_id = 1 }"), {"list.csv": b"1;2\n"}, "looks separated by `;`"),
    "tabs between values": (table(), {"list.csv": b"n\tp\n1\t2\n"}, 'looks separated by tabs; say format = "tsv" in data_sources/a/dataset.toml'),
    "commas between values": (table(format='"tsv"'), {"list.csv": b"n,p\n1,2\n"}, "looks separated by `,`; say format = "),
    "a spreadsheet by another name": (table(), {"list.csv": zipped({"xl/workbook.xml": ""})}, "list.csv: is a spreadsheet or an archive, and not csv; save it as CSV"),
    "a spreadsheet of old": (table(), {"list.csv": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, "list.csv: is a spreadsheet or an archive, and not csv"),
    "a spreadsheet that no path means": (table(), {"list.xlsx": zipped({"xl/workbook.xml": ""})}, "a: no `path` matches list.xlsx; it is a spreadsheet: save it as CSV"),
    "a quote never closed on a Mac": (table(), {"list.csv": b'n,p\r"10000001@N99,9\r' + b"1,2\r" * 200}, "a quote that opens in row 2 is never closed"),
    "no such column number": (table(header="false", columns="{ nsid = 5 }"), {"list.csv": b"a,b\n"}, "a: list.csv: has no column `5`, only 0, 1"),
    "a quote never closed": (table(), {"list.csv": b'n,p\n"10000001@N99,9\n' + b"1,2\n" * 200}, "a: list.csv: a quote that opens in row 2 is never closed; close or remove it in the list"),
    "UTF-16": (table(), {"list.csv": LIST.encode("utf-16")}, 'is UTF-16; say encoding = "utf-16" in data_sources/a/dataset.toml'),
    "a gzip cut short": (table(), {"list.csv.gz": gzip.compress(LIST.encode() * 999)[:60]}, "list.csv.gz: cannot be unpacked"),
    "a gzip that is none": (table(), {"list.csv.gz": b"no"}, "a: list.csv: has no column `n`"),
    "an xz cut short": (table(), {"list.csv.xz": lzma.compress(LIST.encode() * 999)[:70]}, "list.csv.xz: cannot be unpacked"),
    "a zip that is none": (table(), {"list.zip": b"no"}, "list.zip: cannot be unpacked"),
    "a zip with other lists": (table(), {"list.zip": zipped({"other.txt": ""})}, "a: no `path` matches other.txt"),
    "a tar that is none": (table(), {"list.tar.gz": b"no"}, "list.tar.gz: cannot be unpacked"),
    "no JSON": (table(path='"list.json"', format='"json"'), {"list.json": b"n,p\n"}, "a: list.json: cannot be read as json"),
    "JSON cut short": (table(path='"list.json"', format='"json"'), {"list.json": b'[{"n": "10000001@N99"}, {'}, "a: list.json: cannot be read as json"),
    "JSON of one number": (table(path='"list.json"', format='"json"'), {"list.json": b"5"}, "a: list.json: holds no list of records at `its root`; correct `records` in data_sources/a/dataset.toml"),
    "no records there": (table(path='"list.json"', format='"json"', records='"images"'), {"list.json": b'{"image": []}'}, "list.json: holds no list of records at `images`"),
    "no Parquet": (table(path='"list.parquet"', format='"parquet"'), {"list.parquet": b"PAR1"}, "a: list.parquet: cannot be read as parquet"),
    "no such column of Parquet": (table(path='"list.parquet"', format='"parquet"'), {"list.parquet": parquet(x=[1])}, "has no column `n`, `p`, only x"),
    "Parquet with a struct": (table(path='"list.parquet"', format='"parquet"'), {"list.parquet": parquet(n=[{"x": 1}], p=[1])}, "has records in column `n`, not texts or numbers; name what is in them, as in `n.x`"),
    "Parquet with a list of structs": (table(path='"list.parquet"', format='"parquet"'), {"list.parquet": parquet(n=[[{"x": 1}]], p=[1])}, "has records in column `n`"),
    "Parquet with a map": (table(path='"list.parquet"', format='"parquet"'), {"list.parquet": parquet(n=pa.array([[("x", 1)]], pa.map_(pa.string(), pa.int64())), p=[1])}, "has records in column `n`"),
    "Parquet with a column twice": (table(path='"list.parquet"', format='"parquet"'), {"list.parquet": twice()}, "has 2 columns `n`; rename one of them"),
    "no read.py": (table(path='"list.bin"', format='"python"', columns=None), {"list.bin": b"x"}, "read.py"),
    "fewer rows than expected": (table() + "[expect]\nkept = { min = 5 }\n", {"list.csv": LIST.encode()}, "a: 1 kept, expected at least 5; get the lists again, or correct [expect]"),
    "more rejected than expected": (table() + "[expect]\nrejected = { max = 0 }\n", {"list.csv": LIST.encode() + b"x,y\n"}, "a: 1 rejected, expected at most 0 of 2 (1 bad_nsid); correct how the list is read, or allow it by [expect] rejected in data_sources/a/dataset.toml"),
}  # fmt: skip

SITES: dict[str, tuple[str, str]] = {  # what is broken: (site.toml, what is said after its path)
    "no title": (SITE.replace('title = "Exposing"\n', ""), "title: is missing"),
    "a key misspelt": (SITE + "colors = {}\n", "colors: no such key; did you mean `colours`?"),
    "base_url without its end": (SITE.replace("exposing/", "exposing"), "base_url: must be an address that begins with https:// and ends with /"),
    "a contact nobody reaches": (SITE.replace("mailto:", ""), "contact: must begin with mailto: or https://"),
    "a dataset that is not there": (SITE + 'datasets = ["ab"]\n', "datasets: no dataset `ab`; did you mean `a`?"),
    "a language that is not there": (SITE + 'languages = ["en", "dee"]\n', "no language `dee`; did you mean `de`?"),
    "a floor of nobody": (SITE.replace("shard = 1", "shard = 0"), "smallest_shard: must be 1 or more (found 0)"),
    "a colour in words": (SITE + '[colours]\naccent = ["red", "#ffffff"]\n', "colours.accent.0: must be a colour such as #a8210f, in small letters (found 'red')"),
    "a colour for the day alone": (SITE + '[colours]\naccent = ["#a8210f"]\n', "colours.accent: must have 2 items or more"),
    "colours nobody can read": (SITE + '[colours]\nink = ["#cccccc", "#f1e8de"]\n', "colours: ink #cccccc on paper #f7f3ea, by day: contrast 1.5; text needs 4.5"),
    "a folder that is not there": (SITE + 'overrides = "mine"\n', "overrides: no folder mine beside it; make it"),
    "a contact with headers": (SITE.replace("hello@example.org", "hello@example.org?bcc=x"), "contact: must begin with mailto: or https://"),
    "a base_url with a user": (SITE.replace("https://example.org/e", "https://x@example.org/e"), "base_url: must be an address"),
    "a title that nobody sees": (SITE.replace('"Exposing"', '"\u200b"'), "title: must have something in it that can be seen"),
    "a newer form": (SITE + "version = 7\n", "version: this program reads version 1 (found 7); update the program"),
}  # fmt: skip

ABOUT = "about.html.jinja"
EXTENDS = '{% extends "original/about.html.jinja" %}\n'
OVERRIDES: dict[str, tuple[str, str | bytes, str]] = {  # what is broken: (file, its text, what is said after its path)
    "a template's syntax": (ABOUT, EXTENDS + "{% block main %}{% if %}{% endblock %}", " line 2: Expected an expression, got 'end of statement block'; correct it"),
    "a name that is not there": (ABOUT, EXTENDS + "{% block main %}\n{{ sight.title }}{% endblock %}", " line 3: 'sight' is undefined; correct it, or compare it with ours"),
    "a filter that is not there": (ABOUT, EXTENDS + "{% block main %}{{ site.title | upppr }}{% endblock %}", " line 2: No filter named 'upppr'."),
    "a sum of words": (ABOUT, EXTENDS + "{% block main %}{{ site.title + 1 }}{% endblock %}", " line 2: "),
    "what is extended": (ABOUT, '{% extends "original/abuot.html.jinja" %}', " line 1: no template `original/abuot.html.jinja`; did you mean `original/about.html.jinja`?; correct it"),
    "what is included": (ABOUT, EXTENDS + '{% block main %}{% include "results.jinj" %}{% endblock %}', " line 2: no template `results.jinj`; did you mean `results.jinja`?"),
    "a template that extends itself": (ABOUT, '{% extends "about.html.jinja" %}', " line 1: extends itself; write `original/about.html.jinja` for ours"),
    "a block's name": (ABOUT, EXTENDS + "{% block mian %}x{% endblock %}", " line 2: no block `mian` is in what it extends; did you mean `main`?; rename it"),
    "a block that nothing has": (ABOUT, EXTENDS + "{% block content %}x{% endblock %}", " line 2: no block `content` is in what it extends; known: description, head, main, title; rename it"),
    "a template's letters": (ABOUT, EXTENDS.encode() + b"\xe9", ": not UTF-8 at byte 42; save it as UTF-8"),
    "a stylesheet's letters": ("own.css", b"/* \xe9 */", ": not UTF-8 at byte 3"),
    "a file that stands in for nothing": ("abuot.html.jinja", "", ": stands in for no file of ours; did you mean `about.html.jinja`?"),
    "strings that are no JSON": ("strings/en.json", "{", ": not valid JSON: Expecting property name"),
    "strings that are no UTF-8": ("strings/en.json", b'{"search": {"title": "\xe9"}}', ": not UTF-8 at byte 22"),
    "strings that are a list": ("strings/en.json", "[]", ": is no object of sections of sentences"),
    "a number for a sentence": ("strings/en.json", '{"search": {"title": 5}}', ": `search.title` is no text (found 5); write it in"),
    "a number for a paragraph": ("strings/de.json", '{"search": {"title": ["a", 5]}}', ": `search.title` is no text (found ['a', 5])"),
    "a form of number without the others": ("strings/en.json", '{"search": {"title": {"one": "a"}}}', ": `search.title` is no text"),
    "forms of number where there is none": ("strings/en.json", '{"search": {"title": {"other": "a"}}}', ": `search.title` has no forms of number in strings/en.json; write one text"),
    "a sentence that nothing says": ("strings/en.json", '{"search": {"titel": "a"}}', ": nothing says `search.titel`; did you mean `search.title`?"),
    "a language that nobody speaks": ("strings/zz.json", "{}", ": there is no language `zz`; name the file after a language's code"),
}  # fmt: skip


@pytest.fixture
def built_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """A site that is there, and a build that is expected to leave it alone."""
    monkeypatch.chdir(tmp_path)
    site = tmp_path / "_site" / "index"
    site.mkdir(parents=True)
    (site / "current.json").write_text("{}")

    def build(*arguments: str) -> Result:
        done = CliRunner().invoke(main, ["build", "--jobs", "1", *arguments])
        assert done.exit_code == 2, done.output
        assert [
            path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("_site*/**/*") if path.is_file()
        ] == ["_site/index/current.json"]
        assert "Traceback" not in done.output
        return done

    return build


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_broken_manifest_is_explained(
    tmp_path: Path, built_before: Callable[[], Result], name: str
) -> None:
    text, said = MANIFESTS[name]
    path = dataset(tmp_path, "a", CSV, {"list.csv": LIST}) / "dataset.toml"
    path.write_text(text)
    output = built_before().output
    assert f"{path}: {said}" in output
    assert len(output.removeprefix("Error: ").splitlines()) == 1  # one fault, one line


@pytest.mark.parametrize("name", LISTS)
def test_a_broken_list_is_explained(tmp_path: Path, built_before: Callable[[], Result], name: str) -> None:
    files, lists, said = LISTS[name]
    dataset(tmp_path, "a", files, dict(lists))
    output = built_before().output
    assert said in output
    lines = output.removeprefix("Error: ").splitlines()
    assert len([line for line in lines if not line.startswith("  ")]) == 1  # below it are rejected rows


@pytest.mark.parametrize("name", SITES)
def test_a_broken_site_is_explained(tmp_path: Path, built_before: Callable[[], Result], name: str) -> None:
    text, said = SITES[name]
    dataset(tmp_path, "a", CSV, {"list.csv": LIST})
    (tmp_path / "site.toml").write_text(text)
    assert said in built_before().output


@pytest.mark.parametrize("name", OVERRIDES)
def test_a_broken_override_is_explained(
    tmp_path: Path, built_before: Callable[[], Result], name: str
) -> None:
    file, text, said = OVERRIDES[name]
    dataset(tmp_path, "a", CSV, {"list.csv": LIST})
    (tmp_path / "site.toml").write_text(SITE + 'overrides = "mine"\n')
    path = tmp_path / "mine" / file
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    output = built_before().output
    assert f"{path}{said}" in output
    assert len(output.splitlines()) == 1


def test_a_story_that_is_no_utf8_is_named(tmp_path: Path, built_before: Callable[[], Result]) -> None:
    path = dataset(tmp_path, "a", CSV, {"list.csv": LIST}) / "about.md"
    path.write_bytes(b"caf\xe9")
    assert built_before().output == f"Error: {path}: not UTF-8 at byte 3; save it as UTF-8 in your editor\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("about.md", None, "is a folder; it must be a file of text"),
        ("dataset.toml", None, "is a folder; it must be a file of text"),
        ("citations.csv", None, "cannot be read (Is a directory); make it a file of text"),
        ("about.md", "# x\n" * 200_000, "has more than 256,000 bytes; shorten it"),
        ("about.md", "#\n" * 100_000, "has more than 5,000 lines; shorten it"),
    ],
)
def test_a_file_that_is_none_and_one_too_long_are_named(
    tmp_path: Path, built_before: Callable[[], Result], name: str, text: str | None, said: str
) -> None:
    path = dataset(tmp_path, "a", CSV, {"list.csv": LIST}) / name
    path.unlink(missing_ok=True)
    if text is None:
        path.mkdir()
    else:
        path.write_text(text)
    output = built_before().output
    assert str(path) in output and said in output and len(output.splitlines()) == 1


@pytest.mark.parametrize(
    "address", ["example.org/x", "ftp://example.org/", "https://example.org/?x", "https://"]
)
def test_a_base_url_that_is_none_is_explained(
    tmp_path: Path, built_before: Callable[..., Result], address: str
) -> None:
    dataset(tmp_path, "a", CSV, {"list.csv": LIST})
    output = built_before("--base-url", address).output
    assert re.match(r"Error: --base-url: \S+ is no address of a site; begin it with https://", output)


def test_there_are_as_many_as_were_promised() -> None:
    assert len(MANIFESTS) + len(LISTS) >= 60


def test_all_faults_of_a_file_at_once(tmp_path: Path, built_before: Callable[[], Result]) -> None:
    text = (
        facts(title=None, published='"then"', status='"gone"', derived_from='["a", "aa"]')
        + "\n"
        + table(path='"../x"', columns="{ nsdi = 1, phto_id = 2 }", sha256='"a"')
    )
    (dataset(tmp_path, "a", CSV, {}) / "dataset.toml").write_text(text)
    lines = built_before().output.splitlines()
    keys = [re.sub(r"^.*?dataset\.toml: ([\w.]+).*", r"\1", line) for line in lines]
    assert keys == [
        "title", "published", "status",
        "files.0.sha256", "files.0.path", "files.0.columns.nsdi", "files.0.columns.phto_id",
        "derived_from", "derived_from",
    ]  # fmt: skip


def test_what_is_left_out_is_said_beside_what_is_wrong(
    tmp_path: Path, built_before: Callable[[], Result]
) -> None:
    path = dataset(tmp_path, "a", "", {}) / "dataset.toml"
    path.write_text(facts(title=None, derived_from='["aa"]'))
    lines = built_before().output.removeprefix("Error: ").splitlines()
    assert [line.removeprefix(f"{path}: ").split(";")[0] for line in lines] == [
        "title: is missing",
        "give either [[files]], or `not_searchable` with the reason, and not both",
        "derived_from: no dataset `aa` is there",
    ]


def test_a_folder_without_a_manifest_is_named(tmp_path: Path, built_before: Callable[[], Result]) -> None:
    dataset(tmp_path, "a", CSV, {"list.csv": LIST})
    folders = tmp_path / "data_sources"
    for name in ("b/raw/list.csv", "__pycache__/x.pyc", ".idea/x.xml"):
        (folders / name).parent.mkdir(parents=True)
        (folders / name).write_text(LIST)
    (folders / "empty" / "raw").mkdir(parents=True)
    output = built_before().output
    assert f"{folders / 'b'}: has no dataset.toml; write one" in output
    assert len(output.splitlines()) == 1


def test_every_pattern_is_said_in_words() -> None:
    found = set(
        re.findall(
            r'"pattern": ("(?:[^"\\]|\\.)*")',
            json.dumps([Manifest.model_json_schema(), Site.model_json_schema()]),
        )
    )
    assert {json.loads(pattern) for pattern in found} == set(models._PATTERNS)
