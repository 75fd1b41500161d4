"""A district from the `district.json` and `areas.csv` of a folder, again and again: what people changed is kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError
from sqlalchemy import column, delete, exists, select, table
from sqlalchemy.orm import Session

from app.districts import area_tables, issuing, service
from app.districts.ages import AGES
from app.districts.counters.models import CounterPlace
from app.districts.document_schemas import DistrictDocument
from app.districts.imported import Load
from app.districts.models import (
    Area,
    District,
    Document,
    EligibleBase,
    HolidayOverride,
    ReportedFigure,
    TargetOwner,
    WalkInRate,
)
from app.districts.own_figures import list_own, put_own
from app.districts.planning_figures import FIGURES, given_by, own_figures, put_figures
from app.districts.targets.official_counts import forget_counts
from app.districts.targets.reported_figures import check_figure
from app.districts.targets.service import TargetValues, list_targets, put_target
from app.errors import FieldProblem, InvalidRequest, summary_of, validation_problem
from app.languages import joined, said
from app.tables.fields import placed
from app.tables.reconcile import Difference
from app.tables.records import Record
from app.tables.table import Table

_LISTS = ("targets", "reported_figures", "walk_ins", "holidays")
_ISSUING = (*issuing.FIGURES, *AGES, "provenance", "source")
_PLANNING = (*FIGURES, "provenance", "source")
_TARGET_FIELDS = tuple(name for name in TargetValues.__dataclass_fields__ if name != "owner")
_Listed = type[ReportedFigure] | type[WalkInRate] | type[HolidayOverride]
_KEYS: dict[str, tuple[_Listed, tuple[str, ...], tuple[str, ...]]] = {
    "reported_figure": (
        ReportedFigure,
        ("document", "figure", "value", "reported_on", "source"),
        ("document", "figure", "value", "eligible_base", "reported_on", "source", "provenance"),
    ),
    "walk_in": (
        WalkInRate,
        ("document", "starts_on"),
        ("document", "starts_on", "per_working_day", "note", "provenance"),
    ),
    "holiday": (HolidayOverride, ("date",), ("date", "is_working", "name", "provenance")),
}
"""By thing: its table, what tells its rows apart, and what the document says of each."""


def load_district(load: Load, document: Mapping[str, Any], areas: Table | None) -> tuple[District, list[Difference]]:
    """Create or change a district; the second value tells what differed.

    Targets, figures, walk-ins and local days off that the document no longer names go, areas too unless they hold
    sites or `areas` is None. Raises `InvalidRequest` with every wrong field, row and column."""
    parsed = _read_document(document)
    session = load.session
    columns = service.district_columns(
        parsed.model_dump(mode="json", exclude={*_LISTS, "planning_figures", "documents"})
    )
    columns["parent_code"] = columns["parent_code"] or service.parent_of(parsed.code)
    district = session.get(District, parsed.code, with_for_update=True)
    stored: dict[str, dict[str, Any]] = {}
    if district is None:
        district = service.create_district(session, columns, actor=load.actor, now=load.now)
    else:
        stored[district.code] = {name: getattr(district, name) for name in columns}
    merged = load.reconciled(district.code, "district", given={district.code: columns}, stored=stored)
    if stored and merged.records[district.code] != stored[district.code]:
        service.update_district(session, district, merged.records[district.code], actor=load.actor, now=load.now)
    differences = [*merged.differences, *([] if areas is None else _load_areas(load, district, areas))]
    differences += _load_targets(load, district, parsed)
    differences += [*_load_figures(load, district, parsed), *_load_issuing(load, district, parsed)]
    for thing, rows in (
        ("reported_figure", parsed.reported_figures),
        ("walk_in", parsed.walk_ins),
        ("holiday", parsed.holidays),
    ):
        differences += _load_list(load, district, thing, [row.model_dump() for row in rows])
    session.flush()
    return district, differences


def _read_document(document: Mapping[str, Any]) -> DistrictDocument:
    try:
        parsed = DistrictDocument.model_validate(dict(document))
    except ValidationError as error:
        raise _refuse(problems_in(error)) from error
    lists: dict[str, list[object]] = {
        "targets": [(row.document, row.owner) for row in parsed.targets],
        "walk_ins": [(row.document, row.starts_on) for row in parsed.walk_ins],
        "holidays": [row.date for row in parsed.holidays],
        "documents": [row.document for row in parsed.documents],
    }
    twice = [
        FieldProblem(pointer=f"/{name}/{index}", detail=said("It is there twice.", "Ini ada dua kali."), value=str(key))
        for name, keys in lists.items()
        for index, key in enumerate(keys)
        if key in keys[:index]
    ]
    if twice:
        raise _refuse(twice)
    for index, figure in enumerate(parsed.reported_figures):
        check_figure(figure.figure, figure.value, pointer=f"/reported_figures/{index}/value")
    return parsed


@contextmanager
def pointing_into(pointer: str) -> Iterator[None]:
    """Whatever is refused inside is refused at its place in the document."""
    try:
        yield
    except InvalidRequest as error:
        problems = placed(error.problems, pointer)
        raise InvalidRequest(joined(pointer, error.detail, by=": "), problems=problems) from error


def problems_in(error: ValidationError, *, before: str = "") -> list[FieldProblem]:
    """What a document's shape refuses, at its places."""
    return [
        validation_problem(problem, pointer="/".join([before, *(str(part) for part in problem["loc"])]))
        for problem in error.errors()
    ]


def _refuse(problems: Sequence[FieldProblem]) -> InvalidRequest:
    return InvalidRequest(summary_of(problems), problems=problems)


