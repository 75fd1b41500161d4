"""`/dokumen`: what issuing each document takes in the district, and how many people of its age still lack it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts import own_figures
from app.districts.ages import AGES, COUNTS, ages_in
from app.districts.issuing import ASSUMED, FIGURES, OWN, SAID, in_force, refuse_ikd
from app.districts.issuing_schemas import IssuingFiguresIn
from app.districts.models import FURTHER_DOCUMENTS, Document, IssuingKit, OwnIssuingFigures
from app.pages.edit_forms import body_of, written
from app.pages.forms import read_as
from app.pages.frame import Form, page, pages_router
from app.pages.own_figures_pages import OwnFiguresPages
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import text
from app.pages.thing_pages import Choices
from app.sites.needing import lacking_sentence

router = pages_router()

HERE = "/dokumen"
_WHOLES = ("minutes", *COUNTS)
_FIELDS = (*FIGURES, *AGES, "source")


@router.get(HERE)
def list_documents(
    request: Request, session: SessionDep, reader: PlannerPage, tersimpan: Annotated[bool, Query()] = False
) -> Response:
    # Loaded late: arrays cost every process that only answers other calls.
    from app.reports.issuing_estimates import issuing_estimates

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
        estimates=issuing_estimates(session, reader.district, on=reader.today),
        is_stored=tersimpan,
    )


@router.get(f"{HERE}/{{document}}")
def one_document(request: Request, session: SessionDep, reader: PlannerPage, document: Document) -> Response:
    refuse_ikd(reader.district.code, document)
    return _PAGES.one(request, session, reader, document)


@router.post(f"{HERE}/{{document}}")
@once
def change_document(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, form: Form
) -> Response:
    refuse_ikd(reader.district.code, document)
    return _PAGES.change(request, session, reader, document, form)


@router.post(f"{HERE}/{{document}}/hapus")
@once
def forget_document(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, form: Form
) -> Response:
    """Leave it to what is assumed again."""
    refuse_ikd(reader.district.code, document)
    return _PAGES.forget(request, session, reader, document, form)


def _values(own: OwnIssuingFigures | None, reader: DistrictReader) -> dict[str, str]:
    shown = {name: "" if own is None else written(getattr(own, name), reader.language) for name in _FIELDS}
    if own is not None and own.needs_signal is not None:
        shown["needs_signal"] = "yes" if own.needs_signal else "no"
    return shown


def _figures(values: Mapping[str, str]) -> dict[str, Any]:
    figures = body_of(values, [name for name in _FIELDS if values.get(name)], whole=_WHOLES, decimal=())
    if "needs_signal" in figures:
        figures["needs_signal"] = figures["needs_signal"] == "yes"
    return figures


def _choices(document: str, reader: DistrictReader) -> Choices:
    """What may be chosen, with what is assumed where nothing is."""
    assumed, language = ASSUMED[Document(document)], reader.language
    kits = [(kit.value, text(f"issuing_kit.{kit}", language)) for kit in IssuingKit]
    signal = [(answer, text(f"issuing.{answer}_signal", language)) for answer in ("yes", "no")]
    return {
        "kit": [("", text("issuing.assumed", language, what=dict(kits)[assumed.kit])), *kits],
        "needs_signal": [
            ("", text("issuing.assumed", language, what=dict(signal)["yes" if assumed.needs_signal else "no"])),
            *signal,
        ],
    }


def _around(session: Session, document: str, values: Mapping[str, str], reader: DistrictReader) -> dict[str, Any]:
    # Loaded late: arrays cost every process that only answers other calls.
    from app.reports.issuing_estimates import issuing_estimate

    return {
        "assumed_minutes": ASSUMED[Document(document)].minutes,
        "estimate": issuing_estimate(session, reader.district, Document(document), on=reader.today),
    }


_PAGES = OwnFiguresPages(
    own=OWN,
    here=HERE,
    template="documents/one.html",
    named="document",
    marked=SAID,
    read=lambda figures: read_as(IssuingFiguresIn, figures),
    values=_values,
    figures=_figures,
    choices=_choices,
    around=_around,
)
