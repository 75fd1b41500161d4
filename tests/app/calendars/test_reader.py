"""The child that reads calendars: same result as reading here, and no harm when a file is hostile."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.calendars import reader
from app.calendars.reader import ReadRequest, read, read_in_child
from app.calendars.recurrence import ReadingLimits, Window
from app.calendars.troubles import CalendarTrouble, Trouble
from tests.app.calendars.events import event

CORPUS = Path(__file__).parents[2] / "corpus" / "ics"


def request(contents: dict[str, bytes], limits: ReadingLimits | None = None) -> ReadRequest:
    return ReadRequest(
        contents=contents,
        time_zone="Asia/Makassar",
        window=Window(starts_at=datetime(2023, 5, 1, tzinfo=UTC), ends_at=datetime(2025, 3, 1, tzinfo=UTC)),
        limits=limits or ReadingLimits(),
    )


def test_child_reads_what_we_would_read() -> None:
    contents = {path.name: path.read_bytes() for path in CORPUS.glob("*.ics")} | {"broken": b"<html>", "empty": b""}
    assert read_in_child(request(contents)) == read(request(contents))


def test_child_tells_remarks_in_both_languages() -> None:
    contents = {"odd": (CORPUS / "odd-moments.ics").read_bytes()}
    here, told = read(request(contents))["odd"].remarks, read_in_child(request(contents))["odd"].remarks
    assert [remark.indonesian for remark in told] == [remark.indonesian for remark in here]
    assert all(remark.indonesian != remark for remark in told)


def test_child_starts_without_the_web_framework() -> None:
    loaded = "import sys, app.calendars.reader; print('fastapi' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_childs_refusal_is_passed_on() -> None:
    with pytest.raises(CalendarTrouble) as caught:
        read_in_child(request({"x": event("x", more="RRULE:FREQ=DAILY")}, ReadingLimits(events=100)))
    assert (caught.value.code, caught.value.about) == (Trouble.TOO_MANY_EVENTS, "100")


def test_child_that_takes_too_long_or_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_PATIENCE_SECONDS", 0.01)
    with pytest.raises(CalendarTrouble) as caught:
        read_in_child(request({"x": event("x")}))
    assert caught.value.code == Trouble.TOO_HEAVY
