"""An answer of a service that says that a request failed."""

import grpc

from serving.status import DETAILS_KEY, to_status


class Answered(grpc.RpcError):
    """What a stub raises."""

    def __init__(self, error):
        self._error = error

    def code(self):
        return self._error.code

    def details(self):
        return self._error.message

    def trailing_metadata(self):
        return ((DETAILS_KEY, to_status(self._error).SerializeToString()),)
