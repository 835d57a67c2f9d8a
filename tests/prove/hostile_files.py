"""Hostile files: each is refused by name, quickly and in little memory, or read as it stands and counted."""

import bz2
import gzip
import io
import json
import lzma
import os
import re
import signal
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from mini import ANY, dataset
from prove.ground import Ground, command, environment

SECONDS, MEMORY = 5, 200  # MB
PATIENCE = 60
"""Seconds after which a trial is given up."""

MILLION = 1_000_000
GOOD = "10000001@N99,90000000001\n"
HEAD = "nsid,photo_id\n"
RECORD = '{"nsid": "10000001@N99", "photo_id": 90000000001}'


def _table(form: str, path: str = "list") -> str:
    text = f'[[files]]\npath = "{path}.{form}"\nformat = "{form}"\n'
    if form == "lines":
        return text + "match = '^(?P<nsid>[0-9]+@N[0-9]{2}),(?P<photo_id>[0-9]+)$'\n"
    return text + 'columns = { nsid = "nsid", photo_id = "photo_id" }\n'


class Case(NamedTuple):
    """A hostile file, and what must be said: a pattern in one line of refusal, or (kept, rejected by reason)."""

    form: str
    name: str
    make: Callable[[Path], None]
    refused: str = ""
    counted: tuple[int, dict[str, int]] | None = None


def _bytes(content: Callable[[], bytes | str]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        made = content()
        path.write_bytes(made.encode() if isinstance(made, str) else made)

    return make


def _flood(path: Path, byte: bytes, megabytes: int) -> None:
    """A small file that unpacks to a large one, written without ever holding that."""
    if path.suffix == ".zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("list.lines", "w", force_zip64=True) as file,
        ):
            for _ in range(megabytes):
                file.write(byte * (MILLION // len(byte)))
        return
    opened = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}[path.suffix](path, "wb")
    with opened as file:
        for _ in range(megabytes):
            file.write(byte * (MILLION // len(byte)))


def _bomb(byte: bytes, megabytes: int = 1000) -> Callable[[Path], None]:
    return lambda path: _flood(path, byte, megabytes)


def _overlapping(path: Path) -> None:
    """A zip whose thousand members are all the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a0/list.lines", "\n" * 3 * MILLION)
        for number in range(1, 1000):
            copy = zipfile.ZipInfo(f"a{number}/list.lines")
            first = archive.infolist()[0]
            copy.header_offset, copy.CRC = first.header_offset, first.CRC
            copy.compress_size, copy.file_size, copy.compress_type = (
                first.compress_size,
                first.file_size,
                first.compress_type,
            )
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    path.write_bytes(buffer.getvalue())


def _tar(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in entries:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def _climbing_tar(path: Path) -> None:
    _tar(
        path,
        (_named("../../../escaped/list.csv"), (HEAD + GOOD).encode()),
        (_named("/tmp-absolute/list.csv"), (HEAD + GOOD.replace("0001\n", "0002\n")).encode()),
        (_named("link/list.csv", tarfile.SYMTYPE, "/etc/hostname"), b""),
        (_named("hard/list.csv", tarfile.LNKTYPE, "/etc/hostname"), b""),
        (_named("device/list.csv", tarfile.CHRTYPE), b""),
    )


def _climbing_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../../escaped/list.csv", HEAD + GOOD)
        archive.writestr("/tmp-absolute/list.csv", HEAD + GOOD.replace("0001\n", "0002\n"))
        archive.writestr("C:\\escaped\\list.csv", HEAD + GOOD)


def _long_header(path: Path) -> None:
    """A tar whose first header says that a gigabyte of comments follows."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1000 * MILLION
    with gzip.open(path, "wb") as file:
        file.write(info.tobuf(tarfile.USTAR_FORMAT))
        for _ in range(1000):
            file.write(b"\0" * MILLION)


def _sparse(path: Path) -> None:
    """A tar with a member that says it is a terabyte, nearly all of it holes."""
    info = tarfile.TarInfo("list.lines")
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": str(10**12),
                        "GNU.sparse.map": f"{10**12 - 1},1", "GNU.sparse.numblocks": "1"}  # fmt: skip
    info.size = 1
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"x"))


def _encrypted(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("list.csv", HEAD + GOOD)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)


