"""A server for this machine that answers as GitHub Pages does: compressed, cached, with a 404 page."""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".xml", ".txt")
TYPES = {
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".gz": "application/gzip",
}


HOSTS = ("127.0.0.1", "localhost")
"""The hosts that are answered for. A page elsewhere could have its own name lead here, and read this site."""


def below(base: str) -> str:
    """A path as it stands in addresses: between two slashes, or one of them alone."""
    return f"/{base.strip('/')}/" if base.strip("/") else "/"


def _is_ours(host: str) -> bool:
    """Whether a request's Host header names this machine."""
    try:
        return urlsplit(f"//{host}").hostname in HOSTS
    except ValueError:
        return False


def make_server(
    site: Path, port: int, base: str = "/", log: Callable[[str], None] | None = None
) -> ThreadingHTTPServer:
    """A server of `site` below the path `base` on 127.0.0.1; port 0 takes any free one.

    `log` gets each request's first line and headers, as any host could keep them.
    """

    class Handler(_Handler):
        folder = site.resolve()
        prefix = below(base)
        logged = staticmethod(log) if log else None

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path
    prefix: str
    logged: Callable[[str], None] | None

    def do_GET(self) -> None:
        """Answer with a file, a redirection to a folder, or the 404 page."""
        if not _is_ours(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        if self.logged:
            self.logged(f"{self.requestline}\n{self.headers}")
        asked = urlsplit(self.path).path
        target = self._target(unquote(asked))
        if target and target.is_dir() and not asked.endswith("/"):
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", f"/{asked.lstrip('/')}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        target = target / "index.html" if target and asked.endswith("/") else target
        if target and target.is_file():
            self._send(target, HTTPStatus.OK)
        else:
            self._send(self.folder / "404.html", HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815 - its name is given

    def _target(self, path: str) -> Path | None:
        """What a path names in the site's folder; None for what is not in it."""
        if not f"{path}/".startswith(self.prefix):
            return None
        try:
            target = (self.folder / path[len(self.prefix) :]).resolve(strict=True)
        except (OSError, ValueError):  # not there; too long, or with a NUL
            return None
        return target if target.is_relative_to(self.folder) else None

    def _send(self, path: Path, status: HTTPStatus) -> None:
        data = path.read_bytes() if path.is_file() else b"404"
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if status == HTTPStatus.OK and self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.end_headers()
            return
        self.send_response(status)
        if path.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if path.suffix in COMPRESSED else kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("ETag", tag)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name is given
        """Say nothing: `log` is for those who want to know."""
