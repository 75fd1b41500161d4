"""Pools of kits that the teams of an office share: a satellite set that goes out with another team each day."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.coded_things import CodeTaken, Kind, list_things
from app.districts.models import District
from app.languages import said
from app.teams.kit_pool_values import (
    DEFAULTS,
    READERS,
    REQUIRED,
    VOCABULARY,
    KitPoolFields,
    cells_of,
    problems_of,
    values_of,
)
from app.teams.models import KitPool, Team

Teams = Mapping[str, int]
"""The ids of a district's teams by their codes."""


class KitPoolCodeTaken(CodeTaken):
    """Another pool of the district has this code."""


def teams_of(session: Session, district_code: str) -> Teams:
    rows = session.execute(select(Team.code, Team.id).where(Team.district_code == district_code))
    return {row.code: row.id for row in rows}


def list_pools(session: Session, district_code: str) -> Sequence[KitPool]:
    """The pools of a district, in the order in which they were entered."""
    return list_things(session, KIT_POOLS, district_code)


def fields_of(pool: KitPool, teams: Teams) -> KitPoolFields:
    """What is stored of a pool; a team that was deleted is named no more."""
    codes = {number: code for code, number in teams.items()}
    named = None if pool.team_ids is None else tuple(sorted(codes[n] for n in pool.team_ids if n in codes))
    values = {name: getattr(pool, name) for name in KitPoolFields.__dataclass_fields__ if name != "teams"}
    return KitPoolFields(teams=named, **values)


def _columns_of(pool: KitPoolFields, teams: Teams) -> dict[str, Any]:
    values = values_of(pool)
    named = values.pop("teams")
    return values | {"team_ids": None if named is None else [teams[code] for code in named]}


def _around(session: Session, district: District) -> Teams:
    return teams_of(session, district.code)


KIT_POOLS: Kind[KitPoolFields, Teams] = Kind(
    thing="kit_pool",
    row=KitPool,
    noun=said("pool of kits", "perlengkapan bersama"),
    nouns=said("pools of kits", "perlengkapan bersama"),
    most=100,
    lock="kit-pools",
    vocabulary=VOCABULARY,
    readers=READERS,
    required=REQUIRED,
    defaults=DEFAULTS,
    together=(("starts_on", "ends_on"),),
    point=None,
    around=_around,
    values_of=values_of,
    cells_of=cells_of,
    make=lambda values, _: KitPoolFields(**values),
    check=lambda values, teams: problems_of(values, teams=teams),
    fields_of=fields_of,
    columns_of=_columns_of,
    recorded=("kind", "count"),
    code_taken=KitPoolCodeTaken,
)
