"""Who reads a page: the person, and the district that the page is about, as parameter types.

A page about one district takes a `…Page` type; who sees several districts chooses by `?wilayah=`, which the browser
then remembers."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from app.access import users
from app.access.models import Role, User
from app.access.permissions import SignedIn, check_district
from app.access.service import Actor
from app.database import SessionDep
from app.districts.models import District
from app.districts.service import date_of, get_district, list_districts
from app.errors import Forbidden, NotFound
from app.http_conventions import NowDep
from app.languages import Language, joined, said
from app.pages.language import language_for

DISTRICT_COOKIE = "wilayah"
_ZONE_OF_ALL = "Asia/Jakarta"
"""For those who see all districts and have none before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A person at a page; `now` is in the hours of the district, or of Jakarta where there is none."""

    actor: Actor
    user: User
    language: Language
    now: datetime
    zone: ZoneInfo
    district: District | None
    """The one that the page is about; None where the reader sees several and has chosen none."""
    others: Sequence[District]
    """Those to choose from, by code; empty for who has one district alone."""
    has_chosen: bool
    """The district stands in the address just asked for."""

    @property
    def may_write(self) -> bool:
        """A planner or administrator of this district."""
        return (
            self.actor.role in (Role.ADMIN, Role.PLANNER)
            and self.district is not None
            and self.actor.may_write(self.district.code)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictReader(Reader):
    """A person at a page about one district; `today` is the date there."""

    district: District
    today: date


ChosenDistrict = Annotated[str | None, Query(alias="wilayah", max_length=20)]


def _reader(
    request: Request, session: SessionDep, actor: SignedIn, now: NowDep, wilayah: ChosenDistrict = None
) -> Reader:
    others = () if _has_one_alone(actor) else tuple(list_districts(session, actor))
    district = _chosen(session, actor, wilayah or request.cookies.get(DISTRICT_COOKIE), is_asked=wilayah is not None)
    return _reading(request, session, actor, now, district=district, others=others, has_chosen=wilayah is not None)


def _has_one_alone(actor: Actor) -> bool:
    # A kabupaten's or kota's people; a province's also see the districts inside it.
    return actor.district_code is not None and len(actor.district_code) > 2


def _chosen(session: Session, actor: Actor, code: str | None, *, is_asked: bool) -> District | None:
    """The district named by address or cookie; an old cookie of a district that the reader may not see says nothing."""
    if code is not None and (is_asked or actor.may_read(code)):
        check_district(actor, code)
        try:
            return get_district(session, code)
        except NotFound:
            if is_asked:
                raise
    return None if actor.district_code is None else get_district(session, actor.district_code)


def _reading(
    request: Request,
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    district: District | None,
    others: Sequence[District],
    has_chosen: bool,
) -> Reader:
    zone = ZoneInfo(_ZONE_OF_ALL if district is None else district.time_zone)
    reader = Reader(
        actor=actor,
        user=users.of_actor(session, actor),
        language=language_for(request),
        now=now.astimezone(zone),
        zone=zone,
        district=district,
        others=others,
        has_chosen=has_chosen,
    )
    return reader if district is None else about(reader, district)


def about(reader: Reader, district: District) -> DistrictReader:
    """The reader at a page about this district; raises `NotFound` where it is not the reader's to see."""
    check_district(reader.actor, district.code)
    zone = ZoneInfo(district.time_zone)
    return DistrictReader(
        actor=reader.actor,
        user=reader.user,
        language=reader.language,
        now=reader.now.astimezone(zone),
        zone=zone,
        district=district,
        others=reader.others,
        has_chosen=reader.has_chosen,
        today=date_of(reader.now, district),
    )


_Read = Annotated[Reader, Depends(_reader, scope="function")]


_NAMES = {
    Role.ADMIN: said("administrators", "administrator"),
    Role.PLANNER: said("planners", "perencana"),
    Role.VIEWER: said("viewers", "pembaca"),
    Role.COORDINATOR: said("coordinators", "koordinator"),
}


def _check_reader(reader: Reader, roles: Collection[Role]) -> None:
    # Not `check_role`, whose refusal speaks of tokens to programs.
    if reader.actor.role not in roles:
        names = joined(*(_NAMES[role] for role in roles), by=", ")
        raise Forbidden(said("This page is for: {names}.", "Halaman ini untuk: {names}.", names=names))


def _of_roles(*roles: Role) -> Callable[[Reader], Awaitable[Reader]]:
    async def allowed(reader: _Read) -> Reader:
        _check_reader(reader, roles)
        return reader

    return allowed


def _at_a_district(*roles: Role) -> Callable[[Reader], Awaitable[DistrictReader]]:
    async def allowed(reader: _Read) -> DistrictReader:
        _check_reader(reader, roles)
        if isinstance(reader, DistrictReader):
            return reader
        if not reader.others:
            raise NotFound(
                said(
                    "There is no district yet. 'jemput import' brings one in, and 'make run' five examples.",
                    "Belum ada daerah. 'jemput import' memasukkannya, dan 'make run' memasukkan lima contoh.",
                )
            )
        return about(reader, reader.others[0])

    return allowed


_PLANNERS = (Role.ADMIN, Role.PLANNER)
_VIEWERS = (*_PLANNERS, Role.VIEWER)
AnyReader = _Read
"""Whoever has logged in."""
AdminReader = Annotated[Reader, Depends(_of_roles(Role.ADMIN), scope="function")]
ViewerReader = Annotated[Reader, Depends(_of_roles(*_VIEWERS), scope="function")]
"""At a page about several districts, or about a thing that knows its own: see `about`."""
PlannerReader = Annotated[Reader, Depends(_of_roles(*_PLANNERS), scope="function")]
"""The same, of who changes things."""
PlannerPage = Annotated[DistrictReader, Depends(_at_a_district(*_PLANNERS), scope="function")]
"""Who changes things; what is sent there still passes `check_district(..., write=True)`, as in the API."""
AdminPage = Annotated[DistrictReader, Depends(_at_a_district(Role.ADMIN), scope="function")]
ViewerPage = Annotated[DistrictReader, Depends(_at_a_district(*_VIEWERS), scope="function")]
TeamPage = Annotated[DistrictReader, Depends(_at_a_district(*_PLANNERS, Role.COORDINATOR), scope="function")]
"""Who acts for a team; a coordinator for the own one alone."""
CoordinatorPage = Annotated[DistrictReader, Depends(_at_a_district(*_VIEWERS, Role.COORDINATOR), scope="function")]
"""Everybody; a coordinator sees the own team alone (`visible_team`)."""
