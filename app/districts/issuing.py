"""What issuing a further document takes in a district: minutes of an operator, a kit, signal; of IKD teams say it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.database import put_row
from app.districts.models import FURTHER_DOCUMENTS, Document, IssuingKit, OwnIssuingFigures
from app.districts.planning_figures import given_by, provenance_problems
from app.districts.row_locks import locked
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound, summary_of
from app.http_conventions import check_if_match
from app.languages import said
from app.tables.fields import Range, placed


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
MINUTES = Range(low=1, high=240, noun=said("number of minutes", "jumlah menit"))


def issuing_figures(session: Session, district_code: str) -> Mapping[Document, IssuingFigures]:
    """The figures in force of every further document."""
    own = list_own(session, district_code)
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


def list_own(session: Session, district_code: str) -> Mapping[Document, OwnIssuingFigures]:
    """What the district says itself, by document."""
    rows = session.scalars(select(OwnIssuingFigures).where(OwnIssuingFigures.district_code == district_code))
    return {Document(own.document): own for own in rows}


def find_own(
    session: Session, district_code: str, document: Document, *, for_update: bool = False
) -> OwnIssuingFigures | None:
    query = select(OwnIssuingFigures).filter_by(district_code=district_code, document=document.value)
    return session.scalar(locked(query) if for_update else query)


def put_own(
    session: Session,
    district_code: str,
    document: Document,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[OwnIssuingFigures, bool]:
    """Set what a document takes, whole; the second value tells whether it is new.

    `values`: `FIGURES`, None for the assumed one, `provenance` and `source`. Raises `InvalidRequest` with every wrong
    figure."""
    refuse_ikd(district_code, document)
    if problems := problems_of(values):
        raise InvalidRequest(summary_of(problems), problems=placed(problems, "/"))
    own = find_own(session, district_code, document, for_update=True)
    is_new = own is None
    if own is None:
        own = OwnIssuingFigures(district_code=district_code, document=document.value)
    else:
        check_if_match(if_match, own.version)
    for name in FIGURES:
        setattr(own, name, values[name])
    own.source = values["source"]
    own.provenance = given_by(values, FIGURES)
    put_row(
        session,
        own,
        is_new=is_new,
        taken=IssuingFiguresSetMeanwhile(
            said(
                "Another request has just set what this document takes; read it again first.",
                "Permintaan lain baru saja mengisi kebutuhan dokumen ini; baca ulang dahulu.",
            )
        ),
    )
    _record(session, "issuing_figures.create" if is_new else "issuing_figures.update", own, actor=actor, now=now)
    return own, is_new


def delete_own(
    session: Session, district_code: str, document: Document, *, actor: Actor, now: datetime, if_match: str | None
) -> None:
    """Leave a document to what is assumed of it again; raises `NotFound` where the district says nothing of its own."""
    own = find_own(session, district_code, document, for_update=True)
    if own is None:
        raise NotFound(
            said(
                "District {district} says nothing of its own about what {document} takes.",
                "{district} tidak mengisi sendiri kebutuhan {document}.",
                district=district_code,
                document=document.value,
            )
        )
    check_if_match(if_match, own.version)
    session.delete(own)
    _record(session, "issuing_figures.delete", own, actor=actor, now=now)


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
    if all(values[name] is None for name in FIGURES):
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
    return ([] if problem is None else [problem]) + provenance_problems(values, FIGURES)


def _record(session: Session, action: str, own: OwnIssuingFigures, *, actor: Actor, now: datetime) -> None:
    access.record(
        session,
        actor,
        action,
        f"issuing_figures/{own.district_code}/{own.document}",
        now=now,
        district_code=own.district_code,
        details={name: value for name in FIGURES if (value := getattr(own, name)) is not None},
    )
    session.flush()
