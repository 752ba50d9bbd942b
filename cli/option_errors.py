"""Errors of services in the words of the command line: options in place of the fields of a request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import grpc

from serving.errors import InvalidArgument
from serving.status import from_rpc_error


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


def _name(field: str, options: Mapping[str, str]) -> str:
    if field in options:
        return options[field]
    within = [known for known in options if field.startswith((f"{known}.", f"{known}["))]
    return f"{options[max(within, key=len)]} ({field})" if within else field
