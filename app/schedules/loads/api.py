"""The work of teams in a plan, over HTTP."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.access.permissions import Viewer
from app.database import SessionDep
from app.payloads import Id
from app.schedules import service as schedules
from app.schedules.loads.past import USUAL_DAY, WEEKS
from app.schedules.loads.service import NamedLoad, shared_work
from app.words import Text, clock_span

router = APIRouter(prefix="/v1", tags=["schedules"])

_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such schedule, not yours to see, or no plan yet."}
}


class TeamLoadOut(BaseModel):
    """A team's work in a plan. Its load is `away_minutes` + `odd_hours_minutes`."""

    team: str
    name: str
    days: int
    away_minutes: int = Field(description="From the start of its shift to being back at base, of all its days.")
    travel_minutes: int
    odd_hours_minutes: int = Field(
        description=f"60 for each day that begins before the usual day ({clock_span(*USUAL_DAY)['en']}), and for each "
        "that ends after it."
    )
    expected_activations: int = Field(description="No part of the load: a good site is luck.")
    available_minutes: int = Field(description="Of its shifts on the dates when it can be sent out; leave is left out.")
    share_minutes: int = Field(description="Its part of all teams' load, by available minutes.")
    deviation_before_minutes: int = Field(
        description=f"What it brings along: above its share (below it, if negative) in the {WEEKS} weeks before the "
        "first date, in whole hours, at most 40."
    )
    deviation_after_minutes: int = Field(description="With this plan.")
    text: Text

    @classmethod
    def of(cls, named: NamedLoad) -> "TeamLoadOut":
        load = named.load
        return cls(
            team=load.team,
            name=named.name,
            days=load.days,
            away_minutes=load.away,
            travel_minutes=load.travel,
            odd_hours_minutes=load.odd_hours,
            expected_activations=load.activations,
            available_minutes=load.available,
            share_minutes=load.expected,
            deviation_before_minutes=load.deviation_before,
            deviation_after_minutes=load.deviation_after,
            text=named.text,
        )


class TeamLoadsOut(BaseModel):
    schedule_id: int
    fairness: int = Field(description="Milli-activations that an hour above a share cost in this run; 0: nothing.")
    teams: list[TeamLoadOut]
    text: Text


@router.get("/schedules/{schedule_id}/team-loads", response_model=TeamLoadsOut, responses=_REFUSALS)
def read_team_loads(schedule_id: Id, session: SessionDep, actor: Viewer) -> TeamLoadsOut:
    """How a plan shares the work out: hours, days, travel and activations of each team, and how far it is from its
    share of the work before and after."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    work = shared_work(session, schedule)
    return TeamLoadsOut(
        schedule_id=schedule.id,
        fairness=work.price_milli,
        teams=[TeamLoadOut.of(named) for named in work.teams],
        text=work.text,
    )
