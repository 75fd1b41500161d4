"""`/sasaran`: what the district is to reach, with the doubts about it and the figures that others printed."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.models import Document, EligibleBase, Target, TargetOwner
from app.districts.schemas import Figure, ReportedFigureIn, TargetIn
from app.districts.targets import official_counts, reported_figures
from app.districts.targets import service as targets
from app.districts.targets.answers import target_out
from app.errors import AppError, Conflict, PreconditionFailed, PreconditionRequired
from app.http_conventions import etag_of
from app.languages import said
from app.pages.edit_forms import PROVENANCES, REFUSALS, Edited, by_others, edited, problems_of_form, record_form
from app.pages.forms import check_seen, filled, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.target_form import blank_target_values, target_body, target_values
from app.pages.texts import options
from app.payloads import Id

router = pages_router()

HERE = "/sasaran"
_MOST_FIGURES = 200
AskedDocument = Annotated[str, Query(alias="dokumen", max_length=40)]


@router.get(HERE)
def list_targets(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    dokumen: AskedDocument = "",
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    return _list(request, session, reader, document_name=dokumen, is_stored=tersimpan)


@router.get(f"{HERE}/baru")
def new_target(request: Request, reader: PlannerPage, dokumen: AskedDocument = "") -> Response:
    return _form(request, reader, blank_target_values(_document(dokumen) or Document.IKD))


@router.post(f"{HERE}/baru")
@once
def create_target(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, blank_target_values(Document.IKD))
    try:
        body = read_as(TargetIn, target_body(sent.values, {}))
        document = _document(sent.values["document"]) or Document.IKD
        _put(session, reader, document, body, if_match=None)
    except PreconditionRequired:
        exists = Conflict(
            said(
                "The district has this target already. Open it in the list to change it.",
                "Daerah ini sudah punya sasaran itu. Buka dari daftar untuk mengubahnya.",
            )
        )
        return _form(request, reader, sent.values, refused=exists)
    except REFUSALS as refused:
        return _form(request, reader, sent.values, refused=refused)
    return go_to(f"{HERE}/{document}/{body.owner}?tersimpan=true")


@router.post(f"{HERE}/angka")
@once
def add_figure(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    """Note a figure as somebody printed it."""
    check_district(reader.actor, reader.district.code, write=True)
    try:
        given = {name: value for name, value in filled(form).items() if name in ReportedFigureIn.model_fields}
        body = read_as(ReportedFigureIn, given)
        with session.begin_nested():
            fields = body.model_dump(exclude_none=True)
            reported_figures.add_figure(session, reader.district.code, fields, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _list(request, session, reader, document_name="", added=form, refused=refused)
    return go_to(f"{HERE}?tersimpan=true#angka")


@router.post(f"{HERE}/angka/{{figure_id}}/hapus")
@once
def remove_figure(session: SessionDep, reader: PlannerPage, figure_id: Id) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    reported_figures.delete_figure(session, reader.district.code, figure_id, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?tersimpan=true#angka")


@router.get(f"{HERE}/{{document}}/{{owner}}")
def one_target(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    document: Document,
    owner: TargetOwner,
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    target = targets.get_target(session, reader.district.code, document, owner=owner)
    return _one(request, session, reader, target, is_stored=tersimpan)


@router.post(f"{HERE}/{{document}}/{{owner}}")
@once
def change_target(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, owner: TargetOwner, form: Form
) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    target = targets.get_target(session, reader.district.code, document, owner=owner, for_update=True)
    sent = edited(form, target_values(target, reader.language))
    try:
        check_seen(form, target.version)
        body = read_as(TargetIn, target_body(sent.values, target.provenance) | {"owner": owner.value})
        _put(session, reader, document, body, if_match=etag_of(target.version))
    except REFUSALS as refused:
        session.refresh(target)
        return _one(request, session, reader, target, sent=sent, refused=refused)
    return go_to(f"{HERE}/{document}/{owner}?tersimpan=true")


@router.post(f"{HERE}/{{document}}/{{owner}}/hapus")
@once
def delete_target(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, owner: TargetOwner, form: Form
) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    target = targets.get_target(session, reader.district.code, document, owner=owner, for_update=True)
    try:
        check_seen(form, target.version)
    except PreconditionFailed as refused:
        return _one(request, session, reader, target, refused=refused)
    targets.delete_target(session, target, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?tersimpan=true")


def _put(session: Session, reader: DistrictReader, document: Document, body: TargetIn, *, if_match: str | None) -> None:
    values = targets.TargetValues(**body.model_dump())
    with session.begin_nested():
        targets.put_target(
            session, reader.district.code, document, values, actor=reader.actor, now=reader.now, if_match=if_match
        )


def _document(written: str) -> Document | None:
    return next((document for document in Document if document == written), None)


def _list(
    request: Request,
    session: Session,
    reader: DistrictReader,
    *,
    document_name: str,
    added: Mapping[str, str] | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    code, document = reader.district.code, _document(document_name)
    return page(
        request,
        "targets/list.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        targets=[target_out(session, row, now=reader.now) for row in targets.list_targets(session, code, document)],
        figures=reported_figures.list_figures(session, code, document, limit=_MOST_FIGURES),
        document=document,
        document_options=options("document", Document, reader.language),
        figure_names=get_args(Figure),
        base_options=options("base", EligibleBase, reader.language),
        provenance_options=options("provenance", PROVENANCES, reader.language),
        added=added or {},
        refusal=None if refused is None else refused.detail,
        problems=problems_of_form(refused),
        is_stored=is_stored,
    )


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    target: Target,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    stored = target_values(target, reader.language)
    return _form(
        request,
        reader,
        stored if sent is None else sent.values,
        refused=refused,
        target=target_out(session, target, now=reader.now),
        counts=official_counts.list_counts(session, target.district_code, target.document, target.owner),
        stored=stored,
        meanwhile=by_others(
            stored, sent, refused, choices={"eligible_base": options("base", EligibleBase, reader.language)}
        ),
        is_stored=is_stored,
    )


def _form(
    request: Request,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", blank_target_values(Document.IKD))
    return record_form(
        request,
        "targets/one.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        document_options=options("document", Document, reader.language),
        owner_options=options("progress", TargetOwner, reader.language),
        base_options=options("base", EligibleBase, reader.language),
        provenance_options=options("provenance", PROVENANCES, reader.language),
        **({"target": None, "counts": (), "meanwhile": (), "is_stored": False} | about_one),
    )
