"""A run followed live: something is told when something changed, and the end once."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from fastapi.sse import ServerSentEvent
from sqlalchemy import Connection
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import events
from app.schedules import service as schedules
from app.schedules.models import RunStatus, Schedule
from app.schedules.runs import record
from app.schedules.wish import Wish
from app.schedules.wish_schemas import parse_period
from tests.app.conftest import NOW


@pytest.fixture
def schedule(session: Session, district: District) -> Schedule:
    start, end = parse_period("2023-11")
    request = Wish(period_start=start, period_end=end)
    schedule = schedules.request_schedule(session, district, request, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return schedule


@pytest.fixture
def sessions(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> sessionmaker[Session]:
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.001)
    return sessionmaker(connection, join_transaction_mode="create_savepoint")


async def next_of(stream: AsyncIterator[ServerSentEvent]) -> tuple[str | None, str, int]:
    event = await anext(stream)
    progress = event.data["progress"] or {}
    return event.event, event.data["run_status"], progress.get("iterations", 0)


def test_listener_hears_each_change_and_the_end(
    session: Session, schedule: Schedule, sessions: sessionmaker[Session]
) -> None:
    async def listen() -> list[tuple[str | None, str, int]]:
        stream = events.follow(sessions, schedule.id, last_event_id=None, stopping=threading.Event())
        heard = [await next_of(stream)]
        schedule.run_status, schedule.attempts = RunStatus.RUNNING, 1
        schedule.progress = record.shown_progress({"elapsed_seconds": 1.0, "iterations": 7})
        session.commit()
        heard.append(await next_of(stream))
        schedule.progress = record.shown_progress({"elapsed_seconds": 2.0, "iterations": 9})
        session.commit()
        heard.append(await next_of(stream))
        record.fail(session, schedule, reason="It was too hard.", now=NOW)
        session.commit()
        heard.append(await next_of(stream))
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        return heard

    assert asyncio.run(listen()) == [
        ("progress", "queued", 0),
        ("progress", "running", 7),
        ("progress", "running", 9),
        ("done", "failed", 9),
    ]


def test_listener_who_comes_back_hears_only_what_is_new(
    session: Session, schedule: Schedule, sessions: sessionmaker[Session]
) -> None:
    async def listen() -> tuple[str | None, str, int]:
        first = await anext(events.follow(sessions, schedule.id, last_event_id=None, stopping=threading.Event()))
        again = events.follow(sessions, schedule.id, last_event_id=first.id, stopping=threading.Event())
        schedules.cancel(session, schedule, actor=COMMAND_LINE, now=NOW)
        session.commit()
        return await next_of(again)

    assert asyncio.run(listen()) == ("done", "cancelled", 0)


def test_stream_ends_with_its_schedule(session: Session, schedule: Schedule, sessions: sessionmaker[Session]) -> None:
    async def listen() -> list[ServerSentEvent]:
        return [
            event async for event in events.follow(sessions, 999_999, last_event_id=None, stopping=threading.Event())
        ]

    assert asyncio.run(listen()) == []


def test_stream_ends_when_the_server_stops(schedule: Schedule, sessions: sessionmaker[Session]) -> None:
    async def listen() -> int:
        stopping = threading.Event()
        stream = events.follow(sessions, schedule.id, last_event_id=None, stopping=stopping)
        await next_of(stream)
        stopping.set()
        return len([event async for event in stream])

    assert asyncio.run(listen()) == 0
