"""What the teams that issue a document can do about the signal."""

from collections.abc import Collection, Sequence
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

    kits_of_teams: tuple[frozenset[str], ...]
    """Of each of them, the kinds that it has or may draw on the day."""
    satellite_on: date | None

    def has_set_for(self, needed: Collection[str]) -> bool:
        """Whether a satellite set gets to a site that needs these kits: with a team that has the other ones, if any
        team has; that nobody has those is no matter of the signal."""
        others = frozenset(needed) - {Kit.SATELLITE}
        able = [kits for kits in self.kits_of_teams if others <= kits] or self.kits_of_teams
        return any(Kit.SATELLITE in kits for kits in able)

    def lacks_set_for(self, needed: Collection[str]) -> bool:
        """Whether nobody is served at a site that needs these kits for want of the set among them."""
        return Kit.SATELLITE in needed and not self.has_set_for(needed)


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
    kits = tuple(frozenset({*team.kits, *may_draw(team, pools, [on])}) for team in issuing)
    if any(Kit.SATELLITE in of_team for of_team in kits):
        return Equipment(kits_of_teams=kits, satellite_on=on)
    days = [
        max(on, pool.starts_on or on)
        for pool in pools
        if pool.kind == Kit.SATELLITE and (pool.ends_on is None or pool.ends_on >= on)
        # A pool that starts later is looked at on its first day.
        for team in issuing
        if may_draw(team, [pool], [max(on, pool.starts_on or on)])
    ]
    return Equipment(kits_of_teams=kits, satellite_on=min(days, default=None))


def _has_machine(team: Team, takes: IssuingFigures | None, pools: Sequence[KitPool], *, on: date) -> bool:
    if takes is None or takes.kit is IssuingKit.NONE or has_kit(team, takes.kit):
        return True
    return bool(may_draw(team, [pool for pool in pools if is_there(pool, on)], [on]).get(takes.kit.value))
