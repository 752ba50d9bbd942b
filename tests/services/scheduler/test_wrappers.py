import threading

import numpy as np
import pytest

from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import Annealer as AnnealerInterface
from services.scheduler.sampling import SampleOptions
from services.scheduler.testing.fake_annealer import Annealer
from services.scheduler.wrappers import Fallback, Limit, Race, Retry, Timing
from serving.errors import InvalidArgument, ResourceExhausted, Unavailable

NOTHING = np.zeros(0, dtype=np.int64)
QUBO = Qubo(3, NOTHING, NOTHING, np.zeros(0))


def down() -> Unavailable:
    return Unavailable("down", retry_delay_seconds=0.001)


def sample(annealer: AnnealerInterface, budget: Budget | None = None) -> list[list[int]]:
    budget = budget or Budget.of_seconds(30, lambda: False)
    return annealer.sample(QUBO, SampleOptions(2), budget).tolist()  # type: ignore[no-any-return]


def test_retry_calls_again_until_it_works_or_the_attempts_end() -> None:
    fake = Annealer(1, [down(), ResourceExhausted("full", 0.001)])
    assert sample(Retry(fake, 3)) == [[1, 1, 1]] * 2
    assert fake.calls == 3
    fake = Annealer(1, [down(), down()])
    with pytest.raises(Unavailable):
        sample(Retry(fake, 2))
    assert fake.calls == 2


def test_retry_neither_repeats_bad_requests_nor_waits_past_the_budget() -> None:
    fake = Annealer(1, [InvalidArgument("qubo", "wrong")])
    with pytest.raises(InvalidArgument):
        sample(Retry(fake))
    fake = Annealer(1, [Unavailable("down", retry_delay_seconds=100)])
    with pytest.raises(Unavailable):
        sample(Retry(fake))
    assert fake.calls == 1


def test_fallback_asks_the_next() -> None:
    second = Annealer(1)
    assert sample(Fallback((Annealer(0, [down()]), second))) == [[1, 1, 1]] * 2
    with pytest.raises(InvalidArgument):
        sample(Fallback((Annealer(0, [InvalidArgument("qubo", "wrong")]), second)))
    assert second.calls == 1


def test_race_takes_the_first_answer_and_stops_the_others() -> None:
    slow = Annealer(0, waits=True)
    assert sample(Race((slow, Annealer(0, [down()]), Annealer(1)))) == [[1, 1, 1]] * 2
    with pytest.raises(Unavailable):
        sample(Race((Annealer(0, [down()]), Annealer(0, [ResourceExhausted("full")]))))


def test_limit_lets_the_next_in_once_a_place_is_free() -> None:
    stopped = threading.Event()
    limit = Limit(Annealer(0, waits=True), 1)
    budget = Budget.of_seconds(60, stopped.is_set)
    busy = threading.Thread(target=sample, args=(limit, budget))
    busy.start()
    while limit._places._value:  # type: ignore[attr-defined]
        pass
    with pytest.raises(ResourceExhausted):
        sample(limit, Budget.of_seconds(0, lambda: False))
    stopped.set()
    busy.join()
    assert sample(limit, budget) == [[0, 0, 0]] * 2


def test_timing_counts_failures_too() -> None:
    ticks = iter([0.0, 1.5, 2.0, 4.0])
    timing = Timing(Annealer(0, [down()]), clock=lambda: next(ticks))
    with pytest.raises(Unavailable):
        sample(timing)
    sample(timing)
    assert timing.seconds == [1.5, 2.0]
