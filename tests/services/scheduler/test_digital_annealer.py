"""The Digital Annealer's adapter over real HTTP against the local server."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from services.scheduler import annealers
from services.scheduler.annealers.digital_annealer import Annealer
from services.scheduler.budget import Budget
from services.scheduler.digital_annealer_settings import DigitalAnnealerSettings
from services.scheduler.digital_annealer_wire import make_request, read_states
from services.scheduler.instance import compile_instance
from services.scheduler.problem import PresenceRule
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions, draw
from services.scheduler.schedule_qubo import build_schedule_qubo
from services.scheduler.testing.digital_annealer_server import KEY, LocalDigitalAnnealer, local_digital_annealer
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument, ResourceExhausted, Unavailable
from tests.services.scheduler.problems import random_problem


@pytest.fixture
def server() -> Iterator[LocalDigitalAnnealer]:
    with local_digital_annealer() as running:
        yield running
        join_clean_up()
        assert not running.board.jobs, "every job is deleted"


def join_clean_up() -> None:
    for thread in threading.enumerate():
        if thread.name == "digital-annealer-clean-up":
            thread.join()


def adapter(server: LocalDigitalAnnealer, **changes: object) -> Annealer:
    fields = {"url": server.url, "key": KEY, "poll_seconds": 0.01, "request_seconds": 5.0}
    return Annealer(DigitalAnnealerSettings(**{**fields, **changes}))  # type: ignore[arg-type]


def qubo() -> Qubo:
    rows, columns = np.triu_indices(8)
    return Qubo(8, rows, columns, np.random.default_rng(0).normal(size=len(rows)).round(2))


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


@pytest.mark.parametrize("version", ["v3", "v3c", "v4"])
def test_a_job_is_solved_and_deleted(server: LocalDigitalAnnealer, version: str) -> None:
    problem = qubo()
    every = problem.energies(np.array(list(np.ndindex(*(2,) * 8)), dtype=np.int8))
    samples = draw(adapter(server, version=version), problem, SampleOptions(4), plenty())
    assert samples.energies[0] == pytest.approx(every.min())
    join_clean_up()
    assert server.requests[-1].startswith(f"DELETE /{version}/async/jobs/result/")


def test_a_schedule_goes_as_groups_and_a_penalty_polynomial(server: LocalDigitalAnnealer) -> None:
    instance = compile_instance(random_problem(3, 3, 3, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    built = build_schedule_qubo(instance)
    problem = built.weighted(50.0, 60.0, 70.0)
    body = make_request(problem, 4, 10.0)
    assert body["fujitsuDA3"]["one_way_one_hot_groups"] == {"numbers": [3] * 9}
    assert (body["fujitsuDA3"]["gs_level"], body["fujitsuDA3"]["internal_penalty"]) == (0, 1)
    assert all(isinstance(term["c"], int) for term in body["penalty_binary_polynomial"]["terms"])
    assert {"c": 0, "p": [0, 0]} in body["binary_polynomial"]["terms"]
    states = adapter(server).sample(problem, SampleOptions(4), plenty())
    assert all(built.decode(state)[1] for state in states)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, FailedPrecondition), (413, InvalidArgument), (429, ResourceExhausted), (403, FailedPrecondition),
     (500, Unavailable)],
)  # fmt: skip
def test_refusals(server: LocalDigitalAnnealer, status: int, error: type[Exception]) -> None:
    server.faults.statuses = [status]
    with pytest.raises(error):
        adapter(server).sample(qubo(), SampleOptions(4), plenty())


def test_a_wrong_key_is_refused_and_never_told(
    server: LocalDigitalAnnealer, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    annealer = adapter(server, key="a-wrong-key")
    with pytest.raises(FailedPrecondition) as caught:
        annealer.sample(qubo(), SampleOptions(4), plenty())
    out = capsys.readouterr()
    assert "a-wrong-key" not in str(caught.value) + out.out + out.err + caplog.text + repr(vars(annealer))


def test_without_a_key_nothing_is_asked(server: LocalDigitalAnnealer) -> None:
    with pytest.raises(FailedPrecondition, match="DIGITAL_ANNEALER_KEY"):
        adapter(server, key=None).sample(qubo(), SampleOptions(4), plenty())
    assert not server.requests


def test_the_key_may_be_in_a_file_and_go_in_the_other_header(server: LocalDigitalAnnealer, tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(FailedPrecondition, match="DIGITAL_ANNEALER_KEY_FILE: Expected a file that can be read"):
        adapter(server, key=None, key_file=file).sample(qubo(), SampleOptions(4), plenty())
    file.write_text(f"{KEY}\n")
    states = adapter(server, key=None, key_file=file, key_header="X-Access-Token").sample(
        qubo(), SampleOptions(4), plenty()
    )
    assert len(states)


def test_settings_are_those_that_the_process_was_started_with(
    server: LocalDigitalAnnealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is read by ``__main__`` and the command line alone."""
    monkeypatch.setenv("DIGITAL_ANNEALER_URL", server.url)
    monkeypatch.setenv("DIGITAL_ANNEALER_KEY", KEY)
    monkeypatch.setattr(annealers, "_provided", {})
    annealers._make.cache_clear()
    with pytest.raises(FailedPrecondition, match="DIGITAL_ANNEALER_KEY"):
        annealers.load_annealer("digital_annealer").sample(qubo(), SampleOptions(4), plenty())
    assert not server.requests
    annealers._make.cache_clear()
    annealers.provide("digital_annealer", DigitalAnnealerSettings(poll_seconds=0.01))
    assert len(annealers.load_annealer("digital_annealer").sample(qubo(), SampleOptions(4), plenty()))
    annealers._make.cache_clear()


