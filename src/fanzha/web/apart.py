"""Work that takes seconds, on threads of its own: pages never wait behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from fanzha.web.rights import Refused

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Apart:
    """One such thing at a time, some more may wait, the rest is told to come again.

    Who waits here holds none of the threads that make pages, so that many pictures at once, from
    many addresses, keep nobody else waiting.
    """

    def __init__(self, waiting: int) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._places = BoundedSemaphore(1 + waiting)

    async def do(
        self, work: Callable[Given, Made], *given: Given.args, **more: Given.kwargs
    ) -> Made:
        """The answer, when its turn has come. Raises `Refused` (503) where too many wait."""
        if not self._places.acquire(blocking=False):
            raise Refused(503, "busy")
        doing = self._thread.submit(work, *given, **more)
        doing.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(doing)
