"""Payments from NATS JetStream: each message one line or one ISO 20022 message.

The row of a payment is its number in the stream. A message is acknowledged when its answer has
been handed over and noted; after a restart the consumer begins behind the last row that was noted,
so that none is answered twice and none is left out. Needs the extra `stream`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import nats
import nats.errors
import nats.js.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from fanzha.errors import UsageError
from fanzha.services.watch.doors import Chunk, Stop

CONSUMER = "fanzha-watch"
AT_ONCE = 2_000  # messages answered and noted together when many wait
UNACKED = 20_000  # messages that the server sends ahead
ACK_SECONDS = 60  # until the server sends one again
LOOK_SECONDS = 0.1  # between looks whether the end is asked for
CONNECT_SECONDS, CONNECT_TRIES = 5, 2


class NatsDoor:
    """A durable consumer of one subject; a step has been kept when the next is asked for."""

    def __init__(self, url: str, subject: str, row: int, stop: Stop) -> None:
        self.url, self.subject, self.row, self.stop = url, subject, row, stop
        self._loop = asyncio.new_event_loop()
        self._client: Any = None
        self._messages: Any = None
        self._delivered = 0  # what the server should count next

    def __iter__(self) -> Iterator[Chunk]:
        """Chunks until the end is asked for."""
        try:
            self._run(self._begin())
            while not self.stop.asked:
                taken = self._run(self._next())
                if taken:
                    rows = [message.metadata.sequence.stream for message in taken]
                    yield Chunk([m.data for m in taken], rows[-1], rows)
                    self.row = max(self.row, rows[-1])
                    self._run(self._acknowledge(taken))
                else:
                    self.stop.rest()
        finally:
            self._loop.run_until_complete(self._end())
            self._loop.close()

    def _run(self, step: Any) -> Any:
        try:
            return self._loop.run_until_complete(step)
        except nats.js.errors.NotFoundError as missing:
            raise UsageError("nats_no_stream", subject=self.subject) from missing
        except (nats.errors.Error, OSError) as lost:
            why = str(lost) or type(lost).__name__
            raise UsageError("nats_unreachable", url=self.url, why=why) from lost

    async def _begin(self) -> None:
        if self._client is None:
            self._client = await nats.connect(
                self.url,
                connect_timeout=CONNECT_SECONDS,
                max_reconnect_attempts=CONNECT_TRIES,
                error_cb=_quiet,
            )
            self._client.options["max_reconnect_attempts"] = -1  # once there, wait for it
        js = self._client.jetstream()
        stream = await js.find_stream_name_by_subject(self.subject)
        with contextlib.suppress(nats.js.errors.NotFoundError):
            await js.delete_consumer(stream, CONSUMER)
        self._messages = await js.subscribe(
            self.subject,
            durable=CONSUMER,
            stream=stream,
            manual_ack=True,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self.row + 1,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_SECONDS,
                max_ack_pending=UNACKED,
            ),
        )
        self._delivered = 1

    async def _next(self) -> list[Any]:
        """What has come: at least one message, or nothing in `LOOK_SECONDS`."""
        try:
            taken = [await self._messages.next_msg(timeout=LOOK_SECONDS)]
        except (TimeoutError, nats.errors.TimeoutError):
            return []
        while self._messages.pending_msgs and len(taken) < AT_ONCE:
            taken.append(await self._messages.next_msg(timeout=LOOK_SECONDS))
        for message in taken:
            if message.metadata.sequence.consumer != self._delivered:
                await self._messages.unsubscribe()
                await self._begin()  # one got lost on the way: ask again from there
                return []
            self._delivered += 1
        return taken

    async def _acknowledge(self, taken: list[Any]) -> None:
        for message in taken:
            await message.ack()

    async def _end(self) -> None:
        if self._client is not None and not self._client.is_closed:
            try:
                await self._client.drain()
            except (nats.errors.Error, OSError):
                await self._client.close()


async def _quiet(_: Exception) -> None:
    """Errors of the connection come up where it is used."""
