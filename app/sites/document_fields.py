"""The fields in which a site says who there needs further documents, and what is wrong with them."""

from collections.abc import Mapping
from typing import Any

from app.districts.models import FURTHER_DOCUMENTS
from app.errors import FieldProblem
from app.languages import said

PEOPLE = {document: f"people_{document.value}" for document in FURTHER_DOCUMENTS}
"""By further document: the field of who at the site still needs it."""
OF_AGE = {document: f"of_age_{document.value}" for document in FURTHER_DOCUMENTS}
"""By further document: the field of how many there are of the age that it is for."""
AS_OF = {"already_activated": "already_activated_as_of", **{name: f"{name}_as_of" for name in PEOPLE.values()}}
"""By figure that results go on from: the field of its day."""


def document_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    """Days of figures that are not there, and more people who need a document than are of its age."""
    problems = [
        FieldProblem(
            pointer=AS_OF[name],
            detail=said("It is the day of a figure that is not there.", "Ini tanggal dari angka yang tidak diisi."),
            value=str(values[AS_OF[name]]),
            mend=said(
                "Give {name} too, or leave the day out.", "Isi juga {name}, atau kosongkan tanggalnya.", name=name
            ),
        )
        for name in PEOPLE.values()
        if values[name] is None and values[AS_OF[name]] is not None
    ]
    for document, name in PEOPLE.items():
        people, of_age = values[name], values[OF_AGE[document]]
        if people is not None and of_age is not None and 0 <= of_age < people:
            problems.append(_too_many(name, people, of_age, counted=OF_AGE[document]))
    return problems


def _too_many(name: str, people: int, of_age: int, *, counted: str) -> FieldProblem:
    return FieldProblem(
        pointer=name,
        detail=said(
            "It is more than the {of_age} people of the age there ({counted}).",
            "Lebih banyak daripada {of_age} orang pada umur itu di sana ({counted}).",
            of_age=of_age,
            counted=counted,
        ),
        value=people,
        mend=said(
            "Correct either figure; where others than those of the age need it too, leave {counted} out.",
            "Perbaiki salah satu angka; bila yang memerlukannya tidak hanya orang pada umur itu, kosongkan {counted}.",
            counted=counted,
        ),
    )
