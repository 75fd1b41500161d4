"""Which documents a team can issue with what it carries or may draw, and how many of its operators at once."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from app.districts.issuing import IssuingFigures
from app.districts.models import Document, IssuingKit
from app.teams.models import KitPool, Team

OWN_KITS = 1
"""Of each kind that a team carries."""


def may_issue(team: Team, document: Document) -> bool:
    """Whether the office lets the team issue a document, whatever it carries."""
    return team.documents is None or document.value in team.documents


def has_kit(team: Team, kit: IssuingKit) -> bool:
    """Whether a team carries what issuing takes."""
    return kit is IssuingKit.NONE or kit.value in team.kits


def is_there(pool: KitPool, day: date) -> bool:
    """Whether the kits of a pool are there on a date."""
    return (pool.starts_on is None or pool.starts_on <= day) and (pool.ends_on is None or day <= pool.ends_on)


def may_draw(team: Team, pools: Iterable[KitPool], days: Collection[date]) -> Mapping[str, int]:
    """How many kits of each kind a team may carry from shared pools on some of these days, at the most."""
    most: Counter[str] = Counter()
    for pool in pools:
        if (pool.team_ids is None or team.id in pool.team_ids) and any(is_there(pool, day) for day in days):
            most[pool.kind] += min(pool.max_per_team, pool.count)
    return most


def kits_along(team_kits: Collection[str], drawn: Iterable[Mapping[str, Any]]) -> Mapping[str, int]:
    """How many kits of each kind go to a visit: the team's own and those drawn for the day."""
    along = Counter(dict.fromkeys(team_kits, OWN_KITS))
    for row in drawn:
        along[row["kind"]] += row["count"]
    return along


def at_once(team: Team, figures: IssuingFigures) -> int:
    """How many operators of a team can issue a document at once: one with each kit, all where it takes none."""
    if figures.kit is IssuingKit.NONE:
        return team.operators
    return min(team.operators, OWN_KITS if has_kit(team, figures.kit) else 0)
