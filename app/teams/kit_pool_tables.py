"""Pools of shared kits from a table and into one: an import is all or nothing, and reads every export without loss."""

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
from app.teams.kit_pool_values import (
    DEFAULTS,
    READERS,
    REQUIRED,
    KitPoolFields,
    cells_of,
    make_fields,
    problems_of,
    values_of,
)
from app.teams.kit_pools import MOST_POOLS, columns_of, fields_of, list_pools, lock_pools, teams_of, too_many
from app.teams.models import KitPool


def import_kit_pools(
    session: Session,
    district: District,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
) -> ImportOutcome:
    """Create or update the pools of a table; raises what `import_rows` raises, `Conflict` beyond `MOST_POOLS`."""
    coded = _stored(session, district)
    return import_rows(session, district, table, coded, actor=actor, now=now, create_only=create_only, dry_run=dry_run)


def load_kit_pools(load: Load, district: District, table: Table) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The pools of a folder's table, as `load_rows` loads them."""
    return load_rows(load, district, table, _stored(load.session, district))


def _stored(session: Session, district: District) -> CodedRows[KitPoolFields]:
    """The pools of a district, locked, beside the teams that they may name."""
    lock_pools(session, district.code)
    teams = teams_of(session, district.code)
    rows = {pool.code: pool for pool in list_pools(session, district.code)}

    def refuse(records: Sequence[Record[KitPoolFields]], table: Table) -> None:
        # A file's first date and somebody's last one may not go together.
        problems = [
            problem
            for record in records
            for problem in placed(problems_of(values_of(record.fields), teams=teams), table.place(record.row))
        ]
        if problems:
            raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)

    return CodedRows(
        thing="kit_pool",
        shape=RecordShape(
            readers=READERS,
            required=REQUIRED,
            defaults=DEFAULTS,
            values_of=values_of,
            merge=lambda before, changes: {**before, **changes},
            make=make_fields,
            check=lambda values, _: problems_of(values, teams=teams),
        ),
        rows=rows,
        fields=fields_of(rows.values(), teams),
        new_row=lambda: KitPool(district_code=district.code),
        columns_of=lambda fields: columns_of(fields, teams),
        most=MOST_POOLS,
        too_many=too_many,
        together=(("starts_on", "ends_on"),),
        refuse=refuse,
    )


def export_kit_pools(
    session: Session, district_code: str, file_format: Format, *, manner: Manner = Manner.ENGLISH
) -> bytes:
    """All pools of a district in the order in which they were entered; the columns are those of an import."""
    pools = fields_of(list_pools(session, district_code), teams_of(session, district_code))
    return write_table(tuple(READERS), [cells_of(pool) for pool in pools.values()], file_format, manner=manner)
