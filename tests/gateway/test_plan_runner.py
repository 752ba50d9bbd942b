"""The durable runner, with work that is none of the gateway's."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.plan_runner_dbos import DbosPlanRunner, RunnerSettings


class Work:
    """Two steps whose makings are their names; the plan "broken" breaks, "over" ends early."""

    step_names = ("one", "two")

    def __init__(self) -> None:
        self.done: list[tuple[str, str, tuple[str, ...]]] = []
        self.broken = asyncio.Event()
        self.finished = asyncio.Event()

    async def run_step(self, plan_id: str, name: str, made: Sequence[str]) -> str | None:
        self.done.append((plan_id, name, tuple(made)))
        if plan_id == "broken":
            self.broken.set()
            raise RuntimeError("the work itself broke")
        return None if plan_id == "over" else f"{plan_id}/{name}"

    async def finish(self, plan_id: str, made: Sequence[str]) -> None:
        self.done.append((plan_id, "finish", tuple(made)))
        self.finished.set()


@pytest.fixture
def settings(tmp_path: Path) -> RunnerSettings:
    return RunnerSettings(f"sqlite:///{tmp_path}/workflows.db", "local", 2)


async def test_steps_run_in_order_and_once(settings: RunnerSettings) -> None:
    work = Work()
    runner = await DbosPlanRunner.launch(settings, work)
    await asyncio.to_thread(runner.start, "p")
    await asyncio.to_thread(runner.start, "p")
    await work.finished.wait()
    await runner.close()
    assert work.done == [("p", "one", ()), ("p", "two", ("p/one",)), ("p", "finish", ("p/one", "p/two"))]


async def test_unfinished_plans_are_adopted_or_given_up(settings: RunnerSettings) -> None:
    work = Work()
    runner = await DbosPlanRunner.launch(settings, work)
    assert await asyncio.to_thread(runner.adopt, []) == []
    await asyncio.to_thread(runner.start, "broken")
    await work.broken.wait()
    while not await asyncio.to_thread(runner.adopt, ["broken"]):
        pass  # until its end is written down
    assert await asyncio.to_thread(runner.adopt, ["never-started"]) == []
    await work.finished.wait()
    await runner.close()
    again = await DbosPlanRunner.launch(settings, work)
    given_up = await asyncio.to_thread(again.adopt, ["broken", "never-started"])
    await again.close()
    assert given_up == ["broken"]
    assert [entry[:2] for entry in work.done if entry[0] == "never-started"] == [
        ("never-started", "one"),
        ("never-started", "two"),
        ("never-started", "finish"),
    ]
