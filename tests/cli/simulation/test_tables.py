from cli.simulation.tables import load_table, response_table
from officers.demand.v1.demand_pb2 import SimulateResponse, SimulationResult


def rows(table):
    return list(zip(*(column.cells for column in table.columns), strict=True))


def test_responses_are_laid_out(simulate_plans):
    table = response_table(simulate_plans())
    assert rows(table)[1] == (
        "demand", "10.0%", "8.0% to 12.0%", "6.5", "5.2", "12.2", "9.1%", "0", "−50% (−50% to −50%)*",
    )  # fmt: skip
    assert table.title == "2020-01-01, day: 40 sampled shifts with 400 calls"
    assert "Failures against proportional" in [column.header for column in table.columns]


def test_one_replay_has_no_interval(simulate_plans):
    table = response_table(simulate_plans({"proportional": [2], "demand": [1]}))
    assert [row[2] for row in rows(table)] == ["–", "–"]
    assert rows(table)[1][-1] == "−50%"


def test_the_load_is_laid_out(simulate_plans):
    simulation = simulate_plans()
    names = {sector.id: sector.name for sector in simulation.area.sectors}
    assert rows(load_table(simulation.answer, names))[0] == (
        "proportional", "240", "40.0%", "5.0%", "0.40", "0.12", "0", "0", "Bay Street Corridor (76), 40% late",
    )  # fmt: skip


def test_calls_that_nobody_answered_have_no_response_time():
    table = load_table(SimulateResponse(results=[SimulationResult(name="plan", calls=2, never_answered=2)]), {})
    assert rows(table)[0][3:5] == ("–", "–")
    assert rows(table)[0][-1] == "–"
