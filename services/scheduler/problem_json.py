"""PROBLEM.json and SCHEDULE.json: proto3 JSON in, the same fields as the contract out."""

import json
import re

from google.protobuf import json_format

from officers.scheduler.v1 import scheduler_pb2 as pb
from services.scheduler.convert import from_schedule, to_problem
from services.scheduler.problem import Problem
from services.scheduler.solution import Schedule
from services.scheduler.validation import validate
from serving.errors import InvalidArgument

_ROWS = {"travelMinutes": "minutes", "demand": "cars"}
"""Fields that are lists of objects with one list each."""

_WHOLE = "problem"
"""Named as the field where a fault concerns the file as a whole."""


def read_problem(content: bytes) -> Problem:
    """Return the valid problem that a PROBLEM.json holds.

    Raises
    ------
    InvalidArgument
        The content is no JSON, has unknown fields or wrong types, or the problem makes no sense; fields are named as
        in the file, for example ``travelMinutes[2].minutes[0]``.
    """
    message = _parse(content)
    try:
        problem = to_problem(message, prefix="")
        validate(problem)
    except InvalidArgument as error:
        raise InvalidArgument.of([(_camel_case(v.field), v.description) for v in error.violations]) from None
    return problem


def schedule_text(schedule: Schedule) -> str:
    """Return the content of SCHEDULE.json: every field present, `gap` null without a schedule."""
    document = json_format.MessageToDict(from_schedule(schedule), always_print_fields_with_no_presence=True)
    document["status"] = schedule.status.value
    document["gap"] = schedule.gap
    document["seed"] = schedule.seed  # proto3 JSON would write 64-bit numbers as strings
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _parse(content: bytes) -> pb.ScheduleProblem:
    try:
        document = json.loads(content)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidArgument(_WHOLE, f"Expected JSON: {error}.") from None
    except RecursionError:
        raise InvalidArgument(_WHOLE, "Expected a schedule problem, got JSON that is nested too deeply.") from None
    if not isinstance(document, dict):
        raise InvalidArgument(_WHOLE, f"Expected a JSON object, got {type(document).__name__}.")
    _check_shapes(document)
    try:
        return json_format.Parse(content, pb.ScheduleProblem())
    except json_format.ParseError as error:
        raise InvalidArgument(*_fault(str(error))) from None


def _check_shapes(document: dict[str, object]) -> None:
    """Refuse what the parser would take for something else or name unclearly."""
    if isinstance(document.get("presenceRule"), bool):
        raise InvalidArgument("presenceRule", "Expected the name of a rule, such as PRESENCE_RULE_NONE, got a truth.")
    for field, inner in _ROWS.items():
        rows = document.get(field)
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            if not isinstance(row, dict):
                expected = f'Expected an object such as {{"{inner}": [0, 1]}}'
                raise InvalidArgument(f"{field}[{index}]", f"{expected}, got {type(row).__name__}.")


def _fault(text: str) -> tuple[str, str]:
    """Return field and description of a parser's message such as "Failed to parse cars field: ... at X.cars[1].."."""
    outer = re.findall(r"Failed to parse (\w+) field: ", text)
    detail = re.split(r"Failed to parse \w+ field: ", text)[-1].splitlines()[0].rstrip(".")
    place = re.search(r' at "?ScheduleProblem\.?([\w.\[\]]*)"?$', detail)
    if place:
        detail = detail[: place.start()]
    field = (place.group(1).rstrip(".") if place else "") or ".".join(outer) or _WHOLE
    return field, re.sub(r'Message type "officers\.scheduler\.v1\.(\w+)"', r"\1", detail) + "."


def _camel_case(field: str) -> str:
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), field)
