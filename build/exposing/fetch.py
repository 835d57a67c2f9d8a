"""Lists from where their manifests say they are: resumed, checked, and never half there."""

import hashlib
import os
import re
import shutil
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple
from urllib.parse import unquote, urlsplit

from exposing import closed, links
from exposing.content import HEAD, instead
from exposing.download import Progress, Source, check_address, download
from exposing.errors import BuildError, FetchError, ListError, private
from exposing.lists import ARCHIVES, COMPRESSED, archived
from exposing.manifest import MANIFEST, ListFile, Manifest
from exposing.models import did_you_mean
from exposing.project import Project, place
from exposing.web import SCHEMES

LISTS = "EXPOSING_LISTS"
"""The environment variable with the address of an archive of lists that nobody else may have."""

ARCHIVE = 1 << 36
"""Bytes that the archive may have: the disk is the nearer limit."""


LONGEST, SHOWN = 200, 60
"""Bytes of a file's name at most, as disks take 255 and some are added at first; characters shown of it."""


class Fetched(NamedTuple):
    """A list that is in raw/ now."""

    slug: str
    path: Path
    sha256: str
    new: bool  # whether it was downloaded, or was there
    pinned: bool  # whether its manifest says what its SHA-256 must be


def fetch(
    project: Project, manifests: dict[str, Manifest], *, pin: bool, intranet: bool, progress: Progress
) -> Iterator[Fetched]:
    """Get every list of these datasets that has a `url`, into raw/; what is there stays as it is.

    With `pin` the SHA-256 that was seen is written into a manifest that has none. With `intranet` addresses
    may be of private networks. Every list is tried, then FetchError names all that could not be had.
    """
    faults = []
    for slug, manifest in manifests.items():
        folder = project.data_sources / slug
        numbers = {spec.url: number for number, spec in enumerate(manifest.files) if spec.url}
        for url, number in numbers.items():
            try:
                found = _get(project, slug, manifest.files[number], progress, intranet=intranet)
                if pin and not found.pinned:
                    _pin(folder / MANIFEST, url, found.sha256)
                yield found
            except BuildError as error:
                faults.append(f"{folder / MANIFEST}: files.{number}.url: {error}")
    if faults:
        raise FetchError("\n".join(faults))


def _get(project: Project, slug: str, spec: ListFile, progress: Progress, *, intranet: bool) -> Fetched:
    folder = project.data_sources / slug
    url = spec.url or ""
    source = Source(url, "`url`", spec.max_bytes, intranet)
    check_address(source)
    target = folder / "raw" / _name(spec)
    links.check_target(target, folder / "raw")
    if target.is_dir():
        raise FetchError(f"{target} is a folder", fix="correct `path`, or remove the folder")
    new = not target.exists()
    part = download(source, project.cache / "fetch", progress) if new else target
    _check_list(part, url if new else str(target), spec, remove=new)
    found = sha256(part)
    if spec.sha256 and found != spec.sha256:
        if new:
            part.unlink()
        what = f"{url if new else target} has SHA-256 {found}, but `sha256` is {spec.sha256}"
        fix = "the list has changed, or it is another: look at it, then correct `sha256`"
        raise FetchError(what, fix=fix if new else f"{fix}, or remove the file")
    if new:
        closed.make(target.parent)
        _move(part, target)
    return Fetched(slug, target, found, new, bool(spec.sha256))


def _check_list(path: Path, where: str, spec: ListFile, *, remove: bool) -> None:
    """Raise FetchError for what servers give out instead of a list; then it is kept only if it was there."""
    with path.open("rb") as file:
        said = instead(file.read(HEAD), spec.format)
    if said:
        if remove:
            path.unlink()
        media = _MEDIA.sub(r"https://media.githubusercontent.com/media/\1/", spec.url or "")
        fix = f'write url = "{media}"' if "LFS" in said[0] and media != spec.url else said[1]
        raise FetchError(f"{where} {said[0]}", fix=fix)


