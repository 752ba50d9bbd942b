import pickle

import grpc
import pytest
from google.rpc import status_pb2

from serving import errors
from serving.status import from_status, to_status

EXAMPLES = [
    errors.InvalidArgument("cars[2].id", "Expected a unique id."),
    errors.InvalidArgument.of([("a", "Expected a number."), ("b", "Expected a name.")]),
    errors.NotFound("plan", "areas/a/plans/b"),
    errors.AlreadyExists("plan", "areas/a/plans/b"),
    errors.FailedPrecondition("NO_TRAINED_MODEL", "Train a model first."),
    errors.ResourceExhausted("The queue is full.", retry_delay_seconds=2.5),
    errors.Unavailable("The model server is not ready.", retry_delay_seconds=0.25),
    errors.Cancelled("The caller gave up."),
    errors.DeadlineExceeded("Too late."),
    errors.Internal("internal error"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_status_round_trip_keeps_everything(error):
    status = status_pb2.Status.FromString(to_status(error).SerializeToString())
    again = from_status(status)
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
    assert str(again) == str(error)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_reach_other_processes_as_they_are(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
    assert str(again) == str(error)


def test_every_error_class_has_an_example():
    concrete = {
        value
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, errors.OfficersError)
        and not name.startswith("_")
        and value is not errors.OfficersError
    }
    assert concrete == {type(error) for error in EXAMPLES}


def test_a_status_without_details_still_becomes_an_error():
    error = from_status(status_pb2.Status(code=grpc.StatusCode.INVALID_ARGUMENT.value[0], message="bad"))
    assert isinstance(error, errors.InvalidArgument)
    assert str(error) == "bad"


def test_message_names_every_field():
    assert str(EXAMPLES[1]) == "a: Expected a number.; b: Expected a name."
