"""`officers deploy`: the cluster manifests."""

from pathlib import Path

import click


@click.group()
def deploy() -> None:
    """Render and check the cluster manifests."""


@deploy.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Kustomization folder; default: deploy/k8s/base.",
)
@click.option("--check", is_flag=True, help="Validate instead of printing; exit code 1 where something is wrong.")
def render(folder: Path | None, check: bool) -> None:
    """Print the manifests as one YAML stream, ready for `kubectl apply -f -`."""
    from deploy.check import check as faults_of
    from deploy.render import BASE, to_yaml
    from deploy.render import render as objects_of

    objects = objects_of(folder or BASE)
    if not check:
        click.echo(to_yaml(objects), nl=False)
        return
    faults = faults_of(objects)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo(f"{len(objects)} objects are valid.")
