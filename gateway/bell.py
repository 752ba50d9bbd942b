"""Wakes those who watch plans when something has happened to one."""

import asyncio


class Bell:
    """Rung from any thread, heard on the event loop that it was made on.

    Another replica's changes are not heard; watchers therefore also look by themselves from time to time.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def listen(self) -> asyncio.Event:
        """Return what the next ring sets: call it before looking, wait for it after."""
        return self._rung

    def _ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()
