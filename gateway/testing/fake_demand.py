"""A demand service that spreads cars over sectors in turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from gateway.crews import QUARTER_MINUTES
from gateway.teams import list_teams
from gateway.testing.script import Script
from officers.area.v1.area_pb2 import Area
from officers.demand.v1 import demand_pb2 as demand
from officers.demand.v1.demand_pb2_grpc import DemandServiceServicer
from serving.work import ServicerContext


@dataclass
class FakeDemand(DemandServiceServicer):
    """Spreads the cars over the sectors in turn."""

    script: Script
    area: Area

    @override
    async def ComputeTravel(
        self, request: demand.ComputeTravelRequest, context: ServicerContext
    ) -> demand.ComputeTravelResponse:
        """Answer with five minutes from one sector to the next."""
        await self.script.enter("ComputeTravel", request)
        numbers = range(len(self.area.sectors))
        rows = [demand.TravelMinutesRow(minutes=[5.0 * abs(a - b) for b in numbers]) for a in numbers]
        sector_ids = [sector.id for sector in self.area.sectors]
        return demand.ComputeTravelResponse(sector_ids=sector_ids, normal=rows, urgent=rows, method="distance")

    @override
    async def PlanStaffing(
        self, request: demand.PlanStaffingRequest, context: ServicerContext
    ) -> demand.PlanStaffingResponse:
        """Answer with the crews as they are."""
        await self.script.enter("PlanStaffing", request)
        roster = demand.Roster(shifts=request.shifts, crews=sum(shift.cars for shift in request.shifts))
        return demand.PlanStaffingResponse(present=roster, planned=roster, curve=[roster])

    @override
    async def Redeploy(self, request: demand.RedeployRequest, context: ServicerContext) -> demand.RedeployResponse:
        """Answer with a move of the first car to the area's last sector."""
        await self.script.enter("Redeploy", request)
        move = demand.CarMove(
            car_id=request.cars[0].car_id,
            from_sector_id=request.cars[0].sector_id,
            to_sector_id=self.area.sectors[-1].id,
            minutes=5.0,
            gain=0.1,
        )
        return demand.RedeployResponse(moves=[move], coverage_before=0.5, coverage_after=0.6)

    @override
    async def Optimize(self, request: demand.OptimizeRequest, context: ServicerContext) -> demand.OptimizeResponse:
        """Answer with one candidate: the cars of each team, or of the area, spread over its sectors in turn."""
        await self.script.enter("Optimize", request)
        sector_ids = [sector.id for sector in self.area.sectors]
        periods = [demand.DemandPeriod(cars=[0] * len(sector_ids)) for _ in _periods(request)]
        teams = [(team.name, team.sector_ids) for team in list_teams(self.area)]
        answer = demand.OptimizeResponse(wall_seconds=0.1)
        for number, (name, own) in enumerate(teams or [("", tuple(sector_ids))]):
            cars = _cars_by_period(request, number, len(teams) or 1)
            for period, count in zip(periods, cars, strict=True):
                for car in range(count):
                    period.cars[sector_ids.index(own[car % len(own)])] += 1
            if teams:
                answer.teams.add(team=name, cars=max(cars))
        plan = demand.DemandPlan(sector_ids=sector_ids, period_minutes=request.period_minutes, periods=periods)
        answer.plan.CopyFrom(plan)
        answer.candidates.add(name="one per sector", plan=plan, chosen=True)
        return answer

    @override
    async def Simulate(self, request: demand.SimulateRequest, context: ServicerContext) -> demand.SimulateResponse:
        """Answer with as many calls within target for every deployment."""
        await self.script.enter("Simulate", request)
        hours = request.shift_minutes // 60
        results = [_result(entry.name, self.area.sectors[0].id, hours) for entry in request.deployments]
        for result in results[1:]:
            result.comparison.failures_change.CopyFrom(demand.Interval(value=0.5, low=0.2, high=0.9))
            result.comparison.mean_response_change_minutes = 1.5
        return demand.SimulateResponse(results=results)


def _result(name: str, worst_sector_id: str, hours: int) -> demand.SimulationResult:
    """Return a result of calls of which nine in ten are answered within target."""
    urgent = demand.PartResult(calls=40, within_target=38, mean_response_minutes=6.0, p90_response_minutes=9.0)
    hourly = [
        demand.PartResult(calls=10, within_target=9, mean_response_minutes=5.0 + hour % 4) for hour in range(hours)
    ]
    return demand.SimulationResult(
        name=name,
        calls=100,
        within_target=90,
        share_within_target=0.9,
        mean_response_minutes=7.0,
        p90_response_minutes=12.0,
        utilisation=0.4,
        failure_rate=demand.Interval(value=0.1, low=0.08, high=0.12),
        urgent=urgent,
        other=demand.PartResult(calls=60, within_target=52, mean_response_minutes=8.0, p90_response_minutes=13.0),
        hours=hourly,
        worst_sector_id=worst_sector_id,
        sectors=[demand.SectorResult(sector_id=worst_sector_id, calls=30, within_target=24)],
        car_hours=32.0,
    )


def _periods(request: demand.OptimizeRequest) -> range:
    """Return the first quarter hours of the periods."""
    quarters = request.period_minutes // QUARTER_MINUTES
    return range(0, request.shift_minutes // QUARTER_MINUTES, quarters)


def _cars_by_period(request: demand.OptimizeRequest, number: int, team_count: int) -> Sequence[int]:
    """Return the cars of a team that count throughout each period."""
    own = request.team_cars[number] if request.team_cars else len(range(number, request.cars, team_count))
    hours = request.team_staffing[number] if request.team_staffing else request
    on_duty = list(hours.on_duty_cars) or [0 if request.team_staffing else own] * (
        request.shift_minutes // QUARTER_MINUTES
    )
    on_break = list(hours.on_break_cars) or [0] * len(on_duty)
    free = [there - away for there, away in zip(on_duty, on_break, strict=True)]
    return [min(free[start : start + _periods(request).step]) for start in _periods(request)]
