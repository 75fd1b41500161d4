"""Which shared kits that visits are planned with are still to be had on their dates: a set breaks, a pool ends."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.schedules.models import Visit
from app.schedules.team_days import Kits, of_day
from app.teams.issuing import is_there
from app.teams.kit_pools import list_pools
from app.teams.models import KitPool, Team

_TeamDay = tuple[int | None, date, str, int]
"""The schedule of a draft (None: the plan in force), a date, code and id of a team."""


def kits_at_hand(session: Session, district_code: str, visits: Sequence[Visit]) -> Mapping[int, Kits]:
    """By id of a visit that draws kits, those of them that its team can draw by the pools of today.

    Where more are out on a date than there are by now, teams have theirs in the order of their codes."""
    drawing = [visit for visit in visits if visit.day_kits]
    if not drawing:
        return {}
    pools = {(pool.code, pool.kind): pool for pool in list_pools(session, district_code)}
    out: Counter[tuple[int | None, date, int]] = Counter()
    at_hand: dict[tuple[int | None, date, int], list[Mapping[str, Any]]] = defaultdict(list)
    for (plan, day, _, team), kits in sorted(_drawn(session, district_code, drawing).items(), key=_in_order):
        for kit in kits:
            pool = pools.get((kit["code"], kit["kind"]))
            if pool is None or not _may_draw(pool, team, day):
                continue
            count = min(kit["count"], pool.max_per_team, pool.count - out[plan, day, pool.id])
            out[plan, day, pool.id] += count
            at_hand[plan, day, team] += [{**kit, "count": count}] if count else []
    return {visit.id: at_hand[_plan_of(visit), visit.date, visit.team_id] for visit in drawing}


def _plan_of(visit: Visit) -> int | None:
    return None if visit.in_force else visit.schedule_id


def _in_order(item: tuple[_TeamDay, Kits]) -> tuple[int, date, str]:
    plan, day, code, _ = item[0]
    return plan or 0, day, code


def _may_draw(pool: KitPool, team_id: int, day: date) -> bool:
    return is_there(pool, day) and (pool.team_ids is None or team_id in pool.team_ids)


def _drawn(session: Session, district_code: str, visits: Sequence[Visit]) -> Mapping[_TeamDay, Kits]:
    """What every team of the same plans draws on the dates of these visits."""
    drafts = {visit.schedule_id for visit in visits if not visit.in_force}
    rows = session.execute(
        select(Visit, Team.code)
        .join(Team, Team.id == Visit.team_id)
        .where(
            Visit.district_code == district_code,
            Visit.date.in_({visit.date for visit in visits}),
            or_(Visit.in_force, Visit.schedule_id.in_(drafts)),
            func.jsonb_array_length(Visit.day_kits) > 0,
        )
    )
    of_days: dict[_TeamDay, list[tuple[datetime | None, Sequence[Mapping[str, Any]]]]] = defaultdict(list)
    for visit, code in rows:
        of_days[_plan_of(visit), visit.date, code, visit.team_id].append((visit.published_at, visit.day_kits))
    return {team_day: of_day(kits) for team_day, kits in of_days.items()}
