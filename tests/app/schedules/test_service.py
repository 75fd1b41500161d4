"""What a request is understood as, what is refused, and what cancelling does."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.models import AuditEntry
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.errors import AppError, InvalidRequest, NotFound
from app.schedules import service as schedules
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.runs import record
from app.schedules.runs.problem import build_instance
from app.schedules.service import RunEnded
from app.schedules.wish import KindRule, Wish
from app.teams.models import Team
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft, plan_now

NOVEMBER = {"period_start": date(2023, 11, 1), "period_end": date(2023, 11, 30)}


def request(session: Session, district: District, *, now: datetime = NOW, **fields: Any) -> Schedule:
    return schedules.request_schedule(session, district, Wish(**(NOVEMBER | fields)), actor=COMMAND_LINE, now=now)


def test_plan_begins_the_day_after_the_count_and_after_today(session: Session, district: District) -> None:
    schedule = request(session, district)
    assert (schedule.first_date, schedule.is_back_test) == (date(2023, 11, 14), False)


def test_period_of_the_past_is_a_back_test_from_the_day_after_the_count(session: Session, district: District) -> None:
    schedule = request(session, district, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert (schedule.first_date, schedule.is_back_test) == (date(2023, 11, 14), True)


def test_back_test_before_the_count_begins_with_its_period(session: Session, district: District) -> None:
    october = {"period_start": date(2023, 10, 1), "period_end": date(2023, 10, 31)}
    assert request(session, district, **october).first_date == date(2023, 10, 1)


def test_today_is_what_the_clock_of_the_district_says(session: Session, district: District) -> None:
    evening_in_utc = datetime(2023, 11, 15, 18, 0, tzinfo=UTC)
    assert request(session, district, now=evening_in_utc).first_date == date(2023, 11, 17)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"period_start": date(2023, 11, 30), "period_end": date(2023, 11, 1)}, "/period"),
        ({"period_start": date(2023, 11, 18), "period_end": date(2023, 11, 19)}, "/period"),
        ({"period_start": date(2023, 1, 1), "period_end": date(2024, 12, 31)}, "/period"),
        ({"period_end": date(2023, 11, 13)}, "/period"),
        ({"first_date": date(2023, 12, 1)}, "/first_date"),
        ({"first_date": date(2023, 11, 12)}, "/first_date"),
    ],
)
def test_impossible_dates_are_refused_with_their_place(
    session: Session, district: District, fields: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        request(session, district, **fields)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert refusal.value.problems[0].mend


def test_weekend_is_named_as_the_reason_for_no_working_day(session: Session, district: District) -> None:
    with pytest.raises(InvalidRequest, match="no working day"):
        request(session, district, period_start=date(2023, 11, 18), period_end=date(2023, 11, 19))


def test_request_without_target_is_refused(session: Session, district: District) -> None:
    with pytest.raises(NotFound, match="target"):
        request(session, district, document="kia")


def test_rolled_back_request_leaves_no_job(session: Session, district: District) -> None:
    transaction = session.begin_nested()
    schedule_id = request(session, district).id
    transaction.rollback()
    jobs = session.scalar(
        text("SELECT count(*) FROM dbos.workflow_status WHERE workflow_uuid = :job"),
        {"job": f"schedule-{schedule_id}"},
    )
    assert jobs == 0


def test_accepted_request_leaves_row_job_and_audit_entry(session: Session, district: District) -> None:
    schedule = request(session, district)
    job = session.execute(
        text("SELECT status, queue_name FROM dbos.workflow_status WHERE workflow_uuid = :job"),
        {"job": f"schedule-{schedule.id}"},
    ).one()
    assert (job.status, job.queue_name) == ("ENQUEUED", "schedules")
    assert schedule.run_status == RunStatus.QUEUED
    assert session.scalar(select(AuditEntry.action).where(AuditEntry.subject == f"schedule/{schedule.id}")) == (
        "schedule.request"
    )


def test_queued_run_is_cancelled_at_once(session: Session, district: District) -> None:
    schedule = schedules.cancel(session, request(session, district), actor=COMMAND_LINE, now=NOW)
    assert (schedule.run_status, schedule.finished_at) == (RunStatus.CANCELLED, NOW)


def test_running_run_is_asked_to_stop(session: Session, district: District) -> None:
    schedule = request(session, district)
    schedule.run_status = RunStatus.RUNNING
    schedules.cancel(session, schedule, actor=COMMAND_LINE, now=NOW)
    again = schedules.cancel(session, schedule, actor=COMMAND_LINE, now=NOW + timedelta(seconds=5))
    assert (again.run_status, again.cancel_requested_at) == (RunStatus.RUNNING, NOW)


def test_finished_run_cannot_be_cancelled(session: Session, district: District) -> None:
    with pytest.raises(RunEnded):
        schedules.cancel(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)


def test_stopped_run_keeps_its_best_plan(session: Session, district: District) -> None:
    schedule = plan_now(session, request(session, district), is_stopped=True)
    assert schedule.run_status == RunStatus.CANCELLED
    assert schedule.verdict is not None
    assert session.scalars(select(Visit).where(Visit.schedule_id == schedule.id)).all()


def test_stored_visits_carry_local_times_and_the_order_of_the_day(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    first = session.scalars(select(Visit).where(Visit.schedule_id == schedule.id).order_by(Visit.id)).first()
    assert first is not None
    # 08:00 in the west of Indonesia; the team leaves its base at 07:30.
    assert first.starts_at == datetime(2023, 11, 14, 1, 0, tzinfo=UTC)
    assert first.date == date(2023, 11, 14)
    assert first.arrives_at <= first.starts_at
    assert first.ends_at - first.starts_at == timedelta(minutes=first.setup_minutes + first.service_minutes)
    assert (first.stop_index, first.in_force) == (0, False)


def test_figures_of_the_run_add_up(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    # 13 working days from 14 to 30 November, 45 walk-ins on each.
    assert (schedule.gap, schedule.walk_ins, schedule.net_gap) == (37_989, 585, 37_404)
    assert schedule.already_planned == 0
    visits = session.scalars(select(Visit).where(Visit.schedule_id == schedule.id)).all()
    assert schedule.expected_activations == sum(visit.expected_activations for visit in visits) > 0
    assert schedule.verdict == "unreachable"


def test_team_renamed_during_the_run_fails_it_with_the_reason(session: Session, district: District) -> None:
    schedule = request(session, district)
    built = build_instance(session, schedule)
    session.scalars(select(Team).where(Team.code == "T-1")).one().code = "T-9"
    session.flush()
    plan_now(session, schedule, built=built)
    assert schedule.run_status == RunStatus.FAILED
    assert "team T-1" in str(schedule.failure_reason)
    assert session.scalars(select(Visit).where(Visit.schedule_id == schedule.id)).all() == []


def test_kinds_are_kept_as_they_were_understood(session: Session, district: District) -> None:
    choice = KindRule(kinds=("agency",), end=date(2023, 11, 28))
    schedule = request(session, district, kinds=(choice,))
    assert schedule.request["kinds"] == [{"kinds": ["agency"], "from": None, "until": "2023-11-28"}]


def test_failed_run_says_why(session: Session, district: District) -> None:
    schedule = request(session, district)
    record.fail(session, schedule, reason="The solver was killed.", now=NOW)
    session.flush()
    assert (schedule.run_status, schedule.failure_reason) == (RunStatus.FAILED, "The solver was killed.")


def test_contract_files_can_be_read_back(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    instance = json.loads(gzip.decompress(schedules.contract_file(session, schedule, "instance")))
    plan = json.loads(gzip.decompress(schedules.contract_file(session, schedule, "plan")))
    assert (instance["format"], plan["format"]) == ("outreach-1", "outreach-plan-1")


def test_queued_run_has_no_files_yet(session: Session, district: District) -> None:
    with pytest.raises(AppError, match="queued"):
        schedules.contract_file(session, request(session, district), "plan")
