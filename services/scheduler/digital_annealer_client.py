"""Jobs of Fujitsu's Digital Annealer over HTTP: submit, look, cancel, delete, list; errors as ours."""

from dataclasses import dataclass
from typing import Any

import httpx

from services.scheduler.digital_annealer_settings import DigitalAnnealerSettings
from serving.errors import FailedPrecondition, InvalidArgument, NotFound, OfficersError, ResourceExhausted, Unavailable

RETRY_SECONDS = 5.0


class SubmitTimedOut(Unavailable):
    """No answer came to a submit: the job may run all the same."""


@dataclass(frozen=True)
class Jobs:
    """The jobs of one account."""

    http: httpx.Client
    version: str

    def submit(self, body: dict[str, Any]) -> str:
        """Start a job and return its id.

        Raises
        ------
        SubmitTimedOut
            It is unknown whether the job runs.
        """
        try:
            response = self.http.post(f"/{self.version}/async/qubo/solve", json=body)
        except (httpx.ReadTimeout, httpx.WriteTimeout, httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise SubmitTimedOut("The Digital Annealer did not answer a submit.", RETRY_SECONDS) from error
        except httpx.TransportError as error:
            raise _unreachable(error) from error
        return str(_content(response)["job_id"])

    def result(self, job: str) -> dict[str, Any]:
        """Return what is known of a job: its status, and the solutions once it is done."""
        return self._request("GET", f"/{self.version}/async/jobs/result/{job}")

    def cancel(self, job: str) -> None:
        """Take a waiting job out of the queue."""
        self._request("POST", f"/{self.version}/async/jobs/cancel", {"job_id": job})

    def delete(self, job: str) -> None:
        """Delete a finished job, so that its slot is free."""
        self._request("DELETE", f"/{self.version}/async/jobs/result/{job}")

    def ids(self) -> set[str]:
        """Return the jobs that are kept, waiting, running and finished."""
        listed = self._request("GET", f"/{self.version}/async/jobs")
        return {str(entry["job_id"]) for entry in listed["job_status_list"]}

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return _content(self.http.request(method, path, json=body))
        except httpx.TransportError as error:
            raise _unreachable(error) from error


def open_jobs(settings: DigitalAnnealerSettings) -> Jobs:
    """Return the jobs of the account of the settings.

    Raises
    ------
    FailedPrecondition
        There is no key that can be read.
    """
    headers: dict[str, str] = {settings.key_header: settings.read_key()}
    http = httpx.Client(base_url=settings.url, headers=headers, timeout=settings.request_seconds)
    return Jobs(http, settings.version)


def _content(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        raise _error(response)
    try:
        content = response.json()
    except ValueError as error:
        raise Unavailable("The Digital Annealer's answer is cut short.", RETRY_SECONDS) from error
    if not isinstance(content, dict):
        raise Unavailable("The Digital Annealer's answer is not of the agreed form.", RETRY_SECONDS)
    return content


def _error(response: httpx.Response) -> OfficersError:
    """Map a status of the vendor to an error of ours."""
    try:
        message = str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = response.reason_phrase
    words = f"The Digital Annealer answers {response.status_code}: {message}"
    if response.status_code in (401, 403):
        return FailedPrecondition("KEY_REFUSED", words)
    if response.status_code == 404:
        return NotFound("Digital Annealer job", response.request.url.path.rsplit("/", 1)[-1], words)
    if response.status_code in (400, 413):
        return InvalidArgument("qubo", words)
    if response.status_code == 429:
        return ResourceExhausted(words, float(response.headers.get("Retry-After", RETRY_SECONDS)))
    return Unavailable(words, RETRY_SECONDS)


def _unreachable(error: httpx.TransportError) -> Unavailable:
    return Unavailable(f"The Digital Annealer cannot be reached: {type(error).__name__}.", RETRY_SECONDS)
