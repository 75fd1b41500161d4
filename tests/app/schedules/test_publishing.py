"""What publishing puts into force, what it leaves alone, and what it tells about it."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry
from app.access.service import COMMAND_LINE
from app.calendars.models import OutboxEntry
from app.districts.models import District
from app.languages import Language, in_language
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.exchanging import TeamBusy
from app.schedules.models import Schedule, Visit
from app.schedules.publishing import (
    NothingToPublish,
    PlanRefused,
    ScheduleSuperseded,
    VisitNotInPlan,
    changes,
    set_pinned,
)
from app.schedules.runs.published_visits import PinnedVisitBroken
from app.schedules.service import ScheduleNotFinished
from app.schedules.standing_results import HELD_SHARE
from app.schedules.wish import KindRule, Wish
from app.sites.models import Site
from app.teams.models import Team
from tests.app.calendars.events import connect
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft
from tests.factories import make_site


def publish(session: Session, schedule: Schedule, *, now: datetime = NOW) -> Schedule:
    return publishing.publish(session, schedule, actor=COMMAND_LINE, now=now)


def visits(session: Session, schedule: Schedule, **fields: Any) -> list[Visit]:
    query = select(Visit).filter_by(schedule_id=schedule.id, **fields).order_by(Visit.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def in_force(session: Session, district: District) -> list[Visit]:
    return list(session.scalars(schedules.visits_in_force(district.code).order_by(Visit.starts_at, Visit.id)))


def test_published_visits_are_in_force(session: Session, district: District) -> None:
    schedule = publish(session, make_draft(session, district))
    assert schedule.published_at == NOW
    assert in_force(session, district) == visits(session, schedule) != []
    assert {visit.published_at for visit in in_force(session, district)} == {NOW}
    assert session.scalars(select(AuditEntry.action).where(AuditEntry.action == "schedule.publish")).all()


def test_draft_is_not_in_force(session: Session, district: District) -> None:
    make_draft(session, district)
    assert in_force(session, district) == []


def test_publishing_twice_changes_nothing(session: Session, district: District) -> None:
    schedule = publish(session, make_draft(session, district))
    assert publish(session, schedule, now=NOW + timedelta(hours=1)).published_at == NOW


def test_run_without_plan_cannot_be_published(session: Session, district: District) -> None:
    request = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30))
    queued = schedules.request_schedule(session, district, request, actor=COMMAND_LINE, now=NOW)
    with pytest.raises(ScheduleNotFinished, match="queued"):
        publish(session, queued)


def test_stopped_run_can_be_published(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    schedule.run_status = "cancelled"
    assert publish(session, schedule).published_at == NOW


def test_plan_that_breaks_a_rule_is_refused(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    plan = json.loads(gzip.decompress(schedules.contract_file(session, schedule, "plan")))
    plan["visits"][0]["start"] = 0
    schedule.plan_json = gzip.compress(json.dumps(plan).encode())
    session.flush()
    with pytest.raises(PlanRefused) as refusal:
        publish(session, schedule)
    assert refusal.value.problems
    assert in_force(session, district) == []


def test_plan_whose_time_has_passed_is_refused(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    with pytest.raises(NothingToPublish):
        publish(session, schedule, now=datetime(2024, 1, 1, tzinfo=UTC))


def test_back_test_is_published_as_if_its_first_date_were_tomorrow(session: Session, district: District) -> None:
    years_later = datetime(2026, 11, 21, tzinfo=UTC)
    first = publish(session, make_draft(session, district, now=years_later), now=years_later)
    second = publish(session, make_draft(session, district, now=years_later), now=years_later + timedelta(hours=1))
    assert in_force(session, district) == visits(session, second)
    assert first.superseded_at == years_later + timedelta(hours=1)


def test_unchanged_visit_keeps_its_calendar_identity(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    before = {(visit.team_id, visit.date, visit.site_id): visit.uid for visit in visits(session, first)}
    second = publish(session, make_draft(session, district), now=NOW + timedelta(hours=1))
    after = visits(session, second)
    assert {(visit.team_id, visit.date, visit.site_id): visit.uid for visit in after} == before
    assert {(visit.sequence, visit.changed_at) for visit in after} == {(0, NOW)}
    assert {visit.withdrawn_at for visit in visits(session, first)} == {None}
    assert (first.superseded_at, second.superseded_at) == (NOW + timedelta(hours=1), None)


def test_changed_expectation_at_the_same_time_is_a_change_that_calendars_hear_of(
    session: Session, district: District
) -> None:
    publish(session, make_draft(session, district))
    draft = make_draft(session, district)
    other, *same = visits(session, draft)
    other.expected_activations += 1
    later = NOW + timedelta(hours=1)
    publish(session, draft, now=later)
    assert (other.sequence, other.changed_at) == (1, later)
    assert {(visit.sequence, visit.changed_at) for visit in same} == {(0, NOW)}


def test_calendars_are_told_in_the_transaction_of_publishing(session: Session, district: District) -> None:
    source = connect(session, district, "http://127.0.0.1:1/kalender/", direction="out")
    draft = make_draft(session, district)
    noted = select(OutboxEntry.uid).where(OutboxEntry.source_id == source.id)
    with session.begin_nested() as trial:
        publish(session, draft)
        assert set(session.scalars(noted)) == {visit.uid for visit in visits(session, draft)} != set()
        trial.rollback()
    assert session.scalars(noted).all() == []


def test_retimed_visit_keeps_its_identity_with_the_next_sequence(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    for team in session.scalars(select(Team)):
        team.shift_start += 90
    session.flush()
    later = NOW + timedelta(hours=1)
    draft = make_draft(session, district)
    changed = changes(session, draft, now=later)
    assert (len(changed.retimed), changed.added, changed.withdrawn, changed.unchanged) == (6, (), (), 0)
    second = publish(session, draft, now=later)
    assert [visit.uid for visit in visits(session, second)] == [visit.uid for visit in visits(session, first)]
    assert {(visit.sequence, visit.changed_at) for visit in visits(session, second)} == {(1, later)}
    assert len(changes(session, second, now=later).retimed) == 6


def test_visit_that_leaves_the_plan_is_withdrawn(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    gone = visits(session, first)[0]
    session.get_one(Site, gone.site_id).readiness = "not_ready"
    session.flush()
    later = NOW + timedelta(hours=1)
    draft = make_draft(session, district)
    assert gone in changes(session, draft, now=later).withdrawn
    second = publish(session, draft, now=later)
    session.refresh(gone)
    assert (gone.in_force, gone.withdrawn_at, gone.sequence, gone.changed_at) == (False, later, 1, later)
    assert gone in changes(session, second, now=later).withdrawn
    assert changes(session, first, now=later).withdrawn == ()


def test_changes_of_the_first_plan_are_all_additions(session: Session, district: District) -> None:
    schedule = publish(session, make_draft(session, district))
    changed = changes(session, schedule, now=NOW)
    assert (len(changed.added), changed.withdrawn, changed.retimed, changed.unchanged) == (6, (), (), 0)


def test_visits_that_have_begun_do_not_move(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    noon_of_the_15th = datetime(2023, 11, 15, 5, 0, tzinfo=UTC)
    second = publish(session, make_draft(session, district, now=noon_of_the_15th), now=noon_of_the_15th)
    assert second.first_date == date(2023, 11, 16)
    history = [visit for visit in in_force(session, district) if visit.date < second.first_date]
    assert history == [visit for visit in visits(session, first) if visit.date < second.first_date] != []


def test_next_plan_does_not_count_people_of_published_visits_again(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    won = {visit.site_id: visit.expected_activations for visit in visits(session, first)}
    after_everything = datetime(2023, 11, 23, tzinfo=UTC)
    second = make_draft(session, district, now=after_everything)
    # Nobody has reported, so each is held with the chance that a visit takes place.
    likely = {site_id: expected * HELD_SHARE for site_id, expected in won.items()}
    assert second.already_planned == int(sum(likely.values()))
    instance = json.loads(gzip.decompress(schedules.contract_file(session, second, "instance")))
    first_instance = json.loads(gzip.decompress(schedules.contract_file(session, first, "instance")))
    codes = {site.code: site.id for site in session.scalars(select(Site))}
    left = {site["id"]: site["people"] for site in instance["sites"]}
    assert left == {site["id"]: int(site["people"] - likely[codes[site["id"]]]) for site in first_instance["sites"]}
    assert {site["max_visit_dates"] for site in instance["sites"]} == {1}


def test_plan_of_a_later_month_leaves_this_one_alone(session: Session, district: District) -> None:
    november = publish(session, make_draft(session, district))
    make_site(session, code="S-new")
    december = {"period_start": date(2023, 12, 1), "period_end": date(2023, 12, 29)}
    publish(session, make_draft(session, district, **december), now=NOW + timedelta(hours=1))
    assert november.superseded_at is None
    assert {visit.in_force for visit in visits(session, november)} == {True}


def test_superseded_plan_cannot_be_published_again(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    publish(session, make_draft(session, district), now=NOW + timedelta(hours=1))
    with pytest.raises(ScheduleSuperseded):
        publish(session, first)


def test_visit_that_cannot_move_any_more_and_overlaps_is_named(session: Session, district: District) -> None:
    publish(session, make_draft(session, district))
    begun = in_force(session, district)[0]
    draft = make_draft(session, district)
    other = next(visit for visit in visits(session, draft) if visit.team_id == begun.team_id)
    session.get_one(Visit, other.id).starts_at = begun.starts_at + timedelta(minutes=30)
    session.flush()
    with pytest.raises(TeamBusy, match=f"Visit {begun.id}"):
        publish(session, draft, now=begun.starts_at + timedelta(minutes=10))


def test_pinned_visit_stays_pinned_in_the_next_plan(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    kept = visits(session, first)[-1]
    set_pinned(session, kept, pinned=True, actor=COMMAND_LINE, now=NOW)
    draft = make_draft(session, district, kinds=(KindRule(kinds=("agency",)),))
    instance = json.loads(gzip.decompress(schedules.contract_file(session, draft, "instance")))
    assert [(pin["date"], len(instance["published"])) for pin in instance["pinned"]] == [(kept.date.isoformat(), 6)]
    second = publish(session, draft, now=NOW + timedelta(hours=1))
    pinned = visits(session, second, pinned=True)
    assert [visit.uid for visit in pinned] == [kept.uid]


def test_pinned_visit_that_became_impossible_refuses_the_request(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    kept = visits(session, first)[-1]
    set_pinned(session, kept, pinned=True, actor=COMMAND_LINE, now=NOW)
    session.get_one(Team, kept.team_id).shift_start = 900
    session.flush()
    with pytest.raises(PinnedVisitBroken, match="can no longer be") as refused:
        make_draft(session, district)
    detail = in_language(refused.value.detail, Language.INDONESIAN)
    assert detail.startswith("1 kunjungan tersemat tidak dapat lagi dilaksanakan apa adanya. Tim T-1 di S-")
    assert detail.endswith(": timnya tidak dapat tiba tepat waktu")


def test_pinned_visit_of_a_finished_site_refuses_the_request(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    kept = visits(session, first)[-1]
    set_pinned(session, kept, pinned=True, actor=COMMAND_LINE, now=NOW)
    session.get_one(Site, kept.site_id).readiness = "done"
    session.flush()
    with pytest.raises(PinnedVisitBroken, match="done"):
        make_draft(session, district)


def test_visit_that_left_the_plan_cannot_be_pinned(session: Session, district: District) -> None:
    first = publish(session, make_draft(session, district))
    publish(session, make_draft(session, district), now=NOW + timedelta(hours=1))
    with pytest.raises(VisitNotInPlan):
        set_pinned(session, visits(session, first)[0], pinned=True, actor=COMMAND_LINE, now=NOW)
