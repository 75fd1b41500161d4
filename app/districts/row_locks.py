"""Rows that are about to change: the second of two changes waits, and then sees what the first one wrote."""

from typing import TypeVar

from sqlalchemy import Select

Row = TypeVar("Row")


def locked(query: Select[Row]) -> Select[Row]:
    """The same query, holding its rows until the transaction ends; what the session remembered is read anew."""
    return query.with_for_update().execution_options(populate_existing=True)
