"""Districts and their areas; the front of this folder, so targets and calendar are called by its name too."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Select, column, delete, exists, select, table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.areas import list_areas as list_areas
from app.districts.areas import put_area
from app.districts.models import (
    Area,
    District,
    HolidayOverride,
    ProvenanceByField,
    ReportedFigure,
    WalkInRate,
)
from app.districts.places import LATITUDES as LATITUDES
from app.districts.places import LONGITUDES as LONGITUDES
from app.districts.places import check_place
from app.districts.reported_figures import check_figure
from app.districts.row_locks import locked
from app.districts.schemas import AreaRow, DistrictDocument
from app.districts.targets import TargetValues, put_target
from app.districts.targets import gap as gap
from app.districts.targets import get_target as get_target
from app.districts.targets import list_targets as list_targets
from app.districts.targets import target_count as target_count
from app.districts.walk_ins import walk_ins_between as walk_ins_between
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound, invalid
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
            f"There is no district {code!r}, or this token does not open it. GET /v1/districts lists yours; "
            "codes look like '16.73'."
        )
    return district


def date_of(now: datetime, district: District) -> date:
    """The date it is in the district."""
    return now.astimezone(ZoneInfo(district.time_zone)).date()


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
            f"There is a district {district.code!r} already; change it with PATCH /v1/districts/{district.code}."
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
            f"District {code!r} does not lie in {parent_code!r}: a code begins with its parent's.",
            value=parent_code,
            mend=f"Leave it out, or give {code[:2]!r}." if len(code) > 2 else "Leave it out: a province has no parent.",
        )
    check_place(lat, lon)


def _record_district(
    session: Session, action: str, district: District, *, actor: Actor, now: datetime, details: dict[str, Any]
) -> None:
    access.record(
        session, actor, action, f"district/{district.code}", now=now, district_code=district.code, details=details
    )
    session.flush()


def import_district(
    session: Session,
    document: Mapping[str, Any],
    areas: Iterable[Mapping[str, Any]],
    *,
    actor: Actor,
    now: datetime,
) -> District:
    """Create or replace a district from the `district.json` and the rows of `areas.csv` of an example folder.

    All or nothing. Targets, figures, walk-ins and local days off become those of the document; areas that the rows
    leave out stay while they hold sites. Raises `InvalidRequest` with every wrong field, row and column."""
    parsed, rows = _read_document(document), _read_area_rows(areas)
    fields = district_columns(parsed.model_dump(exclude={"targets", "reported_figures", "walk_ins", "holidays"}))
    fields["parent_code"] = fields["parent_code"] or parent_of(parsed.code)
    district = session.get(District, parsed.code, with_for_update=True)
    if district is None:
        district = create_district(session, fields, actor=actor, now=now)
    else:
        district = update_district(session, district, fields, actor=actor, now=now)
    _replace_areas(session, district, rows, actor=actor, now=now)
    _replace_targets(session, district, parsed, actor=actor, now=now)
    for model in (ReportedFigure, WalkInRate, HolidayOverride):
        session.execute(delete(model).where(model.district_code == district.code))
    code = district.code
    session.add_all(ReportedFigure(district_code=code, **row.model_dump()) for row in parsed.reported_figures)
    session.add_all(WalkInRate(district_code=code, **row.model_dump()) for row in parsed.walk_ins)
    session.add_all(HolidayOverride(district_code=code, **row.model_dump()) for row in parsed.holidays)
    session.flush()
    return district


def district_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Request fields, some nested, as columns of the table."""
    flat = {name: value for name, value in fields.items() if name not in ("travel", "costs")}
    flat |= fields.get("travel", {})
    costs = fields.get("costs", {})
    return flat | {name if name == "budget" else f"cost_{name}": value for name, value in costs.items()}


def _problems_of(error: ValidationError, prefix: str) -> list[FieldProblem]:
    return [
        FieldProblem(
            pointer=prefix + "/".join(str(part) for part in found["loc"]),
            detail=found["msg"],
            value=None if found["type"] == "missing" else found.get("input"),
        )
        for found in error.errors()
    ]


