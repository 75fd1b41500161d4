"""Sites from a table and into one: an import is all or nothing, and reads every export without loss."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, selectinload

from app.access import service as access
from app.access.service import Actor
from app.districts.service import get_district
from app.districts.surroundings import surroundings_of
from app.formats import Format, Table, write_table
from app.record_import import ImportOutcome, Record, RecordShape, count_changes, read_records
from app.sites.models import Site, SiteException, SiteWindow
from app.sites.values import (
    CONTACT_COLUMNS,
    DEFAULTS,
    READERS,
    REQUIRED,
    SiteFields,
    cells_of,
    columns_of,
    fields_of,
    make_fields,
    merged_values,
    problems_of,
    values_of,
)


def import_sites(
    session: Session,
    district_code: str,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
) -> ImportOutcome:
    """Create or update the sites of a table by their code; columns it lacks stay as they are.

    Raises `ImportRefused` with every problem of every row, `NotFound` for an unknown district."""
    district = get_district(session, district_code)
    # Two imports at once would each count on what the other is about to change.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"import/sites/{district.code}", 0))))
    surroundings = surroundings_of(session, district)
    stored = session.scalars(
        select(Site)
        .where(Site.district_code == district.code)
        .options(selectinload(Site.windows), selectinload(Site.exceptions))
        .execution_options(populate_existing=True)
    ).all()
    shape = RecordShape(
        readers=READERS,
        required=REQUIRED,
        defaults=DEFAULTS,
        values_of=values_of,
        merge=merged_values,
        make=make_fields,
        check=lambda values, before: problems_of(values, before, surroundings=surroundings),
    )
    existing = {site.code: fields_of(site) for site in stored}
    records = read_records(table, shape, existing=existing, create_only=create_only)
    outcome = count_changes(records)
    changed = [record for record in records if record.fields != record.before]
    if dry_run or not changed:
        return outcome
    _store(session, district.code, changed)
    for site in stored:
        session.expire(site)
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
    return outcome


def export_sites(session: Session, district_code: str, file_format: Format, *, with_contacts: bool) -> bytes:
    """All sites of a district by code; the columns are those of an import.

    Contacts are for people inside the district: without them, their columns are left out."""
    sites = session.scalars(
        select(Site)
        .where(Site.district_code == district_code)
        .options(selectinload(Site.windows), selectinload(Site.exceptions))
        .order_by(Site.code)
    )
    columns = [name for name in READERS if with_contacts or name not in CONTACT_COLUMNS]
    return write_table(columns, [cells_of(fields_of(site), with_contacts=with_contacts) for site in sites], file_format)


def _store(session: Session, district_code: str, records: list[Record[SiteFields]]) -> None:
    """Write many sites in few statements; row by row, five thousand would take half a minute."""
    statement = upsert(Site)
    changing = {name: statement.excluded[name] for name in columns_of(records[0].fields) if name != "code"}
    rows = session.execute(
        statement.on_conflict_do_update(
            index_elements=["district_code", "code"], set_=changing | {"version": Site.version + 1}
        ).returning(Site.id, Site.code),
        [{"district_code": district_code, **columns_of(record.fields)} for record in records],
    )
    id_of: dict[str, int] = {code: site_id for site_id, code in rows}
    known = [id_of[record.code] for record in records if record.before is not None]
    for child in (SiteWindow, SiteException):
        session.execute(delete(child).where(child.site_id.in_(known)))
    windows = [
        {"site_id": id_of[record.code], "weekdays": w.weekdays, "opens": w.opens, "closes": w.closes}
        for record in records
        for w in record.fields.windows
    ]
    exceptions = [
        {"site_id": id_of[record.code], "date": e.date, "opens": e.opens, "closes": e.closes}
        for record in records
        for e in record.fields.exceptions
    ]
    if windows:
        session.execute(insert(SiteWindow), windows)
    if exceptions:
        session.execute(insert(SiteException), exceptions)
