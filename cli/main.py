"""The `officers` command: finds sub-commands by name and loads only the one that runs."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click
from typing_extensions import override

BAD_INPUT = 2
INTERRUPTED = 130


@dataclass(frozen=True)
class Entry:
    """Where a sub-command lives and its line in the list."""

    module: str
    attribute: str
    summary: str


COMMANDS = {
    "up": Entry("cli.up", "up", "Run every service until Ctrl-C."),
    "demo": Entry("cli.demo", "demo", "Plan a day on real calls and show what the plan is worth."),
    "predict": Entry("cli.predict", "predict", "Train and score the prediction model."),
    "demand": Entry("cli.demand", "demand", "Choose how many cars each sector needs, and when crews begin."),
    "schedule": Entry("cli.schedule", "schedule", "Solve which car is in which sector in each period."),
    "routes": Entry("cli.routes", "routes", "Plan patrol routes."),
    "simulate": Entry("cli.simulate", "simulate", "Replay calls against deployments."),
    "audit": Entry("cli.audit.command", "audit", "Audit exposure, sensitivity and feedback of plans and records."),
    "deploy": Entry("cli.deploy", "deploy", "Render and check the cluster manifests."),
}


class LazyGroup(click.Group):
    """A group that imports a sub-command when it is called, so that `officers --help` is quick."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a plan's life."""
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one sub-command; None for an unknown name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(import_module(entry.module), entry.attribute)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of sub-commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="officers", prog_name="officers")
def officers() -> None:
    """Daily deployment plans for response agencies: predict, size, schedule, route, replay."""


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: 0, 2 for bad input, 1 for other failures, 130 when interrupted."""
    try:
        result = officers.main(args=list(arguments), prog_name="officers", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"Error: {error.format_message()}", err=True)
        return BAD_INPUT if isinstance(error, click.FileError) else error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except Exception as error:
        from cli.failures import explain

        failure = explain(error)
        if failure is None:
            raise
        click.echo(failure.line, err=True)
        return failure.exit_code
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the `officers` script."""
    sys.exit(run(sys.argv[1:]))
