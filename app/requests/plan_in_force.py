"""Which published plan a request is about, which version of it, and which of its team-days are held for others."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.requests.models import RequestOffer, RequestStatus, VisitRequest
from app.schedules.models import Schedule
from app.schedules.runs.standing_plan import StandingPlan, TeamDay


def plan_for(
    session: Session, district_code: str, document: str, *, first_date: date, wished: Sequence[date]
) -> Schedule | None:
    """The plan in force that holds some wished date; without wishes, the next to end. None: there is none."""
    plans = session.scalars(
        select(Schedule)
        .where(
            Schedule.district_code == district_code,
            Schedule.document == document,
            Schedule.published_at.is_not(None),
            Schedule.superseded_at.is_(None),
            Schedule.period_end >= first_date,
            ~Schedule.is_back_test,
        )
        .order_by(Schedule.period_end, Schedule.published_at.desc(), Schedule.id.desc())
    ).all()
    if not wished:
        return plans[0] if plans else None
    return next(
        (plan for plan in plans if any(plan.first_date <= day <= plan.period_end for day in wished)),
        None,
    )


def plan_version(session: Session, district_code: str, document: str) -> int:
    """The schedule published last by anything but an accepted offer, 0 without any: what that publishes instead of
    another plan leaves the offers of others standing, as long as their team-days are as they were."""
    of_a_request = exists().where(VisitRequest.schedule_id == Schedule.id)
    schedule_id = session.scalar(
        select(Schedule.id)
        .where(
            Schedule.district_code == district_code,
            Schedule.document == document,
            Schedule.published_at.is_not(None),
            ~of_a_request,
        )
        .order_by(Schedule.published_at.desc(), Schedule.id.desc())
        .limit(1)
    )
    return schedule_id or 0


def digest_of(standing: StandingPlan, team_days: Iterable[TeamDay]) -> str:
    """Of team-days as they stand, pins included."""
    return hashlib.sha256(json.dumps(standing.shown_days(team_days)).encode()).hexdigest()


def touched_by(offer: RequestOffer) -> set[TeamDay]:
    return team_days_of(offer.team_days)


def team_days_of(days: Iterable[Mapping[str, Any]]) -> set[TeamDay]:
    return {(day["team"], date.fromisoformat(day["date"])) for day in days}


def held_team_days(session: Session, district_code: str, *, but: int, now: datetime) -> set[TeamDay]:
    """Team-days that the offers which stand to other requests than `but` are made of."""
    offers = session.scalars(
        select(RequestOffer)
        .join(VisitRequest, VisitRequest.id == RequestOffer.request_id)
        .where(
            VisitRequest.status == RequestStatus.OPEN,
            RequestOffer.district_code == district_code,
            RequestOffer.expires_at > now,
            RequestOffer.request_id != but,
        )
    )
    return set().union(*(touched_by(offer) for offer in offers))
