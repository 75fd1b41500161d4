"""Reads calendars in a process of its own: whatever a hostile file does to a parser, it costs a child with limits on
time and memory, and never the process that answers requests."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import structlog

from app.calendars.foreign_ics import Remarks
from app.calendars.raw_calendar import raw_calendar
from app.calendars.recurrence import Busy, ReadingLimits, Window, busy_times
from app.calendars.troubles import CalendarTrouble, Trouble
from app.languages import Said, said

log = structlog.get_logger(__name__)

_PACKAGES = Path(__file__).parents[2]
_CPU_SECONDS = 40
_MEMORY_BYTES = 1_500_000_000
_PATIENCE_SECONDS = 180
_NICENESS = 10
_OUT_OF_MEMORY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """Calendars to read, by a name of the caller's own, and how."""

    contents: Mapping[str, bytes]
    time_zone: str
    window: Window
    limits: ReadingLimits
    holidays: bool = False
    """Whether whole days are busy even where they are marked free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCalendar:
    """What one of them holds."""

    kept: bytes
    """The calendar again, without all that is not needed to read it another time."""
    busy: tuple[Busy, ...]
    remarks: tuple[Said, ...]
    trouble: Trouble | None
    """Why nothing could be read of this one."""


def read(request: ReadRequest) -> dict[str, ReadCalendar]:
    """What each calendar holds; raises `CalendarTrouble` when all of it together is too much.

    One calendar that is none does not spoil the others."""
    own_zone = ZoneInfo(request.time_zone)
    calendars: dict[str, ReadCalendar] = {}
    left = request.limits.events
    for name, content in request.contents.items():
        remarks = Remarks()
        try:
            raw = raw_calendar(content)
            busy = busy_times(
                raw,
                own_zone,
                window=request.window,
                limits=request.limits,
                remarks=remarks,
                holidays=request.holidays,
            )
        except CalendarTrouble as error:
            if error.code not in (Trouble.NOT_A_CALENDAR, Trouble.INCOMPLETE):
                raise
            calendars[name] = ReadCalendar(kept=b"", busy=(), remarks=(), trouble=error.code)
            continue
        left -= len(busy)
        if left < 0:
            raise CalendarTrouble(Trouble.TOO_MANY_EVENTS, about=f"{request.limits.events:,}")
        kept = "\n".join(raw.lines).encode()
        calendars[name] = ReadCalendar(kept=kept, busy=tuple(busy), remarks=remarks.texts(), trouble=None)
    return calendars


def read_in_child(request: ReadRequest) -> dict[str, ReadCalendar]:
    """The same, in a child that is ended when it takes too long or too much memory."""
    heading = {
        "time_zone": request.time_zone,
        "window": [request.window.starts_at, request.window.ends_at],
        "limits": asdict(request.limits),
        "holidays": request.holidays,
        "contents": [[name, len(content)] for name, content in request.contents.items()],
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "app.calendars.reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(_PACKAGES), "PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1"},
    )
    try:
        output, complaint = child.communicate(
            b"\n".join([orjson.dumps(heading), b"".join(request.contents.values())]), timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise CalendarTrouble(Trouble.TOO_HEAVY) from error
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode < 0 or child.returncode == _OUT_OF_MEMORY:
        raise CalendarTrouble(Trouble.TOO_HEAVY)
    if child.returncode != 0:
        log.error("calendar reader failed", status=child.returncode, stderr=complaint.decode(errors="replace")[-4000:])
        raise CalendarTrouble(Trouble.NOT_A_CALENDAR)
    answer = orjson.loads(output)
    if "trouble" in answer:
        raise CalendarTrouble(Trouble(answer["trouble"]), about=answer["about"])
    return {name: _from_json(calendar) for name, calendar in answer["read"].items()}


def _from_json(content: dict[str, Any]) -> ReadCalendar:
    parse = datetime.fromisoformat
    return ReadCalendar(
        kept=content["kept"].encode(),
        busy=tuple(
            Busy(uid, name, parse(starts), parse(ends), *more) for uid, name, starts, ends, *more in content["busy"]
        ),
        remarks=tuple(said(english, indonesian) for english, indonesian in content["remarks"]),
        trouble=Trouble(content["trouble"]) if content["trouble"] else None,
    )


def _child() -> int:
    """Reads one request from standard input, writes the answer to standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    with contextlib.suppress(ValueError, OSError):
        # Not every system can limit memory so.
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    heading = orjson.loads(sys.stdin.buffer.readline())
    starts_at, ends_at = (datetime.fromisoformat(text) for text in heading["window"])
    try:
        request = ReadRequest(
            contents={name: sys.stdin.buffer.read(size) for name, size in heading["contents"]},
            time_zone=heading["time_zone"],
            window=Window(starts_at=starts_at, ends_at=ends_at),
            limits=ReadingLimits(**heading["limits"]),
            holidays=heading["holidays"],
        )
        answer: dict[str, Any] = {
            "read": {
                name: {
                    "kept": calendar.kept.decode(),
                    "busy": [list(busy) for busy in calendar.busy],
                    "remarks": [[str(remark), remark.indonesian] for remark in calendar.remarks],
                    "trouble": calendar.trouble,
                }
                for name, calendar in read(request).items()
            }
        }
    except CalendarTrouble as error:
        answer = {"trouble": error.code, "about": error.about}
    except (MemoryError, RecursionError):
        return _OUT_OF_MEMORY
    sys.stdout.buffer.write(orjson.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(_child())
