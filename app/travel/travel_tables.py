"""Travel entries from a table and into one: an import is all or nothing, and reads every export without loss."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.imported import Load, reconciled_records
from app.districts.models import District
from app.tables.fields import placed
from app.tables.figures import Manner
from app.tables.formats import Format, write_table
from app.tables.reconcile import Difference
from app.tables.records import ImportOutcome, ImportRefused, Record, RecordShape, count_changes, read_records, storing
from app.tables.table import Table
from app.travel.entries import (
    MOST_ENTRIES,
    columns_of,
    fields_of,
    list_entries,
    lock_entries,
    places_of,
    same_way,
    too_many,
)
from app.travel.models import TravelEntry
from app.travel.values import (
    DEFAULTS,
    READERS,
    REQUIRED,
    EntryFields,
    Places,
    make_fields,
    problems_of,
    repeated,
    values_of,
)


class _Stored:
    """The entries of a district, locked, beside the places that they may name."""

    def __init__(self, session: Session, district: District) -> None:
        lock_entries(session, district.code)
        self.places: Places = places_of(session, district.code)
        self.rows = {entry.code: entry for entry in list_entries(session, district.code)}
        self.fields = fields_of(self.rows.values(), self.places)


def import_travel_entries(
    session: Session,
    district: District,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
) -> ImportOutcome:
    """Create or update the entries of a table by their code; columns it lacks stay, and entries it does not name.

    Raises `ImportRefused` with every problem of every row, `Conflict` beyond `MOST_ENTRIES`."""
    stored = _Stored(session, district)
    records = _read(table, stored, create_only=create_only)
    outcome = count_changes(records, remarks=table.remarks)
    if not dry_run:
        _store(session, district, records, stored, outcome, actor=actor, now=now)
    return outcome


def load_travel_entries(load: Load, district: District, table: Table) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The entries of a folder's table, with what people changed since kept; the second value tells what differed.

    Raises `ImportRefused` with every problem of every row."""
    stored = _Stored(load.session, district)
    merged, differences = reconciled_records(
        load,
        district.code,
        "travel_entry",
        _read(table, stored),
        columns=table.columns,
        values_of=values_of,
        together=(("origin", "destination"),),
    )
    records = tuple(replace(record, fields=make_fields(values, places=stored.places)) for record, values in merged)
    _refuse_repeated(records, table, stored)
    outcome = count_changes(records, remarks=table.remarks)
    _store(load.session, district, records, stored, outcome, actor=load.actor, now=load.now)
    return outcome, differences


def _read(table: Table, stored: _Stored, *, create_only: bool = False) -> tuple[Record[EntryFields], ...]:
    shape = RecordShape(
        readers=READERS,
        required=REQUIRED,
        defaults=DEFAULTS,
        values_of=values_of,
        merge=lambda before, changes: {**before, **changes},
        make=lambda values: make_fields(values, places=stored.places),
        check=lambda values, _: problems_of(values, places=stored.places),
    )
    records = read_records(table, shape, existing=stored.fields, create_only=create_only)
    _refuse_repeated(records, table, stored)
    return records


def _refuse_repeated(records: Sequence[Record[EntryFields]], table: Table, stored: _Stored) -> None:
    """Raise `ImportRefused` where two entries would say the same way."""
    named = {record.code: record for record in records}
    together = [entry for code, entry in stored.fields.items() if code not in named]
    again = repeated([*together, *(record.fields for record in records)], among=named)
    problems = [
        problem for code, other in again.items() for problem in placed([same_way(other)], table.place(named[code].row))
    ]
    if problems:
        raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)


def _store(
    session: Session,
    district: District,
    records: Sequence[Record[EntryFields]],
    stored: _Stored,
    outcome: ImportOutcome,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    changed = [record for record in records if record.fields != record.before]
    if not changed:
        return
    if len(stored.rows) + outcome.created > MOST_ENTRIES:
        raise too_many(district.code)
    with storing(session):
        for record in changed:
            entry = stored.rows.get(record.code)
            if entry is None:
                entry = TravelEntry(district_code=district.code)
                session.add(entry)
            for name, value in columns_of(record.fields, stored.places).items():
                setattr(entry, name, value)
    access.record(
        session,
        actor,
        "travel_entry.import",
        f"district/{district.code}",
        now=now,
        district_code=district.code,
        details={"created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged},
    )
    session.flush()


def export_travel_entries(
    session: Session, district_code: str, file_format: Format, *, manner: Manner = Manner.ENGLISH
) -> bytes:
    """All travel entries of a district in the order in which they were entered; the columns are those of an import."""
    entries = fields_of(list_entries(session, district_code), places_of(session, district_code))
    return write_table(tuple(READERS), [values_of(entry) for entry in entries.values()], file_format, manner=manner)
