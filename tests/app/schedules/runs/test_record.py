"""What the log tells of a run."""

from datetime import date, timedelta

from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft, plan_now


def queued(session: Session, district: District) -> Schedule:
    wish = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30))
    return schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)


def test_start_of_a_run_is_told_with_how_long_it_waited(session: Session, district: District) -> None:
    schedule = queued(session, district)
    with capture_logs() as lines:
        later = NOW + timedelta(seconds=7)
        record.begin(session, schedule, build_instance(session, schedule), now=later)
        session.commit()
    (line,) = lines
    assert (line["event"], line["waited_seconds"]) == ("run started", 7.0)
    assert (line["schedule_id"], line["district"]) == (schedule.id, "16.73")


def test_end_of_a_run_is_told_with_its_status_value_and_bound(session: Session, district: District) -> None:
    schedule = queued(session, district)
    with capture_logs() as lines:
        plan_now(session, schedule)
        session.commit()
    assert [line["event"] for line in lines] == ["run started", "run ended"]
    assert lines[1]["run_status"] == "succeeded"
    assert (lines[1]["value_milli"], lines[1]["bound_milli"]) == (schedule.value_milli, schedule.bound_milli)
    assert lines[1]["seconds"] == 0.0


def test_failure_of_a_run_is_told_without_the_words_that_people_read(session: Session, district: District) -> None:
    schedule = queued(session, district)
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    session.commit()
    with capture_logs() as lines:
        record.fail(session, schedule, reason="Ibu Contoh, 0812", now=NOW + timedelta(seconds=90))
        session.commit()
    (line,) = lines
    assert (line["event"], line["run_status"], line["seconds"]) == ("run failed", "failed", 90.0)
    assert "Contoh" not in str(line)


def test_run_cancelled_in_the_queue_ends_without_a_duration(session: Session, district: District) -> None:
    schedule = queued(session, district)
    session.commit()
    with capture_logs() as lines:
        schedules.cancel(session, schedule, actor=COMMAND_LINE, now=NOW)
        session.commit()
    assert [(line["event"], line["run_status"], line["seconds"]) for line in lines] == [
        ("run ended", "cancelled", None)
    ]


def test_publication_is_told_once(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    session.commit()
    with capture_logs() as lines:
        for _ in range(2):
            publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
            session.commit()
    assert [(line["event"], line["schedule_id"]) for line in lines] == [("schedule published", schedule.id)]
    assert lines[0]["visits"] > 0
