"""The choice of cars of several teams; the service's contract is in `tests/contract/test_demand.py`."""

import pytest

from services.demand.plan_demand import seconds_per_team


@pytest.mark.parametrize(("teams", "at_once", "seconds"), [(1, 1, 60), (4, 1, 15), (4, 2, 30), (4, 3, 30), (4, 4, 60)])
def test_teams_end_within_the_time_of_the_request(teams, at_once, seconds):
    assert seconds_per_team(60.0, teams, at_once) == seconds
