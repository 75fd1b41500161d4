"""Teams from a table and into one: an import is all or nothing, and reads every export without loss."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from app.access import service as access
from app.access.service import Actor
from app.districts.imported import Load, reconciled_records
from app.districts.models import District
from app.districts.service import get_district
from app.districts.surroundings import surroundings_of
from app.tables.fields import placed
from app.tables.figures import Manner
from app.tables.formats import Format, write_table
from app.tables.reconcile import Difference
from app.tables.records import ImportOutcome, ImportRefused, Record, RecordShape, count_changes, read_records, storing
from app.tables.table import Table
from app.teams.models import Team
from app.teams.values import (
    DEFAULTS,
    POINT,
    READERS,
    REQUIRED,
    TOGETHER,
    TeamFields,
    break_rows,
    cells_of,
    columns_of,
    fields_of,
    leave_rows,
    make_fields,
    problems_of,
    values_of,
)


def import_teams(
    session: Session,
    district_code: str,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
) -> ImportOutcome:
    """Create or update the teams of a table by their code; columns it lacks stay as they are.

    Raises `ImportRefused` with every problem of every row, `NotFound` for an unknown district."""
    district = get_district(session, district_code)
    stored = _stored_teams(session, district.code)
    records = _read(session, district, table, stored, create_only=create_only)
    outcome = count_changes(records, remarks=table.remarks)
    if not dry_run:
        _store_changed(session, district.code, records, stored, outcome, actor=actor, now=now)
    return outcome


def load_teams(load: Load, district: District, table: Table) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The teams of a folder's table, with what people changed since kept; the second value tells what differed.

    Raises `ImportRefused` with every problem of every row."""
    session = load.session
    stored = _stored_teams(session, district.code)
    merged, differences = reconciled_records(
        load,
        district.code,
        "team",
        _read(session, district, table, stored),
        columns=table.columns,
        values_of=values_of,
        together=TOGETHER,
    )
    records = [replace(record, fields=make_fields(values)) for record, values in merged]
    surroundings = surroundings_of(session, district)
    problems = [
        problem
        for record in records
        for problem in placed(problems_of(values_of(record.fields), surroundings=surroundings), table.place(record.row))
    ]
    if problems:
        raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)
    outcome = count_changes(records, remarks=table.remarks)
    _store_changed(session, district.code, records, stored, outcome, actor=load.actor, now=load.now)
    return outcome, differences


def _stored_teams(session: Session, district_code: str) -> dict[str, Team]:
    """The teams of a district by code, locked."""
    # Two imports at once would each count on what the other is about to change.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"import/teams/{district_code}", 0))))
    return {
        team.code: team
        for team in session.scalars(
            select(Team)
            .where(Team.district_code == district_code)
            .options(selectinload(Team.leaves), selectinload(Team.breaks))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }


def _read(
    session: Session, district: District, table: Table, stored: Mapping[str, Team], *, create_only: bool = False
) -> tuple[Record[TeamFields], ...]:
    surroundings = surroundings_of(session, district)
    shape = RecordShape(
        readers=READERS,
        required=REQUIRED,
        defaults=DEFAULTS,
        values_of=values_of,
        merge=lambda before, changes: {**before, **changes},
        make=make_fields,
        check=lambda values, _: problems_of(values, surroundings=surroundings),
    )
    existing = {code: fields_of(team) for code, team in stored.items()}
    return read_records(table, shape, existing=existing, create_only=create_only)


def _store_changed(
    session: Session,
    district_code: str,
    records: Sequence[Record[TeamFields]],
    stored: Mapping[str, Team],
    outcome: ImportOutcome,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    changed = [record for record in records if record.fields != record.before]
    if not changed:
        return
    with storing(session):
        for record in changed:
            _store(session, district_code, record, team=stored.get(record.code))
    access.record(
        session,
        actor,
        "team.import",
        f"district/{district_code}",
        now=now,
        district_code=district_code,
        details={"created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged},
    )
    session.flush()


def export_teams(
    session: Session, district_code: str, file_format: Format, *, manner: Manner = Manner.ENGLISH
) -> bytes:
    """All teams of a district by code; the columns are those of an import."""
    teams = session.scalars(
        select(Team)
        .where(Team.district_code == district_code)
        .options(selectinload(Team.leaves), selectinload(Team.breaks))
        .order_by(Team.code)
    )
    cells = [cells_of(fields_of(team)) for team in teams]
    return write_table(tuple(READERS), cells, file_format, point=POINT, manner=manner)


def _store(session: Session, district_code: str, record: Record[TeamFields], *, team: Team | None) -> None:
    if team is None:
        team = Team(district_code=district_code, leaves=[], breaks=[])
        session.add(team)
    for name, value in columns_of(record.fields).items():
        setattr(team, name, value)
    if record.before is None or record.fields.leave != record.before.leave:
        team.leaves = leave_rows(record.fields)
    if record.before is None or record.fields.breaks != record.before.breaks:
        team.breaks = break_rows(record.fields)
    # New leave or breaks alone would leave the row, and so its version, as it was.
    flag_modified(team, "name")
