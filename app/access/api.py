"""Tokens over HTTP: issue, list, rotate, revoke."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.access import token_rules
from app.access.idempotency import ShownOnce, once
from app.access.lifetimes import MOST_DAYS, Lifetime
from app.access.models import Role
from app.access.permissions import Planner
from app.access.token_rules import NamedToken, Opens
from app.database import SessionDep
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, json_answer, page_of
from app.payloads import Id, Incoming

router = APIRouter(prefix="/v1", tags=["access"])

# No control characters, which PostgreSQL or a terminal cannot hold.
_PLAIN = r"^[^\x00-\x1f\x7f]+$"


class TokenIn(Incoming):
    """What the new token opens: a coordinator's names a team, a feed a team, an area, a site, or the district alone."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"role": "coordinator", "district": "16.73", "team": "T-1", "label": "Telepon tim 1"},
                {"role": "feed", "district": "16.73", "area": "16.73.01", "label": "Kalender kecamatan"},
            ]
        },
    )
    role: Role
    district: Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2})?$")] | None = None
    team: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    area: Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2}){1,2}$", examples=["16.73.01"])] | None = None
    site: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    label: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    expires_at: AwareDatetime | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = Field(
        default=None, description="Left out with the two others: 400. More is an administrator's word."
    )
    never_expires: bool = Field(default=False, description="For administrators.")


class TokenOut(BaseModel):
    id: int
    prefix: str = Field(description="The readable beginning of the secret.")
    role: Role
    district: str | None
    team: str | None
    area: str | None
    site: str | None
    label: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the hour; null: not yet.")


class IssuedToken(TokenOut):
    """A new token with its secret, which is stored nowhere and cannot be shown again."""

    secret: str | None = Field(description="Null when the same Idempotency-Key asks again: it was shown once.")


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
    found = token_rules.list_named(session, actor, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, key=lambda row: row.token.id, shown=_token_out)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: Id, session: SessionDep, actor: Planner, now: NowDep) -> None:
    """Close a token at once and for good; it stays in the list with the time."""
    token_rules.revoke(session, token_id, actor=actor, now=now)
