"""`officers up`: the local stack until Ctrl-C."""

import json
import time
from pathlib import Path

import click
from rich.table import Table

from cli.limits import FOLDER
from cli.processes import interrupt_on_sigterm
from cli.stack import Addresses, default_ports, free_ports
from cli.starting import started_stack
from cli.terminal import show

WATCH_SECONDS = 1.0


@click.command()
@click.option("--state", type=FOLDER, default=Path("var"), show_default=True, help="Folder of services' state.")
@click.option("--free-ports", "any_ports", is_flag=True, help="Any free ports in place of the default ones.")
@click.option(
    "--scheduler-replicas", type=click.IntRange(1, 16), default=1, show_default=True,
    help="Scheduler processes; they share the annealing of every solve.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one line of JSON once all serve.")
def up(state: Path, any_ports: bool, scheduler_replicas: int, as_json: bool) -> None:
    """Run every service on this machine until Ctrl-C."""
    interrupt_on_sigterm()
    try:
        ports = free_ports(scheduler_replicas) if any_ports else default_ports(scheduler_replicas)
        with started_stack(state, ports, quiet=as_json) as stack:
            _show(stack.addresses, state, as_json)
            while True:
                stack.check()
                for name in stack.replace_lost_replicas():
                    click.echo(f"{name} has ended; started again.", err=True)
                time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)


def _show(addresses: Addresses, state: Path, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(vars(addresses)))
        return
    table = Table("Service", "Address", title="OFFICERS is up; Ctrl-C stops it", title_justify="left")
    for name, address in vars(addresses).items():
        shown = f"http://{address}" if name == "gateway_http" else address
        table.add_row(name.replace("_", " "), shown)
    table.add_row("console", f"http://{addresses.gateway_http}/console/")
    show(table)
    click.echo(f"Logs are in {state / 'logs'}.")
