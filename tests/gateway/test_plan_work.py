from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from gateway.bell import Bell
from gateway.clock import utc_now
from gateway.database import Database
from gateway.plan_journal import PlanJournal
from gateway.plan_work import ServicePlanWork
from gateway.records import PlanState, StepState
from gateway.retry import RetryPolicy

PLAN = "p"


class Flaky(Database):
    """A database that is away for as many changes as `faults`."""

    faults = 0

    @override
    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.faults:
            self.faults -= 1
            raise OperationalError("UPDATE plans", {}, Exception("the server closed the connection"))
        with super().write() as connection:
            yield connection


@contextmanager
def over(work: ServicePlanWork, faults: int, tmp_path: Path) -> Iterator[ServicePlanWork]:
    """Do the work with a database that is away for so many changes, and three attempts at each."""
    database = Flaky(f"sqlite:///{tmp_path}/gateway.db")
    database.faults = faults
    journal = PlanJournal(database, utc_now, Bell())
    yield replace(work, journal=journal, database_policy=RetryPolicy(3, 0.0))
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


async def test_a_plan_that_was_cancelled_before_it_is_given_up_stays_so(work: ServicePlanWork) -> None:
    work.journal.cancel(PLAN)
    work.fail_given_up(PLAN)
    assert work.store.get_by_id(PLAN).state is PlanState.CANCELLED


async def test_a_step_outlasts_a_short_fault_of_the_database(work: ServicePlanWork, tmp_path: Path) -> None:
    with over(work, 2, tmp_path) as flaky:
        assert await flaky.run_step(PLAN, "sample_scenarios", []) is None  # there is no predictor to ask
    plan = work.store.get_by_id(PLAN)
    assert (plan.state, plan.steps[0].state, plan.steps[0].attempt_count) == (PlanState.FAILED, StepState.FAILED, 1)


async def test_the_end_of_a_plan_outlasts_a_short_fault_of_the_database(work: ServicePlanWork, tmp_path: Path) -> None:
    with over(work, 2, tmp_path) as flaky:
        await flaky.finish(PLAN, ["d" * 64])
    plan = work.store.get_by_id(PLAN)
    assert (plan.state, plan.failure and plan.failure.reason) == (PlanState.FAILED, "ARTIFACT_NOT_FOUND")


async def test_a_database_that_stays_away_is_given_up(work: ServicePlanWork, tmp_path: Path) -> None:
    with over(work, 6, tmp_path) as flaky, pytest.raises(OperationalError):
        await flaky.run_step(PLAN, "sample_scenarios", [])
    assert work.store.get_by_id(PLAN).state is PlanState.PENDING
