"""Which files below raw/ are lists, and their bytes: plain, compressed, or members of an archive.

A list may come from anyone, so nothing is ever unpacked to the disk, links out of raw/ are refused, and what
a packed file gives is bounded by its size.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from exposing import links
from exposing.content import BUFFER, HEAD, TEXTS, decoded, is_tar, is_zip, no_list, packing, wide
from exposing.errors import ListError, private
from exposing.manifest import MANIFEST, UTF8, ListFile, Manifest

RAW, SAMPLE = "raw", "sample"
"""The folders of a dataset's real lists, and of its invented rows."""

TASK = 1 << 24
"""Bytes of small neighbouring files that are read as one piece of work."""

RATIO = 200
"""Bytes that a packed byte may hold at most. Lists give 3 to 30; a file made to fill a disk gives 1,000."""

FREE = 1 << 20
"""Bytes that a packed file may hold beyond that."""

_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
PACKED = 5
"""Bytes of text that a packed byte holds, about."""

_PACKED = {*_OPENERS, ".parquet", ".tgz", ".zip"}
COMPRESSED = tuple(_OPENERS)
SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
_OFFICE = ("[Content_Types].xml", "xl/workbook.xml", "mimetype", "Index/Document.iwa")
"""Members of a zip that is a document of an office program."""

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_BROKEN = (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, tarfile.TarError)
"""What is raised for a file that cannot be unpacked."""


class Task(NamedTuple):
    """Files of one dataset that are read together, in this order, by one `[[files]]` table."""

    slug: str
    folder: Path  # data_sources/<slug>
    raw: Path
    spec: ListFile
    paths: tuple[Path, ...]
    members: frozenset[str]  # the names to read: archives may hold others

    @property
    def manifest(self) -> str:
        """What a person is told to correct."""
        return f"{self.folder.parent.name}/{self.slug}/{MANIFEST}"

    @property
    def size(self) -> int:
        """Bytes of the files, unpacked; of those that are packed a guess, which decides only who begins."""
        return sum(path.stat().st_size * (PACKED if path.suffix in _PACKED else 1) for path in self.paths)

    def private(self, text: str) -> str:
        """What comes out of these lists, marked as private, unless they are an invented sample."""
        return text if self.raw == self.folder / SAMPLE else private(text)


class Member(NamedTuple):
    """One list: its path below raw/ or inside its archive, its bytes, and the task that it belongs to."""

    name: str
    stream: IO[bytes]
    task: Task

    @property
    def where(self) -> str:
        """What a person is told of a fault's place."""
        return f"{self.task.slug}: {self.task.private(self.name)}"


def find(slug: str, folder: Path, manifest: Manifest, raw: Path) -> tuple[list[Task], list[str]]:
    """The work that a dataset's lists below `raw` make, and the names that no `[[files]]` table wants."""
    wanted: dict[int, list[tuple[Path, str]]] = {}
    unread = []
    for path in _files(raw):
        for names in _names(path, raw):
            found = [(_first_match(name, manifest.files), name) for name in names]
            number, name = next((one for one in found if one[0] is not None), found[0])
            if number is not None:
                wanted.setdefault(number, []).append((path, name))
            elif not PurePosixPath(name).name.startswith("."):
                unread.append(name)
    work = [
        Task(slug, folder, raw, manifest.files[number], tuple(dict.fromkeys(paths)), frozenset(names))
        for number, pairs in sorted(wanted.items())
        for paths, names in (zip(*group, strict=True) for group in _groups(pairs))
    ]
    return work, unread


def _files(raw: Path) -> list[Path]:
    """The files below `raw`, without what a Mac puts beside them.

    Raises ListError for a link that leads out of it: it could name any file.
    """
    found = []
    for path in sorted(raw.rglob("*")):
        if path.is_symlink() and not links.real(path).is_relative_to(links.real(raw)):
            raise ListError("is a link that leads out of raw/", where=named(path), fix=links.FIX)
        if path.is_file() and not _of_a_mac(path.relative_to(raw).as_posix()):
            found.append(path)
    return found


