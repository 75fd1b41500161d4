"""Boundaries of areas as an office gives them, one by one or all of a district at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.areas import get_area, list_areas
from app.districts.geography.models import AreaBoundary
from app.districts.geography.polygons import BadPolygon, Polygons, read_polygons
from app.districts.models import Area, District
from app.districts.row_locks import locked
from app.districts.surroundings import surroundings_of
from app.errors import FieldProblem, InvalidRequest, NotFound, invalid
from app.http_conventions import check_if_match
from app.languages import said

_MOST_FEATURES = 1_000
_NAMED_BY = ("area_code", "code", "kode", "kd_kec", "kdcpum", "name", "nama", "namobj", "wadmkc", "kecamatan")
"""Properties that name an area, the first that is there; the last ones are those of the national mapping agency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundariesImport:
    """What an import did."""

    created: int
    updated: int
    unchanged: int


def boundaries_of(session: Session, district_code: str) -> Sequence[AreaBoundary]:
    """By area code."""
    query = select(AreaBoundary).where(AreaBoundary.district_code == district_code)
    return session.scalars(query.order_by(AreaBoundary.area_code)).all()


def boundary_digests(session: Session, district_code: str) -> Mapping[str, str]:
    """By area code, what is another text once the boundary is another: without reading megabytes of coordinates."""
    rows = session.execute(
        select(AreaBoundary.area_code, func.md5(cast(AreaBoundary.polygons, String)).label("digest")).where(
            AreaBoundary.district_code == district_code
        )
    )
    return {row.area_code: row.digest for row in rows}


def get_boundary(session: Session, district_code: str, area_code: str, *, for_update: bool = False) -> AreaBoundary:
    get_area(session, district_code, area_code)
    query = select(AreaBoundary).where(AreaBoundary.area_code == area_code)
    boundary = session.scalar(locked(query) if for_update else query)
    if boundary is None:
        raise NotFound(
            said(
                "Area {area!r} has no boundary of its own; maps show an estimated one. PUT gives it one.",
                "Kecamatan {area!r} belum punya batas sendiri; peta memakai perkiraan. Isi dengan PUT.",
                area=area_code,
            )
        )
    return boundary


