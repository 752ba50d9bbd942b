from gateway.teams import WITHOUT_TEAM, list_teams
from gateway.testing.area import make_area


def test_an_area_without_teams_has_none() -> None:
    assert list_teams(make_area()) == ()


def test_sectors_are_in_the_areas_order() -> None:
    teams = list_teams(make_area(teams={"east": ["C", "B"], "west": ["A"]}))
    assert [(team.name, team.crew_team, team.sector_ids) for team in teams] == [
        ("east", "east", ("B", "C")),
        ("west", "west", ("A",)),
    ]


def test_sectors_without_a_team_are_the_last_one() -> None:
    teams = list_teams(make_area(teams={"middle": ["B"]}))
    assert [(team.name, team.crew_team, team.sector_ids) for team in teams] == [
        ("middle", "middle", ("B",)),
        (WITHOUT_TEAM, "", ("A", "C")),
    ]
