"""Tokens over HTTP: issue, list, rotate, revoke."""

from fastapi import APIRouter, Response

from app.access import token_rules
from app.access.idempotency import ShownOnce, once
from app.access.lifetimes import Lifetime
from app.access.models import Role
from app.access.permissions import Planner
from app.access.token_rules import NamedToken, Opens
from app.access.token_schemas import IssuedToken, TokenIn, TokenOut
from app.database import SessionDep
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, json_answer, page_of
from app.payloads import Id

router = APIRouter(prefix="/v1", tags=["access"])


def _token_out(named: NamedToken) -> TokenOut:
    token = named.token
    return TokenOut(
        id=token.id,
        prefix=token.prefix,
        role=Role(token.role),
        district=token.district_code,
        team=named.opens.team,
        area=named.opens.area,
        site=named.opens.site,
        label=token.label,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        last_used_at=token.last_used_at,
    )


@router.post("/tokens", status_code=201, response_model=IssuedToken)
@once
def issue_token(body: TokenIn, session: SessionDep, actor: Planner, now: NowDep) -> Response:
    """Issue a token: an administrator any, a planner a coordinator's, viewer's or feed's of the own district.

    It opens for 400 days unless the request says something else."""
    named, secret = token_rules.issue(
        session,
        body.role,
        district_code=body.district,
        opens=Opens(team=body.team, area=body.area, site=body.site),
        label=body.label,
        lifetime=Lifetime(expires_at=body.expires_at, days=body.expires_in_days, never_expires=body.never_expires),
        actor=actor,
        now=now,
    )
    return _issued(named, secret)


@router.post("/tokens/{token_id}/rotate", status_code=201, response_model=IssuedToken)
@once
def rotate_token(token_id: Id, session: SessionDep, actor: Planner, now: NowDep) -> Response:
    """A new secret for what the token opens, for as long again; the old one ends at once, as does a feed's address."""
    named, secret = token_rules.rotate(session, token_id, actor=actor, now=now)
    return _issued(named, secret)


def _issued(named: NamedToken, secret: str) -> Response:
    fields = _token_out(named).model_dump()
    # What is remembered for the Idempotency-Key is stored, so it must not hold the secret.
    return ShownOnce(
        json_answer(IssuedToken(**fields, secret=secret), status_code=201, headers={"Cache-Control": "no-store"}),
        remembered=json_answer(IssuedToken(**fields, secret=None), status_code=201),
    )


@router.get("/tokens")
def list_tokens(
    session: SessionDep, actor: Planner, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[TokenOut]:
    """The tokens of the own district, revoked ones too; a national administrator sees all. Never a secret."""
    rows = token_rules.list_named(session, actor, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.token.id, shown=_token_out)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: Id, session: SessionDep, actor: Planner, now: NowDep) -> None:
    """Close a token at once and for good; it stays in the list with the time."""
    token_rules.revoke(session, token_id, actor=actor, now=now)
