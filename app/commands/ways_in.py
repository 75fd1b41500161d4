"""Links by which people log in, as the operator's terminal shows them."""

import sys
from datetime import datetime

import segno
from rich.console import Console
from sqlalchemy.orm import Session

from app.access import invitations, users
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.errors import NotFound
from app.settings import Settings

DEMO_DISTRICT = "16.73"
_DEMO_USERS = (
    ("perencana.demo", "Perencana Lubuklinggau", Role.PLANNER, None),
    ("koordinator.demo", "Koordinator TIM-1", Role.COORDINATOR, "TIM-1"),
)


def show(address: str, *, console: Console) -> None:
    """The link alone on standard output, and for a person at a terminal as a code to scan."""
    print(address)  # noqa: T201 the link is the command's result
    if console.is_terminal:
        segno.make_qr(address, error="m").terminal(out=sys.stderr, compact=True)


def demo_links(session: Session, settings: Settings, *, now: datetime) -> list[tuple[str, str]]:
    """Role and new link of the demo's users, who need no password; none of those whom somebody disabled."""
    links = []
    for login, name, role, team_code in _DEMO_USERS:
        try:
            user = users.find(session, login)
        except NotFound:
            user = users.add(
                session,
                login=login,
                name=name,
                role=role,
                district_code=DEMO_DISTRICT,
                team_code=team_code,
                actor=COMMAND_LINE,
                now=now,
            )
        if user.disabled_at is None:
            secret = invitations.issue(session, user, sets_password=False, actor=COMMAND_LINE, now=now)
            links.append((role.value, invitations.address_of(secret, settings.base_url)))
    return links
