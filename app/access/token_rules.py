"""Who may issue, rotate and revoke which token, with districts, teams, areas and sites named by their codes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TableClause, column, or_, select, table
from sqlalchemy.orm import Session

from app.access import lifetimes
from app.access import service as access
from app.access.lifetimes import USUAL, Lifetime
from app.access.models import Role, Token
from app.access.service import Actor
from app.errors import Conflict, FieldProblem, Forbidden, InvalidRequest, NotFound
from app.languages import Said, joined, said
from app.words import NOUNS

# Districts and what is in them lie above access, so it names the columns it must look up instead of importing models.
_districts = table("districts", column("code"))
_teams = table("teams", column("id"), column("district_code"), column("code"))
_sites = table("sites", column("id"), column("district_code"), column("code"))
_areas = table("areas", column("district_code"), column("code"))

PLANNER_ISSUES = (Role.COORDINATOR, Role.VIEWER, Role.FEED)
"""What a planner may issue, rotate and revoke, in the own district. A coordinator may so with the own team's feeds."""
TEAM_ROLES = (Role.COORDINATOR, Role.FEED)
_SHOWN_CODES = 50
_MOST_FEEDS = 5_000


class TokenEnded(Conflict):
    """The token was revoked or has expired, so there is nothing to go on from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opens:
    """What a token opens inside a district, by code; nothing named: all of it."""

    team: str | None = None
    area: str | None = None
    site: str | None = None

    def named(self) -> dict[str, str]:
        pairs = {"team": self.team, "area": self.area, "site": self.site}
        return {name: code for name, code in pairs.items() if code is not None}


WHOLE_DISTRICT = Opens()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedToken:
    """A token beside the codes of what it opens."""

    token: Token
    opens: Opens


def issue(
    session: Session,
    role: Role,
    *,
    district_code: str | None,
    label: str | None,
    actor: Actor,
    now: datetime,
    opens: Opens = WHOLE_DISTRICT,
    lifetime: Lifetime = USUAL,
) -> tuple[NamedToken, str]:
    """A new token and its secret; raises `Forbidden`, or `InvalidRequest` for codes that are not there."""
    _check_may_issue(session, actor, role, district_code, opens=opens)
    problems = [
        *_problems(role, district_code, opens=opens),
        *lifetimes.problems_of(lifetime, now=now, may_be_long=actor.role is Role.ADMIN),
    ]
    if problems:
        raise InvalidRequest(
            joined(*(joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems)),
            problems=problems,
        )
    check_district_exists(session, district_code)
    if opens.area is not None:
        _find(session, _areas, "area", district_code=district_code, code=opens.area)
    token, secret = access.issue_token(
        session,
        role,
        now=now,
        district_code=district_code,
        team_id=team_id_of(session, district_code=district_code, code=opens.team),
        site_id=_id_of(session, _sites, "site", district_code=district_code, code=opens.site),
        area_code=opens.area,
        label=label,
        expires_at=lifetime.end(now),
    )
    access.record(
        session,
        actor,
        "token.issue",
        f"token/{token.id}",
        now=now,
        district_code=district_code,
        details={"prefix": token.prefix, "role": role.value, **opens.named()},
    )
    session.flush()
    return NamedToken(token=token, opens=opens), secret


def rotate(session: Session, token_id: int, *, actor: Actor, now: datetime) -> tuple[NamedToken, str]:
    """A new secret that opens what the old token did, for as long again; the old one ends in the same moment.

    A token that the actor could not have issued, the own one of a planner, ends when it would have.
    Raises `NotFound`, `Forbidden`, `TokenEnded`."""
    old = _changeable(session, token_id, actor=actor, verb=said("rotate", "mengganti"))
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise TokenEnded(
            said(
                "Token {token} has ended already; issue a new one with POST /v1/tokens.",
                "Token {token} sudah berakhir; terbitkan yang baru dengan POST /v1/tokens.",
                token=token_id,
            )
        )
    token, secret = access.issue_token(
        session,
        Role(old.role),
        now=now,
        district_code=old.district_code,
        team_id=old.team_id,
        area_code=old.area_code,
        site_id=old.site_id,
        label=old.label,
        expires_at=_end_after_rotation(old, actor=actor, now=now),
    )
    access.revoke_token(session, token_id, actor=actor, now=now)
    access.record(
        session,
        actor,
        "token.rotate",
        f"token/{token.id}",
        now=now,
        district_code=old.district_code,
        details={"prefix": token.prefix, "role": old.role, "in_place_of": token_id},
    )
    session.flush()
    return _named(session, [token])[0], secret


def _end_after_rotation(old: Token, *, actor: Actor, now: datetime) -> datetime | None:
    if old.expires_at is None or not _may_issue(actor, Role(old.role), team_id=old.team_id):
        return old.expires_at
    return now + (old.expires_at - old.created_at)


def _may_issue(actor: Actor, role: Role, *, team_id: int | None) -> bool:
    """Whether the actor may issue, rotate and revoke such a token in the own district; `team_id`: of its one team."""
    if actor.role is Role.COORDINATOR:
        return role is Role.FEED and team_id is not None and team_id == actor.team_id
    return actor.role is Role.ADMIN or (actor.role is Role.PLANNER and role in PLANNER_ISSUES)


def _check_may_issue(session: Session, actor: Actor, role: Role, district_code: str | None, *, opens: Opens) -> None:
    if actor.role is Role.COORDINATOR:
        own = team_code_of(session, actor.team_id)
        if role is not Role.FEED or own is None or opens != Opens(team=own):
            raise Forbidden(
                said(
                    "A coordinator makes calendar addresses of the own team alone, {own!r}.",
                    "Koordinator hanya membuat alamat kalender timnya sendiri, {own!r}.",
                    own=own,
                )
            )
    elif not _may_issue(actor, role, team_id=None):
        names = ", ".join(each.value for each in PLANNER_ISSUES)
        raise Forbidden(
            said(
                "A {role} token may issue tokens of these roles only: {names}.",
                "Token {role} hanya boleh menerbitkan token berperan: {names}.",
                role=actor.role.value,
                names=names,
            )
        )
    if actor.district_code is not None and district_code != actor.district_code:
        raise Forbidden(
            said(
                "This token issues tokens of district {own!r} only, not of {district!r}.",
                "Token ini hanya menerbitkan token daerah {own!r}, bukan {district!r}.",
                own=actor.district_code,
                district=district_code,
            )
        )


def _problems(role: Role, district_code: str | None, *, opens: Opens) -> list[FieldProblem]:
    problems = []
    if role is not Role.ADMIN and district_code is None:
        problems.append(
            FieldProblem(
                pointer="/district",
                detail=said("A {role} token opens one district.", "Token {role} membuka satu daerah.", role=role.value),
                mend=said("Give its region code.", "Isi kode wilayahnya."),
            )
        )
    if role is Role.COORDINATOR and opens.team is None:
        problems.append(
            FieldProblem(
                pointer="/team",
                detail=said("A coordinator's token opens one team.", "Token koordinator membuka satu tim."),
                mend=said("Give the team's code.", "Isi kode tim."),
            )
        )
    if opens.team is not None and role not in TEAM_ROLES:
        problems.append(
            FieldProblem(
                pointer="/team",
                detail=said(
                    "A {role} token opens the whole district.", "Token {role} membuka seluruh daerah.", role=role.value
                ),
                value=opens.team,
                mend=said("Leave the team out.", "Kosongkan timnya."),
            )
        )
    named = opens.named()
    problems += [
        FieldProblem(
            pointer=f"/{name}",
            detail=said("Only a feed opens one {noun}.", "Hanya feed yang membuka satu {noun}.", noun=NOUNS[name]),
            value=named[name],
            mend=said("Leave the {noun} out.", "Kosongkan {noun}.", noun=NOUNS[name]),
        )
        for name in ("area", "site")
        if name in named and role is not Role.FEED
    ]
    if role is Role.FEED and len(named) > 1:
        last = list(named)[-1]
        problems.append(
            FieldProblem(
                pointer=f"/{last}",
                detail=said(
                    "A feed shows one team, one area or one site, not {both} together.",
                    "Feed menampilkan satu tim, satu kecamatan, atau satu lokasi, bukan {both} sekaligus.",
                    both=_all_of(named),
                ),
                value=named[last],
                mend=said("Issue one token for each.", "Terbitkan token sendiri untuk masing-masing."),
            )
        )
    return problems


def _all_of(named: Collection[str]) -> Said:
    nouns = [NOUNS[name] for name in named]
    whole = nouns[0]
    for noun in nouns[1:]:
        whole = said("{before} and {noun}", "{before} dan {noun}", before=whole, noun=noun)
    return whole


def check_district_exists(session: Session, district_code: str | None) -> None:
    """Raise `InvalidRequest` for a code of none; None stands for all of them."""
    if district_code is not None and not session.scalar(
        select(_districts.c.code).where(_districts.c.code == district_code)
    ):
        raise _unknown(
            "/district",
            said("There is no district {district!r}.", "Tidak ada daerah {district!r}.", district=district_code),
            district_code,
            said("Codes look like 16.73.", "Kodenya seperti 16.73."),
        )


def team_id_of(session: Session, *, district_code: str | None, code: str | None) -> int | None:
    """The id of a team; raises `InvalidRequest` for a code that the district does not have."""
    return _id_of(session, _teams, "team", district_code=district_code, code=code)


def team_code_of(session: Session, team_id: int | None) -> str | None:
    return team_codes(session, {team_id}).get(team_id)


def team_codes(session: Session, team_ids: set[int | None]) -> Mapping[int | None, str]:
    return _codes(session, _teams, team_ids)


def _id_of(
    session: Session, rows: TableClause, noun: str, *, district_code: str | None, code: str | None
) -> int | None:
    if code is None:
        return None
    _find(session, rows, noun, district_code=district_code, code=code)
    row_id: int | None = session.scalar(
        select(rows.c.id).where(rows.c.district_code == district_code, rows.c.code == code)
    )
    return row_id


def _find(session: Session, rows: TableClause, noun: str, *, district_code: str | None, code: str) -> None:
    """Raise `InvalidRequest` unless the district has this code, naming those it has."""
    mine = rows.c.district_code == district_code
    if session.scalar(select(rows.c.code).where(mine, rows.c.code == code)) is None:
        codes = session.scalars(select(rows.c.code).where(mine).order_by(rows.c.code).limit(_SHOWN_CODES))
        raise _unknown(
            f"/{noun}",
            said(
                "District {district!r} has no {noun} {code!r}.",
                "Daerah {district!r} tidak punya {noun} {code!r}.",
                district=district_code,
                noun=NOUNS[noun],
                code=code,
            ),
            code,
            said(
                "Its {noun}s are: {codes}.",
                "Kode {noun} yang ada: {codes}.",
                noun=NOUNS[noun],
                codes=", ".join(codes) or said("none yet", "belum ada"),
            ),
        )


def _unknown(pointer: str, detail: Said, value: str, mend: Said) -> InvalidRequest:
    return InvalidRequest(
        joined(detail, mend), problems=[FieldProblem(pointer=pointer, detail=detail, value=value, mend=mend)]
    )


def list_named(session: Session, actor: Actor, *, after_id: int, limit: int) -> list[NamedToken]:
    """The tokens of the actor's district (of all, for a national administrator) by id."""
    return _named(
        session, access.list_tokens(session, district_code=actor.district_code, after_id=after_id, limit=limit)
    )


