import grpc
import pytest
from grpc.aio import AioRpcError, Metadata
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.retry import DATABASE_POLICY, RetryPolicy, call_with_retry, persist
from serving.errors import FailedPrecondition, OfficersError, ResourceExhausted, Unavailable
from serving.status import DETAILS_KEY, to_status

POLICY = RetryPolicy(attempts=5, first_delay_seconds=0.0)


def make_rpc_error(error: OfficersError) -> AioRpcError:
    trailing = Metadata((DETAILS_KEY, to_status(error).SerializeToString()))
    return AioRpcError(error.code, Metadata(), trailing, error.message)


class Service:
    def __init__(self, *errors: OfficersError) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.retries: list[OfficersError] = []

    async def call(self) -> str:
        self.calls += 1
        if self.errors:
            raise make_rpc_error(self.errors.pop(0))
        return "answer"

    async def note(self, error: OfficersError) -> None:
        self.retries.append(error)


async def test_unavailable_and_exhausted_are_called_again() -> None:
    service = Service(Unavailable("away"), ResourceExhausted("full"))
    assert await call_with_retry(service.call, POLICY, service.note) == "answer"
    assert service.calls == 3
    assert [error.message for error in service.retries] == ["away", "full"]


async def test_attempts_are_bounded() -> None:
    service = Service(*[Unavailable("away")] * 9)
    with pytest.raises(Unavailable, match="away"):
        await call_with_retry(service.call, POLICY, service.note)
    assert service.calls == 5


async def test_other_errors_are_raised_at_once() -> None:
    service = Service(FailedPrecondition("NO_ROADS", "The area has no roads."))
    with pytest.raises(FailedPrecondition) as raised:
        await call_with_retry(service.call, POLICY, service.note)
    assert (raised.value.reason, service.calls) == ("NO_ROADS", 1)


async def test_an_error_without_details_keeps_its_code() -> None:
    async def call() -> str:
        raise AioRpcError(grpc.StatusCode.DEADLINE_EXCEEDED, Metadata(), Metadata(), "too slow")

    with pytest.raises(OfficersError) as raised:
        await call_with_retry(call, POLICY, Service().note)
    assert raised.value.code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_delays_double_and_honour_the_service() -> None:
    policy = RetryPolicy(attempts=9, first_delay_seconds=0.5)
    assert [policy.delay_seconds(failed, 0.0) for failed in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]
    assert policy.delay_seconds(1, 7.0) == 7.0
    assert policy.delay_seconds(1, 60.0) == 60.0
    assert policy.delay_seconds(1, 3600.0) == 300.0
    with pytest.raises(ValueError, match="attempts"):
        RetryPolicy(attempts=0, first_delay_seconds=1.0)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (grpc.StatusCode.UNAVAILABLE, "The scheduler service cannot be reached (connection refused)."),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "The scheduler service did not answer in time (connection refused)."),
        (grpc.StatusCode.UNIMPLEMENTED, "connection refused"),
    ],
)
async def test_a_service_that_does_not_answer_is_named(code: grpc.StatusCode, said: str) -> None:
    async def call() -> str:
        raise AioRpcError(code, Metadata(), Metadata(), "connection refused")

    with pytest.raises(OfficersError) as raised:
        await call_with_retry(call, RetryPolicy(1, 0.0), Service().note, "scheduler")
    assert raised.value.message == said


async def test_what_a_service_says_itself_is_kept() -> None:
    service = Service(Unavailable("The model server does not answer."))
    with pytest.raises(Unavailable, match=r"^The model server does not answer\.$"):
        await call_with_retry(service.call, RetryPolicy(1, 0.0), service.note, "predictor")


class Change:
    """A change of a database that fails with the errors it was given, then is made."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def make(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "made"


async def test_a_database_that_is_away_for_a_while_is_asked_again() -> None:
    away = OperationalError("UPDATE plans", {}, Exception("the server closed the connection"))
    change = Change(away, away)
    assert await persist(change.make, RetryPolicy(3, 0.0)) == "made"
    with pytest.raises(OperationalError):
        await persist(Change(away, away, away).make, RetryPolicy(3, 0.0))
    refused = Change(IntegrityError("UPDATE plans", {}, Exception("constraint")))
    with pytest.raises(IntegrityError):
        await persist(refused.make, RetryPolicy(3, 0.0))
    assert refused.calls == 1


def test_a_database_is_waited_for_about_a_minute() -> None:
    delays = [DATABASE_POLICY.delay_seconds(failed, 0.0) for failed in range(1, DATABASE_POLICY.attempts)]
    assert sum(delays) == 60.5
