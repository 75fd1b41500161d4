"""What the teams that issue a document can do about the signal."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.districts.issuing import IssuingFigures
from app.districts.kits import Kit
from app.districts.models import Document, IssuingKit
from app.teams import service as teams
from app.teams.issuing import has_kit, is_there, may_draw, may_issue
from app.teams.kit_pools import list_pools
from app.teams.models import KitPool, Team


class Equipment(NamedTuple):
    """What the teams that issue a document can do about the signal."""

    works_by_satellite: bool
    satellite_on: date | None


def equipment_of(
    session: Session, district_code: str, document: Document, takes: IssuingFigures | None, *, on: date
) -> Equipment:
    """Of the teams that may issue the document and have, or may draw, what that takes."""
    pools = list_pools(session, district_code)
    issuing = [
        team
        for team in teams.list_teams(session, district_code)
        if may_issue(team, document) and _has_machine(team, takes, pools, on=on)
    ]
    if any(Kit.SATELLITE in team.kits for team in issuing):
        return Equipment(works_by_satellite=True, satellite_on=on)
    days = [
        max(on, pool.starts_on or on)
        for pool in pools
        if pool.kind == Kit.SATELLITE and (pool.ends_on is None or pool.ends_on >= on)
        # A pool that starts later is looked at on its first day.
        for team in issuing
        if may_draw(team, [pool], [max(on, pool.starts_on or on)])
    ]
    first = min(days, default=None)
    return Equipment(works_by_satellite=first == on, satellite_on=first)


def _has_machine(team: Team, takes: IssuingFigures | None, pools: Sequence[KitPool], *, on: date) -> bool:
    if takes is None or takes.kit is IssuingKit.NONE or has_kit(team, takes.kit):
        return True
    return bool(may_draw(team, [pool for pool in pools if is_there(pool, on)], [on]).get(takes.kit.value))
