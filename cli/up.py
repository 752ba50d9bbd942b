"""`officers up`: the local stack until Ctrl-C."""

import json
import time
from pathlib import Path

import click
from rich.table import Table

from cli.limits import FOLDER
from cli.processes import interrupt_on_sigterm
from cli.stack import Addresses, Ports, free_ports
from cli.starting import started_stack
from cli.terminal import show

WATCH_SECONDS = 1.0


@click.command()
@click.option("--state", type=FOLDER, default=Path("var"), show_default=True, help="Folder of services' state.")
@click.option("--free-ports", "any_ports", is_flag=True, help="Any free ports in place of the default ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one line of JSON once all serve.")
def up(state: Path, any_ports: bool, as_json: bool) -> None:
    """Run every service on this machine until Ctrl-C."""
    interrupt_on_sigterm()
    try:
        with started_stack(state, free_ports() if any_ports else Ports(), quiet=as_json) as stack:
            _show(stack.addresses, state, as_json)
            while True:
                stack.check()
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
    show(table)
    click.echo(f"Logs are in {state / 'logs'}.")
