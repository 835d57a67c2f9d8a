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

from exposing import fetch
from exposing.lookup import search
from exposing.manifest import load
from mini import ALICE, built, dataset

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
        self.asked: list[tuple[str, str]] = []  # path, Range


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, str]]:
    state = Server()
    monkeypatch.setattr(fetch, "WAIT", 0.01)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append((self.path, wanted))
            data = state.files.get(self.path)
            if state.fails or data is None:
                self.send_error(state.fails.pop(0) if state.fails else 404)
                return
            first = 0
            if wanted and self.headers.get("If-Range") == state.tag:
                first = int(re.findall("[0-9]+", wanted)[0])
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            body = data[first:]
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", state.tag)
            self.send_header("Content-Type", "text/html" if state.html else "text/plain")
            self.end_headers()
            if state.breaks:
                state.breaks -= 1
                body = body[: len(body) // 2]
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    yield state, f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def run(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from exposing import fetch; fetch.WAIT = 0.01; from exposing.cli import main; main()",
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
    state.breaks = fetch.TRIES
    dataset(tmp_path, "a", TABLE.format(url=f"{url}/list.csv"), {})
    done = run(tmp_path)
    assert done.returncode == 2 and "bytes came); try again; what came is kept" in done.stderr
    assert not (tmp_path / "data_sources/a/raw").exists()
    assert run(tmp_path).returncode == 0
    assert state.asked[-1][1].startswith("bytes=")
    assert (tmp_path / "data_sources/a/raw/list.csv").read_bytes() == LIST


def test_another_version_is_begun_anew(tmp_path: Path, server: tuple[Server, str]) -> None:
    state, url = server
    state.files["/list.csv"] = b"x" * 1000
    state.breaks = fetch.TRIES
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
    assert "a: " in done.stderr and f"but `sha256` is {DIGEST}" in done.stderr
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
        ({"/a/list.csv": b"x"}, "there is no dataset `/`"),
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


def test_an_address_that_fails_is_not_repeated(tmp_path: Path, server: tuple[Server, str]) -> None:
    dataset(tmp_path, "a", TABLE.format(url="https://example.org/list.csv"), {})
    done = run(tmp_path, "a", EXPOSING_LISTS=f"{server[1]}/secret-token.zip")
    assert done.returncode == 2 and "what EXPOSING_LISTS leads to answered 404" in done.stderr
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
