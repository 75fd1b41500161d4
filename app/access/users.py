"""People who log in: added, listed, changed, disabled and enabled again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access import sessions, token_rules
from app.access.models import Role, Token, User, UserInvitation
from app.access.service import Actor
from app.access.user_fields import UserFields, login_of, problems_of
from app.errors import Conflict, FieldProblem, Forbidden, InvalidRequest, NotFound
from app.languages import Language, joined, said

_OPENED_BY = frozenset({"login", "role", "district_code", "team_code"})
"""What a session bears of its user: with another one, the device logs in anew."""


class LoginTaken(Conflict):
    """Somebody logs in by this name already, perhaps somebody who is disabled."""


class OwnAccount(Conflict):
    """Nobody takes from themselves what another administrator would have to give back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedUser:
    """A user beside what lists show of them."""

    user: User
    team_code: str | None
    invited_until: datetime | None
    """How long their newest link opens; None: there is none that does."""
    last_used_at: datetime | None
    """Of any of their sessions, to the hour; None: never logged in."""


def add(
    session: Session,
    *,
    login: str,
    name: str,
    role: Role,
    district_code: str | None,
    team_code: str | None,
    language: Language = Language.INDONESIAN,
    actor: Actor,
    now: datetime,
) -> User:
    """A new user, who has no password yet: an invitation lets them in.

    Raises `InvalidRequest`, `LoginTaken`, and `Forbidden` for a district that is not the actor's."""
    _check_district(actor, district_code)
    said_of = UserFields(
        login=login, name=name, role=role, district_code=district_code, team_code=team_code, language=language
    )
    user = User(created_at=now)
    _store(session, user, _columns(session, said_of))
    details = {"login": user.login, "role": role.value} | ({} if team_code is None else {"team": team_code})
    _record(session, user, "user.add", actor=actor, now=now, details=details)
    return user


def _check_district(actor: Actor, district_code: str | None) -> None:
    if actor.district_code is not None and actor.district_code != district_code:
        raise Forbidden(
            said(
                "This account adds users of district {own!r} only, not of {district!r}.",
                "Akun ini hanya menambah pengguna daerah {own!r}, bukan {district!r}.",
                own=actor.district_code,
                district=district_code,
            )
        )


def _columns(session: Session, said_of: UserFields) -> dict[str, Any]:
    """What the row keeps of the fields; raises `InvalidRequest`."""
    problems = problems_of(said_of)
    if problems:
        raise _refusal(problems)
    token_rules.check_district_exists(session, said_of.district_code)
    return {
        "login": login_of(said_of.login),
        "name": said_of.name.strip(),
        "role": said_of.role.value,
        "district_code": said_of.district_code,
        "team_id": token_rules.team_id_of(session, district_code=said_of.district_code, code=said_of.team_code),
        "language": said_of.language.value,
    }


def _refusal(problems: Sequence[FieldProblem]) -> InvalidRequest:
    return InvalidRequest(
        joined(*(joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems)),
        problems=problems,
    )


def _store(session: Session, user: User, columns: Mapping[str, Any]) -> None:
    """Set the columns and flush; raises `LoginTaken`."""
    refusal = LoginTaken(
        said(
            "There is a user {login!r} already; take another login, or invite that user again.",
            "Pengguna {login!r} sudah ada; pakai nama masuk lain, atau undang lagi pengguna itu.",
            login=columns["login"],
        )
    )
    holder = session.scalar(select(User.id).where(User.login == columns["login"]))
    if holder is not None and holder != user.id:
        raise refusal
    for name, value in columns.items():
        setattr(user, name, value)
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        # Of two at the same moment, the second, which could not see the first one's row.
        raise refusal from error


