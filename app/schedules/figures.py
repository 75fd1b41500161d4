"""The figures that results teach, and whether planning uses them so or as they were given."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import FigureUse


class Figure(StrEnum):
    """What results teach."""

    TURN_OUT = "turn_out"
    PHONE_READY = "phone_ready"
    RESIDENT = "resident"
    PACE = "pace"
    SIGNAL = "signal"
    LOSS = "loss"
    WALK_INS = "walk_ins"


BY_KIND = (Figure.TURN_OUT, Figure.PHONE_READY, Figure.RESIDENT)
"""Figures that differ by the kind of site, and may be used as given for one kind alone."""


class Use(StrEnum):
    LEARNED = "learned"
    GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What planning uses of each figure."""

    chosen: Mapping[tuple[str, str], str]
    """By figure and kind; of no kind: of every kind without an entry of its own."""

    def of(self, figure: Figure, kind: str = "") -> Use:
        return Use(self.chosen.get((figure, kind), self.chosen.get((figure, ""), Use.LEARNED)))


def uses_of(session: Session, district_code: str, document: str) -> Uses:
    rows = session.scalars(select(FigureUse).filter_by(district_code=district_code, document=document))
    # In one order, so that the same uses are the same bytes.
    return Uses(chosen=dict(sorted(((row.figure, row.kind), row.use) for row in rows)))
