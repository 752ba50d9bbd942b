"""A name server for one name, whose addresses may change."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ADDRESS_RECORD, INTERNET = 1, 1
LIFE_SECONDS = 1


class NameServer:
    """Answers questions for the IPv4 addresses of any name with `hosts`, over UDP."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="name-server")

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            query, client = self._socket.recvfrom(4096)
            if not query:
                return
            self._socket.sendto(self._answer(query), client)

    def _answer(self, query: bytes) -> bytes:
        end = query.index(b"\0", 12) + 5  # the name, its type and its class
        kind = struct.unpack(">H", query[end - 4 : end - 2])[0]
        hosts = self.hosts if kind == ADDRESS_RECORD else []
        header = query[:2] + struct.pack(">HHHHH", 0x8580, 1, len(hosts), 0, 0)
        records = [
            struct.pack(">HHHIH", 0xC00C, ADDRESS_RECORD, INTERNET, LIFE_SECONDS, 4) + socket.inet_aton(host)
            for host in hosts
        ]
        return header + query[12:end] + b"".join(records)


@contextmanager
def name_server() -> Iterator[NameServer]:
    """Run a name server for the block."""
    server = NameServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
