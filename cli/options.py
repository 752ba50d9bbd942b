"""Options that several commands share, and what they mean."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.demo_run import first_day_after_training
from cli.limits import CARS, FOLDER, SEED
from gateway.shift_times import parse_date
from officers.area.v1.area_pb2 import Area, Shift
from serving.errors import InvalidArgument

Command = TypeVar("Command", bound=Callable[..., Any])


def session_options(command: Command) -> Command:
    """Add --area, --state and --json."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
        click.option("--state", type=FOLDER, default=Path("var"), show_default=True, help="Folder of services' state."),
        click.option("--area", "area_folder", type=FOLDER, required=True, help="Area directory."),
    ):
        command = option(command)
    return command


def area_options(command: Command) -> Command:
    """Add --area, --state, --seed and --json."""
    seeded = click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of all draws.")
    return session_options(seeded(command))


def shift_options(command: Command) -> Command:
    """Add --shift, --date and --cars."""
    for option in (
        click.option("--cars", type=CARS, help="Cars on duty; default: as the shift says."),
        click.option("--date", "day", help="Local day on which it starts; default: the first after the training data."),
        click.option("--shift", "shift_name", help="One of the area's shifts; default: the first."),
    ):
        command = option(command)
    return command


def find_shift(area: Area, name: str | None) -> Shift:
    """Return the named shift of an area, the first one without a name.

    Raises
    ------
    InvalidArgument
        There is no such shift; lists those there are.
    """
    names = [shift.name for shift in area.shifts]
    for shift in area.shifts:
        if name is None or shift.name == name:
            return shift
    if not names:
        raise InvalidArgument("--area", "Expected an area with at least one shift in area.toml, found none.")
    raise InvalidArgument("--shift", f"Expected one of {', '.join(names)}, got {name!r}.")


def parse_day(area: Area, text: str | None, option: str = "--date") -> date:
    """Return the day that was asked for, else the first day after the training data. Raises InvalidArgument."""
    if text is None:
        return first_day_after_training(area)
    day = parse_date(text)
    if day is None:
        raise InvalidArgument(option, f"Expected a day such as 2015-01-31, got {text!r}.")
    return day