def named(path: Path) -> str:
    """A list's path for a message: below raw/, and where --raw leads, file names may be people's."""
    for folder in path.parents if isinstance(path, Path) else ():
        if folder.name in (RAW, SAMPLE) and (folder.parent / MANIFEST).is_file():
            name = path.relative_to(folder).as_posix()
            return f"{folder}/{name if folder.name == SAMPLE else private(name)}"
    return private(str(path))


def _first_match(name: str, specs: list[ListFile]) -> int | None:
    return next((number for number, spec in enumerate(specs) if PurePosixPath(name).match(spec.path)), None)


def _groups(pairs: list[tuple[Path, str]]) -> Iterator[list[tuple[Path, str]]]:
    """Cut the files into runs of about TASK bytes; the members of one archive stay together."""
    group: list[tuple[Path, str]] = []
    weight = 0
    for path, name in pairs:
        new = not group or path != group[-1][0]
        if new and group and weight + path.stat().st_size > TASK:
            yield group
            group, weight = [], 0
        weight += path.stat().st_size if new else 0
        group.append((path, name))
    if group:
        yield group


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Say which file it is that cannot be unpacked."""
    try:
        yield
    except _BROKEN as error:
        reason = " ".join(str(error).split())
        raise ListError(
            f"cannot be unpacked ({private(reason)})", where=named(path), fix="get the list again"
        ) from error


def _names(path: Path, raw: Path) -> list[tuple[str, ...]]:
    """The lists that a file holds, each with the names under which `path` may mean it, the likeliest first.

    A file is a list itself, without a compression's ending, or an archive of lists. An archive of a single
    list that is not called one, as downloads often are, may also be meant by its own name.
    """
    with _naming(path):
        own = _called(path.relative_to(raw).as_posix())
        kind = _archive(path)
        if not kind:
            return [own]
        names = [_called(name) for name, _ in archived(path, is_zip=kind == "zip")]
        alone = len(names) == 1 and not path.name.endswith(ARCHIVES)
        return [names[0] + own] if alone else names


def _called(name: str) -> tuple[str, ...]:
    """A list's name without a compression's ending, and with it."""
    bare = next((name.removesuffix(one) for one in COMPRESSED if name.endswith(one)), name)
    return (bare, name) if bare != name else (name,)


def _archive(path: Path) -> str:
    """`zip` or `tar` for an archive: by its first bytes or, where those do not tell, by its name.

    Of a file that is far away the name alone is asked: it would take a request for each.
    """
    named = ("zip" if path.suffix == ".zip" else "tar") if path.name.endswith(ARCHIVES) else ""
    if not isinstance(path, Path):
        return named
    with path.open("rb") as file:
        head = file.read(HEAD)
        if ending := packing(head):
            file.seek(0)
            with suppress(*_BROKEN):
                head = _OPENERS[ending](file).read(HEAD)
    if is_tar(head):
        return "tar"
    return "zip" if is_zip(head) and not _is_office(path) else named


def _is_office(path: Path) -> bool:
    """Whether a zip is a spreadsheet or another document."""
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        return any(name in _OFFICE for name in archive.namelist())
    return False


def archived(path: Path, *, is_zip: bool) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """The files in an archive, in its order: their names, and what opens each before the next is asked for.

    Folders and links are passed over, and what a Mac packs beside each file.
    """
    size = path.stat().st_size
    inside = _Bound(path, lambda: size)
    with path.open("rb") as file:
        if is_zip:
            with zipfile.ZipFile(file) as archive:
                for info in archive.infolist():
                    if not info.is_dir() and not _of_a_mac(info.filename):
                        yield info.filename, partial(_zipped, archive, info, inside)
        else:
            ending = packing(file.read(HEAD))
            file.seek(0)
            whole = _unpacked(path, file, ending)
            with tarfile.open(fileobj=whole, mode="r:") as tar:
                for entry in tar:
                    if entry.isfile() and not _of_a_mac(entry.name):
                        yield entry.name, partial(_extracted, tar, entry, inside)


def _of_a_mac(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name == ".DS_Store"


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, inside: "_Bound") -> IO[bytes]:
    if info.file_size > FREE + RATIO * info.compress_size:
        inside.refuse()
    try:
        return _bounded(archive.open(info), inside)
    except (RuntimeError, NotImplementedError) as error:  # encrypted; packed in a way that Python cannot read
        raise zipfile.BadZipFile(str(error)) from error


def _extracted(tar: tarfile.TarFile, entry: tarfile.TarInfo, inside: "_Bound") -> IO[bytes]:
    stream = tar.extractfile(entry)
    assert stream, "it is a file"  # noqa: S101
    return _bounded(stream, inside)


class _Bound:
    """How much has come out of a packed file; `taken` says how many of its own bytes that took."""

    def __init__(self, path: Path, taken: Callable[[], int]) -> None:
        self.path, self.taken, self.given = path, taken, 0

    def give(self, count: int) -> None:
        """Count some bytes. Raises ListError where there are more than any list would give."""
        self.given += count
        if self.given > FREE + RATIO * self.taken():
            self.refuse()

    def refuse(self) -> None:
        what = f"unpacks to more than {RATIO} times its size, as no list does"
        raise ListError(what, where=named(self.path), fix="get the list from where its makers put it")


class _Bounded(io.RawIOBase):
    """A stream out of a packed file, counted."""

    def __init__(self, stream: IO[bytes], bound: _Bound) -> None:
        self.stream, self.bound = stream, bound

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.stream.read(min(len(buffer), BUFFER))
        self.bound.give(len(data))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def close(self) -> None:
        self.stream.close()
        super().close()


def _bounded(stream: IO[bytes], bound: _Bound) -> IO[bytes]:
    return io.BufferedReader(_Bounded(stream, bound), BUFFER)


def members(task: Task) -> Iterator[Member]:
    """Open the task's lists one after the other; archives are read in the order they are in, once."""
    for path in task.paths:
        if kind := _archive(path):
            alone = len(_names(path, task.raw)) == 1
            for inside, opened in archived(path, is_zip=kind == "zip"):
                names = _called(inside) + (_names(path, task.raw)[0] if alone else ())
                if name := next((one for one in names if one in task.members), ""):
                    with _naming(path):
                        stream = opened()
                    with stream:
                        yield _member(name, stream, path, task)
        else:
            (names,) = _names(path, task.raw)
            with path.open("rb") as stream:
                yield _member(next(one for one in names if one in task.members), stream, path, task)


