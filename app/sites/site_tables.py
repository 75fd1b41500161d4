"""Sites from a table and into one: an import is all or nothing, and reads every export without loss."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Text, cast, column, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TableValuedAlias

from app.access import service as access
from app.access.service import Actor
from app.database import Base
from app.districts.imported import Load, reconciled_records
from app.districts.models import District
from app.districts.opening_hours import DatedHours, Window, canonical_exceptions, canonical_windows
from app.districts.service import date_of, get_district
from app.districts.surroundings import Surroundings, surroundings_of
from app.sites.models import Readiness, ReadinessCause, Site, SiteException, SiteWindow
from app.sites.place_missing import PlaceMissing
from app.sites.readiness_history import ReadinessState, note_steps
from app.sites.understanding import twins, understood
from app.sites.values import (
    CONTACT_COLUMNS,
    DEFAULTS,
    READERS,
    REQUIRED,
    STORED,
    TOGETHER,
    SiteFields,
    cells_of,
    columns_of,
    dated,
    make_fields,
    merged_values,
    no_such_place,
    problems_of,
    stored_values,
    values_of,
)
from app.tables.fields import placed
from app.tables.figures import Manner
from app.tables.formats import Format, write_table
from app.tables.reconcile import Difference
from app.tables.records import ImportOutcome, ImportRefused, Record, RecordShape, count_changes, read_records, storing
from app.tables.table import Table


def import_sites(
    session: Session,
    district_code: str,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
    place_missing: PlaceMissing = PlaceMissing.REFUSE,
) -> ImportOutcome:
    """Create or update the sites of a table by their code; columns it lacks stay as they are.

    Raises `ImportRefused` with every problem of every row, `NotFound` for an unknown district."""
    district = get_district(session, district_code)
    _take_turn(session, district.code)
    surroundings = surroundings_of(session, district)
    existing = _stored_fields(session, district.code)
    table, assumed = understood(table, existing, surroundings=surroundings, place_missing=place_missing)
    records = read_records(table, _shape(surroundings), existing=existing, create_only=create_only)
    _refuse_unknown_places(records, existing, table)
    remarks = (*table.remarks, *assumed, *twins(records, existing))
    outcome = count_changes(records, remarks=remarks)
    if not dry_run:
        _store_changed(session, district, records, outcome, actor=actor, now=now)
    return outcome


def load_sites(
    load: Load, district: District, table: Table, *, place_missing: PlaceMissing = PlaceMissing.REFUSE
) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The sites of a folder's table, with what people changed since kept; the second value tells what differed.

    Raises `ImportRefused` with every problem of every row."""
    session = load.session
    _take_turn(session, district.code)
    surroundings = surroundings_of(session, district)
    existing = _stored_fields(session, district.code)
    table, assumed = understood(table, existing, surroundings=surroundings, place_missing=place_missing)
    read = read_records(table, _shape(surroundings), existing=existing)
    merged, differences = reconciled_records(
        load, district.code, "site", read, columns=table.columns, values_of=values_of, together=TOGETHER
    )
    records = [replace(record, fields=make_fields(values)) for record, values in merged]
    problems = [
        problem
        for record in records
        for problem in placed(
            problems_of(values_of(record.fields), record.before, surroundings=surroundings), table.place(record.row)
        )
    ]
    if problems:
        raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)
    _refuse_unknown_places(records, existing, table)
    outcome = count_changes(records, remarks=(*table.remarks, *assumed, *twins(records, existing)))
    _store_changed(session, district, records, outcome, actor=load.actor, now=load.now)
    return outcome, differences


def _refuse_unknown_places(
    records: Sequence[Record[SiteFields]], existing: Mapping[str, SiteFields], table: Table
) -> None:
    """Raise `ImportRefused` for sessions moved to sites that neither the district nor the table has."""
    known = existing.keys() | {record.code for record in records}
    problems = [
        problem
        for record in records
        if record.fields.session_at is not None and record.fields.session_at not in known
        for problem in placed([no_such_place(record.fields.session_at)], table.place(record.row))
    ]
    if problems:
        raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)


def _take_turn(session: Session, district_code: str) -> None:
    # Two imports at once would each count on what the other is about to change.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"import/sites/{district_code}", 0))))


def _shape(surroundings: Surroundings) -> RecordShape[SiteFields]:
    return RecordShape(
        readers=READERS,
        required=REQUIRED,
        defaults=DEFAULTS,
        values_of=values_of,
        merge=merged_values,
        make=make_fields,
        check=lambda values, before: problems_of(values, before, surroundings=surroundings),
    )


