"""A host that fails in every way in which hosts fail."""

import contextlib
import gzip
import hashlib
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HTML = b"<!doctype html><title>Sign in</title><p>Please sign in to this network."
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Host:
    """A site's files, and how it fails just now: `fault` for shards, `current` for current.json."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fault = self.current = ""
        self.asked: list[str] = []
        self.released = threading.Event()
        self.dice = random.Random(7)
        self.url = ""

    def mend(self) -> None:
        """Be well again, and let go of whoever waits."""
        self.fault = self.current = ""
        self.released.set()


@contextmanager
def host(folder: Path) -> Iterator[Host]:
    """A running host."""
    state = Host(folder)

    class Handler(_Handler):
        host = state

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.url = f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield state
        finally:
            state.mend()
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    host: Host

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/") or "index.html"
        path = self.host.folder / (name + "index.html" if name.endswith("/") else name)
        if not path.is_file():
            return self.answer(404, HTML, "text/html")
        data = path.read_bytes()
        fault = ""
        if name.startswith("index/"):
            self.host.asked.append(name)
            fault = self.host.current if name == "index/current.json" else self.host.fault
        if fault:
            return FAULTS[fault](self, data)
        return self.answer(200, data, TYPES.get(path.suffix, "application/octet-stream"))

    def answer(
        self,
        status: int,
        data: bytes,
        kind: str = "application/json",
        length: int | None = None,
        **headers: str,
    ) -> None:
        """An answer; its length may be a lie."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.send_header("Cache-Control", "no-store")
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def wait(self) -> None:
        """Say nothing more until the host is well again; then break off."""
        self.host.released.wait(120)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _opened(data: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data), lambda text: gzip.compress(text, mtime=0)
    return data, lambda text: text


def _other(pattern: bytes, put: Callable[[re.Match[bytes]], bytes]) -> Callable[[_Handler, bytes], None]:
    """A shard whose digest is right, but that is not the one that was asked for."""

    def answer(handler: _Handler, data: bytes) -> None:
        text, close = _opened(data)
        body = re.sub(pattern, put, text[:-77], count=1)
        handler.answer(200, close(body + f',"sha256":"{hashlib.sha256(body).hexdigest()}"}}'.encode()))

    return answer


def _changed(handler: _Handler, data: bytes) -> None:
    """The last digit before the digest is another one: what comes can be read, and is wrong."""
    text, close = _opened(data)
    at = max(text.rfind(digit, 0, -77) for digit in (b"%d" % n for n in range(10)))
    handler.answer(200, close(text[:at] + b"%d" % ((int(text[at : at + 1]) + 1) % 10) + text[at + 1 :]))


def _flipped(handler: _Handler, data: bytes) -> None:
    at, bit = handler.host.dice.randrange(len(data)), handler.host.dice.randrange(8)
    handler.answer(200, data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])


def _stalled(handler: _Handler, _data: bytes) -> None:
    handler.wait()


def _half(handler: _Handler, data: bytes) -> None:
    handler.answer(200, data[: len(data) // 2], length=len(data))
    handler.wfile.flush()
    handler.wait()


def _drip(handler: _Handler, data: bytes) -> None:
    handler.answer(200, b"", length=len(data))
    with contextlib.suppress(ConnectionError):  # who asked has lost patience
        for at in range(len(data)):
            if handler.host.released.wait(1):
                break
            handler.wfile.write(data[at : at + 1])
            handler.wfile.flush()
    handler.close_connection = True


def _closed(handler: _Handler, _data: bytes) -> None:
    handler.close_connection = True


def _cut_off(handler: _Handler, data: bytes) -> None:
    handler.answer(200, data[: len(data) // 2], length=len(data))
    handler.close_connection = True


def _status(code: int, **headers: str) -> Callable[[_Handler, bytes], None]:
    return lambda handler, _data: handler.answer(code, HTML, "text/html", **headers)


FAULTS: dict[str, Callable[[_Handler, bytes], None]] = {
    "cut off, and the connection closed": _cut_off,
    "cut off, and its length made to fit": lambda handler, data: handler.answer(200, data[:-40]),
    "one digit changed": _changed,
    "one bit flipped": _flipped,
    "empty": lambda handler, _data: handler.answer(200, b""),
    "a web page": lambda handler, _data: handler.answer(200, HTML, "text/html"),
    "JSON of something else": lambda handler, _data: handler.answer(200, b'{"records":{}}'),
    "404": _status(404),
    "403": _status(403),
    "429": _status(429, Retry_After="1"),
    "500": _status(500),
    "503": _status(503),
    "sent on to a page of its own": _status(302, Location="/about/"),
    "sent round in circles": lambda handler, _data: handler.answer(302, b"", Location=handler.path),
    "of another build": _other(rb'"build":"[0-9a-f]+"', lambda _: b'"build":"000000000000"'),
    "of another kind": _other(rb'"kind":"(\w+)"', lambda _: b'"kind":"tags"'),
    "of another number of shards": _other(rb'"of":([0-9]+)', lambda _: b'"of":65000'),
    "another shard": _other(rb'"shard":"([0-9a-f]+)"', lambda _: b'"shard":"fff"'),
    "no answer": _stalled,
    "half an answer": _half,
    "a byte a second": _drip,
    "closed at once": _closed,
}
"""How a host can fail, and what it answers then."""
