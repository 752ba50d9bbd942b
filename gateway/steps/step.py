"""What a step is and what it works with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from google.protobuf.message import Message

from gateway.answers import Answers
from gateway.records import NewPlan
from gateway.services import Services
from gateway.shift_times import Span
from officers.area.v1.area_pb2 import Area
from officers.gateway.v1.gateway_pb2 import PlanOptions, Staffing

M = TypeVar("M", bound=Message)

Artifacts: TypeAlias = Mapping[str, str]
"""Artifacts by name, for example ``{"demand": "3fa9..."}``."""

Report: TypeAlias = Callable[[float, str], Awaitable[None]]
"""Tells how far the step is: share done, 0 to 1, and what is being done."""


@dataclass(frozen=True)
class StepWork:
    """What a step knows: the order, the area, what earlier steps have made, and how to ask services.

    `standing_artifact` is the result of the plan that this one starts from besides; empty: there is none.
    """

    order: NewPlan
    options: PlanOptions
    staffing: Staffing
    standing_artifact: str
    area: Area
    made: Artifacts
    services: Services
    answers: Answers
    report: Report

    @property
    def span(self) -> Span:
        """The span of the shift."""
        return Span(self.order.start_time, self.order.end_time)

    async def read(self, name: str, kind: type[M]) -> M:
        """Return what an earlier step has made."""
        return await self.answers.read(self.made[name], kind)


@dataclass(frozen=True)
class Step:
    """A step: its name, its share of the plan's time as people see it, and what it does."""

    name: str
    weight: float
    run: Callable[[StepWork], Awaitable[Artifacts]]
