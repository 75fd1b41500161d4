"""The office's letterhead and staff over HTTP; for the district's own planners alone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, check_district
from app.access.service import Actor
from app.database import SessionDep
from app.districts import service as districts
from app.errors import NotFound
from app.http_conventions import IfMatchHeader, NowDep, check_if_match, json_answer
from app.languages import said
from app.letters import office
from app.letters.models import Letterhead, Staff
from app.letters.schemas import LetterheadIn, LetterheadOut, StaffIn, StaffListOut, StaffOut
from app.payloads import CHANGE_REFUSALS, CREATE_REFUSALS, READ_REFUSALS, DistrictCodePath, Id
from app.teams import service as teams
from app.teams.models import Team

router = APIRouter(prefix="/v1", tags=["letters"])

_LOGO_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}} for media in ("image/png", "image/svg+xml")
        },
    }
}


async def _read_body(request: Request) -> bytes:
    return await request.body()


def _own_district(session: Session, actor: Actor, code: str) -> str:
    office.check_inside(actor, code)
    return districts.get_district(session, code).code


def _own_team(session: Session, actor: Actor, team_id: int, *, write: bool = False) -> Team:
    team = teams.read_team(session, team_id, actor=actor, write=write)
    office.check_inside(actor, team.district_code)
    return team


def _head_answer(head: Letterhead, *, status_code: int = 200) -> Response:
    out = LetterheadOut.model_validate(
        {**head.words, "district_code": head.district_code, "logo": head.logo_format, "version": head.version}
    )
    return json_answer(out, status_code=status_code, etag=head.version)


def _staff_answer(person: Staff, *, status_code: int = 200) -> Response:
    headers = {"Location": f"/v1/staff/{person.id}"} if status_code == 201 else None
    return json_answer(StaffOut.model_validate(person), status_code=status_code, headers=headers, etag=person.version)


@router.get("/districts/{code}/letterhead", response_model=LetterheadOut, responses=READ_REFUSALS)
def read_letterhead(code: DistrictCodePath, session: SessionDep, actor: Planner) -> Response:
    """What the office prints on its letters."""
    head = office.find_letterhead(session, _own_district(session, actor, code))
    if head is None:
        raise NotFound(
            said(
                "District {district} has no letterhead yet; PUT it here.",
                "Daerah {district} belum punya kop surat; isi dengan PUT di alamat ini.",
                district=code,
            )
        )
    return _head_answer(head)


@router.put(
    "/districts/{code}/letterhead",
    response_model=LetterheadOut,
    responses={**CHANGE_REFUSALS, 201: {"model": LetterheadOut}},
)
def put_letterhead(
    code: DistrictCodePath,
    body: LetterheadIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Set what the office prints on its letters, whole; the first time needs no If-Match. The logo stays."""
    check_district(actor, code, write=True)
    district_code = _own_district(session, actor, code)
    head, is_new = office.put_letterhead(
        session, district_code, body.model_dump(mode="json"), actor=actor, now=now, if_match=if_match
    )
    return _head_answer(head, status_code=201 if is_new else 200)


@router.put(
    "/districts/{code}/letterhead/logo",
    response_model=LetterheadOut,
    openapi_extra=_LOGO_BODY,
    responses=CHANGE_REFUSALS,
)
def put_logo(
    code: DistrictCodePath,
    content: Annotated[bytes, Depends(_read_body)],
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
    content_type: Annotated[str | None, Header()] = None,
) -> Response:
    """Set the arms or logo: a PNG of at most 2,000 pixels a side, or an SVG of plain shapes; 200 kB at most."""
    check_district(actor, code, write=True)
    head = office.letterhead(session, _own_district(session, actor, code))
    check_if_match(if_match, head.version)
    return _head_answer(office.put_logo(session, head, content, content_type, actor=actor, now=now))


@router.delete("/districts/{code}/letterhead/logo", status_code=204, responses=CHANGE_REFUSALS)
def delete_logo(
    code: DistrictCodePath, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Print letters without a logo."""
    check_district(actor, code, write=True)
    head = office.letterhead(session, _own_district(session, actor, code))
    check_if_match(if_match, head.version)
    office.remove_logo(session, head, actor=actor, now=now)


@router.get("/teams/{team_id}/staff", response_model=StaffListOut, responses=READ_REFUSALS)
def list_staff(team_id: Id, session: SessionDep, actor: Planner) -> Response:
    """Who goes out with a team, past and to come."""
    people = office.list_staff(session, _own_team(session, actor, team_id))
    return json_answer(StaffListOut(items=[StaffOut.model_validate(person) for person in people]))


@router.post("/teams/{team_id}/staff", status_code=201, response_model=StaffOut, responses=CREATE_REFUSALS)
@once
def add_staff(team_id: Id, body: StaffIn, session: SessionDep, actor: Planner, now: NowDep) -> Response:
    """Add a person to a team; letters name those whose dates touch their week, in this order."""
    team = _own_team(session, actor, team_id, write=True)
    return _staff_answer(office.add_staff(session, team, body.model_dump(), actor=actor, now=now), status_code=201)


@router.put("/staff/{staff_id}", response_model=StaffOut, responses=CHANGE_REFUSALS)
def put_staff(
    staff_id: Id, body: StaffIn, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> Response:
    """Set a person's facts whole."""
    person = office.get_staff(session, staff_id, actor=actor)
    check_if_match(if_match, person.version)
    return _staff_answer(office.put_staff(session, person, body.model_dump(), actor=actor, now=now))


@router.delete("/staff/{staff_id}", status_code=204, responses=CHANGE_REFUSALS)
def delete_staff(
    staff_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Forget a person; letters that were issued keep what they say."""
    person = office.get_staff(session, staff_id, actor=actor)
    check_if_match(if_match, person.version)
    office.remove_staff(session, person, actor=actor, now=now)