_MEDIA = re.compile(
    r"^https://(?:raw\.githubusercontent\.com/|(?:www\.)?github\.com/(?=[^/]+/[^/]+/(?:raw|blob)/))"
    r"([^/]+/[^/]+)/(?:raw/|blob/)?(?:refs/heads/)?"
)
"""An address of a file on GitHub, up to the name of its branch."""


def _name(spec: ListFile) -> str:
    """What a list is called in raw/: as its `path` says; an archive or a glob's match as its address says.

    Raises FetchError for what cannot be a file's name.
    """
    given = PurePosixPath(unquote(urlsplit(spec.url or "").path)).name
    ending = next((ending for ending in COMPRESSED if given.endswith(ending)), "")
    if not given.endswith(ARCHIVES):
        if not re.search(r"[*?[]", spec.path):
            return _usable(spec.path if spec.path.endswith(ending) else spec.path + ending, "path")
        if not given or not PurePosixPath(given.removesuffix(ending)).match(spec.path):
            what = f"`path` {spec.path} does not match `{given[:SHOWN]}`, which is what `url` gives"
            raise FetchError(what, fix="correct `path`")
    return _usable(given, "url")


def _usable(name: str, key: str) -> str:
    """A name below raw/ that a disk can take. Raises FetchError."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or re.search(r"[\x00-\x1f\x7f]", name):
        raise FetchError(f"{name[:SHOWN]!r} cannot be a file's name", fix=f"correct `{key}`")
    if any(len(part.encode()) > LONGEST for part in parts):
        raise FetchError(f"`{name[:SHOWN]}…` is too long for a file's name", fix=f"correct `{key}`")
    return name


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move(part: Path, target: Path) -> None:
    """Put a whole file in its place in one step."""
    try:
        part.replace(target)
    except OSError:  # another disk
        with part.open("rb") as source:
            _write(source, target)
        part.unlink()


def _write(source: IO[bytes], target: Path) -> None:
    """Write a file that is there whole or not at all."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.unlink(missing_ok=True)
        with beside.open("xb") as file:  # never through a link
            shutil.copyfileobj(source, file)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _pin(path: Path, url: str, digest: str) -> None:
    """Write a list's SHA-256 below its `url`, and change nothing else in the manifest."""
    text = path.read_text(encoding="utf-8")
    head, mark, files = text.partition("[[files]]")
    line = re.compile(rf"""^([ \t]*)url[ \t]*=[ \t]*["']{re.escape(url)}["'].*$""", re.MULTILINE)
    new = head + mark + line.sub(rf'\g<0>\n\g<1>sha256 = "{digest}"', files)
    wanted = tomllib.loads(text)
    for table in wanted.get("files", []):
        if table.get("url") == url:
            table["sha256"] = digest
    try:
        good = tomllib.loads(new) == wanted
    except tomllib.TOMLDecodeError:
        good = False
    if not good:
        fix = f'write sha256 = "{digest}" below it yourself'
        raise FetchError(f"{url} is not on a line of its own", fix=fix)
    path.write_text(new, encoding="utf-8")


def unpack(
    project: Project, address: str, slugs: Iterable[str], *, intranet: bool, progress: Progress
) -> dict[str, list[Path]]:
    """Put the lists of an archive into the datasets' raw/: those of `<slug>/` or `<slug>/raw/` in it.

    Folders may stand around all of them, such as `data_sources/`. `address` is of a web server, of a bucket
    that fsspec knows, or a path; with `intranet` it may be in a private network. Returns the lists by
    dataset. Raises BuildError, naming what is in the archive and cannot be put anywhere; then nothing is.
    """
    packed = _packed(project, address, progress, intranet=intranet)
    try:
        targets = _unpack(project, packed, set(slugs))
    except Exception as error:  # anything that a library says may hold the address
        if isinstance(error, BuildError) and not isinstance(error, ListError):
            raise
        what = f"what {LISTS} leads to cannot be unpacked ({type(error).__name__})"
        raise FetchError(what, fix="make it again: .zip, .tar.gz or .tar.xz") from None
    finally:
        if packed.parent == project.cache / "fetch":
            packed.unlink()
    if not targets:
        raise FetchError(f"the archive in {LISTS} holds no list", fix="put each into <slug>/ in it")
    found: dict[str, list[Path]] = {}
    for path in targets:
        found.setdefault(path.relative_to(project.data_sources).parts[0], []).append(path)
    return found


