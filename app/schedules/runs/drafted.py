"""The visits of a version of a draft, as a run that goes on from it plans with them."""

import gzip
import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.errors import Conflict
from app.languages import said
from app.schedules.drafts.models import DraftVersion
from app.schedules.models import Schedule


class DraftGone(Conflict):
    """The draft that a run was to go on from is not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedVisit:
    """A visit of a draft by codes; `start` in minutes after local midnight."""

    team: str
    site: str
    date: date
    start: int
    minutes: int
    is_kept: bool
    """Pinned, or where the planner's hand put it."""


def goes_on_from_draft(schedule: Schedule) -> bool:
    """Whether a run starts from a draft instead of the plan in force."""
    return schedule.copied_version is not None and schedule.draft_version is None


def drafted_visits(session: Session, schedule: Schedule) -> list[DraftedVisit]:
    """What the draft held when the run was asked for; raises `DraftGone`."""
    shown = aliased(DraftVersion)
    content = session.scalar(
        select(shown.plan_json)
        .join(DraftVersion, (DraftVersion.schedule_id == shown.schedule_id) & (DraftVersion.shows == shown.number))
        .where(DraftVersion.schedule_id == schedule.copied_from_id, DraftVersion.number == schedule.copied_version)
    )
    if content is None:
        raise DraftGone(
            said(
                "The draft to go on from is not there any more.",
                "Draf yang hendak dilanjutkan sudah tidak ada.",
            )
        )
    document = json.loads(gzip.decompress(content))
    kept = {(team, day, site) for team, day, site in document["by_hand"]}
    kept |= {(pin["team"], pin["date"], pin["site"]) for pin in document["pinned"]}
    return [
        DraftedVisit(
            team=visit["team"],
            site=visit["site"],
            date=date.fromisoformat(visit["date"]),
            start=visit["start"],
            minutes=visit["minutes"],
            is_kept=(visit["team"], visit["date"], visit["site"]) in kept,
        )
        for visit in document["visits"]
    ]
