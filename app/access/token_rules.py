"""Who may issue and revoke which token, with districts and teams named by their codes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role, Token
from app.access.service import Actor
from app.errors import FieldProblem, Forbidden, InvalidRequest, NotFound

# Districts and teams lie above access, so it names the columns it must look up instead of importing their models.
_districts = table("districts", column("code"))
_teams = table("teams", column("id"), column("district_code"), column("code"))

PLANNER_ISSUES = (Role.COORDINATOR, Role.VIEWER, Role.FEED)
"""What a planner may issue, and revoke, in the own district."""
TEAM_ROLES = (Role.COORDINATOR, Role.FEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedToken:
    """A token beside the code of its team."""

    token: Token
    team: str | None


def issue_team_token(
    session: Session,
    role: Role,
    *,
    district_code: str | None,
    team_code: str | None,
    label: str | None,
    actor: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """The secret of a new token, for the command line; raises like `issue`."""
    _, secret = issue(
        session,
        role,
        district_code=district_code,
        team_code=team_code,
        label=label,
        expires_at=expires_at,
        actor=actor,
        now=now,
    )
    return secret


def issue(
    session: Session,
    role: Role,
    *,
    district_code: str | None,
    team_code: str | None,
    label: str | None,
    expires_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> tuple[NamedToken, str]:
    """A new token and its secret; raises `Forbidden`, or `InvalidRequest` for an unknown district or team."""
    _check_may_issue(actor, role, district_code)
    if problems := _problems(role, district_code, team_code=team_code, expires_at=expires_at, now=now):
        raise InvalidRequest(
            " ".join(f"{problem.pointer}: {problem.detail} {problem.mend}" for problem in problems), problems=problems
        )
    if district_code is not None and not session.scalar(
        select(_districts.c.code).where(_districts.c.code == district_code)
    ):
        raise _unknown("/district", f"There is no district {district_code!r}.", district_code, "Codes look like 16.73.")
    team_id = None
    if team_code is not None:
        team_id = session.scalar(
            select(_teams.c.id).where(_teams.c.district_code == district_code, _teams.c.code == team_code)
        )
        if team_id is None:
            codes = session.scalars(
                select(_teams.c.code).where(_teams.c.district_code == district_code).order_by(_teams.c.code).limit(50)
            )
            raise _unknown(
                "/team",
                f"District {district_code!r} has no team {team_code!r}.",
                team_code,
                f"Its teams are: {', '.join(codes) or 'none yet'}.",
            )
    token, secret = access.issue_token(
        session,
        role,
        now=now,
        district_code=district_code,
        team_id=team_id,
        label=label,
        expires_at=expires_at,
    )
    access.record(
        session,
        actor,
        "token.issue",
        f"token/{token.id}",
        now=now,
        district_code=district_code,
        details={"prefix": token.prefix, "role": role.value, "team": team_code},
    )
    session.flush()
    return NamedToken(token=token, team=team_code), secret


def _check_may_issue(actor: Actor, role: Role, district_code: str | None) -> None:
    if actor.role is not Role.ADMIN and role not in PLANNER_ISSUES:
        names = ", ".join(each.value for each in PLANNER_ISSUES)
        raise Forbidden(f"A {actor.role.value} token may issue tokens of these roles only: {names}.")
    if actor.district_code is not None and district_code != actor.district_code:
        raise Forbidden(f"This token issues tokens of district {actor.district_code!r} only, not of {district_code!r}.")


def _problems(
    role: Role, district_code: str | None, *, team_code: str | None, expires_at: datetime | None, now: datetime
) -> list[FieldProblem]:
    found = []
    if role is not Role.ADMIN and district_code is None:
        found.append(
            FieldProblem(
                pointer="/district", detail=f"A {role.value} token opens one district.", mend="Give its region code."
            )
        )
    if role is Role.COORDINATOR and team_code is None:
        found.append(
            FieldProblem(pointer="/team", detail="A coordinator's token opens one team.", mend="Give the team's code.")
        )
    if team_code is not None and role not in TEAM_ROLES:
        found.append(
            FieldProblem(
                pointer="/team",
                detail=f"A {role.value} token opens the whole district.",
                value=team_code,
                mend="Leave the team out.",
            )
        )
    if expires_at is not None and expires_at <= now:
        found.append(
            FieldProblem(
                pointer="/expires_at",
                detail="The token would have expired already.",
                value=expires_at.isoformat(),
                mend=f"Give a time after {now.isoformat(timespec='seconds')}, or leave it out.",
            )
        )
    return found


def _unknown(pointer: str, detail: str, value: str, mend: str) -> InvalidRequest:
    return InvalidRequest(
        f"{detail} {mend}", problems=[FieldProblem(pointer=pointer, detail=detail, value=value, mend=mend)]
    )


def list_named(session: Session, actor: Actor, *, after_id: int, limit: int) -> list[NamedToken]:
    """The tokens of the actor's district (of all, for a national administrator) by id."""
    tokens = access.list_tokens(session, district_code=actor.district_code, after_id=after_id, limit=limit)
    ids = {token.team_id for token in tokens if token.team_id is not None}
    teams = session.execute(select(_teams.c.id, _teams.c.code).where(_teams.c.id.in_(ids)))
    codes: dict[int | None, str] = {team.id: team.code for team in teams}
    return [NamedToken(token=token, team=codes.get(token.team_id)) for token in tokens]


def revoke(session: Session, token_id: int, *, actor: Actor, now: datetime) -> None:
    """Close a token at once; revoking it again changes nothing. Raises `NotFound`, `Forbidden`."""
    token = session.get(Token, token_id, with_for_update=True)
    if token is None or actor.district_code not in (None, token.district_code):
        raise NotFound(f"There is no token {token_id}, or it is not of your district; GET /v1/tokens lists yours.")
    is_own = token.id == actor.token_id
    if actor.role is not Role.ADMIN and Role(token.role) not in PLANNER_ISSUES and not is_own:
        raise Forbidden(f"A {actor.role.value} token may not revoke a {token.role} token; ask an administrator.")
    access.revoke_token(session, token_id, actor=actor, now=now)
