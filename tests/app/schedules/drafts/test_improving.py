"""A run that goes on from a draft keeps what the hand decided."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules.drafts import service as drafts
from app.schedules.drafts.copies import copy
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.improving import Effort, improve
from app.schedules.models import Schedule, Visit
from app.schedules.runs.drafting import Visit as Planned
from app.schedules.runs.drafting import read_draft
from app.schedules.runs.published_visits import PinnedVisitBroken
from app.schedules.service import contract_file
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft, plan_now


@pytest.fixture
def draft(session: Session, district: District) -> Schedule:
    return copy(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)


def planned(session: Session, draft: Schedule) -> tuple[Planned, ...]:
    return read_draft(contract_file(session, draft, "plan")).visits


def retime(session: Session, draft: Schedule, *, start: int) -> None:
    first = planned(session, draft)[0]
    moved = Edit(op=EditOp.RETIME, team=first.team, day=first.date, site=first.site, start=start)
    drafts.edit(session, draft, [moved], actor=COMMAND_LINE, now=NOW, is_dry=False)


def test_hand_made_visit_stays_in_the_run_that_goes_on_from_the_draft(session: Session, draft: Schedule) -> None:
    retime(session, draft, start=570)
    run = improve(session, draft, Effort(seed=7), actor=COMMAND_LINE, now=NOW)
    assert (run.copied_from_id, run.copied_version, run.draft_version, run.seed) == (draft.id, 2, None, 7)
    before = planned(session, draft)
    # Later edits of the draft are none of the run's business.
    drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
    plan_now(session, run)
    rows = session.scalars(select(Visit).filter_by(schedule_id=run.id, pinned=True)).all()
    assert [(row.starts_at - NOW).total_seconds() / 60 % 1440 for row in rows] == [570 - 9 * 60]
    assert run.changing_nothing is not None
    assert run.changing_nothing["visits"] == len(before)


def test_hand_made_visit_that_cannot_be_today_is_named(session: Session, draft: Schedule) -> None:
    retime(session, draft, start=300)
    with pytest.raises(PinnedVisitBroken, match=planned(session, draft)[0].site):
        improve(session, draft, Effort(), actor=COMMAND_LINE, now=NOW)


def test_past_days_of_a_draft_are_left_alone(session: Session, draft: Schedule) -> None:
    later = NOW + timedelta(days=4)
    run = improve(session, draft, Effort(), actor=COMMAND_LINE, now=later)
    assert run.first_date == later.date() + timedelta(days=1)
