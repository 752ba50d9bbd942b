"""A travel server that answers OSRM's table service over HTTP: address, batches, checks; errors as ours.

``GET {url}/table/v1/{profile}/{longitude},{latitude};…?sources=0;1&destinations=2;3`` answers
``{"code": "Ok", "durations": [[seconds, …], …]}`` with null where no road leads, or ``{"code": …, "message": …}``.
"""

import re
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

from services.demand.arrays import FloatArray, IntArray
from serving.errors import FailedPrecondition, OfficersError, Unavailable

MOST_LOCATIONS = 100
"""Sources and destinations of one request; what a server allows by default."""
REQUEST_SECONDS = 10.0
RETRY_SECONDS = 5.0
DEGREES_FORMAT = "{:.6f},{:.6f}"
NO_SEGMENT = "NoSegment"
"""The server's word for a point that is not near any road."""


@dataclass(frozen=True)
class OsrmServer:
    """One profile of one server.

    Parameters
    ----------
    url
        Address, for example "http://osrm:5000".
    profile
        For example "driving".
    most_locations
        Sources and destinations of one request, at least 2.
    transport
        What carries the requests; None: HTTP.
    """

    url: str
    profile: str = "driving"
    most_locations: int = MOST_LOCATIONS
    transport: httpx.BaseTransport | None = None

    def minutes(self, sources: FloatArray, destinations: FloatArray) -> FloatArray:
        """Return the minutes from each source to each destination, infinite where no road leads.

        Parameters
        ----------
        sources, destinations
            Shape (n, 2) and (m, 2): latitude and longitude, degrees.

        Returns
        -------
        Shape (n, m).

        Raises
        ------
        Unavailable
            The server cannot be reached, is too slow or is overloaded.
        FailedPrecondition
            The server does not answer as OSRM's table service does, or refuses the request.
        """
        minutes = np.empty((len(sources), len(destinations)))
        rows_at_once, columns_at_once = self._batch_sizes(len(sources), len(destinations))
        with httpx.Client(timeout=REQUEST_SECONDS, trust_env=False, transport=self.transport) as client:
            for row in range(0, len(sources), rows_at_once):
                rows = slice(row, row + rows_at_once)
                for column in range(0, len(destinations), columns_at_once):
                    columns = slice(column, column + columns_at_once)
                    minutes[rows, columns] = self._ask(client, sources[rows], destinations[columns])
        return minutes

    def _batch_sizes(self, source_count: int, destination_count: int) -> tuple[int, int]:
        """Return how many sources and destinations are asked for at once: all of the fewer, if they leave half."""
        fewer = max(1, min(source_count, destination_count, self.most_locations // 2))
        more = self.most_locations - fewer
        return (fewer, more) if source_count <= destination_count else (more, fewer)

    def _ask(self, client: httpx.Client, sources: FloatArray, destinations: FloatArray) -> FloatArray:
        """Ask for one table; points that the server finds no road for are left out and asked for no more."""
        points = np.concatenate((sources, destinations))
        kept = np.arange(len(points))
        minutes = np.full((len(sources), len(destinations)), np.inf)
        while (kept < len(sources)).any() and (kept >= len(sources)).any():
            rows, columns = kept[kept < len(sources)], kept[kept >= len(sources)] - len(sources)
            answer = self._get(client, points[kept], len(rows))
            off_road = _off_road(answer)
            if off_road is None:
                minutes[np.ix_(rows, columns)] = self._table(answer, len(rows), len(columns))
                break
            if off_road >= len(kept):
                raise self._unusable(f"speaks of coordinate {off_road} where {len(kept)} were sent")
            kept = np.delete(kept, off_road)
        return minutes

    def _get(self, client: httpx.Client, points: FloatArray, source_count: int) -> dict[str, Any]:
        coordinates = ";".join(DEGREES_FORMAT.format(longitude, latitude) for latitude, longitude in points)
        numbers = [str(number) for number in range(len(points))]
        options = {
            "sources": ";".join(numbers[:source_count]),
            "destinations": ";".join(numbers[source_count:]),
            "generate_hints": "false",
        }
        query = "&".join(f"{key}={value}" for key, value in options.items())
        try:
            response = client.get(f"{self.url}/table/v1/{self.profile}/{coordinates}?{query}")
        except httpx.TransportError as error:
            message = f"The travel server {self.url} cannot be reached: {str(error) or type(error).__name__}."
            raise Unavailable(message, RETRY_SECONDS) from error
        return self._content(response)

    def _content(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise Unavailable(f"The travel server {self.url} answered {response.status_code}.", RETRY_SECONDS)
        try:
            content = response.json()
        except ValueError as error:
            raise self._unusable(f"answered {response.status_code} without JSON") from error
        if not isinstance(content, dict) or not isinstance(content.get("code"), str):
            raise self._unusable(f"answered {response.status_code} without a code")
        return content

    def _table(self, answer: dict[str, Any], row_count: int, column_count: int) -> FloatArray:
        """Read the durations of an answer as minutes."""
        if answer["code"] != "Ok":
            raise self._unusable(f"answered {answer['code']}: {answer.get('message', 'no message')}")
        try:
            seconds = np.array(answer.get("durations"), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise self._unusable("answered durations that are no table of numbers") from error
        if seconds.shape != (row_count, column_count):
            raise self._unusable(f"answered no durations of {row_count} × {column_count}")
        if (seconds < 0).any():
            raise self._unusable("answered durations below 0")
        return np.where(np.isnan(seconds), np.inf, seconds / 60)

    def _unusable(self, what: str) -> OfficersError:
        return FailedPrecondition("TRAVEL_SERVER_UNUSABLE", f"The travel server {self.url} {what}.")


def _off_road(answer: dict[str, Any]) -> int | None:
    """Return which coordinate has no road near it; None where the answer does not say so."""
    found = re.search(r"coordinate (\d+)", str(answer.get("message", "")))
    return int(found[1]) if answer["code"] == NO_SEGMENT and found else None


def pair_blocks(from_ids: IntArray, to_ids: IntArray, most_locations: int) -> IntArray:
    """Number blocks of consecutive pairs that together have at most `most_locations` different points; shape (n,)."""
    blocks = np.empty(len(from_ids), np.int64)
    block, sources, destinations = 0, set[int](), set[int]()
    for pair, (source, destination) in enumerate(zip(from_ids.tolist(), to_ids.tolist(), strict=True)):
        sources.add(source)
        destinations.add(destination)
        if len(sources) + len(destinations) > most_locations:
            block, sources, destinations = block + 1, {source}, {destination}
        blocks[pair] = block
    return blocks
