"""Who is asking, over HTTP."""

from fastapi import APIRouter

from app.access.me import Me, me
from app.access.permissions import Coordinator
from app.database import SessionDep
from app.http_conventions import NowDep

router = APIRouter(prefix="/v1", tags=["access"])


@router.get("/me", responses={403: {"description": "A token that opens feeds only."}})
def read_me(session: SessionDep, actor: Coordinator, now: NowDep) -> Me:
    """Who the caller is to this service."""
    return me(session, actor, now=now)
