"""The areas (kecamatan) of a district, with the floors that a schedule owes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import Area, District
from app.districts.places import check_place
from app.districts.row_locks import locked
from app.errors import Conflict, NotFound, invalid
from app.http_conventions import check_if_match


class AreaSetMeanwhile(Conflict):
    """Two requests created the same area at the same moment."""


def list_areas(
    session: Session, district_code: str, *, after_code: str = "", limit: int | None = None
) -> Sequence[Area]:
    """The areas of a district by code."""
    query = select(Area).where(Area.district_code == district_code, Area.code > after_code).order_by(Area.code)
    return session.scalars(query.limit(limit)).all()


def get_area(session: Session, district_code: str, area_code: str) -> Area:
    area = session.scalar(select(Area).where(Area.district_code == district_code, Area.code == area_code))
    if area is None:
        raise NotFound(f"District {district_code!r} has no area {area_code!r}; GET …/areas lists them.")
    return area


def put_area(
    session: Session,
    district: District,
    code: str,
    *,
    fields: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[Area, bool]:
    """Set an area whole, its floor included; the second value tells whether it is new."""
    if not code.startswith(f"{district.code}."):
        raise invalid(
            "path/area_code",
            f"The area {code!r} does not lie in district {district.code!r}: its code begins with the district's.",
            value=code,
            mend=f"Codes here look like '{district.code}.01'.",
        )
    check_place(fields["lat"], fields["lon"])
    area = session.scalar(locked(select(Area).where(Area.code == code)))
    if area is not None and area.district_code != district.code:
        raise AreaSetMeanwhile(f"The area {code!r} belongs to district {area.district_code!r} already.")
    is_new = area is None
    if area is None:
        area = Area(code=code, district_code=district.code, **fields)
    else:
        check_if_match(if_match, area.version)
        for name, value in fields.items():
            setattr(area, name, value)
    try:
        with session.begin_nested():
            session.add(area)
    except IntegrityError as error:
        if not is_new:
            raise
        raise AreaSetMeanwhile(f"Another request has just created the area {code!r}; read it again first.") from error
    access.record(
        session,
        actor,
        "area.create" if is_new else "area.update",
        f"area/{code}",
        now=now,
        district_code=district.code,
        details={"min_activations": area.min_activations},
    )
    session.flush()
    return area, is_new
