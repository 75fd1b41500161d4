"""Travel entries from a table and into one: an import is all or nothing, and reads every export without loss."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.service import Actor
from app.districts.coded_rows import CodedRows, import_rows, load_rows
from app.districts.imported import Load
from app.districts.models import District
from app.tables.fields import placed
from app.tables.figures import Manner
from app.tables.formats import Format, write_table
from app.tables.reconcile import Difference
from app.tables.records import ImportOutcome, ImportRefused, Record, RecordShape
from app.tables.table import Table
from app.travel.entries import (
    MOST_ENTRIES,
    columns_of,
    fields_of,
    list_entries,
    lock_entries,
    same_way,
    too_many,
)
from app.travel.models import TravelEntry
from app.travel.places import places_of
from app.travel.values import (
    DEFAULTS,
    READERS,
    REQUIRED,
    EntryFields,
    make_fields,
    problems_of,
    repeated,
    values_of,
)


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
    """Create or update the entries of a table; raises what `import_rows` raises, `Conflict` beyond `MOST_ENTRIES`."""
    coded = _stored(session, district)
    return import_rows(session, district, table, coded, actor=actor, now=now, create_only=create_only, dry_run=dry_run)


def load_travel_entries(load: Load, district: District, table: Table) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The entries of a folder's table, as `load_rows` loads them."""
    return load_rows(load, district, table, _stored(load.session, district))


def _stored(session: Session, district: District) -> CodedRows[EntryFields]:
    """The entries of a district, locked, beside the places that they may name."""
    lock_entries(session, district.code)
    places = places_of(session, district.code)
    rows = {entry.code: entry for entry in list_entries(session, district.code)}
    stored = fields_of(rows.values(), places)

    def refuse(records: Sequence[Record[EntryFields]], table: Table) -> None:
        """Two entries may not say the same way."""
        named = {record.code: record for record in records}
        together = [entry for code, entry in stored.items() if code not in named]
        again = repeated([*together, *(record.fields for record in records)], among=named)
        problems = [
            problem
            for code, other in again.items()
            for problem in placed([same_way(other)], table.place(named[code].row))
        ]
        if problems:
            raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)

    return CodedRows(
        thing="travel_entry",
        shape=RecordShape(
            readers=READERS,
            required=REQUIRED,
            defaults=DEFAULTS,
            values_of=values_of,
            merge=lambda before, changes: {**before, **changes},
            make=lambda values: make_fields(values, places=places),
            check=lambda values, _: problems_of(values, places=places),
        ),
        rows=rows,
        fields=stored,
        new_row=lambda: TravelEntry(district_code=district.code),
        columns_of=lambda fields: columns_of(fields, places),
        most=MOST_ENTRIES,
        too_many=too_many,
        together=(("origin", "destination"),),
        refuse=refuse,
    )


def export_travel_entries(
    session: Session, district_code: str, file_format: Format, *, manner: Manner = Manner.ENGLISH
) -> bytes:
    """All travel entries of a district in the order in which they were entered; the columns are those of an import."""
    entries = fields_of(list_entries(session, district_code), places_of(session, district_code))
    return write_table(tuple(READERS), [values_of(entry) for entry in entries.values()], file_format, manner=manner)
