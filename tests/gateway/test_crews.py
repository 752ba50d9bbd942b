from gateway.crews import breaks_by_quarter, cars_by_period, count_cars, duty_by_quarter, most_on_duty
from officers.gateway.v1.gateway_pb2 import CrewStart
from officers.scheduler.v1.scheduler_pb2 import MinuteSpan

EARLY = CrewStart(start_minute=0, minutes=75, cars=2, breaks=[MinuteSpan(start_minute=30, minutes=15)])
LATE = CrewStart(start_minute=75, minutes=45, cars=3)


def test_cars_by_quarter_hour() -> None:
    crews = [EARLY, LATE]
    assert count_cars(crews, duty_by_quarter(crews, 120)).tolist() == [2] * 5 + [3] * 3
    assert count_cars(crews, breaks_by_quarter(crews, 120)).tolist() == [0, 0, 2] + [0] * 5
    assert most_on_duty(crews, 120) == 3


def test_a_car_counts_in_every_period_that_it_works_in() -> None:
    assert cars_by_period([EARLY, LATE], 120, 60).tolist() == [2, 5]
    assert cars_by_period([EARLY, LATE], 120, 15).tolist() == [2] * 5 + [3] * 3


def test_no_crews_are_no_cars() -> None:
    nobody: list[CrewStart] = []
    assert count_cars(nobody, duty_by_quarter(nobody, 60)).tolist() == [0] * 4
    assert most_on_duty(nobody, 60) == 0
    assert cars_by_period(nobody, 60, 30).tolist() == [0, 0]
