"""What leads to a lodging or a station, and would go with it."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import Conflict, FieldProblem
from app.languages import said
from app.travel.models import Connection, Lodging, Station, TravelEntry
from app.travel.places import PlaceKind

_MOST_NAMED = 3


class PlaceInUse(Conflict):
    """Connections or travel entries lead to this place."""


def refuse_if_used(session: Session, kind: PlaceKind, place: Lodging | Station) -> None:
    """Raise `PlaceInUse` for a place, locked, at which a connection or a travel entry begins or ends."""
    problems, named = [], list[str]()
    for model, path in ((Connection, "connections"), (TravelEntry, "travel-entries")):
        ends = [getattr(model, f"{end}_{kind.value}_id") == place.id for end in ("origin", "destination")]
        codes = session.scalars(
            select(model.code).where(model.district_code == place.district_code, or_(*ends)).order_by(model.code)
        ).all()
        named += codes
        if codes:
            problems.append(
                FieldProblem(
                    pointer=f"/{path}",
                    detail=said(
                        "{count} of them lead here: {codes}.",
                        "{count} di antaranya menuju ke sini: {codes}.",
                        count=len(codes),
                        codes=_some(codes),
                    ),
                    value=codes[0],
                    mend=said("Delete or change them first.", "Hapus atau ubah dahulu."),
                )
            )
    if problems:
        raise PlaceInUse(
            said(
                "{name} cannot be deleted while connections or travel entries lead there: {codes}.",
                "{name} tidak dapat dihapus selama masih ada sambungan atau jalur yang menuju ke sana: {codes}.",
                name=place.name,
                codes=_some(named),
            ),
            problems=problems,
        )


def _some(codes: Sequence[str]) -> str:
    return ", ".join(codes[:_MOST_NAMED]) + (", …" if len(codes) > _MOST_NAMED else "")
