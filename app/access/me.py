"""Who is asking: what a page or program has to know of itself before it acts in somebody's name."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.access import users
from app.access.models import Role
from app.access.service import Actor
from app.access.token_rules import team_code_of


class MyUser(BaseModel):
    id: int
    login: str
    name: str


class Me(BaseModel):
    """The token or session of a request, and whom it speaks for."""

    name: str = Field(description="As the audit trail has it: `user budi`, or the readable beginning of a token.")
    role: Role
    district: str | None = Field(description="Null: every district.")
    team: str | None = Field(description="Code of the one team that it opens; null: every team.")
    user: MyUser | None = Field(description="The person who has logged in; null for a token, which is nobody's.")
    now: datetime = Field(description="By the clock that reports are judged by: a phone's own may be wrong by years.")


def me(session: Session, actor: Actor, *, now: datetime) -> Me:
    """Who the actor is to this service."""
    user = None if actor.user_id is None else users.of_actor(session, actor)
    return Me(
        name=actor.name,
        role=actor.role,
        district=actor.district_code,
        team=team_code_of(session, actor.team_id),
        user=None if user is None else MyUser(id=user.id, login=user.login, name=user.name),
        now=now,
    )
