from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.area_store import AreaStore
from gateway.bell import Bell
from gateway.clock import utc_now
from gateway.database import Database
from gateway.messages import MessageStore
from gateway.plan_journal import PlanJournal
from gateway.plan_store import PlanStore
from gateway.plan_work import ServicePlanWork
from gateway.records import NewPlan, PlanState, StepState
from gateway.retry import RetryPolicy
from gateway.steps.sequence import STEPS
from gateway.testing.area import make_area
from serving.artifacts import ArtifactStore

PLAN = "p"
START_TIME = datetime(2015, 1, 1, 13, tzinfo=UTC)


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[ServicePlanWork]:
    """Work for one plan, with no service to ask."""
    database = Database(f"sqlite:///{tmp_path}/gateway.db")
    database.migrate()
    artifacts = ArtifactStore(str(tmp_path / "artifacts"))
    messages = MessageStore(artifacts)
    area_artifact = messages.put(make_area())
    AreaStore(database, utc_now).add("town", area_artifact, "b" * 64, "{}")
    store = PlanStore(database, utc_now, [step.name for step in STEPS])
    end_time = START_TIME + timedelta(hours=8)
    times = (START_TIME, end_time, START_TIME, "2015-01-01")
    store.create(PLAN, NewPlan("town", area_artifact, "day", "08:00", *times, 4, "{}", "", "{}", "", "k"))
    nothing: Any = SimpleNamespace()
    journal = PlanJournal(database, utc_now, Bell())
    yield ServicePlanWork(store, journal, artifacts, messages, nothing, RetryPolicy(1, 0.0))
    database.close()


async def test_a_step_whose_end_is_in_the_journal_is_not_done_again(work: ServicePlanWork) -> None:
    work.journal.begin_step(PLAN, "sample_scenarios")
    work.journal.end_step(PLAN, "sample_scenarios", 0.15, "c" * 64)
    before = work.store.get_by_id(PLAN)
    assert await work.run_step(PLAN, "sample_scenarios", []) == "c" * 64
    assert work.store.get_by_id(PLAN) == before


async def test_an_unexpected_error_fails_the_plan_without_its_text(work: ServicePlanWork) -> None:
    assert await work.run_step(PLAN, "sample_scenarios", []) is None  # there is no predictor to ask
    plan = work.store.get_by_id(PLAN)
    assert plan.state is PlanState.FAILED
    assert plan.failure is not None
    assert (plan.failure.code, plan.steps[0].state) == ("INTERNAL", StepState.FAILED)
    assert plan.failure.message == "internal error in sample_scenarios (see the log of plan p)"


async def test_a_plan_that_is_over_is_left_alone(work: ServicePlanWork) -> None:
    work.journal.cancel(PLAN)
    assert await work.run_step(PLAN, "sample_scenarios", []) is None
    assert work.store.get_by_id(PLAN).state is PlanState.CANCELLED


async def test_a_result_whose_artifacts_are_gone_fails_the_plan(work: ServicePlanWork) -> None:
    await work.finish(PLAN, ["d" * 64])
    plan = work.store.get_by_id(PLAN)
    assert (plan.state, plan.failure and plan.failure.reason) == (PlanState.FAILED, "ARTIFACT_NOT_FOUND")


async def test_an_unexpected_error_in_the_result_fails_the_plan_too(work: ServicePlanWork) -> None:
    await work.finish(PLAN, [work.artifacts.put(b"no JSON")])
    plan = work.store.get_by_id(PLAN)
    assert plan.state is PlanState.FAILED
    assert plan.failure is not None
    assert plan.failure.message == "internal error in the result (see the log of plan p)"


async def test_a_plan_given_up_is_failed(work: ServicePlanWork) -> None:
    work.fail_given_up(PLAN)
    plan = work.store.get_by_id(PLAN)
    assert (plan.state, plan.failure and plan.failure.reason) == (PlanState.FAILED, "GIVEN_UP")
