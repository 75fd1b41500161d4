"""Visits of which nobody has said what happened."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.districts.models import District
from app.districts.service import date_of
from app.fieldwork.report_schemas import MissingResultOut
from app.fieldwork.reporting import missing_results
from app.schedules.answers import visits_out


def missing_shown(
    session: Session, district: District, *, team_id: int | None, after_id: int, limit: int, now: datetime
) -> Sequence[MissingResultOut]:
    """Published visits that are over and unreported, by id; `team_id` None: of every team."""
    visits = missing_results(session, district.code, now=now, team_id=team_id, after_id=after_id, limit=limit)
    known = visits_out(session, district.code, visits, now=now)
    today = date_of(now, district)
    return [
        MissingResultOut(
            visit_id=visit.id,
            uid=visit.uid,
            team=known[visit.id].team,
            site=known[visit.id].site,
            date=visit.date,
            ended_at=known[visit.id].ends_at,
            days_ago=(today - visit.date).days,
            document=known[visit.id].document,
            expected_activations=visit.expected_activations,
            expected=known[visit.id].expected,
            stage=visit.stage,
        )
        for visit in visits
    ]
