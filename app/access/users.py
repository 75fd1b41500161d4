"""People who log in: added, listed, disabled and enabled again."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access import service as access
from app.access import sessions, token_rules
from app.access.models import Role, User, UserInvitation
from app.access.service import Actor
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import Language, joined, said

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._+@-]{1,99}")
_LONGEST_NAME = 200


class LoginTaken(Conflict):
    """Somebody logs in by this name already, perhaps somebody who is disabled."""


def login_of(typed: str) -> str | None:
    """A login as it is stored, or None for what cannot be one."""
    login = typed.strip().lower()
    return login if _LOGIN.fullmatch(login) else None


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
    """A new user, who has no password yet: an invitation lets them in. Raises `InvalidRequest`, `LoginTaken`."""
    problems = _problems(login=login, name=name, role=role, district_code=district_code, team_code=team_code)
    if problems:
        raise InvalidRequest(
            joined(*(joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems)),
            problems=problems,
        )
    token_rules.check_district_exists(session, district_code)
    stored = login_of(login)
    if session.scalar(select(User.id).where(User.login == stored)) is not None:
        raise LoginTaken(
            said(
                "There is a user {login!r} already; take another login, or invite that user again.",
                "Pengguna {login!r} sudah ada; pakai nama masuk lain, atau undang lagi pengguna itu.",
                login=stored,
            )
        )
    user = User(
        login=stored,
        name=name.strip(),
        role=role.value,
        district_code=district_code,
        team_id=token_rules.team_id_of(session, district_code=district_code, code=team_code),
        language=language.value,
        created_at=now,
    )
    session.add(user)
    session.flush()
    details = {"login": user.login, "role": role.value} | ({} if team_code is None else {"team": team_code})
    _record(session, user, "user.add", actor=actor, now=now, details=details)
    return user


def _problems(
    *, login: str, name: str, role: Role, district_code: str | None, team_code: str | None
) -> list[FieldProblem]:
    found = []
    if login_of(login) is None:
        found.append(
            FieldProblem(
                pointer="/login",
                detail=said("This cannot be a login.", "Ini tidak dapat menjadi nama masuk."),
                value=login,
                mend=said(
                    "Take an e-mail address or a short name of letters, digits and . _ + @ -",
                    "Pakai alamat surel atau nama pendek dari huruf, angka, dan . _ + @ -",
                ),
            )
        )
    if not 1 <= len(name.strip()) <= _LONGEST_NAME or not name.isprintable():
        found.append(
            FieldProblem(
                pointer="/name",
                detail=said("A name has 1 to 200 characters.", "Nama terdiri dari 1 sampai 200 karakter."),
                value=name,
            )
        )
    if role is Role.FEED:
        found.append(
            FieldProblem(
                pointer="/role",
                detail=said("A feed is read by calendars, not by people.", "Feed dibaca kalender, bukan orang."),
                value=role.value,
                mend=said("Issue a token for it.", "Terbitkan token untuknya."),
            )
        )
    if role is not Role.ADMIN and district_code is None:
        found.append(
            FieldProblem(
                pointer="/district",
                detail=said("A {role} works for one district.", "Seorang {role} bekerja untuk satu daerah.", role=role),
                mend=said("Give its region code.", "Isi kode wilayahnya."),
            )
        )
    if (role is Role.COORDINATOR) is not (team_code is not None):
        found.append(
            FieldProblem(
                pointer="/team",
                detail=said(
                    "A coordinator has a team, and nobody else does.",
                    "Koordinator punya tim, dan pengguna lain tidak.",
                ),
                value=team_code,
                mend=said("Give a coordinator's team alone.", "Isi tim hanya untuk koordinator."),
            )
        )
    return found


def all_users(session: Session) -> Sequence[User]:
    """By login, disabled ones too."""
    return session.scalars(select(User).order_by(User.login)).all()


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


def of_actor(session: Session, actor: Actor, *, for_update: bool = False) -> User:
    """The person behind a session."""
    return session.get_one(User, actor.user_id, with_for_update=for_update)


def disable(session: Session, login: str, *, actor: Actor, now: datetime) -> int:
    """Close the account at once, with its sessions and invitations; how many sessions there were.

    Tokens that the user issued stay: they are the district's."""
    user = find(session, login)
    if user.disabled_at is None:
        user.disabled_at = now
        _record(session, user, "user.disable", actor=actor, now=now, details={"login": user.login})
    session.execute(
        update(UserInvitation)
        .where(UserInvitation.user_id == user.id, UserInvitation.ended_at.is_(None))
        .values(ended_at=now)
    )
    return sessions.end_all_sessions(session, user, actor=actor, now=now)


def enable(session: Session, login: str, *, actor: Actor, now: datetime) -> None:
    """Open a disabled account again; the password is forgotten, so an invitation is needed."""
    user = find(session, login)
    if user.disabled_at is not None:
        user.disabled_at = user.password_hash = None
        _record(session, user, "user.enable", actor=actor, now=now, details={"login": user.login})
    session.flush()


def _record(session: Session, user: User, action: str, *, actor: Actor, now: datetime, details: dict[str, str]) -> None:
    access.record(session, actor, action, f"user/{user.id}", now=now, district_code=user.district_code, details=details)
