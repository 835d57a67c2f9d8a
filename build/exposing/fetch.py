"""Lists from where their manifests say they are: resumed, checked, and never half there."""

import hashlib
import json
import lzma
import os
import re
import shutil
import tarfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http.client import HTTPException, IncompleteRead, InvalidURL
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from exposing import links
from exposing.content import HEAD, instead
from exposing.errors import BuildError, FetchError
from exposing.lists import ARCHIVES, COMPRESSED, archived
from exposing.manifest import MANIFEST, ListFile, Manifest
from exposing.models import did_you_mean
from exposing.project import Project, place

LISTS = "EXPOSING_LISTS"
"""The environment variable with the address of an archive of lists that nobody else may have."""

CHUNK = 1 << 16
"""Bytes that are read at a time."""

TRIES, WAIT, TIMEOUT = 4, 1.0, 30.0
"""How often a file is begun or gone on with; seconds before the second time, doubled each time; seconds in
which a server must say something."""

Progress = Callable[[str, Iterable[bytes], int], Iterable[bytes]]
"""Shows how far chunks of bytes have come, under a label, out of how many."""


class Fetched(NamedTuple):
    """A list that is in raw/ now."""

    slug: str
    path: Path
    sha256: str
    new: bool  # whether it was downloaded, or was there
    pinned: bool  # whether its manifest says what its SHA-256 must be


def fetch(
    project: Project, manifests: dict[str, Manifest], *, pin: bool, progress: Progress
) -> Iterator[Fetched]:
    """Get every list of these datasets that has a `url`, into raw/; what is there stays as it is.

    With `pin` the SHA-256 that was seen is written into a manifest that has none. Every list is tried, then
    FetchError names all that could not be had.
    """
    faults = []
    for slug, manifest in manifests.items():
        folder = project.data_sources / slug
        numbers = {spec.url: number for number, spec in enumerate(manifest.files) if spec.url}
        for url, number in numbers.items():
            try:
                found = _get(project, slug, manifest.files[number], progress)
                if pin and not found.pinned:
                    _pin(folder / MANIFEST, url, found.sha256)
                yield found
            except BuildError as error:
                faults.append(f"{folder / MANIFEST}: files.{number}.url: {error}")
    if faults:
        raise FetchError("\n".join(faults))


def _get(project: Project, slug: str, spec: ListFile, progress: Progress) -> Fetched:
    folder = project.data_sources / slug
    url = spec.url or ""
    _check_address(url, "`url`")
    target = folder / "raw" / _name(spec)
    links.check_target(target, folder / "raw")
    new = not target.exists()
    part = download(url, project.cache / "fetch", progress, "`url`") if new else target
    _check_list(part, url if new else str(target), spec, remove=new)
    found = sha256(part)
    if spec.sha256 and found != spec.sha256:
        if new:
            part.unlink()
        what = f"{url if new else target} has SHA-256 {found}, but `sha256` is {spec.sha256}"
        fix = "the list has changed, or it is another: look at it, then correct `sha256`"
        raise FetchError(what, fix=fix if new else f"{fix}, or remove the file")
    if new:
        target.parent.mkdir(parents=True, exist_ok=True)
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


def _check_address(url: str, key: str) -> None:
    """Raise FetchError for what nothing could be asked at. `key` is where a person has written it."""
    try:
        urlsplit(url).port  # noqa: B018 - it is looked at when it is asked for
    except ValueError as error:
        raise FetchError(f"{url} is no address of the web ({error})", fix=f"correct {key}") from None


def _name(spec: ListFile) -> str:
    """What a list is called in raw/: as its `path` says; an archive or a glob's match as its address says."""
    given = PurePosixPath(unquote(urlsplit(spec.url or "").path)).name
    ending = next((ending for ending in COMPRESSED if given.endswith(ending)), "")
    if not given.endswith(ARCHIVES):
        if not re.search(r"[*?[]", spec.path):
            return spec.path if spec.path.endswith(ending) else spec.path + ending
        if not PurePosixPath(given.removesuffix(ending)).match(spec.path):
            what = f"`path` {spec.path} does not match `{given}`, which is what `url` gives"
            raise FetchError(what, fix="correct `path`")
    return given


