"""Who may send a body before it is known who they are: whoever logs in, by one of our own pages."""

from fastapi import Request

from app.access.browsers import check_own_origin
from app.access.permissions import admit_sender

_OPEN = ("/masuk", "/bahasa", "/undangan/")


async def admit(request: Request) -> None:
    """Let a body in; raises `Unauthenticated`, or `ForeignOrigin` for a form of somebody else's page."""
    if request.url.path.startswith(_OPEN):
        check_own_origin(request)
    else:
        await admit_sender(request)
