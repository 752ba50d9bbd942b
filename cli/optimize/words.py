"""What a choice of cars is worth, in sentences: programs, and what is proved."""

from collections.abc import Callable, Iterable, Sequence

from officers.demand.v1.demand_pb2 import DemandCandidate, DemandCertificate, StatisticalBound

PROGRAM, SEARCH = "two-stage", "search"


def programs_sentence(candidates: Sequence[DemandCandidate], left_out: bool) -> str:
    """Say what the two-stage programs contributed; `candidates` are best first.

    Searches begin at the best plan there is, a program's or not, and are told apart from both.

    Parameters
    ----------
    left_out
        No program was to be solved.
    """
    solved = _first(candidates, lambda name: name.startswith(PROGRAM))
    searched = _first(candidates, lambda name: name.startswith(SEARCH))
    plain = _first(candidates, lambda name: not name.startswith((PROGRAM, SEARCH)))
    if solved is None:
        return f"Two-stage programs were left out{'' if left_out else ' for want of time: none was solved'}."
    parts = [f"The best plan of a two-stage program is late for {_late(solved)}"]
    if plain is not None:
        parts.append(f"the best without one for {_late(plain)}")
    if searched is not None:
        parts.append(f"the best search, which begins at the best plan of either kind, for {_late(searched)}")
    hand = "a program" if solved.chosen else "a search" if searched is not None and searched.chosen else "neither"
    return f"{', '.join(parts)}. The chosen plan comes from {hand}."


def mean_response(candidate: DemandCandidate) -> str:
    """Write the mean response of a candidate, minutes; a dash where no call was answered."""
    if not candidate.HasField("validation_mean_response_minutes"):
        return "–"
    return f"{candidate.validation_mean_response_minutes:.2f}"


def certificate_lines(certificate: DemandCertificate, failure_rate: float) -> list[str]:
    """Say what is proved, each line labelled as what it is; `failure_rate` is that of the chosen plan."""
    return [_static_line(certificate, failure_rate), _gap_line(certificate)]


def _static_line(certificate: DemandCertificate, failure_rate: float) -> str:
    label = "Bound on failures of plans with cars at home in fixed sectors"
    if not certificate.HasField("static_failure_bound"):
        return f"{label}: {certificate.no_static_bound_reason}."
    bound = certificate.static_failure_bound
    if bound.confident <= 0:
        return f"{label}: none that says anything, it is 0 with 95% confidence (estimate {bound.value:.2%})."
    return (
        f"{label}: whichever cars are sent, none is late for less than {_confident(bound, '.2%')}; the chosen plan is "
        f"for {failure_rate:.2%} in the simulator."
    )


def _gap_line(certificate: DemandCertificate) -> str:
    label = "Gap of the two-stage program (clairvoyant, no queues; says nothing of simulated failures)"
    if not certificate.HasField("program_gap"):
        return f"{label}: {certificate.no_program_gap_reason}."
    gap = certificate.program_gap
    return (
        f"{label}: with the chosen plan its objective is at most {_confident(gap, '.4f')} per call above its optimum."
    )


def _confident(bound: StatisticalBound, form: str) -> str:
    return f"{bound.confident:{form}} (95% confidence, estimate {bound.value:{form}}, {bound.batches} batches)"


def _first(candidates: Iterable[DemandCandidate], belongs: Callable[[str], bool]) -> DemandCandidate | None:
    return next((candidate for candidate in candidates if belongs(candidate.name)), None)


def _late(candidate: DemandCandidate) -> str:
    return f"{candidate.validation_failure_rate:.2%} ({candidate.name})"
