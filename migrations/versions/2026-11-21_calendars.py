"""Foreign calendars, what is busy there, and closures by site kind."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "5c1d0a7e42b9"
down_revision: str | None = "193f3d559fbf"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "kind_closures",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("weekdays", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("closed_from", sa.SmallInteger(), nullable=True),
        sa.Column("closed_until", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('agency', 'school', 'clinic', 'village', 'area_office', 'organisation', 'mall', 'home')",
            name=op.f("ck_kind_closures_kind"),
        ),
        sa.CheckConstraint("weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'", name=op.f("ck_kind_closures_weekdays")),
        sa.CheckConstraint(
            "(closed_from IS NULL AND closed_until IS NULL)"
            " OR (closed_from >= 0 AND closed_from < closed_until AND closed_until <= 1440)",
            name=op.f("ck_kind_closures_hours"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(starts_on, ends_on) IN (0, 2) AND starts_on <= ends_on", name=op.f("ck_kind_closures_dates")
        ),
        sa.CheckConstraint("num_nonnulls(weekdays, starts_on) >= 1", name=op.f("ck_kind_closures_weekly_or_dated")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_kind_closures_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kind_closures")),
    )
    op.create_index(op.f("ix_kind_closures_district_code"), "kind_closures", ["district_code"], unique=False)
    op.create_table(
        "calendar_sources",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("sealed_password", sa.LargeBinary(), nullable=True),
        sa.Column("tentative_blocks", sa.Boolean(), nullable=False),
        sa.Column("refresh_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out', 'both')", name=op.f("ck_calendar_sources_direction")),
        sa.CheckConstraint("kind = 'caldav' OR direction = 'in'", name=op.f("ck_calendar_sources_ics_is_read_only")),
        sa.CheckConstraint("kind IN ('caldav', 'ics')", name=op.f("ck_calendar_sources_kind")),
        sa.CheckConstraint(
            "(username IS NULL) = (sealed_password IS NULL)", name=op.f("ck_calendar_sources_credentials")
        ),
        sa.CheckConstraint("num_nonnulls(area_code, team_id, site_id) <= 1", name=op.f("ck_calendar_sources_scope")),
        sa.CheckConstraint("refresh_minutes BETWEEN 5 AND 1440", name=op.f("ck_calendar_sources_refresh_minutes")),
        sa.ForeignKeyConstraint(
            ["district_code", "area_code"],
            ["areas.district_code", "areas.code"],
            name=op.f("fk_calendar_sources_district_code_area_code_areas"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "site_id"],
            ["sites.district_code", "sites.id"],
            name=op.f("fk_calendar_sources_district_code_site_id_sites"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_calendar_sources_district_code_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_calendar_sources_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_sources")),
    )
    op.create_index(op.f("ix_calendar_sources_district_code"), "calendar_sources", ["district_code"], unique=False)
    op.create_table(
        "calendar_readings",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sync_token", sa.String(), nullable=True),
        sa.Column("collection_tag", sa.String(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("read_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("trouble_about", sa.String(), nullable=True),
        sa.Column("remarks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["calendar_sources.id"],
            name=op.f("fk_calendar_readings_source_id_calendar_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_calendar_readings")),
    )
    op.create_index(op.f("ix_calendar_readings_next_try_at"), "calendar_readings", ["next_try_at"], unique=False)
    op.create_table(
        "calendar_resources",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("remarks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["calendar_sources.id"],
            name=op.f("fk_calendar_resources_source_id_calendar_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", "path", name=op.f("pk_calendar_resources")),
    )
    op.create_table(
        "busy_events",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("recurrence_id", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("tentative", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_busy_events_times")),
        sa.ForeignKeyConstraint(
            ["source_id", "path"],
            ["calendar_resources.source_id", "calendar_resources.path"],
            name=op.f("fk_busy_events_source_id_path_calendar_resources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_events")),
        sa.UniqueConstraint(
            "source_id", "path", "uid", "recurrence_id", name=op.f("uq_busy_events_source_id_path_uid_recurrence_id")
        ),
    )
    op.create_index("ix_busy_events_source_id_ends_at", "busy_events", ["source_id", "ends_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_busy_events_source_id_ends_at", table_name="busy_events")
    op.drop_table("busy_events")
    op.drop_table("calendar_resources")
    op.drop_index(op.f("ix_calendar_readings_next_try_at"), table_name="calendar_readings")
    op.drop_table("calendar_readings")
    op.drop_index(op.f("ix_calendar_sources_district_code"), table_name="calendar_sources")
    op.drop_table("calendar_sources")
    op.drop_index(op.f("ix_kind_closures_district_code"), table_name="kind_closures")
    op.drop_table("kind_closures")