def test_all_slots_taken(server: LocalDigitalAnnealer) -> None:
    server.board.gate.clear()
    with httpx.Client(base_url=server.url, headers={"X-Api-Key": KEY}) as other:
        body = make_request(qubo(), 1, 1.0)
        names = [other.post("/v4/async/qubo/solve", json=body).json()["job_id"] for _ in range(16)]
        with pytest.raises(ResourceExhausted):
            adapter(server).sample(qubo(), SampleOptions(4), plenty())
        for name in names:
            other.post("/v4/async/jobs/cancel", json={"job_id": name})
            other.delete(f"/v4/async/jobs/result/{name}")


def test_an_interrupt_cancels_the_waiting_job(server: LocalDigitalAnnealer) -> None:
    server.board.gate.clear()
    budget = Budget.of_seconds(60, lambda: bool(server.board.jobs))
    with pytest.raises(Cancelled):
        adapter(server).sample(qubo(), SampleOptions(4), budget)
    join_clean_up()
    assert "POST /v4/async/jobs/cancel" in server.requests


def test_a_submit_that_times_out_leaves_no_orphan(server: LocalDigitalAnnealer) -> None:
    server.faults.silent_submits = 1
    states = adapter(server, request_seconds=0.3).sample(qubo(), SampleOptions(4), plenty())
    assert states.shape[1] == 8
    assert sum(request.endswith("/solve") for request in server.requests) == 1


def test_a_truncated_answer_and_a_failed_job_are_unavailable(server: LocalDigitalAnnealer) -> None:
    server.faults.truncated_results = 1
    with pytest.raises(Unavailable, match="cut short"):
        adapter(server).sample(qubo(), SampleOptions(4), plenty())
    join_clean_up()
    server.faults.failing_jobs = True
    with pytest.raises(Unavailable, match="Error"):
        adapter(server).sample(qubo(), SampleOptions(4), plenty())


def test_an_answer_of_another_form_is_unavailable() -> None:
    for result in ({}, {"qubo_solution": {"solutions": [{"configuration": {"9": True}, "frequency": 1}]}}):
        with pytest.raises(Unavailable):
            read_states(result, 8)