def _load_areas(load: Load, district: District, areas: Table) -> Iterable[Difference]:
    records: tuple[Record[area_tables.AreaFields], ...] = area_tables.read_areas(load.session, district, areas)
    stored = {
        code: area_tables.values_of(area)
        for code, area in area_tables.stored_areas(load.session, district.code).items()
    }
    in_file = {record.code: area_tables.values_of(record.fields) for record in records}
    merged = load.reconciled(district.code, "area", given=in_file, stored=stored, removes=True)
    for code, fields in merged.records.items():
        if fields != stored.get(code):
            area_tables.store_area(
                load.session, district, area_tables.AreaFields(**fields), actor=load.actor, now=load.now
            )
    # Sites lie above districts, so only their column is named here.
    sites = table("sites", column("area_code"))
    load.session.execute(
        delete(Area).where(
            Area.district_code == district.code,
            Area.code.not_in(list(merged.records)),
            ~exists().where(sites.c.area_code == Area.code),
            ~exists().where(CounterPlace.area_code == Area.code),
        )
    )
    return merged.differences


def _load_targets(load: Load, district: District, parsed: DistrictDocument) -> Iterable[Difference]:
    rows = {(target.document, target.owner): target for target in list_targets(load.session, district.code)}
    stored = {
        f"{document}/{owner}": {name: getattr(target, name) for name in _TARGET_FIELDS}
        for (document, owner), target in rows.items()
    }
    in_file = {
        f"{row.document.value}/{row.owner.value}": row.model_dump(exclude={"document", "owner"})
        for row in parsed.targets
    }
    merged = load.reconciled(district.code, "target", given=in_file, stored=stored, removes=True)
    for index, row in enumerate(parsed.targets):
        key = f"{row.document.value}/{row.owner.value}"
        if key in merged.records and merged.records[key] != stored.get(key):
            _put_target(load, district, row.document, row.owner, merged.records[key], pointer=f"/targets/{index}")
    for (document, owner), target in rows.items():
        if f"{document}/{owner}" not in merged.records:
            load.session.delete(target)
            forget_counts(load.session, target)
    return merged.differences


def _put_target(
    load: Load, district: District, document: Document, owner: TargetOwner, fields: Mapping[str, Any], *, pointer: str
) -> None:
    base = fields["eligible_base"]
    values = TargetValues(**{**fields, "owner": owner, "eligible_base": None if base is None else EligibleBase(base)})
    with pointing_into(pointer):
        put_target(load.session, district.code, document, values, actor=load.actor, now=load.now, if_match="*")


def _load_figures(load: Load, district: District, parsed: DistrictDocument) -> Iterable[Difference]:
    own = own_figures(load.session, district.code, for_update=True)
    stored = {} if own is None else {district.code: {name: getattr(own, name) for name in _PLANNING}}
    in_file = {}
    if parsed.planning_figures is not None:
        values = parsed.planning_figures.values()
        # What is not a figure stays as it is: the check below names it.
        in_file[district.code] = values | {"provenance": values["provenance"] | given_by(values, FIGURES)}
    merged = load.reconciled(
        district.code, "planning_figures", given=in_file, stored=stored, removes=True, together=[_PLANNING]
    )
    figures = merged.records.get(district.code)
    if figures is None:
        if own is not None:
            load.session.delete(own)
    elif figures != stored.get(district.code):
        with pointing_into("/planning_figures"):
            put_figures(load.session, district.code, figures, actor=load.actor, now=load.now, if_match="*")
    return merged.differences


def _load_issuing(load: Load, district: District, parsed: DistrictDocument) -> Iterable[Difference]:
    """Take over what documents take; those that the file no longer names are as assumed again."""
    own = list_own(load.session, issuing.OWN, district.code)
    stored = {document: {name: getattr(row, name) for name in _ISSUING} for document, row in own.items()}
    in_file = {}
    for row in parsed.documents:
        values = row.values()
        in_file[row.document.value] = values | {"provenance": values["provenance"] | given_by(values, issuing.SAID)}
    merged = load.reconciled(
        district.code, "issuing_figures", given=in_file, stored=stored, removes=True, together=[_ISSUING]
    )
    for index, row in enumerate(parsed.documents):
        document = Document(row.document)
        figures = merged.records.get(document.value, {})
        if figures and figures != stored.get(document.value):
            with pointing_into(f"/documents/{index}"):
                issuing.refuse_ikd(district.code, document)
                put_own(
                    load.session,
                    issuing.OWN,
                    district.code,
                    document,
                    figures,
                    actor=load.actor,
                    now=load.now,
                    if_match="*",
                )
    for name, stored_row in own.items():
        if name not in merged.records:
            load.session.delete(stored_row)
    return merged.differences


def _load_list(
    load: Load, district: District, thing: str, given_rows: Sequence[Mapping[str, Any]]
) -> Iterable[Difference]:
    """Rows that are what they say: those that differ are written anew."""
    model, key, names = _KEYS[thing]

    def code_of(fields: Mapping[str, Any]) -> str:
        return "/".join(str(fields[name]) for name in key if fields[name] is not None)

    mine = model.district_code == district.code
    stored = {code_of(fields): fields for fields in _rows(load.session, model, names, mine)}
    in_file = {code_of(row): {name: row[name] for name in names} for row in given_rows}
    merged = load.reconciled(district.code, thing, given=in_file, stored=stored, removes=True)
    if list(merged.records.items()) != list(stored.items()):
        load.session.execute(delete(model).where(mine))
        load.session.add_all(model(district_code=district.code, **fields) for fields in merged.records.values())
    return merged.differences


def _rows(session: Session, model: _Listed, names: Sequence[str], condition: Any) -> list[dict[str, Any]]:
    rows = session.execute(select(*(getattr(model, name) for name in names)).where(condition).order_by(model.id))
    return [dict(zip(names, row, strict=True)) for row in rows]
