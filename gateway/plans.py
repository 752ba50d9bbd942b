"""Plans: creating, reading, watching, cancelling and deciding on them."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.areas import Areas
from gateway.bell import Bell
from gateway.names import PlanName, parse_area_name
from gateway.page_tokens import Page, check_page_size, make_page_token, read_page_token
from gateway.plan_journal import PlanJournal
from gateway.plan_orders import make_order, with_canonical_id
from gateway.plan_runner import PlanRunner
from gateway.plan_store import PlanStore
from gateway.records import EventRecord, PlanRecord, PlanState
from gateway.standing_plans import StandingPlans
from officers.gateway.v1.gateway_pb2 import CreatePlanRequest
from serving.artifacts import request_key
from serving.errors import InvalidArgument

LOOK_SECONDS = 1.0
"""Watchers look this often even when the bell is silent: another replica may work on the plan."""


@dataclass(frozen=True)
class Plans:
    """What people and programs do with plans."""

    areas: Areas
    store: PlanStore
    standing: StandingPlans
    journal: PlanJournal
    runner: PlanRunner
    bell: Bell

    def create(self, request: CreatePlanRequest) -> PlanRecord:
        """Keep a new plan and start working on it; the same request with the same id returns the same plan.

        Raises
        ------
        InvalidArgument
            Something is wrong with the request; every fault is named.
        NotFound
            There is no such area.
        AlreadyExists
            The request id was used for another request.
        """
        area_id = parse_area_name(request.parent, "parent")
        request = with_canonical_id(request)
        plan = self.store.find_request(request.request_id, request_key(request))
        if plan is None:
            snapshot, area = self.areas.get(area_id)
            order = make_order(request, area_id, snapshot.area_artifact, area)
            order = replace(order, standing_plan_id=self.standing.find(order))
            plan = self.store.create(_make_plan_id(request), order)
        if plan.state is PlanState.PENDING:
            self.runner.start(plan.plan_id)
        return plan

    def get(self, name: PlanName) -> PlanRecord:
        """Return a plan. Raises NotFound."""
        return self.store.get(name)

    def list(self, area_id: str, page_size: int, page_token: str) -> Page[PlanRecord]:
        """Return a page of an area's plans, newest first. Raises InvalidArgument, NotFound."""
        limit = check_page_size(page_size)
        scope = f"plans/{area_id}"
        before = _read_position(read_page_token(scope, page_token))
        self.areas.store.get(area_id)
        plans: Sequence[PlanRecord] = self.store.list(area_id, before, limit + 1)
        shown = plans[:limit]
        if len(plans) <= limit:
            return Page(shown, "")
        return Page(shown, make_page_token(scope, [shown[-1].create_time.isoformat(), shown[-1].plan_id]))

    def cancel(self, name: PlanName) -> PlanRecord:
        """Cancel a plan and the call that runs for it; a plan that is cancelled already stays so.

        Raises
        ------
        NotFound
            There is no such plan.
        FailedPrecondition
            The plan is finished.
        """
        plan = self.store.get(name)
        if plan.state is not PlanState.CANCELLED:
            self.journal.cancel(plan.plan_id)
        self.runner.cancel(plan.plan_id)
        return self.store.get(name)

    def decide(self, name: PlanName, verdict: PlanState, decided_by: str, note: str) -> PlanRecord:
        """Record a supervisor's decision. Raises InvalidArgument, NotFound, FailedPrecondition."""
        if not decided_by.strip():
            raise InvalidArgument("decided_by", "Expected the name of who decides.")
        plan = self.store.get(name)
        self.journal.decide(plan.plan_id, verdict, decided_by, note)
        return self.store.get(name)

    async def watch(self, name: PlanName, cursor: int) -> AsyncIterator[EventRecord]:
        """Yield the events of a plan after a cursor as they happen, until the plan is finished.

        Raises
        ------
        InvalidArgument
            The cursor is negative.
        NotFound
            There is no such plan.
        """
        if cursor < 0:
            raise InvalidArgument("cursor", f"Expected at least 0, got {cursor}.")
        plan = await asyncio.to_thread(self.store.get, name)
        is_over = False
        while not is_over:
            rung = self.bell.listen()
            events, is_over = await asyncio.to_thread(self.store.events_after, plan.plan_id, cursor)
            for event in events:
                yield event
                cursor = event.sequence
            if not events and not is_over:
                with suppress(TimeoutError):
                    await asyncio.wait_for(rung.wait(), LOOK_SECONDS)


def _make_plan_id(request: CreatePlanRequest) -> str:
    """Return an id that tells people the local day and the shift."""
    shift = re.sub("[^a-z0-9]+", "-", request.shift.lower()).strip("-")
    return "-".join(part for part in (request.date.replace("-", ""), shift[:20], secrets.token_hex(6)) if part)


def _read_position(parts: tuple[str, ...]) -> tuple[datetime, str] | None:
    if not parts:
        return None
    try:
        return datetime.fromisoformat(parts[0]).astimezone(UTC), parts[1]
    except (ValueError, IndexError, OverflowError):
        raise InvalidArgument("page_token", "Expected a next_page_token of the same list.") from None
