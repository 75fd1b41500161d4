"""A run followed live: server-sent events from its row, with no connection or thread held between two looks."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.sse import ServerSentEvent
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.schedules.models import RunStatus, Schedule
from app.schedules.service import ENDED, places_in_line

LOOK_SECONDS = 0.5
_RETRY_MILLISECONDS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What listeners are told, and the id of having been told."""

    run_status: str
    version: int
    attempts: int
    progress: dict[str, Any] | None
    failure_reason: str | None
    failure_reason_indonesian: str | None
    place_in_line: int | None

    @property
    def is_last(self) -> bool:
        return self.run_status in ENDED

    @property
    def failure_text(self) -> dict[str, str] | None:
        english = self.failure_reason
        return None if english is None else {"id": self.failure_reason_indonesian or english, "en": english}

    @property
    def event_id(self) -> str:
        elapsed = (self.progress or {}).get("elapsed_seconds", 0)
        waiting = f"-{self.place_in_line}" if self.place_in_line is not None else ""
        return f"{self.version}-{self.attempts}-{elapsed}{waiting}"


def _look(sessions: sessionmaker[Session], schedule_id: int) -> _State | None:
    with sessions() as session:
        row = session.execute(
            select(
                Schedule.run_status,
                Schedule.version,
                Schedule.attempts,
                Schedule.progress,
                Schedule.failure_reason,
                Schedule.failure_reason_indonesian,
            ).where(Schedule.id == schedule_id)
        ).one_or_none()
        if row is None:
            return None
        is_waiting = row.run_status == RunStatus.QUEUED
        place = places_in_line(session, [schedule_id]).get(schedule_id) if is_waiting else None
    return _State(**row._asdict(), place_in_line=place)


async def follow(
    sessions: sessionmaker[Session], schedule_id: int, *, last_event_id: str | None, stopping: threading.Event
) -> AsyncIterator[ServerSentEvent]:
    """`progress` whenever the row says something new, then `done`; a listener who saw the end hears nothing more.

    `last_event_id`: what the listener heard last, before its connection broke. Once `stopping` is set the stream ends,
    so that the server can; the listener comes back by itself."""
    last_id = last_event_id
    while not stopping.is_set() and (state := await run_in_threadpool(_look, sessions, schedule_id)) is not None:
        if state.event_id != last_id:
            last_id = state.event_id
            yield ServerSentEvent(
                event="done" if state.is_last else "progress",
                id=last_id,
                retry=_RETRY_MILLISECONDS,
                data={
                    "schedule": schedule_id,
                    "run_status": state.run_status,
                    "place_in_line": state.place_in_line,
                    "progress": state.progress,
                    "failure_reason": state.failure_reason,
                    "failure_text": state.failure_text,
                },
            )
        if state.is_last:
            return
        await asyncio.sleep(LOOK_SECONDS)
