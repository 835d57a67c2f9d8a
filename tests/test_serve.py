"""The server answers as GitHub Pages does, and gives out nothing but the site."""

import gzip
import http.client
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import Serve

Answer = tuple[int, dict[str, str], bytes]


def get(url: str, path: str, **headers: str) -> Answer:
    """One request for exactly this path: status, headers, body."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


@pytest.fixture
def url(tmp_path: Path, serve: Serve) -> str:
    """A site of a few files below /repo/, beside a file that is not part of it."""
    (tmp_path / "secret.txt").write_text("secret")
    site = tmp_path / "site"
    (site / "about").mkdir(parents=True)
    for name in (
        "index.html",
        "about/index.html",
        "404.html",
        "a.js",
        "a.css",
        "a.json",
        "icon.svg",
        "a.json.gz",
    ):
        (site / name).write_text(f"This is {name}. " * 20)
    (site / "way-out").symlink_to(tmp_path / "secret.txt")
    return serve(site, "/repo/").url


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("/repo/", "index.html", "text/html; charset=utf-8"),
        ("/repo/?a=b", "index.html", "text/html; charset=utf-8"),
        ("/repo/about/", "about/index.html", "text/html; charset=utf-8"),
        ("/repo/a.js", "a.js", "text/javascript; charset=utf-8"),
        ("/repo/%61.css", "a.css", "text/css; charset=utf-8"),
        ("/repo/a.json", "a.json", "application/json; charset=utf-8"),
        ("/repo/icon.svg", "icon.svg", "image/svg+xml; charset=utf-8"),
        ("/repo/a.json.gz", "a.json.gz", "application/gzip"),
    ],
)
def test_files(url: str, path: str, name: str, kind: str) -> None:
    status, headers, body = get(url, path)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, kind, "max-age=600")
    assert body.startswith(f"This is {name}.".encode())


@pytest.mark.parametrize(("path", "where"), [("/repo", "/repo/"), ("/repo/about", "/repo/about/")])
def test_a_folder_without_its_slash_is_redirected(url: str, path: str, where: str) -> None:
    status, headers, _ = get(url, path)
    assert (status, headers["location"]) == (301, where)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/repository", "/repo/nowhere", "/repo/../secret.txt", "/repo/%2e%2e/secret.txt", "/repo/..%2fsecret.txt",
        "/repo/way-out", "/repo//etc/passwd", "/repo/a%00.js", "/repo/" + "x" * 5000, "/repo/a.js/",
    ],
)  # fmt: skip
def test_anything_else_is_the_404_page(url: str, path: str) -> None:
    status, _, body = get(url, path)
    assert (status, body[:17]) == (404, b"This is 404.html.")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("localhost", 200), ("LOCALHOST:8000", 200), ("evil.example:8000", 421), ("", 421),
        ("127.0.0.1.evil.example", 421), ("evil.example@127.0.0.1@x.example", 421), ("[::1", 421),
    ],
)  # fmt: skip
def test_other_hosts_are_not_answered_for(url: str, host: str, status: int) -> None:
    """DNS rebinding: a page elsewhere whose name leads here would read a site that nobody has published."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.putrequest("GET", "/repo/a.json", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == status
    assert (b"This is a.json" in response.read()) == (status == 200)
    connection.close()


def test_text_is_compressed_for_those_who_take_it(url: str) -> None:
    _, plain, body = get(url, "/repo/a.json")
    _, packed, small = get(url, "/repo/a.json", Accept_Encoding="br, gzip")
    assert "content-encoding" not in plain and packed["content-encoding"] == "gzip"
    assert gzip.decompress(small) == body and len(small) < len(body)
    assert "content-encoding" not in get(url, "/repo/a.json.gz", Accept_Encoding="gzip")[1]


def test_what_did_not_change_is_not_sent_again(url: str) -> None:
    tag = get(url, "/repo/a.js")[1]["etag"]
    assert get(url, "/repo/a.js", If_None_Match=tag)[::2] == (304, b"")
    assert get(url, "/repo/a.css", If_None_Match=tag)[0] == 200


@pytest.mark.parametrize("base", ["some-repo", "/some-repo", "some-repo/", "/some-repo/"])
def test_the_address_that_is_printed_is_the_one_that_answers(tmp_path: Path, base: str) -> None:
    (tmp_path / "index.html").write_text("home")
    command = [sys.executable, "-u", "-m", "exposing", "serve", "--site", str(tmp_path), "--port", "0"]
    with subprocess.Popen([*command, "--base", base], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        url = started.stdout.readline().split()[0]
        try:
            assert urlsplit(url).path == "/some-repo/"
            assert get(url, urlsplit(url).path)[::2] == (200, b"home")
        finally:
            started.terminate()
