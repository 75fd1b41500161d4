"""The audit trail of a district over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from app.access import service as access
from app.access.permissions import Planner, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.errors import Forbidden
from app.http_conventions import CursorParam, LimitParam, Page, decode_cursor, page_of
from app.languages import said
from app.payloads import READ_REFUSALS, DistrictCodePath, Outgoing

router = APIRouter(prefix="/v1", tags=["access"])

SubjectParam = Annotated[
    str | None,
    Query(
        min_length=3,
        max_length=300,
        pattern=r"^[a-z_]+/[^\x00-\x1f\x7f]+$",
        description="Of one thing alone: its kind and identity.",
        examples=["site/12", "schedule/3"],
    ),
]


class AuditEntryOut(Outgoing):
    """One change: who made it, when, to what."""

    id: int
    at: datetime
    actor: str = Field(description="Prefix of the token that acted, or `command line`, `worker`.")
    action: str = Field(examples=["schedule.publish"])
    subject: str = Field(examples=["schedule/3"])
    details: dict[str, Any]


@router.get("/districts/{code}/audit", responses=READ_REFUSALS)
def list_audit(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Planner,
    subject: SubjectParam = None,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[AuditEntryOut]:
    """Who changed what when, the newest first; for planners of this very district and administrators."""
    check_district(actor, code)
    if not actor.may_write(code):
        raise Forbidden(
            said(
                "The audit trail of {code!r} is open to planners of that district itself and administrators.",
                "Jejak audit {code!r} hanya terbuka bagi perencana daerah itu sendiri dan administrator.",
                code=code,
            )
        )
    districts.get_district(session, code)
    rows = access.list_audit(session, code, subject=subject, before_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=AuditEntryOut.model_validate)
