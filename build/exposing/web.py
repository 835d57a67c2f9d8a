"""Requests to the public web alone: http and https, and no address of a private network.

A manifest may come from anyone, so what it names must not be this machine, nor one beside it. Names are
resolved here and what they mean is looked at, for each redirect again; the connection goes to the address
that was looked at.
"""

import base64
import ipaddress
import socket
import string
import urllib.request
from functools import partial
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from typing import IO, Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from exposing.errors import FetchError

SCHEMES = ("http", "https")
HOPS = 10
"""Redirects that are followed at most."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_Resolved = list[tuple[Any, ...]]


class ForbiddenError(FetchError):
    """An address that may not be requested, and why. The address itself is not in it."""

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what)
        self.fix = fix


def opener(*, private: bool) -> urllib.request.OpenerDirector:
    """What opens addresses of the web, and those of private networks only with `private`.

    Opening raises ForbiddenError for any other, at the beginning or as a redirect.
    """
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Handler(private=private),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        director.add_handler(handler)
    return director


def request(url: str, headers: dict[str, str]) -> urllib.request.Request:
    """A request of an address; `user:password@` in it becomes basic authentication.

    What authorizes is not sent on to another host. Raises ForbiddenError for other schemes, and ValueError.
    """
    parts = urlsplit(url)
    _check_scheme(parts.scheme)
    made = urllib.request.Request(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
    for name, value in headers.items():
        made.add_header(name, value)
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        made.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    return made


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also one that is written inside another."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner: ipaddress.IPv4Address | None = None
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.is_global and not found.is_multicast if inner is None else is_public(str(inner))


def _check_scheme(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise ForbiddenError(f"leads to {scheme or 'nothing'}:, and only http and https are followed")


def _check_public(resolved: _Resolved) -> None:
    if not all(is_public(found[4][0]) for found in resolved):
        raise ForbiddenError(
            "leads to this machine or to a private network",
            fix="where that is meant, write fetch_private = true into site.toml",
        )


def _connect(address: tuple[str, int], timeout: Any = None, *_: Any, private: bool) -> socket.socket:
    """A connection to a host, to the very address that was looked at. Raises OSError, ForbiddenError."""
    resolved = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    if not private:
        _check_public(resolved)
    failed: OSError = OSError("no address of this host answers")
    for _family, _type, _protocol, _name, where in resolved:
        try:
            return socket.create_connection((str(where[0]), int(where[1])), timeout)
        except OSError as error:
            failed = error
    raise failed


class _Handler(urllib.request.HTTPSHandler):
    """Opens connections of which each is looked at first."""

    def __init__(self, *, private: bool) -> None:
        super().__init__()
        self.private = private

    def http_request(self, request: Any) -> Any:
        """Note the host before a proxy takes its place."""
        request.asked = request.host
        return self.do_request_(request)

    https_request = http_request

    def http_open(self, req: urllib.request.Request) -> Any:
        """The answer to a request."""
        return self.do_open(self._guarded(HTTPConnection, req), req)

    def https_open(self, req: urllib.request.Request) -> Any:
        """The answer to a request, through TLS."""
        return self.do_open(self._guarded(HTTPSConnection, req), req)

    def _guarded(self, kind: type[HTTPConnection], req: Any) -> Any:
        """What makes connections. A proxy is trusted, and what it is to get is looked at instead."""
        proxied = req.host != req.asked
        if proxied and not self.private:
            try:
                host = urlsplit(f"//{req.asked}").hostname or ""
                _check_public(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
            except OSError:
                pass  # only the proxy knows this name

        def make(host: str, **options: Any) -> HTTPConnection:
            made = kind(host, **options)
            made._create_connection = partial(  # type: ignore[attr-defined]
                _connect, private=self.private or proxied
            )
            return made

        return make


class _Redirects(urllib.request.BaseHandler):
    """Follows to http and https alone; only the same host is told what authorizes."""

    def http_error_302(self, req: Any, fp: IO[bytes], _code: int, _msg: str, headers: HTTPMessage) -> Any:
        """The answer from where the server says that it is. None of what it says beside is read."""
        fp.close()
        url = quote(headers.get("Location", ""), encoding="iso-8859-1", safe=string.punctuation)
        parts = urlsplit(urljoin(req.full_url, url))
        _check_scheme(parts.scheme)
        if "@" in parts.netloc or not url:
            raise ForbiddenError("leads to an address with a user in it" if url else "leads nowhere")
        made: Any = urllib.request.Request(urlunsplit(parts), headers=req.headers)
        made.hops = getattr(req, "hops", 0) + 1
        if made.hops > HOPS:
            raise ForbiddenError(f"leads on more than {HOPS} times")
        before = urlsplit(req.full_url)
        authorizes = req.unredirected_hdrs.get("Authorization")
        if authorizes and (parts.scheme, parts.netloc) == (before.scheme, before.netloc):
            made.add_unredirected_header("Authorization", authorizes)
        return self.parent.open(made, timeout=req.timeout)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302
