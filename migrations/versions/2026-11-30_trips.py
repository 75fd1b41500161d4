"""Trips of teams with their nights away and rides; a ride and a visit of one team are never at the same time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "c2f80b64d7a1"
down_revision: str | None = "b7d20f5a91c3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SOURCES = "IN ('road', 'entered', 'great_circle')"
_WAYS = "IN ('road', 'boat', 'plane', 'foot')"
_A_TEAM = "int8range(team_id, team_id, '[]')"

# No exclusion constraint reaches over two tables. The lock makes two transactions that bind one team wait for each
# other, so that the later one sees what the earlier one stored.
_REFUSE_OVERLAP = """
CREATE FUNCTION refuse_ride_during_visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('rides and visits of a team'), NEW.team_id);
    IF EXISTS (
        SELECT FROM rides JOIN visits USING (team_id)
        WHERE team_id = NEW.team_id AND rides.in_force AND visits.in_force
          AND CASE TG_TABLE_NAME WHEN 'rides' THEN rides.id ELSE visits.id END = NEW.id
          AND tstzrange(rides.starts_at, rides.ends_at) && tstzrange(visits.starts_at, visits.ends_at)
    ) THEN
        RAISE EXCEPTION 'a ride and a visit of team % are at the same time', NEW.team_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ex_rides_visits_overlap', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""
# As `retell_visits`: publishing locks the district before its plan, and so does this.
_RETELL_TRIPS = """
CREATE FUNCTION retell_trips(changed integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(changed) = 0 THEN
        RETURN;
    END IF;
    PERFORM FROM districts WHERE code IN (SELECT district_code FROM trips WHERE id = ANY (changed))
        ORDER BY code FOR NO KEY UPDATE;
    UPDATE trips SET sequence = sequence + 1, changed_at = greatest(changed_at, now()) WHERE id = ANY (changed);
    PERFORM mark_unannounced(ARRAY(SELECT district_code FROM trips WHERE id = ANY (changed)));
END $$
"""
# By table: its key, how its rows meet trips, and the columns that a trip's entry shows.
_SHOWN = {
    "teams": ("id", "trips.team_id = fresh.id", ("name", "base_name")),
    "districts": ("code", "trips.district_code = fresh.code", ("time_zone",)),
}


def _retelling(table: str) -> str:
    key, meets, names = _SHOWN[table]
    before, after = (", ".join(f"{side}.{name}" for name in names) for side in ("stale", "fresh"))
    return f"""
CREATE FUNCTION retell_trips_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM retell_trips(ARRAY(
        SELECT trips.id FROM fresh JOIN stale USING ({key}) JOIN trips ON {meets}
        WHERE ({before}) IS DISTINCT FROM ({after}) AND (trips.in_force OR trips.withdrawn_at IS NOT NULL)));
    RETURN NULL;
END $$
"""


