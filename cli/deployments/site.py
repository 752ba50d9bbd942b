"""Where and when deployments are replayed, and what turns a file into deployments."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cli.area_session import AreaSession, ShiftSpan
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import ComputeTravelRequest, Deployment

OTHER_TEAM_MINUTES = 1e4
"""What driving to another team's sector counts as: done only where there is no other way."""


@dataclass(frozen=True, eq=False)
class Site:
    """The area and the span.

    Parameters
    ----------
    between_minutes
        Shape (n_sectors, n_sectors): normal driving, row = from.
    """

    area: Area
    span: ShiftSpan
    between_minutes: NDArray[np.float64]

    @property
    def sector_ids(self) -> list[str]:
        """The sectors, in the area's order."""
        return [sector.id for sector in self.area.sectors]


class PlanSource(Protocol):
    """A file with one plan or more."""

    @property
    def option(self) -> str:
        """Names it in errors."""
        ...

    @property
    def names(self) -> list[str]:
        """The names of its deployments."""
        ...

    def deployments(self, site: Site) -> list[Deployment]:
        """Turn it into deployments. Raises InvalidArgument where it does not fit the site."""
        ...


def find_site(session: AreaSession, span: ShiftSpan) -> Site:
    """Ask for the travel minutes of a span."""
    request = ComputeTravelRequest(
        area_artifact=session.area_artifact, start_time=span.start_time, minutes=span.minutes
    )
    rows = session.clients.demand.ComputeTravel(request).normal
    minutes = np.array([row.minutes for row in rows])
    return Site(session.area, span, minutes + _between_teams(session.area))


def _between_teams(area: Area) -> NDArray[np.float64]:
    team = {sector: number for number, each in enumerate(area.teams) for sector in each.sector_ids}
    own = np.array([team.get(sector.id, -1) for sector in area.sectors])
    return np.where(own[:, np.newaxis] != own, OTHER_TEAM_MINUTES, 0.0)
