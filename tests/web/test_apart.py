"""What takes seconds waits by itself, not too many at once, and holds up no page."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fanzha.web.apart import Apart
from fanzha.web.rights import Refused


async def three_ask_where_two_have_room() -> list[object]:
    apart, go = Apart(waiting=1), threading.Event()
    first, second = (asyncio.create_task(apart.do(go.wait, 5)) for _ in range(2))
    await asyncio.sleep(0.05)
    with pytest.raises(Refused) as refused:
        await apart.do(go.wait, 5)
    second.cancel()  # who goes away makes room
    await asyncio.sleep(0.05)
    third = asyncio.create_task(apart.do(lambda: "read"))
    await asyncio.sleep(0.05)
    go.set()
    return [refused.value.status, await first, await third]


def test_who_comes_when_all_places_are_taken_is_told_to_come_again() -> None:
    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of its own
        answers = thread.submit(asyncio.run, three_ask_where_two_have_room()).result()
    assert answers == [503, True, "read"]
