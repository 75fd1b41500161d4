"""The areas (kecamatan) of a district, with the floors that a schedule owes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import Area, District
from app.districts.places import check_place
from app.districts.row_locks import locked, put_row
from app.errors import Conflict, NotFound, invalid
from app.languages import said


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
        raise NotFound(
            said(
                "District {district!r} has no area {area!r}; GET …/areas lists them.",
                "Daerah {district!r} tidak punya kecamatan {area!r}; GET …/areas menampilkan daftarnya.",
                district=district_code,
                area=area_code,
            )
        )
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
            said(
                "The area {code!r} does not lie in district {district!r}: its code begins with the district's.",
                "Kecamatan {code!r} bukan bagian dari daerah {district!r}: kodenya harus diawali kode daerah.",
                code=code,
                district=district.code,
            ),
            value=code,
            mend=said(
                "Codes here look like '{district}.01'.", "Kode di sini seperti '{district}.01'.", district=district.code
            ),
        )
    check_place(fields["lat"], fields["lon"])
    area = session.scalar(locked(select(Area).where(Area.code == code)))
    if area is not None and area.district_code != district.code:
        raise AreaSetMeanwhile(
            said(
                "The area {code!r} belongs to district {district!r} already.",
                "Kecamatan {code!r} sudah menjadi bagian dari daerah {district!r}.",
                code=code,
                district=area.district_code,
            )
        )
    area, is_new = put_row(
        session,
        area,
        Area(code=code, district_code=district.code),
        fields,
        if_match=if_match,
        taken=AreaSetMeanwhile(
            said(
                "Another request has just created the area {code!r}; read it again first.",
                "Permintaan lain baru saja membuat kecamatan {code!r}; baca ulang dahulu.",
                code=code,
            )
        ),
    )
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