def _many_rows(path: Path) -> None:
    """A Parquet file of a billion rows, all the same."""
    one = pa.table(
        {
            "nsid": pa.array(["10000001@N99"] * MILLION).dictionary_encode(),
            "photo_id": [90000000001] * MILLION,
        }
    )
    with pq.ParquetWriter(path, one.schema, compression="zstd") as file:
        for _ in range(100):
            file.write_table(one, row_group_size=MILLION)


def _link_out(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _folder_link(path: Path) -> None:
    path.symlink_to("/etc", target_is_directory=True)


def _nested(open_: str, close: str) -> str:
    return open_ * 100_000 + close * 100_000


TOO_MUCH, TOO_LONG = "unpacks to more than 200 times its size", "longer than 4 MiB"
CASES = {
    "gzip bomb of zeros, 1 GB": Case("lines", "list.lines.gz", _bomb(b"\0"), f"{TOO_MUCH}|{TOO_LONG}"),
    "gzip bomb of line ends, 1 GB": Case("lines", "list.lines.gz", _bomb(b"\n"), TOO_MUCH),
    "gzip bomb of rows, 1 GB": Case("lines", "list.lines.gz", _bomb(GOOD.encode()), TOO_MUCH),
    "bzip2 bomb, 1 GB": Case("csv", "list.csv.bz2", _bomb(HEAD.encode()), TOO_MUCH),
    "xz bomb, 1 GB": Case("jsonl", "list.jsonl.xz", _bomb(b"\n"), TOO_MUCH),
    "gzip bomb of blanks in JSON, 1 GB": Case("json", "list.json.gz", _bomb(b" "), f"{TOO_MUCH}|{TOO_LONG}"),
    "zip bomb, 1 GB": Case("lines", "list.zip", _bomb(b"\0"), TOO_MUCH),
    "zip of a thousand overlapping members": Case(
        "lines", "list.zip", _overlapping, f"{TOO_MUCH}|cannot be unpacked"
    ),
    "tar whose header is 1 GB": Case("csv", "list.tar.gz", _long_header, TOO_MUCH),
    "tar with a member of 1 TB of holes": Case(
        "lines", "list.tar.gz", _sparse, f"{TOO_MUCH}|{TOO_LONG}|cannot be unpacked"
    ),
    "encrypted zip": Case("csv", "list.zip", _encrypted, "cannot be unpacked|cannot be read.*encrypted"),
    "Parquet of 100 million equal rows": Case(
        "parquet", "list.parquet", _many_rows, "rows, far more than its bytes"
    ),
    "a line of 300 MB": Case("lines", "list.lines", _bytes(lambda: b"x" * 300 * MILLION), TOO_LONG),
    "a CSV row of 10^6 columns": Case(
        "csv",
        "list.csv",
        _bytes(lambda: HEAD + GOOD + "1," * MILLION + "\n"),
        counted=(1, {"wrong_columns": 1}),
    ),
    "a CSV header of 10^6 columns": Case(
        "csv",
        "list.csv",
        _bytes(lambda: HEAD.strip() + ",1" * MILLION + "\n" + GOOD),
        "more than 4,096 columns",
    ),
    "a TSV row of 10^6 columns": Case(
        "tsv",
        "list.tsv",
        _bytes(lambda: (HEAD + GOOD).replace(",", "\t") + "1\t" * MILLION + "\n"),
        counted=(1, {"wrong_columns": 1}),
    ),
    "a JSON record of 10^6 keys": Case(
        "jsonl",
        "list.jsonl",
        _bytes(lambda: RECORD + "\n" + json.dumps({f"k{n}": 1 for n in range(250_000)}) + "\n"),
        counted=(1, {"no_identifier": 1}),
    ),
    "a quote that never ends": Case(
        "csv",
        "list.csv",
        _bytes(lambda: HEAD + '"10000001@N99,90000000001\n' + GOOD * 1000),
        "is never closed",
    ),
    "NUL in CSV": Case(
        "csv",
        "list.csv",
        _bytes(lambda: HEAD + GOOD + "10000001@N99,9000\x0000001\n"),
        counted=(1, {"control_character": 1}),
    ),
    "NUL in lines": Case(
        "lines",
        "list.lines",
        _bytes(lambda: GOOD + "10000001@N99,9000\x0000001\n"),
        counted=(1, {"no_match": 1}),
    ),
    "NUL in JSON": Case(
        "jsonl",
        "list.jsonl",
        _bytes(lambda: RECORD + '\n{"nsid": "10000001@N99\x00", "photo_id": 90000000001}\n'),
        counted=(1, {"not_json": 1}),
    ),
    "a byte order mark": Case(
        "csv", "list.csv", _bytes(lambda: b"\xef\xbb\xbf" + (HEAD + GOOD).encode()), counted=(1, {})
    ),
    "UTF-16": Case("csv", "list.csv", _bytes(lambda: (HEAD + GOOD).encode("utf-16")), "is UTF-16"),
    "UTF-16 without a mark, after a good row": Case(
        "lines",
        "list.lines",
        _bytes(lambda: GOOD.encode() + GOOD.encode("utf-16-le")),
        counted=(1, {"no_match": 2}),
    ),
    "UTF-32": Case("lines", "list.lines", _bytes(lambda: GOOD.encode("utf-32")), "is UTF-32"),
    "Latin-1": Case(
        "csv",
        "list.csv",
        _bytes(lambda: (HEAD + GOOD + "Jos\xe9,90000000002\n").encode("latin-1")),
        counted=(1, {"bad_utf8": 1}),
    ),
    "JSON keys given twice": Case(
        "json",
        "list.json",
        _bytes(
            lambda: f'[{RECORD}, {{"nsid": "10000001@N99", "nsid": "10000002@N99", "photo_id": 90000000002}}]'
        ),
        counted=(1, {"duplicate_key": 1}),
    ),
    "JSON keys given twice, a record a line": Case(
        "jsonl",
        "list.jsonl",
        _bytes(lambda: f'{RECORD}\n{{"nsid": "10000001@N99", "photo_id": 1, "photo_id": 90000000002}}\n'),
        counted=(1, {"duplicate_key": 1}),
    ),
    "NaN in JSON": Case(
        "json", "list.json", _bytes(lambda: f'[{RECORD}, {{"nsid": NaN}}]'), "cannot be read as json"
    ),
    "NaN in JSON, a record a line": Case(
        "jsonl",
        "list.jsonl",
        _bytes(lambda: f'{RECORD}\n{{"nsid": "10000001@N99", "photo_id": 90000000002, "x": NaN}}\n'),
        counted=(2, {}),
    ),
    "arrays 100,000 deep": Case(
        "json", "list.json", _bytes(lambda: f"[{RECORD}, {_nested('[', ']')}]"), "more than 100 deep"
    ),
    "objects 100,000 deep": Case(
        "json",
        "list.json",
        _bytes(lambda: '[{"a":' + '{"a":' * 100_000 + "1" + "}" * 100_001 + "]"),
        "more than 100 deep",
    ),
    "arrays 100,000 deep, a record a line": Case(
        "jsonl",
        "list.jsonl",
        _bytes(lambda: f'{RECORD}\n{{"nsid": {_nested("[", "]")}}}\n'),
        counted=(1, {"not_json": 1}),
    ),
    "a number of 5,000 digits": Case(
        "json",
        "list.json",
        _bytes(lambda: f'[{{"nsid": "10000001@N99", "photo_id": {"9" * 5000}}}]'),
        "a number of more than 1,000 digits",
    ),
    "a number of 5,000 digits, a record a line": Case(
        "jsonl",
        "list.jsonl",
        _bytes(lambda: f'{RECORD}\n{{"photo_id": {"9" * 5000}}}\n'),
        counted=(1, {"not_json": 1}),
    ),
    "a text of 300 MB in JSON": Case(
        "json", "list.json", _bytes(lambda: b'[{"nsid": "' + b"x" * 300 * MILLION + b'"}]'), TOO_LONG
    ),
    "half of a character": Case(
        "jsonl",
        "list.jsonl",
        _bytes(lambda: RECORD + '\n{"nsid": "\\ud800", "photo_id": 1}\n'),
        counted=(1, {"bad_utf8": 1}),
    ),
    "tar with ../, absolute names, links and devices": Case(
        "csv", "list.tar.gz", _climbing_tar, counted=(2, {})
    ),
    "zip with ../ and absolute names": Case("csv", "list.zip", _climbing_zip, counted=(2, {})),
    "a link out of raw/": Case("csv", "list.csv", _link_out, "is a link that leads out of"),
    "a folder's link out of raw/": Case("csv", "lists", _folder_link, "is a link that leads out of"),
    "an empty file": Case("json", "list.json", _bytes(lambda: b""), "cannot be read as json"),
}
FEW = ("gzip bomb of line ends, 1 GB", "a CSV row of 10^6 columns", "objects 100,000 deep", "a number of 5,000 digits", "a link out of raw/",
       "tar with ../, absolute names, links and devices", "JSON keys given twice", "zip of a thousand overlapping members", "a line of 300 MB")  # fmt: skip


class Ended(NamedTuple):
    """How a trial ended."""

    code: int
    seconds: float
    peak: float  # MB
    said: str


def _check(home: Path) -> Ended:
    started, peak = time.monotonic(), 0
    with (home / "said").open("wb") as said:
        process = subprocess.Popen(
            command("check"),
            cwd=home,
            env=environment(),
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while process.poll() is None:
            peak = max(peak, _high_water(process.pid))
            if time.monotonic() - started > PATIENCE:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.02)
    text = (home / "said").read_text(encoding="utf-8", errors="replace")
    return Ended(process.returncode, time.monotonic() - started, peak / 1000, text)


def _high_water(session: int) -> int:
    """The most kB that any process of a session has held, where the system tells."""
    most = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended since
            if os.getsid(int(status.parent.name)) == session:
                found = re.search(r"VmHWM:\s+([0-9]+) kB", status.read_text())
                most = max(most, int(found[1]) if found else 0)
    return most


def _try(home: Path, name: str, case: Case, ground: Ground) -> Ended:
    folder = dataset(home, "a", _table(case.form) + ANY, {})
    (folder / "raw").mkdir()
    case.make(folder / "raw" / case.name)
    before = {path for path in home.rglob("*") if ".cache" not in path.parts}
    ended = _check(home)
    if case.refused:
        lines = [line for line in ended.said.splitlines() if line.startswith("Error: ")]
        assert ended.code == 2 and len(lines) == 1, f"{name}: exit {ended.code}, {ended.said[-300:]}"
        assert re.search(case.refused, lines[0]) and "Traceback" not in ended.said, f"{name}: {lines[0]}"
        assert case.name in lines[0] or case.name.split(".")[0] in lines[0], (
            f"{name}: its file is not named: {lines[0]}"
        )
    else:
        kept, rejected = case.counted or (0, {})
        assert ended.code == 0, f"{name}: exit {ended.code}, {ended.said[-300:]}"
        row = next(line.split() for line in ended.said.splitlines() if line.startswith("a "))
        assert [int(row[2]), int(row[4])] == [kept, sum(rejected.values())], f"{name}: {row}"
        for reason, count in rejected.items():
            assert f"{count} {reason}" in ended.said or f"{count} rows rejected as {reason}" in ended.said, (
                f"{name}: no {reason}"
            )
    left = {path for path in home.rglob("*") if ".cache" not in path.parts} - before - {home / "said"}
    assert not left, f"{name}: left behind {left}"
    assert not list(home.parent.rglob("escaped")), f"{name}: a file was written outside"
    assert ended.peak < MEMORY, f"{name}: {ended.peak:.0f} MB"
    assert ended.seconds < SECONDS or not ground.full, f"{name}: {ended.seconds:.1f} s"
    return ended


def prove(ground: Ground) -> list[str]:
    """Each file by itself, read by the real command."""
    ended = {}
    for number, (name, case) in enumerate(CASES.items()):
        if ground.full or name in FEW:
            ended[name] = _try(ground.folder(f"case{number}"), name, case, ground)
    refused = [name for name in ended if CASES[name].refused]
    counted = [name for name in ended if not CASES[name].refused]
    slowest = max(ended, key=lambda name: ended[name].seconds)
    largest = max(ended, key=lambda name: ended[name].peak)
    return [
        f"{len(refused)} kinds of file refused by name, in one line, exit 2: {'; '.join(refused)}",
        f"{len(counted)} kinds read as they stand, every row kept or rejected by name: {'; '.join(counted)}",
        f"slowest: {slowest}, {ended[slowest].seconds:.1f} s; most memory: {largest}, {ended[largest].peak:.0f} MB"
        " (the program itself takes about 105 MB); nothing was written anywhere but in the cache",
    ]