def _unpack(project: Project, packed: Path, known: set[str]) -> list[Path]:
    with packed.open("rb") as file:  # it may be in a bucket
        is_zip = zipfile.is_zipfile(file)
    names = [name for name, _ in archived(packed, is_zip=is_zip)]
    outer = _outer(names, known)
    targets = {name: _target(project, name, outer, known) for name in names}
    for name, opened in archived(packed, is_zip=is_zip):
        closed.make(targets[name].parent)
        with opened() as stream:
            _write(stream, targets[name])
    return [*targets.values()]


def _packed(project: Project, address: str, progress: Progress, *, intranet: bool) -> Path:
    """The archive as a file. No part of its address is in any error: it may hold a password."""
    scheme, mark, _ = address.partition("://")
    if mark and scheme.lower() in SCHEMES:
        source = Source(address, LISTS, ARCHIVE, intranet, secret=True)
        return download(source, project.cache / "fetch", progress)
    try:
        if scheme.lower() in ("ftp", "ftps"):
            raise ValueError(scheme)
        path = place(address)
        found = _is_file(path)
    except FetchError:
        raise
    except Exception as error:  # anything that a library says may hold the address
        what = f"what {LISTS} leads to cannot be opened ({type(error).__name__})"
        fix = "write http://, https://, a path, or the address of a bucket such as s3://"
        if isinstance(error, BuildError):  # of `place`: a package is missing
            fix = "pip install -e '.[distributed]' in the checkout, and what speaks this protocol"
        raise FetchError(what, fix=fix) from None
    if not found:
        raise FetchError(f"{LISTS} leads to no file", fix="correct it")
    return path


def _is_file(path: Path) -> bool:
    """Whether there is such a file. Raises FetchError where a bucket lets nobody look."""
    if isinstance(path, Path):
        return path.is_file()
    try:
        return bool(path.stat().st_size)  # is_file() would say no to whoever may not look
    except FileNotFoundError:
        return False
    except Exception as error:
        what = f"what {LISTS} leads to cannot be opened ({type(error).__name__})"
        fix = "give the bucket's credentials, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise FetchError(what, fix=fix) from None


def _outer(names: list[str], known: set[str]) -> int:
    """How many folders stand around all folders that are named after datasets."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    shared = [*takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))]
    depths = range(len(shared) + 1)
    return next((depth for depth in depths if any(known & {*one[depth : depth + 1]} for one in folders)), 0)


def _target(project: Project, name: str, outer: int, known: set[str]) -> Path:
    parts = PurePosixPath(name).parts
    slug, *rest = parts[outer:]
    if slug not in known:
        meant = did_you_mean(slug, known)
        what = f"holds `{private(name)}`, but there is no dataset `{private(slug)}`{meant}"
        raise FetchError(what, where=f"the archive in {LISTS}", fix="put each list into <slug>/")
    if rest in ([], ["raw"]) or ".." in parts or PurePosixPath(name).is_absolute():
        raise FetchError(
            f"holds `{private(name)}`", where=f"the archive in {LISTS}", fix="put each list into <slug>/"
        )
    raw = project.data_sources / slug / "raw"
    target = raw.joinpath(*rest[rest[0] == "raw" :])
    links.check_target(target, raw)
    return target
