"""Pools of shared kits from a table and into one: an import is all or nothing, and reads every export without loss."""

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


class _Stored:
    """The pools of a district, locked, beside the teams that they may name."""

    def __init__(self, session: Session, district: District) -> None:
        lock_pools(session, district.code)
        self.teams = teams_of(session, district.code)
        self.rows = {pool.code: pool for pool in list_pools(session, district.code)}
        self.fields = fields_of(self.rows.values(), self.teams)


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
    """Create or update the pools of a table by their code; columns it lacks stay, and pools it does not name.

    Raises `ImportRefused` with every problem of every row, `Conflict` beyond `MOST_POOLS`."""
    stored = _Stored(session, district)
    records = _read(table, stored, create_only=create_only)
    outcome = count_changes(records, remarks=table.remarks)
    if not dry_run:
        _store(session, district, records, stored, outcome, actor=actor, now=now)
    return outcome


def load_kit_pools(load: Load, district: District, table: Table) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The pools of a folder's table, with what people changed since kept; the second value tells what differed.

    Raises `ImportRefused` with every problem of every row."""
    stored = _Stored(load.session, district)
    merged, differences = reconciled_records(
        load,
        district.code,
        "kit_pool",
        _read(table, stored),
        columns=table.columns,
        values_of=values_of,
        together=(("starts_on", "ends_on"),),
    )
    records = tuple(replace(record, fields=make_fields(values)) for record, values in merged)
    problems = [
        problem
        for record in records
        for problem in placed(problems_of(values_of(record.fields), teams=stored.teams), table.place(record.row))
    ]
    if problems:
        raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)
    outcome = count_changes(records, remarks=table.remarks)
    _store(load.session, district, records, stored, outcome, actor=load.actor, now=load.now)
    return outcome, differences


def _read(table: Table, stored: _Stored, *, create_only: bool = False) -> tuple[Record[KitPoolFields], ...]:
    shape = RecordShape(
        readers=READERS,
        required=REQUIRED,
        defaults=DEFAULTS,
        values_of=values_of,
        merge=lambda before, changes: {**before, **changes},
        make=make_fields,
        check=lambda values, _: problems_of(values, teams=stored.teams),
    )
    return read_records(table, shape, existing=stored.fields, create_only=create_only)


def _store(
    session: Session,
    district: District,
    records: Sequence[Record[KitPoolFields]],
    stored: _Stored,
    outcome: ImportOutcome,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    changed = [record for record in records if record.fields != record.before]
    if not changed:
        return
    if len(stored.rows) + outcome.created > MOST_POOLS:
        raise too_many(district.code)
    with storing(session):
        for record in changed:
            pool = stored.rows.get(record.code)
            if pool is None:
                pool = KitPool(district_code=district.code)
                session.add(pool)
            for name, value in columns_of(record.fields, stored.teams).items():
                setattr(pool, name, value)
    access.record(
        session,
        actor,
        "kit_pool.import",
        f"district/{district.code}",
        now=now,
        district_code=district.code,
        details={"created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged},
    )
    session.flush()


def export_kit_pools(
    session: Session, district_code: str, file_format: Format, *, manner: Manner = Manner.ENGLISH
) -> bytes:
    """All pools of a district in the order in which they were entered; the columns are those of an import."""
    pools = fields_of(list_pools(session, district_code), teams_of(session, district_code))
    return write_table(tuple(READERS), [cells_of(pool) for pool in pools.values()], file_format, manner=manner)
