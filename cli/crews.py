"""Crews in options and files: local start, minutes, cars; and the cars that they put on duty."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cli.json_files import read_roster_answer, read_text
from officers.demand.v1.demand_pb2 import CrewShift
from serving.errors import InvalidArgument

DAY_MINUTES = 1440
QUARTER_MINUTES = 15
HALF_HOUR_MINUTES = 30
MOST_CARS = 1000
TIME_PATTERN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
COLUMNS = ("start", "minutes", "cars")


def parse_crew(text: str, option: str, step_minutes: int) -> CrewShift:
    """Read crews as START,MINUTES,CARS.

    Parameters
    ----------
    option
        Names the option in errors.
    step_minutes
        Starts and lengths are multiples of it.

    Raises
    ------
    InvalidArgument
        The text is something else, or out of range.

    >>> parse_crew("07:30,480,3", "--crew", 30).cars
    3
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != len(COLUMNS) or not all(part.isdecimal() for part in parts[1:]):
        raise InvalidArgument(option, f"Expected START,MINUTES,CARS such as 07:00,480,3, got {text!r}.")
    start, minutes, cars = parts[0], int(parts[1]), int(parts[2])
    if minute_of_day(start, option) % step_minutes:
        raise InvalidArgument(option, f"Expected a start on a multiple of {step_minutes} minutes, got {start}.")
    if minutes % step_minutes or not 0 < minutes <= DAY_MINUTES:
        expected = f"{step_minutes} to {DAY_MINUTES} minutes in steps of {step_minutes}"
        raise InvalidArgument(option, f"Expected {expected}, got {minutes} in {text!r}.")
    if not 0 < cars <= MOST_CARS:
        raise InvalidArgument(option, f"Expected 1 to {MOST_CARS} cars, got {cars} in {text!r}.")
    return CrewShift(start=start, minutes=minutes, cars=cars)


def minute_of_day(text: str, option: str) -> int:
    """Read a local time as a minute of the day. Raises InvalidArgument that names `option`."""
    found = TIME_PATTERN.fullmatch(text)
    if found is None:
        raise InvalidArgument(option, f"Expected a time such as 07:30, got {text!r}.")
    return 60 * int(found[1]) + int(found[2])


def parse_crews(texts: Iterable[str], option: str, step_minutes: int) -> tuple[CrewShift, ...]:
    """Read an option that may be given several times. Raises InvalidArgument."""
    return tuple(parse_crew(text, option, step_minutes) for text in texts)


def read_crews(file: Path, option: str) -> tuple[CrewShift, ...]:
    """Read crews from a CSV file with the columns start, minutes, cars, or from the roster of `demand staffing`.

    Raises
    ------
    InvalidArgument
        The file is neither, or has no crews.
    """
    text = read_text(file, option)
    if text.lstrip().startswith("{"):
        return tuple(read_roster_answer(file, option).planned.shifts)
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    if rows and tuple(cell.strip().lower() for cell in rows[0]) == COLUMNS:
        rows = rows[1:]
    if not rows:
        raise InvalidArgument(option, f"Expected lines START,MINUTES,CARS in {file}, found none.")
    return parse_crews((",".join(row) for row in rows), f"{option} {file}", QUARTER_MINUTES)


def on_duty_cars(crews: Sequence[CrewShift], clock: Sequence[int]) -> list[int]:
    """Return the cars on duty at each time that the clock shows; crews work the same hours every day.

    Parameters
    ----------
    clock
        Local minutes since a midnight, as `wall_minutes` gives them.

    >>> on_duty_cars([CrewShift(start="07:30", minutes=60, cars=2)], [480, 510])
    [2, 0]
    """
    return [sum(crew.cars for crew in crews if _works(crew, minute)) for minute in clock]


def _works(crew: CrewShift, minute: int) -> bool:
    """Tell whether crews are on duty at a minute of the day or later."""
    return (minute - minute_of_day(crew.start, "start")) % DAY_MINUTES < crew.minutes
