"""What a roster is worth, and how many crews are needed, in sentences."""

from cli.simulation.basis import LEAST_REPLAYS
from cli.simulation.words import failing_text
from cli.staffing.run import PLANNED, PRESENT, Staffed

CONFIDENCE = "95% confidence"
"""A failure rate below the upper end of its 90% interval, one-sided."""


def change_sentence(staffed: Staffed) -> str:
    """Compare the planned crews with the present ones; empty without calls, of which the answer's notes tell."""
    answer, basis = staffed.answer, staffed.basis
    if not answer.planned.HasField("failure_rate"):
        return ""
    if not answer.HasField("failures_change"):
        return "The present crews answer every call in time: other hours can gain nothing in that."
    planned, present = answer.planned.failure_rate.value, answer.present.failure_rate.value
    hours = f"{answer.planned.car_hours:g} car hours a day"
    if answer.planned.car_hours != answer.present.car_hours:
        hours += f" against {answer.present.car_hours:g}"
    rates = f"With {hours}, {planned:.1%} of the calls are late or never answered, {present:.1%} at present"
    if not basis.is_enough:
        return f"{rates}: fewer than {LEAST_REPLAYS} {basis.units[1]} cannot rank them."
    return f"{rates}. {failing_text(answer.failures_change, PLANNED, PRESENT, basis.intervals_over)}"


def needed_sentence(staffed: Staffed) -> str:
    """Say how many crews a service level needs; empty: not asked for, or not to be told, as the answer's notes say."""
    level, answer = staffed.options.service_level, staffed.answer
    if level is None or not (staffed.basis.is_enough and answer.planned.HasField("failure_rate")):
        return ""
    crews = [roster.crews for roster in answer.curve]
    kept = f"{level:.1%} of the calls within target"
    if not answer.HasField("crews_needed"):
        return f"Not even {max(crews)} crews, the most tried, keep {kept} with {CONFIDENCE}."
    needed = answer.crews_needed
    fewer = " Fewer were not tried: more --vary-crews tell." if needed == min(crews) else ""
    return f"{needed} crews keep {kept} with {CONFIDENCE}, for calls such as the sampled ones.{fewer}"