def open_feeds(session: Session, actor: Actor, district_code: str, *, now: datetime) -> list[NamedToken]:
    """The feeds of a district that still open and that the actor may end, the newest first."""
    tokens = session.scalars(
        select(Token)
        .where(
            Token.role == Role.FEED,
            Token.district_code == district_code,
            Token.revoked_at.is_(None),
            or_(Token.expires_at.is_(None), Token.expires_at > now),
        )
        .order_by(Token.id.desc())
        .limit(_MOST_FEEDS)
    )
    return _named(session, [token for token in tokens if _may_issue(actor, Role(token.role), team_id=token.team_id)])


def _named(session: Session, tokens: Collection[Token]) -> list[NamedToken]:
    teams = _codes(session, _teams, {token.team_id for token in tokens})
    sites = _codes(session, _sites, {token.site_id for token in tokens})
    return [
        NamedToken(
            token=token,
            opens=Opens(team=teams.get(token.team_id), area=token.area_code, site=sites.get(token.site_id)),
        )
        for token in tokens
    ]


def _codes(session: Session, rows: TableClause, ids: set[int | None]) -> dict[int | None, str]:
    named = session.execute(select(rows.c.id, rows.c.code).where(rows.c.id.in_(ids - {None})))
    return {row.id: row.code for row in named}


