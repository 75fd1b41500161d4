"""The counts of a target through time: the latest day is the one in force, the earlier ones tell what came between."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.districts.models import OfficialCount, Target


def keep_count(session: Session, target: Target) -> None:
    """Note the count of a target that was just set.

    A target set anew with the count of an earlier day takes the later ones back: they were a slip."""
    mine = {name: getattr(target, name) for name in ("district_code", "document", "owner")}
    session.execute(delete(OfficialCount).filter_by(**mine).where(OfficialCount.as_of > target.as_of))
    said = {"activated": target.activated, "source": target.source}
    session.execute(
        upsert(OfficialCount)
        .values(**mine, as_of=target.as_of, **said)
        .on_conflict_do_update(index_elements=[*mine, "as_of"], set_=said)
    )


def list_counts(session: Session, district_code: str, document: str, owner: str) -> Sequence[OfficialCount]:
    """One owner's counts by day, the earliest first."""
    return session.scalars(
        select(OfficialCount)
        .filter_by(district_code=district_code, document=document, owner=owner)
        .order_by(OfficialCount.as_of)
    ).all()


def forget_counts(session: Session, target: Target) -> None:
    """Drop the counts of a target that is dropped."""
    session.execute(
        delete(OfficialCount).filter_by(
            district_code=target.district_code, document=target.document, owner=target.owner
        )
    )