def _refuse(problems: Sequence[FieldProblem]) -> InvalidRequest:
    shown = "; ".join(f"{problem.pointer}: {problem.detail}" for problem in problems[:3])
    return InvalidRequest(shown, problems=problems)


def _twice(keys: Iterable[object]) -> list[tuple[int, object]]:
    """Position and value of each key that came before."""
    listed = list(keys)
    return [(index, key) for index, key in enumerate(listed) if key in listed[:index]]


def _read_document(document: Mapping[str, Any]) -> DistrictDocument:
    try:
        parsed = DistrictDocument.model_validate(dict(document))
    except ValidationError as error:
        raise _refuse(_problems_of(error, "/")) from error
    lists: dict[str, list[object]] = {
        "targets": [(row.document, row.owner) for row in parsed.targets],
        "walk_ins": [(row.document, row.starts_on) for row in parsed.walk_ins],
        "holidays": [row.date for row in parsed.holidays],
    }
    problems = [
        FieldProblem(pointer=f"/{name}/{index}", detail="It is there twice.", value=str(key))
        for name, keys in lists.items()
        for index, key in _twice(keys)
    ]
    if problems:
        raise _refuse(problems)
    for index, figure in enumerate(parsed.reported_figures):
        check_figure(figure.figure, figure.value, pointer=f"/reported_figures/{index}/value")
    return parsed


def _read_area_rows(rows: Iterable[Mapping[str, Any]]) -> list[AreaRow]:
    parsed: list[AreaRow] = []
    problems: list[FieldProblem] = []
    # Row 1 holds the column names.
    for number, row in enumerate(rows, start=2):
        cells = {name: value for name, value in row.items() if value not in (None, "")}
        if isinstance(cells.get("provenance"), str):
            cells["provenance"] = _provenance_cell(cells["provenance"])
        try:
            area = AreaRow.model_validate(cells)
            check_place(area.lat, area.lon, pointer=f"row {number}")
        except ValidationError as error:
            problems += _problems_of(error, f"row {number}/")
        except InvalidRequest as error:
            problems += error.problems
        else:
            parsed.append(area)
    if not problems:
        problems = [
            FieldProblem(pointer=f"row {index + 2}/code", detail="It is there twice.", value=code)
            for index, code in _twice(area.code for area in parsed)
        ]
    if problems:
        raise _refuse(problems)
    return parsed


def _provenance_cell(cell: str) -> ProvenanceByField:
    """`population=public; place=assumed` as a mapping."""
    pairs = (part.partition("=") for part in cell.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _replace_areas(
    session: Session, district: District, rows: Sequence[AreaRow], *, actor: Actor, now: datetime
) -> None:
    for row in rows:
        put_area(
            session,
            district,
            row.code,
            fields=row.model_dump(exclude={"code"}),
            actor=actor,
            now=now,
            if_match="*",
        )
    # Sites lie above districts, so only their column is named here.
    sites = table("sites", column("area_code"))
    session.execute(
        delete(Area).where(
            Area.district_code == district.code,
            Area.code.not_in([row.code for row in rows]),
            ~exists().where(sites.c.area_code == Area.code),
        )
    )


def _replace_targets(
    session: Session, district: District, parsed: DistrictDocument, *, actor: Actor, now: datetime
) -> None:
    for index, row in enumerate(parsed.targets):
        try:
            put_target(
                session,
                district.code,
                row.document,
                TargetValues(**row.model_dump(exclude={"document"})),
                actor=actor,
                now=now,
                if_match="*",
            )
        except InvalidRequest as error:
            raise InvalidRequest(
                f"/targets/{index}: {error.detail}",
                problems=[
                    FieldProblem(
                        pointer=f"/targets/{index}{problem.pointer}",
                        detail=problem.detail,
                        value=problem.value,
                        mend=problem.mend,
                    )
                    for problem in error.problems
                ],
            ) from error
    kept = {(row.document.value, row.owner.value) for row in parsed.targets}
    for target in list_targets(session, district.code):
        if (target.document, target.owner) not in kept:
            session.delete(target)
