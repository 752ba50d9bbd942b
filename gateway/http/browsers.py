"""Keeps web pages from elsewhere out: a browser lets any page send some kinds of requests to any address it reaches."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.statuses import routing_response

JSON = "application/json"
OWN_SITES = ("", "same-origin", "none")
"""What browsers say of requests of the gateway's own pages and of people; empty: no browser, or not over TLS."""

log = structlog.get_logger("http")


@dataclass(frozen=True)
class HostNames:
    """The names under which the gateway is reached, beside those of loopback.

    A page whose own name is made to resolve to the gateway's address still says that name as the `Host`.

    Parameters
    ----------
    listed
        Names without ports; empty: any name, unless only loopback is listened on.
    is_loopback
        Only loopback is listened on.
    """

    listed: frozenset[str]
    is_loopback: bool

    @classmethod
    def read(cls, listed: str, address: str) -> "HostNames":
        """Read names separated by commas, for a server that listens on an address."""
        names = (name.strip().lower() for name in listed.split(","))
        return cls(frozenset(name for name in names if name), is_loopback(address))

    def includes(self, name: str) -> bool:
        """Return whether the gateway is reached under a name."""
        return is_loopback(name) or name in self.listed or not (self.listed or self.is_loopback)

    def words(self) -> str:
        """Return the names for people."""
        return ", ".join(["localhost", *sorted(self.listed)])


class BrowserGuard:
    """Answers requests that a web page from elsewhere may have sent, and hands the others on."""

    def __init__(self, app: ASGIApp, names: HostNames) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        fault = None
        if scope["type"] == "http":
            fault = next(_find_faults(scope["method"], Headers(scope=scope), self._names), None)
        if fault is None:
            await self._app(scope, receive, send)
            return
        status, message = fault
        log.warning("request refused", path=scope["path"], reason=message)
        await routing_response(status, message)(scope, receive, send)


def is_loopback(name: str) -> bool:
    """Return whether a name or address is of this machine alone.

    >>> [is_loopback(name) for name in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "localhost.example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _find_faults(verb: str, headers: Mapping[str, str], names: HostNames) -> Iterator[tuple[HTTPStatus, str]]:
    host = _name_of(f"//{headers.get('host', '')}")
    if not names.includes(host):
        allowed = f"Expected one of {names.words()}, or a name of the setting http_names"
        yield HTTPStatus.FORBIDDEN, f"Host: {allowed}, got {host!r}."
    if verb != "POST":
        return
    origin = headers.get("origin")
    if origin is not None and _name_of(origin) not in {host, *names.listed}:
        yield HTTPStatus.FORBIDDEN, f"Origin: Expected a page of {host}, got {origin!r}."
    site = headers.get("sec-fetch-site", "")
    if site not in OWN_SITES:
        yield HTTPStatus.FORBIDDEN, f"Sec-Fetch-Site: Expected same-origin or none, got {site!r}."
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON and (media_type or _has_body(headers)):
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type: Expected {JSON}, got {media_type or 'none'!r}."


def _name_of(address: str) -> str:
    """Return the lower-case name in the address of a page; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _has_body(headers: Mapping[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
