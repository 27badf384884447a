"""Payments from one partition of a Kafka topic: each record one line or one ISO 20022 message.

Rows are offsets counted from 1. Nothing is committed to the broker: the state knows the last row,
and reading goes on behind it. Only one partition is read, for order across several means nothing.
Tested without a broker: what a record says is, the connection is not. Needs the extra `stream`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from fanzha.errors import UsageError
from fanzha.services.watch.doors import Chunk, Stop

logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # what it says, an error says too

AT_ONCE = 5_000
LOOK_MILLISECONDS = 100


def kafka_lines(servers: str, topic: str, row: int, stop: Stop) -> Iterator[Chunk]:
    """The records behind `row` until the end is asked for."""
    loop = asyncio.new_event_loop()
    consumer = None
    try:
        consumer = loop.run_until_complete(_begin(servers, topic, row))
        while not stop.asked:
            taken = loop.run_until_complete(
                consumer.getmany(timeout_ms=LOOK_MILLISECONDS, max_records=AT_ONCE)
            )
            for records in taken.values():
                yield chunk_of(records)
            if not taken:
                stop.rest()
    except (KafkaError, OSError) as lost:
        why = str(lost) or type(lost).__name__
        raise UsageError("kafka_unreachable", servers=servers, why=why) from lost
    finally:
        if consumer is not None:
            loop.run_until_complete(consumer.stop())
        loop.close()


def chunk_of(records: Sequence[Any]) -> Chunk:
    """Records of one partition as lines; one without a value is an empty row."""
    rows = [record.offset + 1 for record in records]
    return Chunk([record.value or b"" for record in records], rows[-1], rows)


async def _begin(servers: str, topic: str, row: int) -> Any:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers, enable_auto_commit=False)
    try:
        await consumer.start()
    except BaseException:
        await consumer.stop()  # else it complains of being left open, after our own sentence
        raise
    found = consumer.partitions_for_topic(topic) or set()
    if len(found) != 1:
        await consumer.stop()
        raise UsageError("kafka_partitions", topic=topic, count=len(found))
    consumer.seek(TopicPartition(topic, min(found)), row)
    return consumer
