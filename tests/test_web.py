"""What `exposing fetch` asks of whom: the public web alone, by http, so much and no more."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner, Result

from exposing import download, web
from exposing.cli import main
from mini import SITE, dataset

LIST = "nsid,photo_id\n10000001@N99,90000000101\n"
TABLE = '[[files]]\npath = "list.csv"\nurl = "{url}"\n{more}format = "csv"\ncolumns = {{ nsid = "nsid" }}\n'


class Asked:
    """What a server was asked for: paths, and what authorized."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.authorized: list[str | None] = []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Asked, int]]:
    """`/to/<quoted address>` leads there, `/circle` to itself; `/endless` never ends; all else is a list."""
    asked = Asked()
    monkeypatch.setattr(download, "WAIT", 0.01)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.paths.append(self.path)
            asked.authorized.append(self.headers.get("Authorization"))
            if self.path.startswith(("/to/", "/circle")):
                self.send_response(302)
                self.send_header("Location", unquote(self.path.removeprefix("/to/")))
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            try:
                self.wfile.write(LIST.encode())
                while self.path == "/endless":
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass  # nobody reads on

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    yield asked, running.server_address[1]
    running.shutdown()
    running.server_close()


def run(root: Path, monkeypatch: pytest.MonkeyPatch, url: str, *, private: bool, more: str = "") -> Result:
    dataset(root, "a", TABLE.format(url=url, more=more), {})
    (root / "site.toml").write_text(SITE + f"fetch_private = {str(private).lower()}\n")
    monkeypatch.chdir(root)
    done = CliRunner().invoke(main, ["fetch"])
    assert done.exit_code == 0 or (done.exit_code == 2 and len(done.output.splitlines()) == 1), done.output
    return done


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0.0.0.0", "0", "2130706433", "127.0.0.%31", "[::1]", "[::ffff:127.0.0.1]", "[::]"],
)  # fmt: skip
def test_this_machine_is_not_asked(
    tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    asked, port = server
    done = run(tmp_path, monkeypatch, f"http://{host}:{port}/list.csv", private=False)
    assert done.exit_code == 2 and asked.paths == []
    assert "leads to this machine or to a private network; where that is meant, write" in done.output


def test_it_is_asked_where_the_site_says_so(
    tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, port = server
    done = run(tmp_path, monkeypatch, f"http://localhost:{port}/list.csv", private=True)
    assert done.exit_code == 0 and asked.paths == ["/list.csv"]


def test_a_manifest_is_not_obeyed_while_the_secret_is_there(
    tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, port = server
    monkeypatch.setenv("EXPOSING_LISTS", f"http://127.0.0.1:{port}/lists.zip")
    done = run(tmp_path, monkeypatch, f"http://127.0.0.1:{port}/list.csv", private=True)
    assert done.exit_code == 2 and "cannot be unpacked" in done.output and asked.paths == ["/lists.zip"]
    with_archive = tmp_path / "with"
    with_archive.mkdir()
    monkeypatch.setattr("exposing.fetch.unpack", lambda *_args, **_more: {})
    done = run(with_archive, monkeypatch, f"http://127.0.0.1:{port}/list.csv", private=True)
    assert done.exit_code == 2 and "private network" in done.output and asked.paths == ["/lists.zip"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://127.0.0.1/list.csv", "leads to ftp:, and only http and https are followed"),
        ("file:///etc/hostname", "leads to file:, and only http and https are followed"),
        ("https://user@www.example.org/x", "leads to an address with a user in it"),
        ("", "leads nowhere"),
    ],
)
def test_what_is_not_followed(
    tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    asked, port = server
    done = run(tmp_path, monkeypatch, f"http://127.0.0.1:{port}/to/{address}", private=True)
    assert done.exit_code == 2 and said in done.output
    assert len(asked.paths) == 1 and not list(tmp_path.glob("data_sources/a/raw/*"))


def test_a_circle_ends(tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch) -> None:
    asked, port = server
    done = run(tmp_path, monkeypatch, f"http://127.0.0.1:{port}/circle", private=True)
    assert done.exit_code == 2 and f"leads on more than {web.HOPS} times" in done.output
    assert len(asked.paths) == web.HOPS + 1


def test_a_redirect_into_a_private_network_is_refused(
    tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first host is public, as far as its name tells; the second is not."""
    asked, port = server
    lookup = socket.getaddrinfo

    def resolve(host: str, *args: object, **more: object) -> object:
        if host == "lists.example.org":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return lookup(host, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    known = web.is_public
    monkeypatch.setattr(web, "is_public", lambda address: address == "127.0.0.1" or known(address))
    inside = f"http://lists.example.org:{port}/to/http://[::1]:{port}/list.csv"
    done = run(tmp_path, monkeypatch, inside, private=False)
    assert done.exit_code == 2 and "private network" in done.output and len(asked.paths) == 1


def small(folder: Path) -> SimpleNamespace:
    """A disk that has room for 100,000 bytes more than must stay free."""
    taken = sum(path.stat().st_size for path in folder.iterdir())
    return SimpleNamespace(free=download.LEFT + 100_000 - taken)


@pytest.mark.parametrize("more", ["", "max_bytes = 100000\n"])
def test_a_list_without_end_is_not_taken(
    tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    _, port = server
    if not more:
        monkeypatch.setattr("shutil.disk_usage", small)
        monkeypatch.setattr(download, "LOOK", 1)
    done = run(tmp_path, monkeypatch, f"http://127.0.0.1:{port}/endless", private=True, more=more)
    said = (
        "has more than 100,000 bytes; where that is right, write a larger `max_bytes`"
        if more
        else "does not fit"
    )
    assert done.exit_code == 2 and said in done.output
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 50_000]


def test_user_and_password_authorize_and_are_told_to_no_other_host(
    tmp_path: Path, server: tuple[Asked, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, port = server
    there = f"http://127.0.0.1:{port}/to/http://localhost:{port}/to//lists.zip"
    opened = web.opener(private=True).open(web.request(there.replace("//", "//bob:p%40ss@", 1), {}))
    opened.read()
    assert asked.authorized == ["Basic Ym9iOnBAc3M=", None, None]
    again = web.request(f"http://bob:p%40ss@127.0.0.1:{port}/to//lists.zip", {})
    assert "@" not in urlsplit(again.full_url).netloc
    web.opener(private=True).open(again).read()
    assert asked.authorized[3:] == ["Basic Ym9iOnBAc3M="] * 2


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.0.0.1", False), ("172.16.5.5", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("fe80::1%eth0", False), ("fd00::1", False), ("ff02::1", False),
        ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False), ("2002:7f00:1::", False), ("64:ff9b::5db8:d822", True),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert web.is_public(address) == public
