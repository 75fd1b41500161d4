"""What issuing a further document takes in a district: minutes of an operator, a kit, signal; of IKD teams say it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy.orm import Session

from app.districts.ages import AGES, COUNTS, age_problems
from app.districts.models import FURTHER_DOCUMENTS, Document, IssuingKit, OwnIssuingFigures
from app.districts.own_figures import OwnFigures, list_own
from app.districts.planning_figures import provenance_problems
from app.errors import Conflict, FieldProblem, NotFound
from app.languages import said
from app.tables.fields import Range


class IssuingFiguresSetMeanwhile(Conflict):
    """Two requests set what a document takes in a district at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingFigures:
    """The figures in force of one document."""

    minutes: int
    """Of one operator for one person."""
    kit: IssuingKit
    """Without a kit of this kind a team cannot issue it, and with each kit one operator can at a time."""
    needs_signal: bool


ASSUMED: Mapping[Document, IssuingFigures] = {
    # A recording is kept on the machine and sent later; a card is printed and a certificate drawn up from what the
    # register says online.
    Document.KTP_EL: IssuingFigures(minutes=8, kit=IssuingKit.BIOMETRIC, needs_signal=False),
    Document.KIA: IssuingFigures(minutes=5, kit=IssuingKit.CARD_PRINTER, needs_signal=True),
    Document.BIRTH_CERTIFICATE: IssuingFigures(minutes=10, kit=IssuingKit.NONE, needs_signal=True),
}
"""Of a district that says nothing of its own: assumed, all of it."""

FIGURES = tuple(field.name for field in fields(IssuingFigures))
SAID = (*FIGURES, *COUNTS)
"""The figures that have a source each."""
MINUTES = Range(low=1, high=240, noun=said("number of minutes", "jumlah menit"))


def issuing_figures(session: Session, district_code: str) -> Mapping[Document, IssuingFigures]:
    """The figures in force of every further document."""
    own = list_own(session, OWN, district_code)
    return {document: in_force(document, own.get(document)) for document in FURTHER_DOCUMENTS}


def in_force(document: Document, own: OwnIssuingFigures | None) -> IssuingFigures:
    assumed = ASSUMED[document]
    if own is None:
        return assumed
    return IssuingFigures(
        minutes=assumed.minutes if own.minutes is None else own.minutes,
        kit=assumed.kit if own.kit is None else IssuingKit(own.kit),
        needs_signal=assumed.needs_signal if own.needs_signal is None else own.needs_signal,
    )


def refuse_ikd(district_code: str, document: Document) -> None:
    """Raise `NotFound` for IKD, whose minutes are those of each team and which takes no kit but signal."""
    if document is Document.IKD:
        raise NotFound(
            said(
                "What an IKD activation takes is said of each team (minutes_per_activation) and by the planning "
                "figures of the signal: GET /v1/districts/{district}/planning-figures.",
                "Kebutuhan aktivasi IKD diisi pada tiap tim (minutes_per_activation) dan pada angka perencanaan "
                "sinyal: GET /v1/districts/{district}/planning-figures.",
                district=district_code,
            )
        )


def problems_of(values: Mapping[str, Any]) -> list[FieldProblem]:
    """Everything wrong with what a district says of a document, each pointing at its field."""
    if all(values[name] is None for name in (*FIGURES, *AGES)):
        return [
            FieldProblem(
                pointer="",
                detail=said("No figure is given.", "Tidak ada angka yang diisi."),
                mend=said(
                    "Give at least one; to go back to what is assumed, DELETE it.",
                    "Isi paling sedikit satu; untuk kembali ke asumsi, hapus (DELETE).",
                ),
            )
        ]
    minutes = values["minutes"]
    problem = None if minutes is None else MINUTES.problem("minutes", minutes)
    return ([] if problem is None else [problem]) + age_problems(values) + provenance_problems(values, SAID)


def _says_nothing(district_code: str, document: str) -> NotFound:
    return NotFound(
        said(
            "District {district} says nothing of its own about what {document} takes.",
            "{district} tidak mengisi sendiri kebutuhan {document}.",
            district=district_code,
            document=document,
        )
    )


def _set_meanwhile() -> IssuingFiguresSetMeanwhile:
    return IssuingFiguresSetMeanwhile(
        said(
            "Another request has just set what this document takes; read it again first.",
            "Permintaan lain baru saja mengisi kebutuhan dokumen ini; baca ulang dahulu.",
        )
    )


OWN = OwnFigures(
    row=OwnIssuingFigures,
    column="document",
    figures=SAID,
    audit="issuing_figures",
    columns_of=lambda values: {name: values[name] for name in (*FIGURES, *AGES)},
    problems_of=problems_of,
    set_meanwhile=_set_meanwhile,
    says_nothing=_says_nothing,
)
"""What a district says itself of further documents."""