def _unpacked(path: Path, stream: Any, ending: str) -> Any:
    """What a compressed file holds; any other file itself."""
    return _bounded(_OPENERS[ending](stream), _Bound(path, stream.tell)) if ending else stream


def _member(name: str, stream: IO[bytes], path: Path, task: Task) -> Member:
    """A list as UTF-8, unpacked, without a byte order mark. Raises ListError for what is no list."""
    buffered = _peekable(stream)
    with _naming(path):
        head = buffered.peek(HEAD)[:HEAD]
        if ending := packing(head):
            buffered = _unpacked(path, buffered, ending)
            head = buffered.peek(HEAD)[:HEAD]
    spec = task.spec
    if said := no_list(head, spec.format):
        raise ListError(said[0], where=f"{named(path)}: {task.private(name)}", fix=said[1])
    if spec.encoding == UTF8 and spec.format in TEXTS and (found := wide(head)):
        fix = f'say encoding = "{found}" in {task.manifest}'
        raise ListError(f"is {found.upper()[:6]}", where=f"{named(path)}: {task.private(name)}", fix=fix)
    buffered = _peekable(decoded(buffered, spec.encoding))
    if buffered.peek(3)[:3] == b"\xef\xbb\xbf":
        buffered.read(3)
    return Member(name, buffered, task)


def _peekable(stream: Any) -> Any:
    return stream if hasattr(stream, "peek") else io.BufferedReader(stream)
