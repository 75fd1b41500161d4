"""What a district says itself where planning would assume figures, as of the kinds of its sites: set whole, each figure
with its source, or left to what is assumed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.planning_figures import given_by
from app.districts.row_locks import locked, put_row
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound, summary_of
from app.http_conventions import check_if_match
from app.tables.fields import placed

Row = TypeVar("Row", bound=Any)
"""A table with a district, a thing, a column for each figure, `provenance`, `source` and `version`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigures(Generic[Row]):
    """One table of such figures: a row for each thing of which a district says something itself."""

    row: type[Row]
    column: str
    """Of the row, which thing it is about."""
    figures: Sequence[str]
    audit: str
    """What the audit trail calls them."""
    columns_of: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """The figures as columns of the row."""
    problems_of: Callable[[Mapping[str, Any]], list[FieldProblem]]
    set_meanwhile: Callable[[], Conflict]
    """Raised where two requests set the first figures of a thing at the same moment."""
    says_nothing: Callable[[str, str], NotFound]
    """Raised where there is nothing to delete, by district and thing."""


def list_own(session: Session, own: OwnFigures[Row], district_code: str) -> Mapping[str, Row]:
    """What the district says itself, by thing."""
    rows = session.scalars(select(own.row).filter_by(district_code=district_code))
    return {getattr(row, own.column): row for row in rows}


def find_own(
    session: Session, own: OwnFigures[Row], district_code: str, thing: str, *, for_update: bool = False
) -> Row | None:
    query = select(own.row).filter_by(**{"district_code": district_code, own.column: thing})
    row: Row | None = session.scalar(locked(query) if for_update else query)
    return row


def put_own(
    session: Session,
    own: OwnFigures[Row],
    district_code: str,
    thing: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[Row, bool]:
    """Set what the district says of a thing, whole; the second value tells whether it is new.

    `values`: the figures, None for the assumed one, `provenance` and `source`. Raises `InvalidRequest` with every
    wrong figure."""
    if problems := own.problems_of(values):
        raise InvalidRequest(summary_of(problems), problems=placed(problems, "/"))
    row, is_new = put_row(
        session,
        find_own(session, own, district_code, thing, for_update=True),
        own.row(**{"district_code": district_code, own.column: thing}),
        {**own.columns_of(values), "source": values["source"], "provenance": given_by(values, own.figures)},
        if_match=if_match,
        taken=own.set_meanwhile(),
    )
    _record(session, own, "create" if is_new else "update", row, actor=actor, now=now)
    return row, is_new


def delete_own(
    session: Session,
    own: OwnFigures[Row],
    district_code: str,
    thing: str,
    *,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> None:
    """Leave a thing to what is assumed of it again; raises `NotFound` where the district says nothing of its own."""
    row = find_own(session, own, district_code, thing, for_update=True)
    if row is None:
        raise own.says_nothing(district_code, thing)
    check_if_match(if_match, row.version)
    session.delete(row)
    _record(session, own, "delete", row, actor=actor, now=now)


def _record(session: Session, own: OwnFigures[Row], change: str, row: Row, *, actor: Actor, now: datetime) -> None:
    figures = {name: value for name in own.figures if (value := getattr(row, name)) is not None}
    access.record(
        session,
        actor,
        f"{own.audit}.{change}",
        f"{own.audit}/{row.district_code}/{getattr(row, own.column)}",
        now=now,
        district_code=row.district_code,
        details={name: float(value) if isinstance(value, Decimal) else value for name, value in figures.items()},
    )
    session.flush()
