"""Columns of an office's sheets that somebody matched with our fields by hand, kept for the next sheet of the kind."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.districts.models import ColumnMatch


def _key(label: str) -> str:
    return " ".join(label.split())


def matched_columns(session: Session, district_code: str, thing: str, labels: Collection[str]) -> dict[str, str | None]:
    """Of these columns those that were matched by hand, each with its field; None: it is not read."""
    rows = session.execute(
        select(ColumnMatch.label, ColumnMatch.field).where(
            ColumnMatch.district_code == district_code,
            ColumnMatch.thing == thing,
            ColumnMatch.label.in_({_key(label) for label in labels}),
        )
    )
    fields = {row.label: row.field for row in rows}
    return {label: fields[_key(label)] for label in labels if _key(label) in fields}


def keep_matches(
    session: Session,
    district_code: str,
    thing: str,
    *,
    matched: Mapping[str, str | None],
    recognised: Collection[str],
) -> None:
    """Keep what was matched by hand; columns of `recognised` are again what their names say."""
    session.execute(
        delete(ColumnMatch).where(
            ColumnMatch.district_code == district_code,
            ColumnMatch.thing == thing,
            ColumnMatch.label.in_({_key(label) for label in recognised}),
        )
    )
    rows = [
        {"district_code": district_code, "thing": thing, "label": label, "field": field}
        for label, field in {_key(label): field for label, field in matched.items()}.items()
    ]
    if rows:
        statement = upsert(ColumnMatch)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["district_code", "thing", "label"], set_={"field": statement.excluded.field}
            ),
            rows,
        )
