"""Rows that are about to change: the second of two changes waits, and then sees what the first one wrote."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.districts.models import District
from app.http_conventions import check_if_match


class Versioned(Protocol):
    """A row with the number of its version."""

    @property
    def version(self) -> int: ...


Row = TypeVar("Row")
Put = TypeVar("Put", bound=Versioned)


def locked(query: Select[Row]) -> Select[Row]:
    """The same query, holding its rows until the transaction ends; what the session remembered is read anew."""
    return query.with_for_update().execution_options(populate_existing=True)


def take_turns(session: Session, district_code: str) -> None:
    """Wait for whoever else changes or announces the plan in force of a district: it is our turn until the transaction
    ends. Whoever locks a row of a schedule does that before, whoever locks visits or trips after it."""
    session.execute(select(District.code).where(District.code == district_code).with_for_update(key_share=True))


def put_row(
    session: Session,
    stored: Put | None,
    blank: Put,
    values: Mapping[str, Any],
    *,
    if_match: str | None,
    taken: Exception,
) -> tuple[Put, bool]:
    """Set the values of a row that was found, locked, or else of a blank one; the second value tells whether it is new.

    Replacing one takes the `If-Match` of what was read. Raises `taken` where another request has just made it."""
    if stored is not None:
        check_if_match(if_match, stored.version)
    row = blank if stored is None else stored
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if stored is not None:
            raise
        raise taken from error
    return row, stored is None
