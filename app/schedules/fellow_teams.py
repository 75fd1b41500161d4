"""Which other teams a plan sends to the same site on the same date, as to an event: whom a team meets there."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.schedules.models import Visit
from app.teams.models import Team
from app.words import Text, in_both

_other, _team = aliased(Visit), aliased(Team)


def fellows_in_force() -> ScalarSelect[Any]:
    """The codes of the other teams that the plan in force sends there, beside a column of `Visit`; null: none."""
    return _fellows(_other.in_force)


def fellows_in_plan() -> ScalarSelect[Any]:
    """Those of the same schedule, a draft too."""
    return _fellows(_other.schedule_id == Visit.schedule_id)


def _fellows(same: ColumnElement[bool] | InstrumentedAttribute[bool]) -> ScalarSelect[Any]:
    return (
        select(func.array_agg(aggregate_order_by(_team.code, _team.code)))
        .select_from(_other)
        .join(_team, _team.id == _other.team_id)
        .where(_other.site_id == Visit.site_id, _other.date == Visit.date, _other.team_id != Visit.team_id, same)
        .correlate(Visit)
        .scalar_subquery()
    )


def together_with(codes: Sequence[str]) -> Text:
    """`bersama TIM-2, TIM-3`."""
    return in_both("bersama {codes}", "together with {codes}", codes=", ".join(codes))