def revoke(session: Session, token_id: int, *, actor: Actor, now: datetime) -> None:
    """Close a token at once; revoking it again changes nothing. Raises `NotFound`, `Forbidden`."""
    _changeable(session, token_id, actor=actor, verb=said("revoke", "mencabut"))
    access.revoke_token(session, token_id, actor=actor, now=now)


def _changeable(session: Session, token_id: int, *, actor: Actor, verb: Said) -> Token:
    """A token that the actor may end, locked; raises `NotFound`, `Forbidden`."""
    token = session.get(Token, token_id, with_for_update=True)
    # A session is its user's own, so that none can be turned into a token that outlives it.
    if (
        token is None
        or token.user_id is not None
        or actor.district_code not in (None, token.district_code)
        or _is_hidden_from(actor, token)
    ):
        raise NotFound(
            said(
                "There is no token {token}, or it is not of your district; GET /v1/tokens lists yours.",
                "Tidak ada token {token}, atau bukan milik daerah Anda; GET /v1/tokens menampilkan milik Anda.",
                token=token_id,
            )
        )
    is_own = token.id == actor.token_id
    if not _may_issue(actor, Role(token.role), team_id=token.team_id) and not is_own:
        raise Forbidden(
            said(
                "A {role} token may not {verb} a {other} token; ask an administrator.",
                "Token {role} tidak boleh {verb} token {other}; mintalah kepada administrator.",
                role=actor.role.value,
                verb=verb,
                other=token.role,
            )
        )
    return token


def _is_hidden_from(actor: Actor, token: Token) -> bool:
    """A coordinator is told of the own team's feeds and the own token alone."""
    return (
        actor.role is Role.COORDINATOR
        and token.id != actor.token_id
        and not _may_issue(actor, Role(token.role), team_id=token.team_id)
    )
