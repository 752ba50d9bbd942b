"""What `officers demand optimize --out` writes as a deployment."""

from dataclasses import dataclass
from pathlib import Path

from cli.deployments.site import Site
from cli.deployments.timetables import plan_timetable
from cli.json_files import read_demand_plan, require_same_sectors
from officers.demand.v1.demand_pb2 import DemandPlan, Deployment
from serving.errors import InvalidArgument

OPTION = "--demand"


@dataclass(frozen=True)
class DemandSource:
    """Cars per sector and period, which become single cars with the least travel."""

    name: str
    file: Path
    plan: DemandPlan
    rotates: bool
    option: str = OPTION

    @property
    def names(self) -> list[str]:
        """The name of its one deployment."""
        return [self.name]

    def deployments(self, site: Site) -> list[Deployment]:
        """Deploy the plan. Raises InvalidArgument where it is for other sectors or another span."""
        require_same_sectors(self.plan, site.area, self.file, OPTION)
        planned = self.plan.period_minutes * len(self.plan.periods)
        if planned != site.span.minutes:
            raise InvalidArgument(
                OPTION, f"Expected a plan for {site.span.minutes} minutes, {self.file} is for {planned}."
            )
        return [Deployment(name=self.name, timetable=plan_timetable(self.plan, site, self.rotates))]


def read_demand(file: Path, name: str, rotates: bool) -> DemandSource:
    """Read the answer of `officers demand optimize`. Raises InvalidArgument."""
    return DemandSource(name, file, read_demand_plan(file, OPTION), rotates)
