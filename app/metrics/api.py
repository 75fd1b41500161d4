"""`/metrics`, and who may read it."""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.access.models import Role
from app.access.permissions import check_role, note_use, verify_bearer
from app.http_conventions import NowDep
from app.metrics.figures import shown_metrics

router = APIRouter(tags=["operations"])


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        # A name, or nothing: no address of this machine.
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _admit_reader(request: Request, now: NowDep, authorization: Annotated[str | None, Header()] = None) -> None:
    """Let in whoever asks from this machine, or shows an administrator's token."""
    if _is_loopback(request.client.host if request.client else None):
        return
    with request.app.state.sessions() as session:
        actor = verify_bearer(session, authorization, now=now)
    check_role(actor, [Role.ADMIN])
    note_use(request, actor.token_id, now=now)


@router.get(
    "/metrics",
    response_class=Response,
    dependencies=[Depends(_admit_reader)],
    responses={
        HTTPStatus.UNAUTHORIZED.value: {"description": "Asked from another machine without a token."},
        HTTPStatus.FORBIDDEN.value: {"description": "The token is no administrator's."},
    },
)
def metrics(request: Request) -> Response:
    """Prometheus text format: requests, runs, queue, outbox, calendars, workers, and the parts of this process.

    Open to this machine itself; from elsewhere with an administrator's token."""
    state = request.app.state
    return Response(shown_metrics(state.sessions, state.connections), media_type=CONTENT_TYPE_LATEST)
