"""Errors of services in the words of the command line: options in place of the fields of a request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import grpc

from serving.errors import InvalidArgument
from serving.status import from_rpc_error

OUT_OF_REACH = frozenset({"INCIDENTS_TOO_OLD", "MODEL_SAW_LATER_DAYS", "NO_RECORDS", "TOO_FEW_DAYS"})
"""Why the predictor knows nothing of a day: too late, too early for the models, or for the records."""


@contextmanager
def naming_options(options: Mapping[str, str]) -> Iterator[None]:
    """Name options where the block ends with an answer that says which fields of a request are wrong.

    Parameters
    ----------
    options
        Options by field; a field within one that is named here is told beside its option.

    Raises
    ------
    InvalidArgument
        In place of the answer.
    """
    try:
        yield
    except grpc.RpcError as raised:
        error = from_rpc_error(raised)
        if not isinstance(error, InvalidArgument):
            raise
        violations = [(_name(each.field, options), each.description) for each in error.violations]
        raise InvalidArgument.of(violations) from raised


@contextmanager
def naming_day(option: str) -> Iterator[None]:
    """Name the option of a day where the block ends because a model or the records do not reach it.

    Raises
    ------
    InvalidArgument
        In place of the answer; says which days are reached.
    """
    try:
        yield
    except grpc.RpcError as raised:
        error = from_rpc_error(raised)
        if error.reason not in OUT_OF_REACH:
            raise
        raise InvalidArgument(option, f"Expected a day within reach. {error.message}") from raised


def _name(field: str, options: Mapping[str, str]) -> str:
    if field in options:
        return options[field]
    within = [known for known in options if field.startswith((f"{known}.", f"{known}["))]
    return f"{options[max(within, key=len)]} ({field})" if within else field
