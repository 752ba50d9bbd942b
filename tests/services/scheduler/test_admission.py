import asyncio

import pytest

from services.scheduler.admission import Admission
from serving.errors import ResourceExhausted


async def test_one_runs_one_waits_and_the_third_is_sent_away() -> None:
    admission, order, go_on = Admission(1, 1, 2.5), [], asyncio.Event()

    async def work(name: str) -> None:
        async with admission.place():
            order.append(f"{name} begins")
            await go_on.wait()
            order.append(f"{name} ends")

    tasks = [asyncio.create_task(work("first")), asyncio.create_task(work("second"))]
    await asyncio.sleep(0)
    with pytest.raises(ResourceExhausted) as caught:
        async with admission.place():
            pass
    assert caught.value.retry_delay_seconds == 2.5
    go_on.set()
    await asyncio.gather(*tasks)
    assert order == ["first begins", "first ends", "second begins", "second ends"]
    async with admission.place():
        pass


async def test_a_place_is_free_again_after_a_caller_gave_up_waiting() -> None:
    admission = Admission(1, 1, 1.0)
    async with admission.place():
        waiting = asyncio.create_task(admission.place().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        again = asyncio.create_task(admission.place().__aenter__())
        await asyncio.sleep(0)
        assert not again.done()
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)