def _store_changed(
    session: Session,
    district: District,
    records: Sequence[Record[SiteFields]],
    outcome: ImportOutcome,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    today = date_of(now, district)
    changed = [
        replace(record, fields=dated(record.fields, record.before, today=today))
        for record in records
        if record.fields != record.before
    ]
    if not changed:
        return
    with storing(session):
        id_of = _store(session, district.code, changed)
    steps = [
        (id_of[record.code], _standing(record.fields))
        for record in changed
        if _standing(record.fields) != _standing(record.before)
    ]
    note_steps(session, district.code, steps, cause=ReadinessCause.IMPORTED, actor=actor, now=now)
    for known in session.identity_map.values():
        if isinstance(known, Site):
            session.expire(known)
    access.record(
        session,
        actor,
        "site.import",
        f"district/{district.code}",
        now=now,
        district_code=district.code,
        details={"created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged},
    )
    session.flush()


def _standing(fields: SiteFields | None) -> ReadinessState:
    if fields is None:
        return (Readiness.UNKNOWN.value, None, None)
    return (fields.readiness, fields.readiness_from, fields.readiness_until)


def export_sites(
    session: Session,
    district_code: str,
    file_format: Format,
    *,
    with_contacts: bool,
    manner: Manner = Manner.ENGLISH,
) -> bytes:
    """All sites of a district by code; the columns are those of an import.

    Contacts are for people inside the district: without them, their columns are left out."""
    sites = _stored_fields(session, district_code)
    columns = [name for name in READERS if with_contacts or name not in CONTACT_COLUMNS]
    rows = [cells_of(sites[site_code], with_contacts=with_contacts) for site_code in sorted(sites)]
    return write_table(columns, rows, file_format, manner=manner)


def _stored_fields(session: Session, district_code: str) -> dict[str, SiteFields]:
    """The fields of every site of a district by code; plain rows, for whole sites take twice as long."""
    mine = Site.district_code == district_code
    windows: dict[int, list[Window]] = defaultdict(list)
    for site_id, opens, closes, weekdays in session.execute(
        select(SiteWindow.site_id, SiteWindow.opens, SiteWindow.closes, SiteWindow.weekdays)
        .join(Site, Site.id == SiteWindow.site_id)
        .where(mine)
    ):
        windows[site_id].append(Window(opens, closes, weekdays))
    exceptions: dict[int, list[DatedHours]] = defaultdict(list)
    for site_id, day, opens_at, closes_at in session.execute(
        select(SiteException.site_id, SiteException.date, SiteException.opens, SiteException.closes)
        .join(Site, Site.id == SiteException.site_id)
        .where(mine)
    ):
        exceptions[site_id].append(DatedHours(day, opens_at, closes_at))
    fields_of_site: dict[str, SiteFields] = {}
    for row in session.execute(select(Site.id, *(getattr(Site, name) for name in STORED)).where(mine)):
        fields_of_site[row.code] = SiteFields(
            **stored_values(dict(zip(STORED, row[1:], strict=True))),
            windows=canonical_windows(windows.get(row.id, ())),
            exceptions=canonical_exceptions(exceptions.get(row.id, ())),
        )
    return fields_of_site


def _store(session: Session, district_code: str, records: list[Record[SiteFields]]) -> dict[str, int]:
    """Write many sites in four statements; row by row, five thousand would take half a minute. The ids by code."""
    names = ("district_code", *columns_of(records[0].fields))
    table = _as_rows(Site, names, [{"district_code": district_code, **columns_of(record.fields)} for record in records])
    statement = upsert(Site).from_select(names, select(*table.c))
    changing = {name: statement.excluded[name] for name in names if name not in ("district_code", "code")}
    stored = session.execute(
        statement.on_conflict_do_update(
            index_elements=["district_code", "code"], set_=changing | {"version": Site.version + 1}
        ).returning(Site.id, Site.code)
    )
    id_of: dict[str, int] = {code: site_id for site_id, code in stored}
    updated = [id_of[record.code] for record in records if record.before is not None]
    children: dict[type[SiteWindow] | type[SiteException], list[dict[str, Any]]] = {
        SiteWindow: [
            {"site_id": id_of[record.code], **asdict(window)} for record in records for window in record.fields.windows
        ],
        SiteException: [
            {"site_id": id_of[record.code], **asdict(entry)} for record in records for entry in record.fields.exceptions
        ],
    }
    for model, rows in children.items():
        session.execute(delete(model).where(model.site_id.in_(updated)))
        if rows:
            child_names = tuple(rows[0])
            session.execute(insert(model).from_select(child_names, select(*_as_rows(model, child_names, rows).c)))
    return id_of


def _as_rows(model: type[Base], names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> TableValuedAlias:
    """Rows as one JSON parameter with the types of the model's columns: a parameter per cell costs more than the
    import itself."""
    types = model.__table__.columns
    document = orjson.dumps(rows, default=str).decode()
    return (
        func.jsonb_to_recordset(cast(literal(document, Text), JSONB))
        .table_valued(*(column(name, types[name].type) for name in names), name="given")
        .render_derived(with_types=True)
    )
