"""`/dokumen`: what issuing each document takes in the district, and how many people of its age still lack it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts import own_figures
from app.districts.ages import AGES, COUNTS, ages_in
from app.districts.issuing import ASSUMED, FIGURES, OWN, SAID, in_force, refuse_ikd
from app.districts.issuing_schemas import IssuingFiguresIn
from app.districts.models import FURTHER_DOCUMENTS, Document, IssuingKit, OwnIssuingFigures
from app.errors import AppError, PreconditionFailed
from app.http_conventions import etag_of
from app.pages.edit_forms import (
    PROVENANCE,
    PROVENANCES,
    REFUSALS,
    Edited,
    body_of,
    by_others,
    edited,
    provenance_of,
    provenance_values,
    record_form,
    written,
)
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options, text
from app.sites.needing import lacking_sentence

router = pages_router()

HERE = "/dokumen"
_WHOLES = ("minutes", *COUNTS)
_FIELDS = (*FIGURES, *AGES, "source")


@router.get(HERE)
def list_documents(
    request: Request, session: SessionDep, reader: PlannerPage, tersimpan: Annotated[bool, Query()] = False
) -> Response:
    own = own_figures.list_own(session, OWN, reader.district.code)
    rows = [(document, own.get(document)) for document in FURTHER_DOCUMENTS]
    return page(
        request,
        "documents/list.html",
        reader,
        documents=[
            (
                document,
                in_force(document, row),
                {} if row is None else row.provenance,
                None if row is None or (ages := ages_in(row)) is None else lacking_sentence(document, ages),
                None if row is None else row.source,
            )
            for document, row in rows
        ],
        is_stored=tersimpan,
    )


@router.get(f"{HERE}/{{document}}")
def one_document(request: Request, session: SessionDep, reader: PlannerPage, document: Document) -> Response:
    refuse_ikd(reader.district.code, document)
    return _one(request, reader, document, own_figures.find_own(session, OWN, reader.district.code, document))


@router.post(f"{HERE}/{{document}}")
@once
def change_document(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, form: Form
) -> Response:
    own = _own_to_change(session, reader, document)
    sent = edited(form, _values(own, reader))
    try:
        check_seen(form, _version(own))
        body = read_as(IssuingFiguresIn, _body(sent.values, {} if own is None else own.provenance))
        with session.begin_nested():
            own_figures.put_own(
                session,
                OWN,
                reader.district.code,
                document,
                body.values(),
                actor=reader.actor,
                now=reader.now,
                if_match=None if own is None else etag_of(own.version),
            )
    except REFUSALS as refused:
        if own is not None:
            session.refresh(own)
        return _one(request, reader, document, own, sent=sent, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.post(f"{HERE}/{{document}}/hapus")
@once
def forget_document(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, form: Form
) -> Response:
    """Leave it to what is assumed again."""
    own = _own_to_change(session, reader, document)
    try:
        check_seen(form, _version(own))
    except PreconditionFailed as refused:
        return _one(request, reader, document, own, refused=refused)
    own_figures.delete_own(
        session,
        OWN,
        reader.district.code,
        document,
        actor=reader.actor,
        now=reader.now,
        if_match=etag_of(_version(own)),
    )
    return go_to(f"{HERE}?tersimpan=true")


def _own_to_change(session: Session, reader: DistrictReader, document: Document) -> OwnIssuingFigures | None:
    check_district(reader.actor, reader.district.code, write=True)
    refuse_ikd(reader.district.code, document)
    return own_figures.find_own(session, OWN, reader.district.code, document, for_update=True)


def _version(own: OwnIssuingFigures | None) -> int:
    """0: the district says nothing of its own."""
    return 0 if own is None else own.version


def _values(own: OwnIssuingFigures | None, reader: DistrictReader) -> dict[str, str]:
    shown = {name: "" if own is None else written(getattr(own, name), reader.language) for name in _FIELDS}
    if own is not None and own.needs_signal is not None:
        shown["needs_signal"] = "yes" if own.needs_signal else "no"
    return shown | provenance_values({} if own is None else own.provenance, SAID)


def _body(values: Mapping[str, str], provenance: Mapping[str, str]) -> dict[str, Any]:
    """The request of the API that the fields stand for: the figures of a document are set whole."""
    body = body_of(values, [name for name in _FIELDS if values.get(name)], whole=_WHOLES, decimal=())
    if "needs_signal" in body:
        body["needs_signal"] = body["needs_signal"] == "yes"
    origins = {name: word for name, word in values.items() if name.startswith(PROVENANCE)}
    said = {name: word for name, word in provenance_of(origins, provenance).items() if values.get(name)}
    return body | {"provenance": said}


def _choices(document: Document, reader: DistrictReader) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen, with what is assumed where nothing is."""
    assumed, language = ASSUMED[document], reader.language
    kits = [(kit.value, text(f"issuing_kit.{kit}", language)) for kit in IssuingKit]
    signal = [(answer, text(f"issuing.{answer}_signal", language)) for answer in ("yes", "no")]
    return {
        "kit": [("", text("issuing.assumed", language, what=dict(kits)[assumed.kit])), *kits],
        "needs_signal": [
            ("", text("issuing.assumed", language, what=dict(signal)["yes" if assumed.needs_signal else "no"])),
            *signal,
        ],
    }


def _one(
    request: Request,
    reader: DistrictReader,
    document: Document,
    own: OwnIssuingFigures | None,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
) -> Response:
    stored, choices = _values(own, reader), _choices(document, reader)
    return record_form(
        request,
        "documents/one.html",
        reader,
        stored if sent is None else sent.values,
        stored=stored,
        refused=refused,
        document=document,
        is_own=own is not None,
        version=_version(own),
        assumed_minutes=ASSUMED[document].minutes,
        kit_options=choices["kit"],
        signal_options=choices["needs_signal"],
        provenance_options=options("provenance", PROVENANCES, reader.language),
        meanwhile=by_others(stored, sent, refused, choices=choices),
        is_stored=False,
    )
