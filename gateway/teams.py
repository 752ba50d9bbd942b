"""The teams of an area: sectors that are planned apart from others and served by cars of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from officers.area.v1.area_pb2 import Area

WITHOUT_TEAM = "sectors without a team"
"""What the team of the sectors that belong to none is called in results."""


@dataclass(frozen=True)
class Team:
    """Sectors in the area's order; `crew_team` is what crews call the team: empty for sectors without one."""

    name: str
    crew_team: str
    sector_ids: tuple[str, ...]


def list_teams(area: Area) -> Sequence[Team]:
    """Return the teams in the area's order; sectors without a team are one more. Empty: the whole area is one team."""
    if not area.teams:
        return ()
    order = [sector.id for sector in area.sectors]
    teams = [Team(team.name, team.name, tuple(sorted(team.sector_ids, key=order.index))) for team in area.teams]
    taken = {sector_id for team in teams for sector_id in team.sector_ids}
    left = tuple(sector_id for sector_id in order if sector_id not in taken)
    return (*teams, Team(WITHOUT_TEAM, "", left)) if left else teams
