from gateway.timetable import is_on_break, is_on_duty, make_timetable
from officers.scheduler.v1.scheduler_pb2 import Car, CarAssignment, DemandRow, MinuteSpan, Schedule, ScheduleProblem


def span(start_minute: int, minutes: int) -> MinuteSpan:
    return MinuteSpan(start_minute=start_minute, minutes=minutes)


ALWAYS = Car(id="C01", breaks=[span(30, 15)])
EARLY = Car(id="C02", on_duty=span(0, 75))
LATE = Car(id="C03", on_duty=span(75, 105))
CARS = (ALWAYS, EARLY, LATE)
PLACES = (["A", "B", "A"], ["A", "B", ""], ["", "C", "C"])


def problem_of(*cars: Car) -> ScheduleProblem:
    return ScheduleProblem(sectors=["A", "B", "C"], cars=cars, period_minutes=60, demand=[DemandRow()] * 3)


def schedule_of(*rows: list[str]) -> Schedule:
    return Schedule(assignments=[CarAssignment(car_id=f"C{number}", sectors=row) for number, row in enumerate(rows)])


def test_hours_of_a_car() -> None:
    assert [is_on_duty(EARLY, minute) for minute in (0, 74.9, 75)] == [True, True, False]
    assert is_on_duty(ALWAYS, 1e6)
    assert [is_on_break(ALWAYS, minute) for minute in (29.9, 30, 44.9, 45)] == [False, True, True, False]
    assert not is_on_break(EARLY, 30)


def test_periods_are_kept_where_cars_come_and_go_at_their_turns() -> None:
    late = Car(id="C02", on_duty=span(60, 120))
    timetable = make_timetable(problem_of(ALWAYS, late), schedule_of(["A", "B", "A"], ["", "B", "A"]), [])
    assert timetable.period_minutes == 60
    assert [list(car.sectors) for car in timetable.cars] == [["A", "B", "A"], ["", "B", "A"]]


def test_cars_that_come_and_go_within_a_period_are_on_duty_to_the_quarter_hour() -> None:
    timetable = make_timetable(problem_of(*CARS), schedule_of(*PLACES), ["medic"])
    assert timetable.period_minutes == 15
    always, early, late = timetable.cars
    assert list(always.sectors) == ["A"] * 4 + ["B"] * 4 + ["A"] * 4
    assert list(early.sectors) == ["A"] * 4 + ["B"] + [""] * 7
    assert list(late.sectors) == [""] * 5 + ["C"] * 7
    assert [(each.start_minute, each.minutes) for each in always.breaks] == [(30, 15)]
    assert list(late.capabilities) == ["medic"]


def test_periods_are_cut_no_finer_than_need_be() -> None:
    half = Car(id="C02", on_duty=span(30, 60))
    timetable = make_timetable(problem_of(half), schedule_of(["A", "B", ""]), [])
    assert timetable.period_minutes == 30
    assert list(timetable.cars[0].sectors) == ["", "A", "B", "", "", ""]
