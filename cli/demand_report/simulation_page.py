"""Compose the page of a replay."""

from cli.demand_report.environment import page_environment
from cli.demand_report.heat_table import timetable_heat, without_repeats
from cli.demand_report.plan_rows import LOAD_HEADINGS, RESPONSE_HEADINGS
from cli.demand_report.replay_parts import replay_parts
from cli.simulation.run import Simulation
from cli.simulation.words import comparison_sentences

SAMPLED_LIMIT = (
    "Sampled calls are as good as the model that they are drawn from; recorded calls tell whether it is right."
)
RECORDED_LIMIT = "Recorded calls are what was reported; where records have no on-scene time, one is drawn."


def render_simulation(simulation: Simulation) -> str:
    """Render a replay as one HTML document."""
    headline, *others = comparison_sentences(simulation)
    heats = [
        timetable_heat(deployment.name, simulation.area, deployment.timetable, simulation.span.local_start)
        for deployment in simulation.deployments
        if deployment.WhichOneof("placement") == "timetable"
    ]
    return (
        page_environment()
        .get_template("simulation.html")
        .render(
            response_headings=RESPONSE_HEADINGS,
            load_headings=LOAD_HEADINGS,
            area=simulation.area,
            title=simulation.title,
            headline=headline,
            others=others,
            replay=replay_parts(simulation),
            heats=without_repeats(heats),
            limits=[RECORDED_LIMIT if simulation.basis.is_recorded else SAMPLED_LIMIT],
        )
    )