def change(session: Session, user: User, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> User:
    """Set the fields in `changes`, named as in `UserFields`; the caller has locked the row.

    Another login, role, district or team ends the user's sessions and links, since devices bear the old ones.
    Raises `InvalidRequest`, `LoginTaken`, `OwnAccount`, and `Forbidden` for a district that is not the actor's."""
    empty = [name for name, value in changes.items() if value is None and name not in ("district_code", "team_code")]
    if empty:
        raise _refusal(
            [
                FieldProblem(
                    pointer=f"/{name}",
                    detail=said("This cannot be emptied.", "Ini tidak dapat dikosongkan."),
                    mend=said("Leave it out, or give another value.", "Jangan disertakan, atau isi nilai lain."),
                )
                for name in empty
            ]
        )
    before = fields_of(session, user)
    after = replace(before, **changes)
    columns = _columns(session, after)
    after = replace(after, login=columns["login"], name=columns["name"])
    changed = [field.name for field in fields(UserFields) if getattr(before, field.name) != getattr(after, field.name)]
    if not changed:
        return user
    if "role" in changed or "district_code" in changed:
        _check_is_another(user, actor)
    if "district_code" in changed:
        _check_district(actor, after.district_code)
    if "login" in changed:
        # By the old address somebody was known; whether it is the same person as by the new one, the provider says.
        user.oidc_issuer = user.oidc_subject = None
    _store(session, user, columns)
    details: dict[str, Any] = {"login": user.login, "fields": changed}
    details |= {"role": user.role} if "role" in changed else {}
    details |= {"team": after.team_code} if "team_code" in changed else {}
    if "district_code" in changed:
        details |= {"district": after.district_code, "district_before": before.district_code}
        # The district that loses them is told, too.
        access.record(
            session,
            actor,
            "user.update",
            f"user/{user.id}",
            now=now,
            district_code=before.district_code,
            details=details,
        )
    _record(session, user, "user.update", actor=actor, now=now, details=details)
    if _OPENED_BY.intersection(changed):
        _close_ways_in(session, user, actor=actor, now=now)
    return user


def fields_of(session: Session, user: User) -> UserFields:
    return UserFields(
        login=user.login,
        name=user.name,
        role=Role(user.role),
        district_code=user.district_code,
        team_code=token_rules.team_code_of(session, user.team_id),
        language=Language(user.language),
    )


def _check_is_another(user: User, actor: Actor) -> None:
    if actor.user_id is not None and actor.user_id == user.id:
        raise OwnAccount(
            said(
                "This is your own account; another administrator can do this.",
                "Ini akun Anda sendiri; mintalah administrator lain melakukannya.",
            )
        )


def all_users(session: Session) -> Sequence[User]:
    """By login, disabled ones too."""
    return session.scalars(select(User).order_by(User.login)).all()


def list_named(
    session: Session, actor: Actor, *, district_code: str | None, after_id: int, limit: int, now: datetime
) -> Sequence[NamedUser]:
    """The users of a district, by default the actor's (of all, for a national administrator), by id."""
    query = select(User).where(User.id > after_id).order_by(User.id).limit(limit)
    within = district_code or actor.district_code
    if within is not None:
        query = query.where(User.district_code == within)
    return named(session, session.scalars(query).all(), now=now)


def named(session: Session, users: Sequence[User], *, now: datetime) -> Sequence[NamedUser]:
    """Users beside what lists show of them, in their order."""
    ids = [user.id for user in users]
    teams = token_rules.team_codes(session, {user.team_id for user in users})
    links = session.execute(
        select(UserInvitation.user_id, func.max(UserInvitation.expires_at))
        .where(UserInvitation.user_id.in_(ids), UserInvitation.ended_at.is_(None), UserInvitation.expires_at > now)
        .group_by(UserInvitation.user_id)
    )
    uses = session.execute(
        select(Token.user_id, func.max(access.USED_AT)).where(Token.user_id.in_(ids)).group_by(Token.user_id)
    )
    invited, used = ({row[0]: row[1] for row in rows} for rows in (links, uses))
    return [
        NamedUser(
            user=user,
            team_code=teams.get(user.team_id),
            invited_until=invited.get(user.id),
            last_used_at=used.get(user.id),
        )
        for user in users
    ]


def find(session: Session, login: str) -> User:
    """The user of a login, locked; raises `NotFound`."""
    user = session.scalar(select(User).where(User.login == login_of(login)).with_for_update())
    if user is None:
        raise NotFound(
            said(
                "There is no user {login!r}; 'jemput user list' shows them all.",
                "Tidak ada pengguna {login!r}; 'jemput user list' menampilkan semuanya.",
                login=login,
            )
        )
    return user


def read(session: Session, user_id: int, *, actor: Actor, for_update: bool = False) -> User:
    """A user of the actor's district, of any for a national administrator; raises `NotFound`."""
    user = session.get(User, user_id, with_for_update=for_update)
    if user is None or actor.district_code not in (None, user.district_code):
        raise NotFound(
            said(
                "There is no user {user}, or not of your district; GET /v1/users lists yours.",
                "Tidak ada pengguna {user}, atau bukan dari daerah Anda; GET /v1/users menampilkan pengguna Anda.",
                user=user_id,
            )
        )
    return user


def of_actor(session: Session, actor: Actor, *, for_update: bool = False) -> User:
    """The person behind a session."""
    return session.get_one(User, actor.user_id, with_for_update=for_update)


def disable(session: Session, user: User, *, actor: Actor, now: datetime) -> int:
    """Close the account at once, with its sessions and invitations; how many sessions there were.

    The caller has locked the row. Tokens that the user issued stay: they are the district's. Raises `OwnAccount`."""
    _check_is_another(user, actor)
    if user.disabled_at is None:
        user.disabled_at = now
        _record(session, user, "user.disable", actor=actor, now=now, details={"login": user.login})
    return _close_ways_in(session, user, actor=actor, now=now)


def _close_ways_in(session: Session, user: User, *, actor: Actor, now: datetime) -> int:
    session.execute(
        update(UserInvitation)
        .where(UserInvitation.user_id == user.id, UserInvitation.ended_at.is_(None))
        .values(ended_at=now)
    )
    return sessions.end_all_sessions(session, user, actor=actor, now=now)


def enable(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Open a disabled account again; password and identity at a provider are forgotten, so an invitation is needed, or
    a first log-in by the verified e-mail address.

    The caller has locked the row."""
    if user.disabled_at is not None:
        user.disabled_at = user.password_hash = user.oidc_issuer = user.oidc_subject = None
        _record(session, user, "user.enable", actor=actor, now=now, details={"login": user.login})
    session.flush()


def _record(session: Session, user: User, action: str, *, actor: Actor, now: datetime, details: dict[str, Any]) -> None:
    access.record(session, actor, action, f"user/{user.id}", now=now, district_code=user.district_code, details=details)
