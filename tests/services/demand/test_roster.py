"""Rosters of crews, their search and their curve."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demand.optimiser.score import Scorer
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.roster.conform import conform
from services.demand.roster.crews import CrewRules, Roster, place_roster, plain_clock
from services.demand.roster.curve import confidence_notes, crews_needed, rate_roster, vary_crews
from services.demand.roster.search import RosterBudget, first_roster, improve_roster, improve_sectors
from services.demand.simulator.records import OFF_DUTY
from serving.wall_clock import wall_minutes
from serving.work import never_stop


def roster_of(*crews):
    return Roster(*(np.array(column) for column in zip(*crews, strict=True)))


def unlimited(calls):
    return RosterBudget(calls, TimeLimit(600.0, never_stop))


def build_evenings(build_case, line_call, scenarios):
    """Three days whose calls all come from 18:00 to 24:00, at one of two places."""
    rng = np.random.default_rng(3)
    calls = [
        line_call(float(day * 1440 + minute), float(rng.choice([0.0, 20.0])), 50.0, scenario=scenario)
        for scenario in range(scenarios)
        for day in range(3)
        for minute in np.sort(rng.uniform(1080, 1440, 18))
    ]
    return build_case([0, 20], calls, span_minutes=4320.0, scenario_count=scenarios)


@pytest.fixture(scope="module")
def evening_case(build_case, line_call):
    return build_evenings(build_case, line_call, 6)


def scorer_of(case):
    return Scorer(case, lambda roster: place_roster(roster, plain_clock(case.calls.span_minutes, 0)))


def test_crews_work_around_midnight():
    placement = place_roster(roster_of((1320, 240, 1), (0, 60, 0)), plain_clock(1440.0, 0))
    night, early = placement.sectors.T
    assert np.flatnonzero(night != OFF_DUTY).tolist() == [0, 1, 2, 3, 44, 45, 46, 47]
    assert np.flatnonzero(early != OFF_DUTY).tolist() == [0, 1]
    assert set(night.tolist()) == {OFF_DUTY, 1}


def test_a_span_begins_at_its_local_time():
    placement = place_roster(roster_of((480, 720, 0)), plain_clock(1440.0, 1200))  # on duty from 08:00 to 20:00
    assert np.flatnonzero(placement.sectors[:, 0] != OFF_DUTY).tolist() == list(range(24, 48))


def test_crews_keep_their_local_hours_where_clocks_change():
    clock = np.array(wall_minutes(datetime(2015, 3, 7, 5, tzinfo=UTC), "America/New_York", 2880, 30))
    sectors = place_roster(roster_of((480, 480, 0)), clock).sectors[:, 0]
    # The second day is 23 hours long: 08:00 is seven hours after its midnight.
    assert np.flatnonzero(sectors != OFF_DUTY).tolist() == [*range(16, 32), *range(62, 78)]


def test_a_crew_may_work_the_whole_day():
    assert (place_roster(roster_of((600, 1440, 2)), plain_clock(2880.0, 0)).sectors == 2).all()


def test_shifts_make_a_roster():
    roster = first_roster(np.array([480, 1200]), np.array([720, 720]), np.array([2, 1]), np.array([[1, 1], [0, 1]]))
    assert roster.start_minutes.tolist() == [480, 480, 1200]
    assert roster.sectors.tolist() == [0, 1, 1]
    assert roster.car_hours == 36.0


def test_crews_move_to_when_the_calls_come(evening_case):
    scorer = scorer_of(evening_case)
    start = roster_of((0, 480, 0), (0, 480, 0), (480, 480, 0), (480, 480, 1))
    found = improve_roster(start, CrewRules((480,)), 2, scorer, 1, unlimited(400 * evening_case.calls.call_count))
    assert found.car_hours == start.car_hours
    assert found.on_duty[36:].all(axis=1).any()
    assert scorer.score(found).failure_rate < 0.5 * scorer.score(start).failure_rate


def test_sectors_are_left_where_no_crew_gains_by_another(evening_case):
    scorer = scorer_of(evening_case)
    start = roster_of(*[(1080, 360, 0)] * 5)
    found = improve_sectors(start, 2, scorer, unlimited(float("inf")))
    assert found.start_minutes.tolist() == start.start_minutes.tolist()
    assert_settled(found, 2, scorer)
    assert scorer.penalty(found) < scorer.penalty(start)


def assert_settled(roster, sector_count, scorer):
    """No crew that waits in another sector lowers the penalty."""
    crews = list(zip(roster.start_minutes, roster.minutes, roster.sectors, strict=True))
    least = scorer.penalty(roster)
    for number, (start, minutes, _) in enumerate(crews):
        for sector in range(sector_count):
            others = [*crews[:number], (start, minutes, sector), *crews[number + 1 :]]
            assert scorer.penalty(roster_of(*others)) >= least - 1e-9


def test_a_seed_gives_one_roster(evening_case):
    start = roster_of((0, 480, 0), (480, 480, 1))
    budget = unlimited(100 * evening_case.calls.call_count)
    one, other = (improve_roster(start, CrewRules((480,)), 2, scorer_of(evening_case), 5, budget) for _ in range(2))
    assert one.start_minutes.tolist() == other.start_minutes.tolist()
    assert one.sectors.tolist() == other.sectors.tolist()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), kinds=st.sampled_from([0, 2, 3]), fixed=st.integers(0, 2))
def test_what_is_changed_keeps_the_rules(evening_case, seed, kinds, fixed):
    rules = CrewRules((360, 480, 600), 600, 1200, kinds, fixed)
    start = roster_of((600, 480, 0), (600, 480, 1), (900, 480, 0), (900, 480, 1))
    found = improve_roster(
        start, rules, 2, scorer_of(evening_case), seed, unlimited(40 * evening_case.calls.call_count)
    )
    assert rules.allow(found)
    assert found.car_hours == start.car_hours
    assert found.start_minutes[:fixed].tolist() == start.start_minutes[:fixed].tolist()


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        (CrewRules((480,)), False),
        (CrewRules((480, 720)), True),
        (CrewRules((480, 720), 540), False),
        (CrewRules((480, 720), 1320, 480), True),
        (CrewRules((480, 720), most_kinds=1), False),
        (CrewRules((480,), 1320, 60, fixed_crews=2), True),
    ],
)
def test_rules_by_hand(rules, allowed):
    assert rules.allow(roster_of((480, 720, 0), (0, 480, 0))) is allowed


def test_fewer_crews_fail_more_often(build_case, line_call):
    scorer = scorer_of(build_evenings(build_case, line_call, 10))
    start = roster_of(*[(1080, 360, place) for place in (0, 1, 0, 1, 0, 1)])
    rosters = vary_crews(start, 2, 2, CrewRules((360,), 1080, 1080), 2, scorer, 1, unlimited(10**9))
    assert [each.crew_count for each in rosters] == [4, 5, 6, 7, 8]
    curve = [rate_roster(roster, scorer, 1) for roster in rosters]
    rates = [point.failure_rate.value for point in curve]
    assert rates == sorted(rates, reverse=True)
    assert all(point.failure_rate.low <= point.failure_rate.value <= point.failure_rate.high for point in curve)
    assert crews_needed(curve, 1.0) == 4
    assert crews_needed(curve, curve[2].failure_rate.high) <= 6
    assert crews_needed(curve, -1.0) is None
    assert confidence_notes(curve[0], counts_crews=True) == ()


@pytest.mark.parametrize("count", [1, 9, 10])
def test_few_scenarios_tell_no_number_of_crews(build_case, line_call, count):
    calls = [line_call(600.0, 0, scenario=number) for number in range(count)]
    case = build_case([0], calls, span_minutes=1440.0, scenario_count=count)
    rated = rate_roster(roster_of((540, 480, 0)), scorer_of(case), 1)
    assert (crews_needed([rated], 0.9) == 1) is (count >= 10)
    notes = confidence_notes(rated, counts_crews=True)
    assert [note.startswith("Fewer than 10 validation scenarios") for note in notes] == [True] * (count < 10)
    assert confidence_notes(rated, counts_crews=False) == ()


def test_no_failure_among_few_calls_is_no_proof(build_case, line_call):
    calls = [line_call(600.0, 0, scenario=number) for number in range(10)]
    case = build_case([0], calls, span_minutes=1440.0, scenario_count=10)
    rated = rate_roster(roster_of((540, 480, 0)), scorer_of(case), 1)
    assert rated.failure_rate.value == 0.0
    assert rated.failure_rate.high == pytest.approx(1 - 0.05**0.1)
    assert crews_needed([rated], 0.25) is None
    assert crews_needed([rated], 0.26) == 1


def test_without_calls_nothing_is_said_of_crews(build_case):
    case = build_case([0], [], span_minutes=1440.0, scenario_count=10)
    rated = rate_roster(roster_of((540, 480, 0)), scorer_of(case), 1)
    assert rated.failure_rate is None
    assert crews_needed([rated], 0.5) is None
    (note,) = confidence_notes(rated, counts_crews=False)
    assert note.startswith("No call was drawn that counts, so nothing can be said")


@pytest.mark.parametrize("seed", range(4))
def test_crews_that_come_are_of_kinds_that_are_left(evening_case, seed):
    rules = CrewRules((360, 480), most_kinds=2)
    start = roster_of((1080, 360, 0), (600, 480, 1))
    budget = unlimited(10**9)
    rosters = vary_crews(start, 0, 4, rules, 2, scorer_of(evening_case), seed, budget)
    assert [each.crew_count for each in rosters] == [2, 3, 4, 5, 6]
    assert all(rules.allow(each) for each in rosters)


def test_no_crew_comes_where_only_fixed_kinds_are_left(evening_case):
    rules = CrewRules((360,), 600, 720, most_kinds=1, fixed_crews=1)
    rosters = vary_crews(roster_of((1080, 360, 0)), 0, 2, rules, 2, scorer_of(evening_case), 1, unlimited(10**9))
    assert [each.crew_count for each in rosters] == [1]


def test_the_least_valuable_crew_leaves_first(evening_case):
    idle = (0, 360, 0)  # nobody calls at night
    start = roster_of((1080, 360, 0), (1080, 360, 1), idle)
    smaller, _ = vary_crews(start, 1, 0, CrewRules((360,)), 2, scorer_of(evening_case), 1, unlimited(10**9))
    assert smaller.start_minutes.tolist() == [1080, 1080]


@given(
    crews=st.lists(st.tuples(st.integers(0, 47), st.integers(1, 48)), min_size=1, max_size=12),
    kinds=st.integers(0, 2),
    earliest=st.integers(0, 47),
    latest=st.integers(0, 47),
)
def test_any_roster_is_made_to_keep_the_rules(crews, kinds, earliest, latest):
    roster = roster_of(*[(30 * start, 30 * length, 0) for start, length in crews])
    rules = CrewRules((30,), 30 * earliest, 30 * latest, kinds)
    changed = conform(roster, rules)
    assert rules.allow(changed)
    assert changed.car_hours == roster.car_hours


@given(
    crews=st.lists(st.tuples(st.integers(0, 47), st.sampled_from([8, 12])), min_size=2, max_size=8),
    kinds=st.integers(1, 4),
    fixed=st.integers(0, 2),
    earliest=st.integers(0, 47),
    latest=st.integers(0, 47),
)
def test_crews_beside_fixed_ones_are_refused_where_kinds_do_not_suffice(crews, kinds, fixed, earliest, latest):
    roster = roster_of(*[(30 * start, 30 * length, 0) for start, length in crews])
    rules = CrewRules((240, 360), 30 * earliest, 30 * latest, kinds, fixed)
    fixed_kinds = {(30 * start, 30 * length) for start, length in crews[:fixed]}
    to_join = {length for start, length in fixed_kinds if start in rules.starts}
    if len(fixed_kinds) + len({30 * length for _, length in crews[fixed:]} - to_join) > kinds:
        with pytest.raises(ValueError, match=f"at most {kinds} kinds of crews"):
            conform(roster, rules)
        return
    changed = conform(roster, rules)
    assert rules.allow(changed)
    assert changed.start_minutes[:fixed].tolist() == roster.start_minutes[:fixed].tolist()


def test_twelve_hours_become_eight_without_more_hours():
    roster = roster_of(*[(480, 720, place) for place in range(4)], (1200, 720, 4))
    changed = conform(roster, CrewRules((480,)))
    assert changed.car_hours == 56.0  # of 60: seven crews of eight hours
    assert np.bincount(changed.start_minutes).nonzero()[0].tolist() == [480, 1200]


def test_rare_kinds_join_the_nearest(evening_case):
    roster = roster_of((480, 720, 0), (480, 720, 0), (510, 720, 0), (1200, 720, 0), (1200, 720, 1), (1320, 720, 1))
    changed = conform(roster, CrewRules((720,), most_kinds=2))
    assert changed.start_minutes.tolist() == [480, 480, 480, 1200, 1200, 1200]


def test_fixed_crews_cannot_be_of_more_kinds_than_allowed():
    with pytest.raises(ValueError, match="at most 1 kinds"):
        conform(roster_of((0, 480, 0), (480, 480, 0)), CrewRules((480,), most_kinds=1, fixed_crews=2))


def test_crews_do_not_join_fixed_ones_that_begin_when_they_may_not():
    rules = CrewRules((720,), 420, 540, most_kinds=1, fixed_crews=1)
    with pytest.raises(ValueError, match="at most 1 kinds"):
        conform(roster_of((180, 720, 0), (480, 720, 0)), rules)
    two_kinds = CrewRules((720,), 420, 540, most_kinds=2, fixed_crews=1)
    changed = conform(roster_of((180, 720, 0), (420, 720, 0), (540, 720, 0), (540, 720, 1)), two_kinds)
    assert changed.start_minutes.tolist() == [180, 540, 540, 540]


@pytest.mark.parametrize("wrong", [(10, 60, 0), (0, 45, 0), (1440, 60, 0), (0, 0, 0), (0, 1470, 0)])
def test_rosters_are_checked(wrong):
    with pytest.raises(ValueError, match="Expected"):
        roster_of(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lengths_minutes": ()},
        {"lengths_minutes": (45,)},
        {"earliest_start_minute": 20},
        {"latest_start_minute": 1440},
        {"most_kinds": -1},
        {"fixed_crews": -1},
    ],
)
def test_crew_rules_are_checked(wrong):
    with pytest.raises(ValueError, match="Expected"):
        CrewRules(**wrong)
