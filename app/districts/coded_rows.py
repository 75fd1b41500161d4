"""Tables of what a district has by code, such as its travel entries: imported whole or not at all, and loaded from a
folder with what people changed since kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.imported import Load, reconciled_records
from app.districts.models import District
from app.errors import Conflict
from app.tables.reconcile import Difference
from app.tables.records import ImportOutcome, Record, RecordShape, count_changes, read_records, storing
from app.tables.table import Table

Fields = TypeVar("Fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedRows(Generic[Fields]):
    """One kind of thing of a district as its tables have it, beside what is stored, which is locked."""

    thing: str
    """As the audit trail and what was loaded before name it."""
    shape: RecordShape[Fields]
    rows: Mapping[str, Any]
    """By code, what is stored, as rows and as fields."""
    fields: Mapping[str, Fields]
    new_row: Callable[[], Any]
    columns_of: Callable[[Fields], Mapping[str, Any]]
    """The columns of a row."""
    most: int
    too_many: Callable[[str], Conflict]
    """What is raised beyond so many of a district, by its code."""
    together: Sequence[Sequence[str]]
    """Fields that make sense only as the same person left them."""
    refuse: Callable[[Sequence[Record[Fields]], Table], None]
    """Raises `ImportRefused` for what no row of a table says alone."""


def import_rows(
    session: Session,
    district: District,
    table: Table,
    coded: CodedRows[Fields],
    *,
    actor: Actor,
    now: datetime,
    create_only: bool,
    dry_run: bool,
) -> ImportOutcome:
    """Create or update what a table names by its code; columns it lacks stay, and whatever it does not name.

    Raises `ImportRefused` with every problem of every row, `Conflict` beyond the most there may be."""
    records = _read(table, coded, create_only=create_only)
    outcome = count_changes(records, remarks=table.remarks)
    if not dry_run:
        _store(session, district, records, coded, outcome, actor=actor, now=now)
    return outcome


def load_rows(
    load: Load, district: District, table: Table, coded: CodedRows[Fields]
) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """Load a folder's table, with what people changed since kept; the second value tells what differed.

    Raises `ImportRefused` with every problem of every row."""
    merged, differences = reconciled_records(
        load,
        district.code,
        coded.thing,
        _read(table, coded),
        columns=table.columns,
        values_of=coded.shape.values_of,
        together=coded.together,
    )
    records = tuple(replace(record, fields=coded.shape.make(values)) for record, values in merged)
    coded.refuse(records, table)
    outcome = count_changes(records, remarks=table.remarks)
    _store(load.session, district, records, coded, outcome, actor=load.actor, now=load.now)
    return outcome, differences


def _read(table: Table, coded: CodedRows[Fields], *, create_only: bool = False) -> tuple[Record[Fields], ...]:
    records = read_records(table, coded.shape, existing=coded.fields, create_only=create_only)
    coded.refuse(records, table)
    return records


def _store(
    session: Session,
    district: District,
    records: Sequence[Record[Fields]],
    coded: CodedRows[Fields],
    outcome: ImportOutcome,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    changed = [record for record in records if record.fields != record.before]
    if not changed:
        return
    if len(coded.rows) + outcome.created > coded.most:
        raise coded.too_many(district.code)
    with storing(session):
        for record in changed:
            row = coded.rows.get(record.code)
            if row is None:
                row = coded.new_row()
                session.add(row)
            for name, value in coded.columns_of(record.fields).items():
                setattr(row, name, value)
    access.record(
        session,
        actor,
        f"{coded.thing}.import",
        f"district/{district.code}",
        now=now,
        district_code=district.code,
        details={"created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged},
    )
    session.flush()
