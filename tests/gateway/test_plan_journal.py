import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.area_store import AreaStore
from gateway.bell import Bell
from gateway.database import Database
from gateway.names import PlanName
from gateway.plan_journal import PlanFinishedError, PlanJournal
from gateway.plan_store import PlanStore
from gateway.records import FailureRecord, NewPlan, PlanState, StepState
from gateway.tables import AUDIT
from serving.errors import AlreadyExists, FailedPrecondition, NotFound

STEPS = ["first", "second"]
START_TIME = datetime(2015, 1, 1, 13, tzinfo=UTC)


class Stores:
    """The stores over one database, with a clock that goes on a second at every look."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder}/gateway.db")
        self.database.migrate()
        self.time = datetime(2015, 1, 1, tzinfo=UTC)
        self.areas = AreaStore(self.database, self.clock)
        self.plans = PlanStore(self.database, self.clock, STEPS)
        self.journal = PlanJournal(self.database, self.clock, Bell())
        self.areas.add("town", "a" * 64, "b" * 64, "{}")

    def clock(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def create(self, plan_id: str, request_id: str = "", request_key: str = "k", hours: float = 0) -> None:
        start_time = START_TIME + timedelta(hours=hours)
        end_time = start_time + timedelta(hours=8)
        order = NewPlan(
            "town", "a" * 64, "day", "08:00", start_time, end_time, start_time, "2015-01-01", 4, "{}", "", "{}",
            request_id, request_key,
        )  # fmt: skip
        self.plans.create(plan_id, order)

    def finish(self, plan_id: str) -> None:
        for step in STEPS:
            self.journal.begin_step(plan_id, step)
            self.journal.end_step(plan_id, step, 0.5, "c" * 64)
        self.journal.finish(plan_id, "d" * 64)


@pytest.fixture
async def stores(tmp_path: Path) -> Stores:
    return Stores(tmp_path)


async def test_a_plan_goes_through_its_states(stores: Stores) -> None:
    stores.create("p")
    assert stores.plans.get_by_id("p").state is PlanState.PENDING
    stores.journal.begin_step("p", "first")
    stores.journal.begin_step("p", "first")  # again, after a restart
    plan = stores.plans.get_by_id("p")
    assert (plan.state, plan.steps[0].state, plan.steps[0].attempt_count) == ("RUNNING", StepState.RUNNING, 2)
    stores.journal.fail("p", FailureRecord("INVALID_ARGUMENT", "R", "wrong", (("cars", "too few"),)))
    plan = stores.plans.get_by_id("p")
    assert (plan.state, plan.steps[0].state, plan.steps[1].state) == ("FAILED", StepState.FAILED, StepState.PENDING)
    assert plan.failure is not None
    assert plan.failure.violations == (("cars", "too few"),)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.floats(0, 1)), max_size=12))
@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_progress_never_falls_and_events_are_numbered(
    tmp_path_factory: pytest.TempPathFactory, reports: list[tuple[str, float]]
) -> None:
    async def check() -> None:
        stores = Stores(tmp_path_factory.mktemp("journal"))
        stores.create("p")
        for step, fraction in reports:
            stores.journal.report("p", step, fraction, "working")
        stores.journal.cancel("p")
        events, is_over = stores.plans.events_after("p", 0)
        assert is_over
        assert [event.sequence for event in events] == list(range(1, len(reports) + 3))
        fractions = [event.fraction for event in events]
        assert fractions == sorted(fractions)
        assert max([0.0, *(fraction for _, fraction in reports)]) == fractions[-1]
        stores.database.close()

    asyncio.run(check())


async def test_nothing_happens_to_a_finished_plan(stores: Stores) -> None:
    stores.create("p")
    stores.journal.cancel("p")
    before = stores.plans.get_by_id("p")
    changes = [
        lambda: stores.journal.begin_step("p", "first"),
        lambda: stores.journal.report("p", "first", 0.9, "still at it"),
        lambda: stores.journal.end_step("p", "first", 0.9, "e" * 64),
        lambda: stores.journal.finish("p", "e" * 64),
        lambda: stores.journal.fail("p", FailureRecord("INTERNAL", "R", "wrong")),
        lambda: stores.journal.cancel("p"),
    ]
    for change in changes:
        with pytest.raises(PlanFinishedError):
            change()
    assert stores.plans.get_by_id("p") == before


async def test_decisions_are_made_once(stores: Stores) -> None:
    stores.create("p")
    with pytest.raises(FailedPrecondition, match="is pending"):
        stores.journal.decide("p", PlanState.APPROVED, "Vimes", "")
    stores.finish("p")
    stores.journal.decide("p", PlanState.APPROVED, "Vimes", "good")
    stores.journal.decide("p", PlanState.APPROVED, "Vimes", "good")
    plan = stores.plans.get_by_id("p")
    assert (plan.state, plan.decision and plan.decision.note) == (PlanState.APPROVED, "good")
    for verdict, name in ((PlanState.REJECTED, "Vimes"), (PlanState.APPROVED, "Carrot")):
        with pytest.raises(FailedPrecondition, match="is approved"):
            stores.journal.decide("p", verdict, name, "")


async def test_the_later_approval_counts(stores: Stores) -> None:
    for plan_id, hours in (("a", 0), ("b", 4), ("c", 4)):
        stores.create(plan_id, hours=hours)
        stores.finish(plan_id)
    stores.journal.decide("c", PlanState.REJECTED, "Vimes", "")
    for plan_id in ("b", "a"):
        stores.journal.decide(plan_id, PlanState.APPROVED, "Vimes", "")

    def plan_at(hours: float) -> str | None:
        plan = stores.plans.approved_at("town", START_TIME + timedelta(hours=hours))
        return plan and plan.plan_id

    assert [plan_at(hours) for hours in (-0.1, 0, 5, 7.9, 8, 11.9, 12)] == [None, "a", "a", "a", "b", "b", None]
    assert stores.plans.approved_at("elsewhere", START_TIME) is None


async def test_requests_are_remembered(stores: Stores) -> None:
    request_id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    stores.create("p", request_id)
    stores.create("q", request_id)
    found = stores.plans.find_request(request_id, "k")
    assert found is not None
    assert found.plan_id == "p"
    with pytest.raises(AlreadyExists):
        stores.create("r", request_id, "another request")
    with pytest.raises(NotFound):
        stores.plans.get_by_id("q")


async def test_plans_are_listed_newest_first_in_pages(stores: Stores) -> None:
    for number in range(5):
        stores.create(f"p{number}")
    first = stores.plans.list("town", None, 2)
    last = first[-1]
    rest = stores.plans.list("town", (last.create_time, last.plan_id), 9)
    assert [plan.plan_id for plan in [*first, *rest]] == ["p4", "p3", "p2", "p1", "p0"]
    assert [plan.plan_id for plan in stores.plans.unfinished()] == ["p0", "p1", "p2", "p3", "p4"]


async def test_a_plan_of_another_area_is_not_found(stores: Stores) -> None:
    stores.create("p")
    assert stores.plans.get(PlanName("town", "p")).name == "areas/town/plans/p"
    with pytest.raises(NotFound, match="areas/other/plans/p"):
        stores.plans.get(PlanName("other", "p"))


async def test_areas_keep_their_history_and_plans_their_snapshot(stores: Stores) -> None:
    stores.create("p")
    again = stores.areas.add("town", "a" * 64, "b" * 64, "{}")
    assert again == stores.areas.get("town")  # the same snapshot: its import time stays
    stores.areas.add("town", "f" * 64, "b" * 64, "{}")
    assert stores.areas.get("town").area_artifact == "f" * 64
    assert stores.plans.get_by_id("p").order.area_artifact == "a" * 64


async def test_who_did_what_is_on_record(stores: Stores) -> None:
    stores.create("p")
    stores.finish("p")
    stores.journal.decide("p", PlanState.APPROVED, "Vimes", "good")
    with stores.database.read() as connection:
        entries = connection.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.resource, AUDIT.c.detail))
        assert [tuple(entry) for entry in entries] == [
            ("", "import", "areas/town", "a" * 64),
            ("", "create", "areas/town/plans/p", ""),
            ("Vimes", "approve", "areas/town/plans/p", "good"),
        ]
