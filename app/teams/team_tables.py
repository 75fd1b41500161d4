"""Teams from a table and into one: an import is all or nothing, and reads every export without loss."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from app.access import service as access
from app.access.service import Actor
from app.districts.service import get_district
from app.districts.surroundings import surroundings_of
from app.tables.formats import Format, Table, write_table
from app.tables.records import ImportOutcome, Record, RecordShape, count_changes, read_records, storing
from app.teams.models import Team
from app.teams.values import (
    DEFAULTS,
    POINT,
    READERS,
    REQUIRED,
    TeamFields,
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
    # Two imports at once would each count on what the other is about to change.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"import/teams/{district.code}", 0))))
    surroundings = surroundings_of(session, district)
    stored = {
        team.code: team
        for team in session.scalars(
            select(Team)
            .where(Team.district_code == district.code)
            .options(selectinload(Team.leaves))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
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
    records = read_records(table, shape, existing=existing, create_only=create_only)
    outcome = count_changes(records)
    changed = [record for record in records if record.fields != record.before]
    if dry_run or not changed:
        return outcome
    with storing(session):
        for record in changed:
            _store(session, district.code, record, team=stored.get(record.code))
    access.record(
        session,
        actor,
        "team.import",
        f"district/{district.code}",
        now=now,
        district_code=district.code,
        details={"created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged},
    )
    session.flush()
    return outcome


def export_teams(session: Session, district_code: str, file_format: Format) -> bytes:
    """All teams of a district by code; the columns are those of an import."""
    teams = session.scalars(
        select(Team).where(Team.district_code == district_code).options(selectinload(Team.leaves)).order_by(Team.code)
    )
    return write_table(tuple(READERS), [cells_of(fields_of(team)) for team in teams], file_format, point=POINT)


def _store(session: Session, district_code: str, record: Record[TeamFields], *, team: Team | None) -> None:
    if team is None:
        team = Team(district_code=district_code, leaves=[])
        session.add(team)
    for name, value in columns_of(record.fields).items():
        setattr(team, name, value)
    if record.before is None or record.fields.leave != record.before.leave:
        team.leaves = leave_rows(record.fields)
    # New leave alone would leave the row, and so its version, as it was.
    flag_modified(team, "name")