def put_boundary(
    session: Session,
    district: District,
    area_code: str,
    geometry: Mapping[str, Any],
    *,
    source: str | None,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[AreaBoundary, bool]:
    """Set an area's boundary; the second value tells whether it had none. Raises `InvalidRequest` for a bad shape."""
    area = get_area(session, district.code, area_code)
    try:
        polygons = read_polygons(geometry, area)
    except BadPolygon as bad:
        raise InvalidRequest(bad.problem.detail, problems=[_inside(bad.problem, "/")]) from bad
    # The area's row keeps two that come at once in turn.
    session.execute(locked(select(Area.code).where(Area.code == area_code)))
    boundary = session.scalar(locked(select(AreaBoundary).where(AreaBoundary.area_code == area_code)))
    is_new = boundary is None
    if boundary is not None:
        check_if_match(if_match, boundary.version)
    kept, _ = _store(session, area, boundary, polygons, source)
    action = "area_boundary.create" if is_new else "area_boundary.update"
    access.record(session, actor, action, f"area/{area_code}", now=now, district_code=district.code)
    return kept, is_new


def delete_boundary(session: Session, boundary: AreaBoundary, *, actor: Actor, now: datetime) -> None:
    session.delete(boundary)
    access.record(
        session,
        actor,
        "area_boundary.delete",
        f"area/{boundary.area_code}",
        now=now,
        district_code=boundary.district_code,
    )
    session.flush()


def import_boundaries(
    session: Session, district: District, content: bytes, *, actor: Actor, now: datetime
) -> BoundariesImport:
    """Set the boundaries of a GeoJSON FeatureCollection: all of it, or nothing and a list of what is wrong.

    Features are matched by a property with the area's code or name; areas that the file does not name keep theirs."""
    features = _features(content)
    around = surroundings_of(session, district)
    areas = {area.code: area for area in list_areas(session, district.code)}
    read: dict[str, Polygons] = {}
    problems: list[FieldProblem] = []
    for number, feature in enumerate(features):
        try:
            named = _name_of(feature)
            code = around.area_named(named) if named is not None else None
            if code is None or code not in areas:
                raise _unknown(named, around.district_name)
            if code in read:
                raise _twice(code)
            read[code] = read_polygons(feature.get("geometry"), areas[code])
        except BadPolygon as bad:
            problems.append(_inside(bad.problem, f"/features/{number}/"))
    if problems:
        raise InvalidRequest(
            said(
                "{count} of {all} features cannot be used; nothing was stored.",
                "{count} dari {all} fitur tidak dapat dipakai; tidak ada yang disimpan.",
                count=len(problems),
                all=len(features),
            ),
            problems=problems,
        )
    session.execute(locked(select(Area.code).where(Area.code.in_(read)).order_by(Area.code)))
    stored = {row.area_code: row for row in boundaries_of(session, district.code)}
    changed = {
        code: _store(session, areas[code], stored.get(code), polygons, None)[1] for code, polygons in read.items()
    }
    access.record(
        session,
        actor,
        "area_boundaries.import",
        f"district/{district.code}",
        now=now,
        district_code=district.code,
        details={"areas": len(read)},
    )
    created = len(read.keys() - stored.keys())
    updated = sum(changed.values()) - created
    return BoundariesImport(created=created, updated=updated, unchanged=len(read) - created - updated)


def _store(
    session: Session, area: Area, boundary: AreaBoundary | None, polygons: Polygons, source: str | None
) -> tuple[AreaBoundary, bool]:
    """The boundary, and whether it is another one now; without a source that of before stands."""
    if boundary is None:
        boundary = AreaBoundary(area_code=area.code, district_code=area.district_code, polygons=polygons, source=source)
        session.add(boundary)
    elif boundary.polygons == polygons and source in (None, boundary.source):
        return boundary, False
    else:
        boundary.polygons = polygons
        boundary.source = source or boundary.source
    session.flush()
    return boundary, True


def _features(content: bytes) -> list[dict[str, Any]]:
    mend = said("Export the layer as GeoJSON again.", "Ekspor lapisannya sebagai GeoJSON sekali lagi.")
    try:
        document = orjson.loads(content.decode().lstrip("\ufeff"))
    except ValueError as error:
        raise invalid("body", said("This is no JSON.", "Ini bukan JSON yang benar."), mend=mend) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise invalid(
            "body", said("This is no GeoJSON FeatureCollection.", "Ini bukan FeatureCollection GeoJSON."), mend=mend
        )
    if not 0 < len(features) <= _MOST_FEATURES:
        raise invalid(
            "body/features",
            said("Between 1 and {most} features.", "Antara 1 dan {most} fitur.", most=_MOST_FEATURES),
            value=len(features),
            mend=mend,
        )
    return features


def _name_of(feature: Mapping[str, Any]) -> str | None:
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return None
    texts = {str(name).lower(): value for name, value in properties.items()}
    named = (str(texts[name]).strip()[:200] for name in _NAMED_BY if isinstance(texts.get(name), str | int))
    return next((name for name in named if name), None)


def _unknown(named: str | None, district: str) -> BadPolygon:
    return BadPolygon(
        "properties",
        said(
            "{district} has no area with this code or name.", "{district} tidak punya kecamatan ini.", district=district
        )
        if named is not None
        else said("No property names an area.", "Tidak ada properti yang menyebut kecamatan."),
        said(
            "Give the area's code in a property 'code', or its name in 'name'.",
            "Isi kode kecamatan di properti 'code', atau namanya di 'name'.",
        ),
        named,
    )


def _twice(code: str) -> BadPolygon:
    return BadPolygon(
        "properties",
        said("Area {code!r} has a feature already.", "Kecamatan {code!r} sudah punya fitur lain.", code=code),
        said("Join the two to one MultiPolygon.", "Gabungkan keduanya menjadi satu MultiPolygon."),
        code,
    )


def _inside(problem: FieldProblem, where: str) -> FieldProblem:
    """The problem of a geometry, or of a feature, as a pointer into the body."""
    is_of_feature = where != "/" and problem.pointer != "properties"
    pointer = f"{where}geometry/{problem.pointer}" if is_of_feature else f"{where}{problem.pointer}"
    return FieldProblem(pointer=pointer, detail=problem.detail, value=problem.value, mend=problem.mend)
