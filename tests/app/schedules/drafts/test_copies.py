"""A draft that begins with another plan has its visits, its figures and its first version."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.languages import Language, in_language
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts.copies import PlanUsesTheRemoved, copy
from app.schedules.drafts.models import DraftVersion
from app.schedules.models import Schedule, Visit
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.overtaken import PlanOvertaken
from app.schedules.publishing import set_pinned
from app.schedules.runs.drafting import read_draft
from app.sites.models import Site
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft


def rows(session: Session, schedule: Schedule) -> list[Visit]:
    return list(session.scalars(select(Visit).filter_by(schedule_id=schedule.id).order_by(Visit.id)))


def shown(visits: list[Visit]) -> list[tuple[object, ...]]:
    return [
        (visit.team_id, visit.date, visit.site_id, visit.starts_at, visit.ends_at, visit.expected_activations)
        for visit in visits
    ]


def test_copy_has_the_visits_and_the_figures_of_its_plan(session: Session, district: District) -> None:
    base = make_draft(session, district)
    draft = copy(session, base, actor=COMMAND_LINE, now=NOW)
    assert shown(rows(session, draft)) == shown(rows(session, base)) != []
    assert (draft.copied_from_id, draft.draft_version, draft.run_status) == (base.id, 1, "succeeded")
    for name in ("expected_activations", "upper_bound_activations", "value_milli", "verdict", "missed", "net_gap"):
        assert getattr(draft, name) == getattr(base, name), name
    assert session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"schedule/{draft.id}")).all()


def test_first_version_is_the_copied_plan(session: Session, district: District) -> None:
    draft = copy(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    version = session.scalars(select(DraftVersion)).one()
    assert (version.number, version.shows, version.op, version.broken_rules) == (1, 1, "copy", [])
    session.refresh(version, ["plan_json"])
    assert version.plan_json == schedules.contract_file(session, draft, "plan")


def test_copy_keeps_pins_as_they_are_now(session: Session, district: District) -> None:
    base = make_draft(session, district)
    pinned = rows(session, base)[0]
    set_pinned(session, pinned, pinned=True, actor=COMMAND_LINE, now=NOW)
    draft = copy(session, base, actor=COMMAND_LINE, now=NOW)
    assert [visit.pinned for visit in rows(session, draft)].count(True) == 1
    assert len(read_draft(schedules.contract_file(session, draft, "plan")).pinned) == 1


def test_copy_can_be_published_in_place_of_its_plan(session: Session, district: District) -> None:
    base = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    draft = copy(session, base, actor=COMMAND_LINE, now=NOW)
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    assert base.superseded_at == NOW
    assert [visit.uid for visit in rows(session, draft)] == [visit.uid for visit in rows(session, base)]


def test_copy_of_a_plan_whose_site_has_gone_is_refused(session: Session, district: District) -> None:
    base = make_draft(session, district)
    session.get_one(Site, rows(session, base)[0].site_id).code = "OTHER"
    session.flush()
    with pytest.raises(PlanUsesTheRemoved, match="site S-"):
        copy(session, base, actor=COMMAND_LINE, now=NOW)


def test_an_earlier_plan_does_not_undo_unknowingly_what_was_published_by_hand(
    session: Session, district: District
) -> None:
    first = make_draft(session, district)
    publishing.publish(session, first, actor=COMMAND_LINE, now=NOW)
    rival = make_draft(session, district, seed=2)
    later = NOW + timedelta(hours=1)
    by_hand = copy(session, first, actor=COMMAND_LINE, now=later)
    publishing.publish(session, by_hand, actor=COMMAND_LINE, now=later)

    with pytest.raises(PlanOvertaken) as refusal:
        publishing.publish(session, rival, actor=COMMAND_LINE, now=later + timedelta(hours=1))
    [problem] = refusal.value.problems
    assert (problem.pointer, problem.value) == ("/despite", "plan_changed")
    assert f"schedule {by_hand.id}" in str(refusal.value.detail).lower()
    assert "diubah dengan tangan" in in_language(refusal.value.detail, Language.INDONESIAN)

    published = publishing.publish(
        session, rival, actor=COMMAND_LINE, now=later + timedelta(hours=1), despite=[ObstacleCode.PLAN_CHANGED]
    )
    assert published.published_at is not None
