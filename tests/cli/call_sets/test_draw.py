import pytest

from cli.area_session import shift_span
from cli.call_sets.draw import check_drawn, draw_calls, draw_expected_calls
from cli.call_sets.superpose import scenario_count
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import InvalidArgument


def test_copies_are_drawn_and_laid_over_each_other(session):
    span = shift_span(session.area, None, None, None)
    drawn = draw_calls(session, span, 4, 1, "test", copies=3)
    table = session.store.get_table(drawn.artifact)
    assert (scenario_count(table), table.num_rows, drawn.call_count) == (4, 24, 24)
    assert session.clients.predictor.sampled[0].scenario_count == 12


def test_scenarios_are_independent_unless_asked_otherwise(session):
    span = shift_span(session.area, None, None, None)
    draw_calls(session, span, 4, 1, "training")
    draw_calls(session, span, 4, 1, "training", is_stratified=True)
    assert [request.sampling for request in session.clients.predictor.sampled] == [
        predictor.SCENARIO_SAMPLING_INDEPENDENT,
        predictor.SCENARIO_SAMPLING_STRATIFIED,
    ]


def test_expected_calls_of_several_days_are_put_together(session):
    spans = [shift_span(session.area, None, f"2015-01-0{day}", None) for day in (1, 2, 3)]
    table = session.store.get_table(draw_expected_calls(session, spans, 10, 1, copies=1))
    assert scenario_count(table) == 12  # four of each day
    sampled = session.clients.predictor.sampled
    assert len({request.start_time.seconds for request in sampled}) == 3
    assert all(request.as_of_time == spans[0].start_time for request in sampled)  # no replay knows its own calls


def test_more_than_can_be_drawn_is_told():
    check_drawn(5000, 2, "--scenarios")
    with pytest.raises(InvalidArgument, match=r"^--scenarios: Expected at most 3333 with --copies 3, got 5000.$"):
        check_drawn(5000, 3, "--scenarios")
