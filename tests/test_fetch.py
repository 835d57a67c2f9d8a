"""Downloads from a real server: whole or not at all, resumed, checked, pinned."""

import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import s3fs
from moto.server import ThreadedMotoServer

from exposing import download
from exposing.lookup import search
from exposing.manifest import load
from mini import ALICE, SITE, built, dataset

LIST = ("nsid,photo_id\n" + "".join(f"{ALICE},{90000000000 + n}\n" for n in range(20_000))).encode()
DIGEST = hashlib.sha256(LIST).hexdigest()
TABLE = '[[files]]\npath = "list.csv"\nurl = "{url}"   # where it is\nformat = "csv"\ncolumns = {{ nsid = "nsid", photo_id = "photo_id" }}\n'


class Server:
    """Files, and what goes wrong with them: `breaks` times a file ends half-way, or `fails` with a status."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.breaks = 0
        self.fails: list[int] = []
        self.html = False
        self.tag = '"one"'
        self.modified = ""
        self.chunked = False
        self.rubbish = False
        self.sent = 0
        self.asked: list[tuple[str, str]] = []  # path, Range


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, str]]:
    state = Server()
    monkeypatch.setattr(download, "WAIT", 0.01)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append((self.path, wanted))
            data = state.files.get(self.path)
            if state.rubbish:
                self.wfile.write(b"rubbish\r\n\r\n")
                return
            if state.fails or data is None:
                self.send_error(state.fails.pop(0) if state.fails else 404)
                return
            first = 0
            strong = {state.tag, state.modified} - {""}
            if wanted and self.headers.get("If-Range") in {one for one in strong if not one.startswith("W/")}:
                first = int(re.findall("[0-9]+", wanted)[0])
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            body = data[first:]
            if state.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", state.tag)
            if state.modified:
                self.send_header("Last-Modified", state.modified)
            self.send_header("Content-Type", "text/html" if state.html else "text/plain")
            self.end_headers()
            if state.breaks:
                state.breaks -= 1
                body = body[: len(body) // 2]
            state.sent += len(body)
            self.wfile.write(b"%x\r\n%b" % (len(data), body) if state.chunked else body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    yield state, f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def run(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    (root / "site.toml").write_text(SITE + "fetch_private = true\n", encoding="utf-8")  # our server is here
    command = [
        sys.executable,
        "-c",
        "from exposing import download; download.WAIT = 0.01; from exposing.cli import main; main()",
    ]
    return subprocess.run(
        [*command, "fetch", *arguments],
        cwd=root,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_list_is_fetched_pinned_and_built(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    folder = dataset(tmp_path, "a", "# a comment\n" + TABLE.format(url=f"{url}/list.csv"), {})
    before = (folder / "dataset.toml").read_text()
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"a: list.csv fetched, SHA-256 {DIGEST} not pinned\n")
    assert (folder / "raw" / "list.csv").read_bytes() == LIST
    assert (folder / "dataset.toml").read_text() == before
    assert "is there" in run(tmp_path, "a", "--pin").stdout
    assert len(state.asked) == 1  # what is there is not asked for again
    line = f'url = "{url}/list.csv"   # where it is\n'
    assert (folder / "dataset.toml").read_text() == before.replace(line, f'{line}sha256 = "{DIGEST}"\n')
    assert load(folder).files[0].sha256 == DIGEST
    assert "as its manifest says" in run(tmp_path).stdout
    assert search(ALICE, str(built(tmp_path)))["found"]
    assert not list((tmp_path / ".cache" / "fetch").iterdir())


def test_a_download_that_breaks_off_goes_on(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    state.breaks, state.fails = 2, [503]
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), {})
    assert run(tmp_path).returncode == 0
    assert (tmp_path / "data_sources/a/raw/list.csv").read_bytes() == LIST
    half = len(LIST) // 2
    assert [asked for _, asked in state.asked[1:]] == [
        "",
        f"bytes={half}-",
        f"bytes={half + (len(LIST) - half) // 2}-",
    ]


def test_a_run_goes_on_where_the_last_one_gave_up(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    state.breaks = download.TRIES
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), {})
    done = run(tmp_path)
    assert done.returncode == 2 and "bytes came); try again; what came is kept" in done.stderr
    assert not (tmp_path / "data_sources/a/raw").exists()
    assert run(tmp_path).returncode == 0
    assert state.asked[-1][1].startswith("bytes=")
    assert (tmp_path / "data_sources/a/raw/list.csv").read_bytes() == LIST


def test_a_weak_tag_leaves_it_to_the_date(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    state.breaks, state.tag, state.modified = download.TRIES, 'W/"one"', "Mon, 23 Nov 2026 10:00:00 GMT"
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), {})
    assert "what came is kept" in run(tmp_path).stderr
    assert run(tmp_path).returncode == 0
    assert len(state.asked) == download.TRIES + 1 and state.sent < 2 * len(LIST)
    assert (tmp_path / "data_sources/a/raw/list.csv").read_bytes() == LIST


def test_nothing_is_kept_of_what_cannot_be_gone_on_with(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    state.breaks, state.tag = download.TRIES, 'W/"one"'
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), {})
    assert "try again, or correct `url`" in run(tmp_path).stderr


@pytest.mark.parametrize("breaks", [1, download.TRIES])
def test_a_download_in_chunks_that_breaks_off(
    tmp_path: Path, server: tuple[Server, str], breaks: int
) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    state.breaks, state.chunked = breaks, True
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), {})
    done = run(tmp_path)
    if breaks == 1:
        state.chunked = False
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert f"dataset.toml: files.0.url: {url}/list.csv broke off; try again" in done.stderr


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:port/list.csv", "http://[::1/list.csv", "http://127.0.0.1:99999/x"]
)
def test_what_is_no_address_is_said(tmp_path: Path, address: str) -> None:
    dataset(tmp_path, "a", TABLE.format(url=address), {})
    done = run(tmp_path)
    said = f"data_sources/a/dataset.toml: files.0.url: {address} is no address of the web ("
    assert done.returncode == 2 and said in done.stderr and "correct `url`" in done.stderr
    done = run(tmp_path, EXPOSING_LISTS=address)
    assert (
        done.returncode == 2
        and "Error: what EXPOSING_LISTS leads to is no address of the web (" in done.stderr
    )
    assert "; correct EXPOSING_LISTS" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("path", ["list.csv", "list\\u0001.csv"])
def test_an_answer_that_is_none_is_one_line(tmp_path: Path, server: tuple[Server, str], path: str) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    state.rubbish = True
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/{path}"), {})
    done = run(tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "could not be read (" in done.stderr and "try again, or correct `url`" in done.stderr
    assert len(state.asked) == (download.TRIES if path == "list.csv" else 0)


def test_another_version_is_begun_anew(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = b"x" * 1000
    state.breaks = download.TRIES
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), {})
    assert run(tmp_path).returncode == 2
    state.files["/list.csv"], state.tag = LIST, '"two"'
    assert run(tmp_path).returncode == 0
    assert (tmp_path / "data_sources/a/raw/list.csv").read_bytes() == LIST


def test_what_is_not_the_list_is_not_taken(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files |= {"/list.csv": LIST + b"\n", "/page": LIST}
    pinned = TABLE.format(url=f"{url}/list.csv").replace("format", f'sha256 = "{DIGEST}"\nformat')
    dataset(tmp_path, "a", pinned, {})
    dataset(tmp_path, "b", TABLE.format(url=f"{url}/gone.csv"), {})
    done = run(tmp_path)
    assert done.returncode == 2
    assert f"data_sources/a/dataset.toml: files.0.url: {url}/list.csv has SHA-256" in done.stderr
    assert f"but `sha256` is {DIGEST}" in done.stderr
    assert (
        "answered 404 Not Found" in done.stderr and "correct `url`" in done.stderr
    )  # both are tried, both are named
    assert not list(tmp_path.glob("data_sources/*/raw/*"))
    state.html = True
    dataset(tmp_path, "c", TABLE.format(url=f"{url}/page"), {})
    assert "is a web page, not a list" in run(tmp_path, "c").stderr


def test_a_list_of_ones_own_is_never_overwritten(tmp_path: Path, server: tuple[Server, str]) -> None:
    _, url = server
    pinned = TABLE.format(url=f"{url}/list.csv").replace("format", f'sha256 = "{DIGEST}"\nformat')
    folder = dataset(tmp_path, "a", pinned, {"list.csv": "mine"})
    done = run(tmp_path)
    assert done.returncode == 2 and "or remove the file" in done.stderr
    assert (folder / "raw/list.csv").read_text() == "mine"


def test_compressed_lists_and_archives_keep_their_names(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("deep/list.csv", LIST)
    state.files |= {"/x/list.csv.gz?raw=1": gzip.compress(LIST), "/all%20lists.zip": packed.getvalue()}
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/x/list.csv.gz?raw=1"), {})
    dataset(tmp_path, "b", TABLE.format(url=f"{url}/all%20lists.zip"), {})
    assert run(tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.glob("data_sources/*/raw/*")) == [
        "all lists.zip",
        "list.csv.gz",
    ]
    answer = search(ALICE, str(built(tmp_path)))["results"][f"nsid:{ALICE}"]["datasets"]
    assert [answer[slug]["photos"] for slug in "ab"] == [20_000, 20_000]


@pytest.mark.parametrize(
    ("path", "end", "said"),
    [
        ("*", "x/..", "'..' cannot be a file's name; correct `url`"),
        ("*", "x/%2e%2e", "'..' cannot be a file's name; correct `url`"),
        ("*", "a%00b", "cannot be a file's name; correct `url`"),
        ("*", "", "does not match ``"),
        ("*", "x" * 300, "is too long for a file's name; correct `url`"),
        ("x" * 300, "list.csv", "is too long for a file's name; correct `path`"),
        ("*.csv", "list.txt", "`path` *.csv does not match `list.txt`"),
    ],
)
def test_a_name_that_no_file_can_have(
    tmp_path: Path, server: tuple[Server, str], path: str, end: str, said: str
) -> None:
    _, url = server
    table = TABLE.format(url=f"{url}/{end}").replace('path = "list.csv"', f'path = "{path}"')
    dataset(tmp_path, "a", table, {})
    done = run(tmp_path)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (tmp_path / "data_sources/a/raw").exists()


def test_a_list_in_a_folder_of_its_own(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    table = TABLE.format(url=f"{url}/list.csv").replace('path = "list.csv"', 'path = "sub/deep/list.csv"')
    folder = dataset(tmp_path, "a", table, {})
    assert run(tmp_path).returncode == 0
    assert (folder / "raw" / "sub" / "deep" / "list.csv").read_bytes() == LIST
    assert "is there" in run(tmp_path).stdout
    (folder / "raw" / "sub" / "deep" / "list.csv").unlink()
    (folder / "raw" / "sub" / "deep" / "list.csv").mkdir()
    done = run(tmp_path)
    assert done.returncode == 2 and "list.csv is a folder; correct `path`" in done.stderr


def archive(names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("a/link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    return buffer.getvalue()


@pytest.mark.parametrize("where", ["server", "file"])
def test_lists_that_nobody_else_may_have_come_from_one_archive(
    tmp_path: Path, server: tuple[Server, str], where: str
) -> None:
    state, url = server
    table = TABLE.replace('url = "{url}"   # where it is\n', "").format()
    folder = dataset(tmp_path, "a", table, {})
    state.files["/secret-token/lists"] = archive(
        {"a/raw/list.csv": LIST} if where == "file" else {"a/list.csv": LIST}
    )
    (tmp_path / "lists").write_bytes(state.files["/secret-token/lists"])
    address = f"{url}/secret-token/lists" if where == "server" else str(tmp_path / "lists")
    done = run(tmp_path, EXPOSING_LISTS=address)
    assert done.returncode == 0, done.stderr
    assert "secret-token" not in done.stdout + done.stderr
    assert [path.name for path in (folder / "raw").iterdir()] == ["list.csv"]
    assert (folder / "raw/list.csv").read_bytes() == LIST
    assert "by hand" not in done.stdout  # it is there now
    (folder / "raw" / "list.csv").unlink()
    assert "a: no `url` in its dataset.toml; get its list by hand" in run(tmp_path).stdout


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"a/list.csv": LIST, "aa/list.csv": LIST}, "there is no dataset `aa`; did you mean `a`?"),
        ({"a/../../evil": b"x"}, "holds `a/../../evil`"),
        ({"/a/list.csv": b"x"}, "holds `/a/list.csv`; put each list into <slug>/"),
        ({"x/a/list.csv": b"x", "x/b/list.csv": b"x"}, "holds `x/b/list.csv`, but there is no dataset `b`"),
        ({"../a/list.csv": b"x"}, "holds `../a/list.csv`"),
        ({"list.csv": b"x"}, "there is no dataset `list.csv`"),
        ({}, "holds no list"),
    ],
)
def test_an_archive_that_would_write_elsewhere_writes_nothing(
    tmp_path: Path, names: dict[str, bytes], said: str
) -> None:
    dataset(tmp_path, "a", TABLE.format(url="https://example.org/list.csv"), {})
    (tmp_path / "lists.tar.gz").write_bytes(archive(names))
    done = run(tmp_path, "a", EXPOSING_LISTS=str(tmp_path / "lists.tar.gz"))
    assert done.returncode == 2 and said in done.stderr
    assert not list(tmp_path.glob("data_sources/*/raw/*")) and not (tmp_path / "evil").exists()


@pytest.mark.parametrize("outer", ["", "data_sources/", "lists of 2026/", "lists/data_sources/", "./"])
def test_folders_around_all_lists_are_passed_over(tmp_path: Path, outer: str) -> None:
    for slug in "ab":
        dataset(tmp_path, slug, TABLE.format(url="https://example.org/list.csv"), {})
    names = {"a/raw/list.csv": LIST, "b/x/list.csv": LIST, "a/._list.csv": b"\0", ".DS_Store": b"\0"}
    packed = {f"{outer}{name}": data for name, data in names.items()}
    (tmp_path / "lists").write_bytes(archive(packed | {f"__MACOSX/{outer}._a": b"\0"}))
    done = run(tmp_path, "a", EXPOSING_LISTS=str(tmp_path / "lists"))
    assert done.returncode == 0, done.stderr
    found = {
        path.relative_to(tmp_path / "data_sources").as_posix() for path in tmp_path.rglob("raw/**/*.csv")
    }
    assert found == {"a/raw/list.csv", "b/raw/x/list.csv"}


def bucket(root: Path, before: str) -> subprocess.CompletedProcess[str]:
    """`exposing fetch` of an archive in a bucket that nobody can reach, after some Python."""
    dataset(root, "a", TABLE.format(url="https://example.org/list.csv"), {})
    without = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-c", f"{before}\nfrom exposing.cli import main; main()", "fetch"],
        cwd=root,
        env=without
        | {
            "EXPOSING_LISTS": "s3://secret-bucket/lists.zip",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("package", ["upath", "s3fs"])
def test_a_bucket_without_the_packages_for_it(tmp_path: Path, package: str) -> None:
    done = bucket(tmp_path, f"import sys; sys.modules['{package}'] = None")
    assert done.returncode == 2, done.stderr
    assert "what EXPOSING_LISTS leads to cannot be opened (BuildError)" in done.stderr
    assert "pip install -e '.[distributed]'" in done.stderr and "secret-bucket" not in done.stderr


@pytest.mark.parametrize("name", ["lists.zip", "lists.tar.gz"])
def test_an_archive_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of a server on this machine that speaks S3's protocol."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "x")
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.makedirs("bucket", exist_ok=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("a/list.csv", LIST)
    files.pipe(f"bucket/{name}", buffer.getvalue() if name.endswith("zip") else archive({"a/list.csv": LIST}))
    folder = dataset(tmp_path, "a", TABLE.format(url="https://example.org/list.csv"), {})
    done = run(tmp_path, "a", EXPOSING_LISTS=f"s3://bucket/{name}")
    missing = run(tmp_path, "a", EXPOSING_LISTS="s3://bucket/nothing")
    moto.stop()
    assert done.returncode == 0, done.stderr
    assert (folder / "raw" / "list.csv").read_bytes() == LIST
    assert missing.returncode == 2 and "EXPOSING_LISTS leads to no file" in missing.stderr


def test_a_bucket_without_credentials(tmp_path: Path) -> None:
    done = bucket(tmp_path, "")
    assert done.returncode == 2, done.stderr
    said = "what EXPOSING_LISTS leads to cannot be opened (NoCredentialsError); give the bucket's credentials"
    assert said in done.stderr and "secret-bucket" not in done.stderr


def test_an_address_that_fails_is_not_repeated(tmp_path: Path, server: tuple[Server, str]) -> None:
    dataset(tmp_path, "a", TABLE.format(url="https://example.org/list.csv"), {})
    done = run(tmp_path, "a", EXPOSING_LISTS=f"{server[1]}/secret-token.zip")
    assert done.returncode == 2 and "what EXPOSING_LISTS leads to answered 404" in done.stderr
    assert "or correct EXPOSING_LISTS" in done.stderr and "`url`" not in done.stderr
    assert "secret-token" not in done.stderr
    (tmp_path / "lists.zip").write_bytes(b"PK no")
    done = run(tmp_path, "a", EXPOSING_LISTS=str(tmp_path / "lists.zip"))
    assert done.returncode == 2 and "cannot be unpacked" in done.stderr


def test_an_address_that_shares_its_line_is_pinned_by_hand(
    tmp_path: Path, server: tuple[Server, str]
) -> None:
    state, url = server
    state.files["/list.csv"] = LIST
    line = f'files = [{{ path = "list.csv", url = "{url}/list.csv", format = "csv", columns = {{ nsid = "nsid" }} }}]\n'
    dataset(tmp_path, "a", line, {})
    done = run(tmp_path, "--pin")
    assert done.returncode == 2 and f'write sha256 = "{DIGEST}" below it yourself' in done.stderr


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 267793842\n",
            "is a Git LFS pointer",
        ),
        (b"<!DOCTYPE html><title>Sign in</title>", "is a web page, not csv"),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_what_is_given_out_instead_of_a_list_is_not_pinned(
    tmp_path: Path, server: tuple[Server, str], body: bytes, said: str, there: bool
) -> None:
    """git-lfs#4240: a pointer was taken for the list, and its SHA-256 written into the manifest."""
    state, url = server
    state.files["/list.csv"] = body
    lists: dict[str, str | bytes] = {"list.csv": body} if there else {}
    folder = dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), lists)
    done = run(tmp_path, "--pin")
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert "sha256" not in (folder / "dataset.toml").read_text()
    assert (folder / "raw" / "list.csv").exists() == there
