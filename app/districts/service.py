"""Districts and their areas; the front of this folder, so targets and calendar are called by its name too."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.areas import list_areas as list_areas
from app.districts.models import District
from app.districts.places import LATITUDES as LATITUDES
from app.districts.places import LONGITUDES as LONGITUDES
from app.districts.places import check_place
from app.districts.row_locks import locked
from app.districts.targets.facts import counted_up_to as counted_up_to
from app.districts.targets.facts import counted_up_to_of_each as counted_up_to_of_each
from app.districts.targets.service import gap as gap
from app.districts.targets.service import get_target as get_target
from app.districts.targets.service import list_targets as list_targets
from app.districts.targets.service import target_count as target_count
from app.errors import Conflict, NotFound, invalid
from app.languages import said
from app.payloads import DISTRICT_CODE


class DistrictExists(Conflict):
    """The region code is taken."""


def get_district(session: Session, code: str, *, for_update: bool = False) -> District:
    """The district of a region code; raises `NotFound`."""
    # A code that no district can have is not asked of the database: text may hold what it refuses.
    query = select(District).where(District.code == code)
    if for_update:
        query = locked(query)
    district = session.scalar(query) if re.fullmatch(DISTRICT_CODE.strip("^$"), code) else None
    if district is None:
        raise NotFound(
            said(
                "There is no district {code!r}, or this token does not open it. GET /v1/districts "
                "lists yours; codes look like '16.73'.",
                "Tidak ada daerah {code!r}, atau token ini tidak membukanya. GET /v1/districts "
                "menampilkan milik Anda; kodenya seperti '16.73'.",
                code=code,
            )
        )
    return district


def date_of(now: datetime, district: District) -> date:
    """The date it is in the district."""
    return now.astimezone(ZoneInfo(district.time_zone)).date()


def end_of_day(day: date, district: District) -> datetime:
    """The last moment of a date in the district: what a figure as of that day counts up to."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(district.time_zone))


def visible_districts(actor: Actor) -> Select[District]:
    """What a token may see: its own district and, for a province's, those inside; all for a national one."""
    query = select(District)
    if actor.district_code is not None:
        own = actor.district_code
        query = query.where((District.code == own) | District.code.startswith(f"{own}.", autoescape=True))
    return query


def list_districts(session: Session, actor: Actor, *, after_code: str = "", limit: int = 500) -> Sequence[District]:
    """The districts a token may see, by code."""
    query = visible_districts(actor).where(District.code > after_code).order_by(District.code).limit(limit)
    return session.scalars(query).all()


def create_district(session: Session, fields: Mapping[str, Any], *, actor: Actor, now: datetime) -> District:
    """A new district of `District`'s own fields; raises `DistrictExists`, `InvalidRequest`."""
    _check_district(fields["code"], fields.get("parent_code"), lat=fields["lat"], lon=fields["lon"])
    district = District(**fields)
    district.parent_code = parent_of(district.code)
    try:
        with session.begin_nested():
            session.add(district)
    except IntegrityError as error:
        raise DistrictExists(
            said(
                "There is a district {district!r} already; change it with PATCH /v1/districts/{district}.",
                "Daerah {district!r} sudah ada; ubah dengan PATCH /v1/districts/{district}.",
                district=district.code,
            )
        ) from error
    _record_district(session, "district.create", district, actor=actor, now=now, details={"name": district.name})
    return district


def parent_of(code: str) -> str | None:
    """The province of a kabupaten or kota by its code; a province has none."""
    return code[:2] if len(code) > 2 else None


def update_district(
    session: Session, district: District, changes: Mapping[str, Any], *, actor: Actor, now: datetime
) -> District:
    """Set the fields in `changes`; raises `InvalidRequest`."""
    _check_district(
        district.code,
        changes.get("parent_code", district.parent_code),
        lat=changes.get("lat", district.lat),
        lon=changes.get("lon", district.lon),
    )
    for name, value in changes.items():
        setattr(district, name, value)
    session.flush()
    _record_district(session, "district.update", district, actor=actor, now=now, details={"fields": sorted(changes)})
    return district


def _check_district(code: str, parent_code: str | None, *, lat: float, lon: float) -> None:
    if parent_code is not None and not code.startswith(f"{parent_code}."):
        raise invalid(
            "/parent_code",
            said(
                "District {code!r} does not lie in {parent!r}: a code begins with its parent's.",
                "Daerah {code!r} bukan bagian dari {parent!r}: kode diawali kode induknya.",
                code=code,
                parent=parent_code,
            ),
            value=parent_code,
            mend=said("Leave it out, or give {parent!r}.", "Kosongkan, atau isi {parent!r}.", parent=code[:2])
            if len(code) > 2
            else said("Leave it out: a province has no parent.", "Kosongkan: provinsi tidak punya induk."),
        )
    check_place(lat, lon)


def _record_district(
    session: Session, action: str, district: District, *, actor: Actor, now: datetime, details: dict[str, Any]
) -> None:
    access.record(
        session, actor, action, f"district/{district.code}", now=now, district_code=district.code, details=details
    )
    session.flush()


def district_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Request fields, some nested, as columns of the table."""
    flat = {name: value for name, value in fields.items() if name not in ("travel", "costs")}
    flat |= fields.get("travel", {})
    costs = fields.get("costs", {})
    return flat | {name if name == "budget" else f"cost_{name}": value for name, value in costs.items()}
