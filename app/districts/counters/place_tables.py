"""Places with fixed counters from a table and into one: an import is all or nothing, and reads every export."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.service import Actor
from app.districts.coded_rows import CodedRows, import_rows, load_rows
from app.districts.counters.models import CounterPlace
from app.districts.counters.place_values import (
    DEFAULTS,
    READERS,
    REQUIRED,
    TOGETHER,
    PlaceFields,
    cells_of,
    make_fields,
    problems_of,
    values_of,
)
from app.districts.counters.places import MOST_PLACES, columns_of, fields_of, list_places, lock_places, too_many
from app.districts.imported import Load
from app.districts.models import District
from app.districts.surroundings import surroundings_of
from app.errors import FieldProblem
from app.tables.fields import placed
from app.tables.figures import Manner
from app.tables.formats import Format, write_table
from app.tables.reconcile import Difference
from app.tables.records import ImportOutcome, ImportRefused, Record, RecordShape
from app.tables.table import Table


def import_places(
    session: Session,
    district: District,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
) -> ImportOutcome:
    """Create or update the places of a table; raises what `import_rows` raises, `Conflict` beyond `MOST_PLACES`."""
    coded = _stored(session, district)
    return import_rows(session, district, table, coded, actor=actor, now=now, create_only=create_only, dry_run=dry_run)


def load_places(load: Load, district: District, table: Table) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The places of a folder's table, as `load_rows` loads them."""
    return load_rows(load, district, table, _stored(load.session, district))


def _stored(session: Session, district: District) -> CodedRows[PlaceFields]:
    """The places of a district, locked, beside the areas that they may lie in."""
    lock_places(session, district.code)
    surroundings = surroundings_of(session, district)
    rows = {place.code: place for place in list_places(session, district.code)}

    def named(values: Mapping[str, Any]) -> dict[str, Any]:
        # Sheets name a kecamatan as often as they give its code.
        area = values.get("area_code")
        known = None if area is None else surroundings.area_named(area)
        return dict(values) if known is None else {**values, "area_code": known}

    def check(values: Mapping[str, Any], _: PlaceFields | None) -> list[FieldProblem]:
        return problems_of(named(values), surroundings=surroundings)

    def refuse(records: Sequence[Record[PlaceFields]], table: Table) -> None:
        # A file's first date and somebody's last one may not go together.
        problems = [
            problem
            for record in records
            for problem in placed(check(values_of(record.fields), None), table.place(record.row))
        ]
        if problems:
            raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)

    return CodedRows(
        thing="counter_place",
        shape=RecordShape(
            readers=READERS,
            required=REQUIRED,
            defaults=DEFAULTS,
            values_of=values_of,
            merge=lambda before, changes: named({**before, **changes}),
            make=make_fields,
            check=check,
        ),
        rows=rows,
        fields=fields_of(rows.values()),
        new_row=lambda: CounterPlace(district_code=district.code),
        columns_of=columns_of,
        most=MOST_PLACES,
        too_many=too_many,
        together=TOGETHER,
        refuse=refuse,
    )


def export_places(
    session: Session, district_code: str, file_format: Format, *, manner: Manner = Manner.ENGLISH
) -> bytes:
    """All places of a district in the order in which they were entered; the columns are those of an import."""
    places = fields_of(list_places(session, district_code))
    return write_table(tuple(READERS), [cells_of(place) for place in places.values()], file_format, manner=manner)
