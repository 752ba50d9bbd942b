"""The plan that a new one starts from besides: what was approved for the last such shift."""

from dataclasses import dataclass

from gateway.messages import MessageStore
from gateway.plan_orders import options_from_text
from gateway.plan_store import PlanStore
from gateway.records import NewPlan
from officers.area.v1.area_pb2 import Area


@dataclass(frozen=True)
class StandingPlans:
    """Finds standing plans among approved plans."""

    plans: PlanStore
    messages: MessageStore

    def find(self, order: NewPlan) -> str:
        """Return the id of the plan that an order starts from besides; empty: none, or it has other sectors or periods.

        It is the approved plan of the area's last such shift before the order's (of several for that shift, the one
        approved last) that had looked at no later incidents than the order may.
        """
        plan = self.plans.approved_before(order.area_id, order.shift, order.start_time, order.as_of_time)
        return plan.plan_id if plan is not None and self._fits(plan.order, order) else ""

    def _fits(self, standing: NewPlan, order: NewPlan) -> bool:
        lengths = [each.end_time - each.start_time for each in (standing, order)]
        periods = [options_from_text(each.options).period_minutes for each in (standing, order)]
        sectors = [self._sector_ids(each.area_artifact) for each in (standing, order)]
        return lengths[0] == lengths[1] and periods[0] == periods[1] and sectors[0] == sectors[1]

    def _sector_ids(self, area_artifact: str) -> list[str]:
        return [sector.id for sector in self.messages.get(area_artifact, Area).sectors]
