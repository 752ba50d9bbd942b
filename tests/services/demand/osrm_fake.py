"""A small server that speaks the table service of OSRM as its documentation has it.

Driving goes along the axes: 600 s per hundredth of a degree, twice that southward, so that the way back differs.
No road is near points north of 80 degrees, and none leads to or from points east of 100 degrees.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

SECONDS_PER_DEGREE = 60_000.0
MAX_TABLE_SIZE = 100


def seconds_between(origin: tuple[float, float], destination: tuple[float, float]) -> float | None:
    """Points are (longitude, latitude)."""
    if max(origin[0], destination[0]) > 100:
        return None
    east, north = destination[0] - origin[0], destination[1] - origin[1]
    return SECONDS_PER_DEGREE * (abs(east) + (north if north > 0 else -2 * north))


def table(path: str) -> tuple[int, dict[str, object]]:
    """Answer a request: HTTP status and JSON."""
    parts = urlsplit(path)
    folders = unquote(parts.path).split("/")
    if len(folders) != 5 or folders[1:3] != ["table", "v1"]:
        return 400, {"code": "InvalidService", "message": f"Service {folders[1]} not found!"}
    points = [tuple(map(float, point.split(","))) for point in folders[4].split(";")]
    options = parse_qs(parts.query)
    chosen = {side: list(map(int, options[side][0].split(";"))) for side in ("sources", "destinations")}
    if len(points) > MAX_TABLE_SIZE:
        return 400, {"code": "TooBig", "message": "Too many table coordinates"}
    for number, (_, latitude) in enumerate(points):
        if latitude > 80:
            return 400, {
                "code": "NoSegment",
                "message": f"Could not find a matching segment for coordinate {number}",
            }
    durations = [
        [seconds_between(points[source], points[destination]) for destination in chosen["destinations"]]
        for source in chosen["sources"]
    ]
    return 200, {"code": "Ok", "durations": durations, "sources": [], "destinations": []}


class FakeOsrm(ThreadingHTTPServer):
    """Keeps the paths it was asked for; `forced` is answered to everything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths: list[str] = []
        self.forced: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeOsrm

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        status, answer = table(self.path)
        content = json.dumps(answer).encode()
        if self.server.forced is not None:
            status, content = self.server.forced
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_osrm() -> Iterator[FakeOsrm]:
    """Run a server on loopback for the block."""
    with FakeOsrm() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
