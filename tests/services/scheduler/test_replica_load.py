import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.replica_load import Load


def run_against(threads: int, load: Load, trials: int) -> None:
    """Trials of a second against replicas with so many threads: by Little's law they wait for the others' share."""
    for _ in range(trials):
        load.learn(max(1.0, load.width / threads), 1.0)


@pytest.mark.parametrize("threads", [1, 2, 3, 8, 20])
def test_it_keeps_every_thread_busy_and_queues_short(threads: int) -> None:
    load = Load(most=64)
    run_against(threads, load, 300)
    assert threads < load.width <= 1.6 * threads + 1


def test_it_grows_when_replicas_join_and_shrinks_when_they_go() -> None:
    load = Load(most=64)
    run_against(2, load, 100)
    before = load.width
    run_against(8, load, 40)
    assert load.width > 2 * before
    run_against(2, load, 40)
    assert load.width <= before + 1


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1e3), st.floats(0, 1e3))))
def test_it_stays_within_its_bounds(events: list[tuple[bool, float, float]]) -> None:
    load = Load(most=9)
    for refused, seconds, work_seconds in events:
        load.refuse() if refused else load.learn(seconds, work_seconds)
        assert 1 <= load.width <= 9
        assert 0 <= load.typical_seconds <= 1e3


def test_what_is_typical_follows_the_trials() -> None:
    load = Load(most=9)
    load.learn(5.0, 1.0)
    assert load.typical_seconds == 5.0
    for _ in range(50):
        load.learn(1.0, 1.0)
    assert load.typical_seconds == pytest.approx(1.0, abs=0.01)
