"""Who needs a document by their age, as a district counts it: the people of the age less those who have it already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import Document, OwnIssuingFigures
from app.errors import FieldProblem
from app.languages import said
from app.payloads import MAX_PEOPLE
from app.tables.fields import Range

COUNTS = ("people_of_age", "people_holding", "eligible_people")
AGES = (*COUNTS, "ages_as_of")
"""What a district says of the ages that a document is for; all of it or nothing."""
RANGES = {
    "people_of_age": Range(low=0, high=MAX_PEOPLE, noun=said("number of people", "jumlah orang")),
    "people_holding": Range(low=0, high=MAX_PEOPLE, noun=said("number of people", "jumlah orang")),
    "eligible_people": Range(low=1, high=MAX_PEOPLE, noun=said("number of people", "jumlah orang")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How many people of a district are without a document, of those of its age and beside its eligible people, on the
    evening of a day."""

    lacking: int
    of_age: int
    eligible: int
    as_of: date

    def among(self, headcount: int) -> int:
        """How many it would be where so many eligible people live, rounded down."""
        return headcount * self.lacking // self.eligible

    def of_those(self, of_age: int) -> int | None:
        """How many it would be of so many people of the age, rounded down; None: the district has none of that age."""
        return of_age * self.lacking // self.of_age if self.of_age else None


def ages_of(session: Session, district_code: str) -> Mapping[Document, Ages]:
    """What the district has counted, by document; of the others nothing is known."""
    rows = session.scalars(
        select(OwnIssuingFigures).where(
            OwnIssuingFigures.district_code == district_code, OwnIssuingFigures.ages_as_of.is_not(None)
        )
    )
    return {Document(row.document): ages for row in rows if (ages := ages_in(row)) is not None}


def ages_in(row: OwnIssuingFigures) -> Ages | None:
    """What one row says of ages; None: nothing."""
    of_age, holding, eligible, as_of = row.people_of_age, row.people_holding, row.eligible_people, row.ages_as_of
    if of_age is None or holding is None or eligible is None or as_of is None:
        return None
    return Ages(lacking=of_age - holding, of_age=of_age, eligible=eligible, as_of=as_of)


def age_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    """Everything wrong with what a district says of ages, each pointing at its field."""
    problems = [
        problem
        for name, allowed in RANGES.items()
        if values[name] is not None and (problem := allowed.problem(name, values[name])) is not None
    ]
    missing = [name for name in AGES if values[name] is None]
    if 0 < len(missing) < len(AGES):
        problems += [
            FieldProblem(
                pointer=name,
                detail=said(
                    "The others of {names} are given, this is not.",
                    "Yang lain dari {names} diisi, ini tidak.",
                    names=", ".join(AGES),
                ),
                mend=said("Give all four, or none.", "Isi keempatnya, atau kosongkan semua."),
            )
            for name in missing
        ]
    of_age, holding = values["people_of_age"], values["people_holding"]
    if of_age is not None and holding is not None and holding > of_age:
        problems.append(
            FieldProblem(
                pointer="people_holding",
                detail=said(
                    "It is more than the {count} people of the age.",
                    "Lebih banyak daripada {count} orang pada umur itu.",
                    count=of_age,
                ),
                value=holding,
                mend=said(
                    "Count those of the age alone who have the document.",
                    "Hitung hanya pemilik dokumen pada umur itu.",
                ),
            )
        )
    return problems