def _of_a_trip(table: str) -> tuple[sa.Constraint, ...]:
    keys = ("district_code", "schedule_id", "team_id", "in_force")
    return (
        sa.CheckConstraint(f"travel_source {_SOURCES}", name=op.f(f"ck_{table}_travel_source")),
        sa.CheckConstraint(f"travel_way {_WAYS}", name=op.f(f"ck_{table}_travel_way")),
        sa.ForeignKeyConstraint(
            ["trip_id", *keys],
            ["trips.id", *(f"trips.{key}" for key in keys)],
            name=f"fk_{table}_trip_id_trips",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _travel() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("travel_minutes", sa.Integer(), nullable=False),
        sa.Column("travel_metres", sa.Integer(), nullable=False),
        sa.Column("travel_source", sa.String(), server_default="great_circle", nullable=False),
        sa.Column("travel_way", sa.String(), nullable=True),
    )


def _keys() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("trip_id", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "trips",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("back_travel_minutes", sa.Integer(), nullable=False),
        sa.Column("back_travel_metres", sa.Integer(), nullable=False),
        sa.Column("back_source", sa.String(), server_default="great_circle", nullable=False),
        sa.Column("back_way", sa.String(), nullable=True),
        sa.Column("shift_start", sa.SmallInteger(), nullable=False),
        sa.Column("shift_end", sa.SmallInteger(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text(_A_TEAM), "&&"),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            where=sa.text("in_force"),
            using="gist",
            name="ex_trips_team_overlap",
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_trips_dates")),
        sa.CheckConstraint("leaves_at < back_at", name=op.f("ck_trips_times")),
        sa.CheckConstraint("shift_start < shift_end", name=op.f("ck_trips_shift")),
        sa.CheckConstraint(f"back_source {_SOURCES}", name=op.f("ck_trips_back_source")),
        sa.CheckConstraint(f"back_way {_WAYS}", name=op.f("ck_trips_back_way")),
        sa.ForeignKeyConstraint(
            ["district_code", "schedule_id"],
            ["schedules.district_code", "schedules.id"],
            name=op.f("fk_trips_district_code_schedule_id_schedules"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_trips_district_code_team_id_teams"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trips")),
        sa.UniqueConstraint("schedule_id", "team_id", "starts_on", name=op.f("uq_trips_schedule_id_team_id_starts_on")),
        sa.UniqueConstraint("id", "district_code", "schedule_id", "team_id", "in_force", name="uq_trips_identity"),
    )
    in_force = sa.text("in_force")
    op.create_index("ix_trips_team_id_starts_on_in_force", "trips", ["team_id", "starts_on"], postgresql_where=in_force)
    op.create_index(
        "ix_trips_district_code_withdrawn_at",
        "trips",
        ["district_code", "withdrawn_at"],
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.create_index("uq_trips_uid_in_force", "trips", ["uid"], unique=True, postgresql_where=in_force)
    op.create_table(
        "nights",
        *_keys(),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("lodging_code", sa.String(), nullable=False),
        sa.Column("lodging_name", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        *_travel(),
        sa.CheckConstraint("date < until", name=op.f("ck_nights_dates")),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_nights_cost")),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_nights_place")),
        *_of_a_trip("nights"),
        sa.UniqueConstraint("trip_id", "date", name=op.f("uq_nights_trip_id_date")),
    )
    op.create_index("ix_nights_schedule_id", "nights", ["schedule_id"])
    op.create_index(
        "uq_nights_team_id_date_in_force", "nights", ["team_id", "date"], unique=True, postgresql_where=in_force
    )
    op.create_table(
        "rides",
        *_keys(),
        sa.Column("connection_code", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=True),
        sa.Column("origin_name", sa.String(), nullable=False),
        sa.Column("origin_lat", sa.Float(), nullable=True),
        sa.Column("origin_lon", sa.Float(), nullable=True),
        sa.Column("target_name", sa.String(), nullable=False),
        sa.Column("target_lat", sa.Float(), nullable=True),
        sa.Column("target_lon", sa.Float(), nullable=True),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fare", sa.BigInteger(), nullable=False),
        *_travel(),
        postgresql.ExcludeConstraint(
            (sa.text(_A_TEAM), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("in_force"),
            using="gist",
            name="ex_rides_team_overlap",
        ),
        sa.CheckConstraint("arrives_at <= starts_at AND starts_at < ends_at", name=op.f("ck_rides_times")),
        sa.CheckConstraint("fare >= 0", name=op.f("ck_rides_fare")),
        sa.CheckConstraint(f"way {_WAYS}", name=op.f("ck_rides_way")),
        sa.CheckConstraint("(origin_lat IS NULL) = (origin_lon IS NULL)", name=op.f("ck_rides_origin")),
        sa.CheckConstraint("(target_lat IS NULL) = (target_lon IS NULL)", name=op.f("ck_rides_target")),
        *_of_a_trip("rides"),
        sa.UniqueConstraint("trip_id", "starts_at", name=op.f("uq_rides_trip_id_starts_at")),
    )
    op.create_index("ix_rides_schedule_id", "rides", ["schedule_id"])
    op.create_index("ix_rides_team_id_date_in_force", "rides", ["team_id", "date"], postgresql_where=in_force)
    op.execute(_REFUSE_OVERLAP)
    for table in ("rides", "visits"):
        op.execute(
            f"CREATE TRIGGER refuse_ride_during_visit AFTER INSERT OR UPDATE OF team_id, in_force, starts_at, ends_at "
            f"ON {table} FOR EACH ROW WHEN (NEW.in_force) EXECUTE FUNCTION refuse_ride_during_visit()"
        )
    op.execute(_RETELL_TRIPS)
    for table in _SHOWN:
        op.execute(_retelling(table))
        op.execute(
            f"CREATE TRIGGER retell_trips AFTER UPDATE ON {table} REFERENCING OLD TABLE AS stale NEW TABLE AS fresh "
            f"FOR EACH STATEMENT EXECUTE FUNCTION retell_trips_of_{table}()"
        )


def downgrade() -> None:
    for table in _SHOWN:
        op.execute(f"DROP TRIGGER retell_trips ON {table}")
        op.execute(f"DROP FUNCTION retell_trips_of_{table}()")
    op.execute("DROP FUNCTION retell_trips(integer[])")
    for table in ("visits", "rides"):
        op.execute(f"DROP TRIGGER refuse_ride_during_visit ON {table}")
    op.execute("DROP FUNCTION refuse_ride_during_visit()")
    for table in ("rides", "nights", "trips"):
        op.drop_table(table)
