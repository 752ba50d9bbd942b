"""A local Digital Annealer over HTTP: its paths, states, limits and errors; solved by our own sampler."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services.scheduler.digital_annealer_wire import SOLVER
from services.scheduler.testing.digital_annealer_jobs import MOST_JOBS, JobBoard, solver_of

KEY = "secret-of-the-tests"
MOST_BYTES = 8 * 1024 * 1024
MOST_SECONDS, MOST_RUNS = 3600, 1024
TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 413: "Payload Too Large"}


@dataclass
class Faults:
    """What goes wrong, each so many times: `statuses` are answered as they are, in order, before anything else."""

    statuses: list[int] = field(default_factory=list)
    truncated_results: int = 0
    silent_submits: int = 0
    """Submits that are taken but never answered."""
    failing_jobs: bool = False


class LocalDigitalAnnealer(ThreadingHTTPServer):
    """The server; `requests` are the methods and paths that came in."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.board, self.faults = JobBoard(), Faults()
        self.requests: list[str] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def local_digital_annealer() -> Iterator[LocalDigitalAnnealer]:
    """Run the server for a block."""
    with LocalDigitalAnnealer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
            server.board.close()


class _Handler(BaseHTTPRequestHandler):
    server: LocalDigitalAnnealer

    def do_POST(self) -> None:
        if not self._enter():
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if re.fullmatch(r"/(v3|v3c|v4)/async/qubo/solve", self.path):
            self._submit(body)
        elif re.fullmatch(r"/(v3|v3c|v4)/async/jobs/cancel", self.path):
            self._cancel(body)
        else:
            self._refuse(404, "no such path")

    def do_GET(self) -> None:
        if not self._enter():
            return
        jobs = self.server.board.jobs
        if re.fullmatch(r"/(v3|v3c|v4)/async/jobs", self.path):
            listed = [
                {"job_id": name, "job_status": job.status, "start_time": job.start_time}
                for name, job in list(jobs.items())
            ]
            self._answer(200, {"job_status_list": listed})
        elif (job := jobs.get(self.path.rsplit("/", 1)[-1])) is None:
            self._refuse(404, "no such job")
        elif job.status == "Done" and self.server.faults.truncated_results:
            self.server.faults.truncated_results -= 1
            self._write(200, json.dumps(job.result).encode()[:-20])
        else:
            self._answer(200, job.result if job.status == "Done" else {"status": job.status})

    def do_DELETE(self) -> None:
        if not self._enter():
            return
        name = self.path.rsplit("/", 1)[-1]
        job = self.server.board.jobs.get(name)
        if job is None:
            self._refuse(404, "no such job")
        elif job.status in ("Waiting", "Running"):
            self._refuse(400, "the job has not ended")
        else:
            del self.server.board.jobs[name]
            self._answer(200, {"status": "Deleted"})

    def _enter(self) -> bool:
        """Answer what is refused at the door; return whether the request may go on."""
        self.server.requests.append(f"{self.command} {self.path}")
        if self.server.faults.statuses:
            self._refuse(self.server.faults.statuses.pop(0), "as told")
        elif KEY not in (self.headers["X-Api-Key"], self.headers["X-Access-Token"]):
            self._refuse(401, "unknown key")
        elif int(self.headers["Content-Length"] or 0) > MOST_BYTES:
            self._refuse(413, f"at most {MOST_BYTES} bytes")
        else:
            return True
        return False

    def _submit(self, body: dict[str, Any]) -> None:
        board, faults = self.server.board, self.server.faults
        fault = _fault(body)
        if fault:
            return self._refuse(400, fault)
        if len(board.jobs) >= MOST_JOBS:
            return self._refuse(429, f"at most {MOST_JOBS} jobs")
        name = board.add(body)
        if faults.failing_jobs:
            board.jobs[name].status = "Error"
        if faults.silent_submits:
            faults.silent_submits -= 1
            self.server.closing.wait()
            return None
        return self._answer(200, {"job_id": name})

    def _cancel(self, body: dict[str, Any]) -> None:
        job = self.server.board.jobs.get(body.get("job_id", ""))
        if job is None:
            self._refuse(404, "no such job")
        elif job.status != "Waiting":
            self._refuse(400, "only waiting jobs can be cancelled")
        else:
            job.status = "Canceled"
            self._answer(200, {"status": "Canceled"})

    def _refuse(self, code: int, message: str) -> None:
        error = {"code": code, "title": TITLES.get(code, "Error"), "message": message}
        self._answer(code, {"error": error})

    def _answer(self, code: int, content: dict[str, Any]) -> None:
        self._write(code, json.dumps(content).encode())

    def _write(self, code: int, content: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


def _fault(body: dict[str, Any]) -> str:
    """Return what is wrong with a request; empty if nothing is."""
    if SOLVER not in body:
        return f"{SOLVER} is missing"
    solver = solver_of(body)
    if not 1 <= solver.get("time_limit_sec", 10) <= MOST_SECONDS or not 1 <= solver.get("num_run", 16) <= MOST_RUNS:
        return "time_limit_sec or num_run out of range"
    for key in ("binary_polynomial", "penalty_binary_polynomial"):
        for term in body.get(key, {"terms": []})["terms"]:
            if not isinstance(term["c"], int) or abs(term["c"]) > 2**63 or len(term["p"]) > 2:
                return "coefficients are integers, of at most two variables"
    if "one_way_one_hot_groups" in solver and solver.get("gs_level", 5) != 0:
        return "gs_level is 0 with one-hot groups"
    return ""
