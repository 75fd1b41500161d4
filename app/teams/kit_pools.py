"""Pools of kits that the teams of an office share: a satellite set that goes out with another team each day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import District
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import joined, said
from app.tables.fields import placed
from app.teams.kit_pool_values import (
    DEFAULTS,
    REQUIRED,
    KitPoolFields,
    make_fields,
    problems_of,
    values_of,
)
from app.teams.models import KitPool, Team

MOST_POOLS = 100


class KitPoolCodeTaken(Conflict):
    """Another pool of the district has this code."""


def lock_pools(session: Session, district_code: str) -> None:
    """Let nobody else change the pools of the district at the same time."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"kit-pools/{district_code}", 0))))


def teams_of(session: Session, district_code: str) -> Mapping[str, int]:
    """The ids of a district's teams by their codes."""
    rows = session.execute(select(Team.code, Team.id).where(Team.district_code == district_code))
    return {row.code: row.id for row in rows}


def list_pools(
    session: Session, district_code: str, *, after_id: int = 0, limit: int = MOST_POOLS + 1
) -> Sequence[KitPool]:
    """The pools of a district, in the order in which they were entered."""
    query = select(KitPool).where(KitPool.district_code == district_code, KitPool.id > after_id)
    return session.scalars(query.order_by(KitPool.id).limit(limit)).all()


def fields_of(pools: Iterable[KitPool], teams: Mapping[str, int]) -> dict[str, KitPoolFields]:
    """What is stored of pools, by their codes; a team that was deleted is named no more."""
    codes = {number: code for code, number in teams.items()}
    return {pool.code: _fields(pool, codes) for pool in pools}


def _fields(pool: KitPool, codes: Mapping[int, str]) -> KitPoolFields:
    named = None if pool.team_ids is None else tuple(sorted(codes[n] for n in pool.team_ids if n in codes))
    values = {name: getattr(pool, name) for name in KitPoolFields.__dataclass_fields__ if name != "teams"}
    return KitPoolFields(teams=named, **values)


def columns_of(pool: KitPoolFields, teams: Mapping[str, int]) -> dict[str, Any]:
    """The columns of table `kit_pools`."""
    values = values_of(pool)
    named = values.pop("teams")
    return values | {"team_ids": None if named is None else [teams[code] for code in named]}


def read_pool(session: Session, pool_id: int, *, actor: Actor, write: bool = False) -> KitPool:
    """A pool that the actor may see, for `write` locked; raises `NotFound`, `Forbidden`."""
    pool = session.get(KitPool, pool_id, with_for_update=write or None, populate_existing=write)
    if pool is None or not actor.may_read(pool.district_code):
        raise no_pool(pool_id)
    if write and not actor.may_write(pool.district_code):
        raise access.read_only_district(pool.district_code)
    return pool


def no_pool(pool_id: int) -> NotFound:
    return NotFound(
        said(
            "There is no pool of kits {pool}, or this token does not open its district.",
            "Tidak ada perlengkapan bersama {pool}, atau token ini tidak membuka daerahnya.",
            pool=pool_id,
        )
    )


def create_pool(
    session: Session, district: District, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> KitPool:
    """A new pool of the fields in `values`; raises `InvalidRequest`, `KitPoolCodeTaken`, `Conflict`."""
    lock_pools(session, district.code)
    if len(list_pools(session, district.code)) >= MOST_POOLS:
        raise too_many(district.code)
    teams = teams_of(session, district.code)
    blank: dict[str, Any] = dict.fromkeys(KitPoolFields.__dataclass_fields__) | DEFAULTS
    fields = _checked(blank | _with_defaults(values), teams)
    pool = KitPool(district_code=district.code, **columns_of(fields, teams))
    _flush_code(session, pool)
    _record(session, "kit_pool.create", pool, actor=actor, now=now)
    return pool


def change_pool(session: Session, pool: KitPool, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> KitPool:
    """Set the fields in `changes`; None empties one. Raises `InvalidRequest`, `KitPoolCodeTaken`."""
    teams = teams_of(session, pool.district_code)
    before = fields_of([pool], teams)[pool.code]
    fields = _checked(values_of(before) | _with_defaults(changes), teams)
    if fields != before:
        for name, value in columns_of(fields, teams).items():
            setattr(pool, name, value)
        _flush_code(session, pool)
        _record(session, "kit_pool.update", pool, actor=actor, now=now)
    return pool


def delete_pool(session: Session, pool: KitPool, *, actor: Actor, now: datetime) -> None:
    """Remove a pool; plans that hold it stay as they are."""
    _record(session, "kit_pool.delete", pool, actor=actor, now=now)
    session.delete(pool)
    session.flush()


def too_many(district_code: str) -> Conflict:
    return Conflict(
        said(
            "District {district!r} cannot have more than {most} pools of kits; delete old ones first.",
            "Daerah {district!r} paling banyak punya {most} perlengkapan bersama; hapus yang lama dahulu.",
            district=district_code,
            most=MOST_POOLS,
        )
    )


def _with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: DEFAULTS.get(name) if value is None else value for name, value in values.items()}


def _checked(values: dict[str, Any], teams: Mapping[str, int]) -> KitPoolFields:
    problems = [
        FieldProblem(
            pointer=name, detail=said("It is missing.", "Belum diisi."), mend=said("Give it a value.", "Isi nilainya.")
        )
        for name in REQUIRED
        if values[name] is None
    ]
    problems += problems_of(values, teams=teams)
    if problems:
        shown = (joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems[:3])
        raise InvalidRequest(joined(*shown, by="; "), problems=placed(problems, "/"))
    return make_fields(values)


def _flush_code(session: Session, pool: KitPool) -> None:
    try:
        with session.begin_nested():
            session.add(pool)
    except IntegrityError as error:
        detail = said("The code is taken.", "Kode ini sudah dipakai.")
        raise KitPoolCodeTaken(
            said(
                "The district has a pool of kits with the code {pool!r} already; change that one, or choose another.",
                "Daerah ini sudah punya perlengkapan bersama berkode {pool!r}; ubah yang itu, atau pilih kode lain.",
                pool=pool.code,
            ),
            problems=[FieldProblem(pointer="/code", detail=detail, value=pool.code)],
        ) from error


def _record(session: Session, action: str, pool: KitPool, *, actor: Actor, now: datetime) -> None:
    access.record(
        session,
        actor,
        action,
        f"kit_pool/{pool.id}",
        now=now,
        district_code=pool.district_code,
        details={"code": pool.code, "kind": pool.kind, "count": pool.count},
    )
    session.flush()