def download(url: str, folder: Path, progress: Progress, key: str) -> Path:
    """Download a file below `folder`, going on where an earlier try ended.

    Raises FetchError, which names `key`: where a person has written the address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.part"
    for number in range(TRIES):
        if number:
            time.sleep(WAIT * 2 ** (number - 1))
        try:
            _go_on(url, part, progress, key)
            return part
        except urllib.error.HTTPError as error:
            reason = f"answered {error.code} {error.reason}"
            if error.code == 416:
                part.unlink(missing_ok=True)
            elif error.code < 500 and error.code != 429:
                break
        except IncompleteRead:
            reason = "broke off"
        except (OSError, ValueError, HTTPException) as error:
            reason = f"could not be read ({' '.join(str(getattr(error, 'reason', error)).split())})"
            if getattr(error, "filename", None) or isinstance(error, InvalidURL):
                break  # it is the disk that failed, or there is nobody to ask
    kept = part.exists() and part.stat().st_size and part.with_suffix(".json").exists()
    fix = "try again; what came is kept" if kept else f"try again, or correct {key}"
    raise FetchError(f"{url} {reason}", fix=fix)


def _go_on(url: str, part: Path, progress: Progress, key: str) -> None:
    """Download the rest of a file. What tells one version of it from another is kept beside it."""
    about = part.with_suffix(".json")
    begun = part.stat().st_size if part.exists() and about.exists() else 0
    headers = {"User-Agent": "exposing"}
    if begun:
        headers |= {"Range": f"bytes={begun}-", "If-Range": json.loads(about.read_text())["version"]}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        goes_on = answer.status == 206 and _first(answer.headers) == begun
        begun = begun if goes_on else 0
        if not begun and (answer.headers.get_content_type() == "text/html"):
            raise FetchError(f"{url} is a web page, not a list", fix=f"correct {key} to the file's own")
        whole = begun + int(answer.headers.get("Content-Length") or 0)
        tag = answer.headers.get("ETag") or "W/"
        if tag.startswith("W/"):  # a weak tag does not tell versions apart
            tag = ""
        if version := tag or answer.headers.get("Last-Modified"):
            about.write_text(json.dumps({"version": version}))
        else:
            about.unlink(missing_ok=True)
        chunks = iter(partial(answer.read, CHUNK), b"")
        with part.open("ab" if begun else "wb") as file:
            label, count = PurePosixPath(urlsplit(url).path).name, -(-(whole - begun) // CHUNK)
            for chunk in progress(label, chunks, count):
                file.write(chunk)
    if part.stat().st_size < whole:
        raise ValueError(f"{part.stat().st_size:,} of {whole:,} bytes came")
    about.unlink(missing_ok=True)


def _first(headers: Any) -> int:
    """The first byte of what was sent of a file."""
    match = re.match(r"bytes ([0-9]+)-", headers.get("Content-Range", ""))
    return int(match[1]) if match else -1


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
        with beside.open("wb") as file:
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


def unpack(project: Project, address: str, slugs: Iterable[str], progress: Progress) -> list[Path]:
    """Put the lists of an archive into the datasets' raw/: those of `<slug>/` or `<slug>/raw/` in it.

    Folders may stand around all of them, such as `data_sources/`. `address` is of a web server, of a bucket
    that fsspec knows, or a path. Raises FetchError, naming what is in the archive and cannot be put anywhere;
    then nothing of it is.
    """
    known = set(slugs)
    packed = _packed(project, address, progress)
    try:
        with packed.open("rb") as file:  # it may be in a bucket
            is_zip = zipfile.is_zipfile(file)
        names = [name for name, _ in archived(packed, is_zip=is_zip)]
        outer = _outer(names, known)
        targets = {name: _target(project, name, outer, known) for name in names}
        for name, opened in archived(packed, is_zip=is_zip):
            targets[name].parent.mkdir(parents=True, exist_ok=True)
            with opened() as stream:
                _write(stream, targets[name])
    except (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        what = f"what {LISTS} leads to cannot be unpacked ({' '.join(str(error).split())})"
        raise FetchError(what, fix="make it again: .zip, .tar.gz or .tar.xz") from None
    finally:
        if packed.parent == project.cache / "fetch":
            packed.unlink()
    if not targets:
        raise FetchError(f"the archive in {LISTS} holds no list", fix="put each into <slug>/ in it")
    return [*targets.values()]


def _packed(project: Project, address: str, progress: Progress) -> Path:
    """The archive as a file. Its address is not repeated in errors: it may hold a password."""
    try:
        if address.startswith(("http://", "https://")):
            _check_address(address, LISTS)
            return download(address, project.cache / "fetch", progress, LISTS)
        path = place(address)
        if not _is_file(path):
            raise FetchError(f"{LISTS} leads to no file", fix="correct it")
        return path
    except BuildError as error:
        raise FetchError(str(error).replace(address, f"what {LISTS} leads to")) from None


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
        what = f"holds `{name}`, but there is no dataset `{slug}`{did_you_mean(slug, known)}"
        raise FetchError(what, where=f"the archive in {LISTS}", fix="put each list into <slug>/")
    if rest in ([], ["raw"]) or ".." in parts or PurePosixPath(name).is_absolute():
        raise FetchError(f"holds `{name}`", where=f"the archive in {LISTS}", fix="put each list into <slug>/")
    raw = project.data_sources / slug / "raw"
    target = raw.joinpath(*rest[rest[0] == "raw" :])
    links.check_target(target, raw)
    return target
