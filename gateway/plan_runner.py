"""How plans are run durably: the seam between what a plan does and what keeps it going through restarts."""

from collections.abc import Sequence
from typing import Protocol


class PlanWork(Protocol):
    """What is done for a plan, in steps that may be done again from their beginning but not after their end."""

    @property
    def step_names(self) -> Sequence[str]:
        """The steps, in order."""
        ...

    async def run_step(self, plan_id: str, name: str, made: Sequence[str]) -> str | None:
        """Do one step.

        Parameters
        ----------
        made
            What the steps before it returned.

        Returns
        -------
        str or None
            The hash of what the step has made; None: the plan is over, be it failed or cancelled.
        """
        ...

    async def finish(self, plan_id: str, made: Sequence[str]) -> None:
        """Put the plan's result together and end the plan."""
        ...


class PlanRunner(Protocol):
    """Runs plans to their end, through restarts of the process; a step that is done is not done again."""

    def start(self, plan_id: str) -> None:
        """Run a plan; a plan that was started before goes on. Returns at once."""
        ...

    def cancel(self, plan_id: str) -> None:
        """Stop working on a plan, and cancel the call that runs for it."""
        ...

    def adopt(self, plan_ids: Sequence[str]) -> Sequence[str]:
        """See to it that unfinished plans are worked on; return those that were given up instead."""
        ...

    async def close(self) -> None:
        """Stop all work; the next process goes on with it."""
        ...
