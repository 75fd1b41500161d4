"""What issuing each further document takes, over HTTP; part of the districts' router."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import issuing, own_figures
from app.districts import service as districts
from app.districts.ages import COUNTS
from app.districts.issuing import FIGURES, OWN
from app.districts.issuing_schemas import IssuingFiguresIn, IssuingFiguresList, IssuingFiguresOut
from app.districts.models import FURTHER_DOCUMENTS, Document, OwnIssuingFigures
from app.http_conventions import IfMatchHeader, NowDep, json_answer
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath

router = APIRouter(prefix="/v1", tags=["districts"])


def _out(district_code: str, document: Document, own: OwnIssuingFigures | None) -> IssuingFiguresOut:
    figures = issuing.in_force(document, own)
    provenance: Mapping[str, str] = {} if own is None else own.provenance
    return IssuingFiguresOut.model_validate(
        {
            "district_code": district_code,
            "document": document,
            **{
                name: {
                    "value": getattr(figures, name),
                    "source": "district" if name in provenance else "assumed",
                    "provenance": provenance.get(name, "assumed"),
                }
                for name in FIGURES
            },
            "ages": None
            if own is None or own.ages_as_of is None
            else {
                **{name: getattr(own, name) for name in COUNTS},
                "as_of": own.ages_as_of,
                "provenance": {name: word for name, word in provenance.items() if name in COUNTS},
            },
            "source": None if own is None else own.source,
            "version": 0 if own is None else own.version,
        }
    )


@router.get("/districts/{code}/documents", responses=READ_REFUSALS)
def list_documents(code: DistrictCodePath, session: SessionDep, actor: Viewer) -> IssuingFiguresList:
    """What issuing each document beside IKD takes: as the district says or, where it does not, as is assumed."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    own = own_figures.list_own(session, OWN, district.code)
    return IssuingFiguresList(
        items=[_out(district.code, document, own.get(document)) for document in FURTHER_DOCUMENTS]
    )


@router.get("/districts/{code}/documents/{document}", response_model=IssuingFiguresOut, responses=READ_REFUSALS)
def read_document(code: DistrictCodePath, document: Document, session: SessionDep, actor: Viewer) -> Response:
    """What issuing one document takes; of IKD each team says it."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    issuing.refuse_ikd(district.code, document)
    return _answer(_out(district.code, document, own_figures.find_own(session, OWN, district.code, document)))


@router.put(
    "/districts/{code}/documents/{document}",
    response_model=IssuingFiguresOut,
    responses={**CHANGE_REFUSALS, 201: {"model": IssuingFiguresOut}},
)
def put_document(
    code: DistrictCodePath,
    document: Document,
    body: IssuingFiguresIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Say what a document takes in this district, whole, for runs from now on; the first time needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    issuing.refuse_ikd(district.code, document)
    own, is_new = own_figures.put_own(
        session, OWN, district.code, document, body.values(), actor=actor, now=now, if_match=if_match
    )
    return _answer(_out(district.code, document, own), status_code=201 if is_new else 200)


@router.delete("/districts/{code}/documents/{document}", status_code=204, responses=CHANGE_REFUSALS)
def delete_document(
    code: DistrictCodePath,
    document: Document,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Leave a document to what is assumed of it again."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    own_figures.delete_own(session, OWN, district.code, document, actor=actor, now=now, if_match=if_match)


def _answer(out: IssuingFiguresOut, *, status_code: int = 200) -> Response:
    return json_answer(out, status_code=status_code, etag=out.version)
