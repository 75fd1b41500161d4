"""Places with fixed counters, and what was counted at each of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "b7d20f5a91c3"
down_revision: str | None = "7d20f3b9c81e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
_THINGS = (
    "'district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'planning_figures', 'kind_figures',"
    " 'site', 'team', 'travel_entry', 'issuing_figures', 'kit_pool', 'lodging', 'station', 'connection'"
)


def _restrict_things(things: str) -> None:
    op.drop_constraint(op.f("ck_imported_records_thing"), "imported_records")
    # The rows are read without the lock of a changed table.
    added = f"ADD CONSTRAINT ck_imported_records_thing CHECK (thing IN ({things})) NOT VALID"
    op.execute(f"ALTER TABLE imported_records {added}")
    op.execute("ALTER TABLE imported_records VALIDATE CONSTRAINT ck_imported_records_thing")


def upgrade() -> None:
    op.create_table(
        "counter_places",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("windows", sa.String(), nullable=True),
        sa.Column("open_on_days_off", sa.Boolean(), nullable=False),
        sa.Column("staff", sa.SmallInteger(), nullable=True),
        sa.Column("rates", postgresql.JSONB(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('office', 'sub_office', 'mall', 'other')", name=op.f("ck_counter_places_kind")),
        sa.CheckConstraint("num_nonnulls(lat, lon) IN (0, 2)", name=op.f("ck_counter_places_place")),
        sa.CheckConstraint(
            "lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5", name=op.f("ck_counter_places_in_indonesia")
        ),
        sa.CheckConstraint("windows <> ''", name=op.f("ck_counter_places_windows")),
        sa.CheckConstraint("staff BETWEEN 0 AND 1000", name=op.f("ck_counter_places_staff")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_counter_places_order")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_counter_places_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "area_code"],
            ["areas.district_code", "areas.code"],
            name=op.f("fk_counter_places_district_code_area_code_areas"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_places")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_counter_places_district_code_code")),
    )
    op.create_table(
        "counter_place_counts",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("activated", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("activated BETWEEN 0 AND 1000000", name=op.f("ck_counter_place_counts_activated")),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["counter_places.id"],
            name=op.f("fk_counter_place_counts_place_id_counter_places"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("place_id", "document", "day", name=op.f("pk_counter_place_counts")),
    )
    _restrict_things(f"{_THINGS}, 'counter_place'")


def downgrade() -> None:
    op.execute("DELETE FROM imported_records WHERE thing = 'counter_place'")
    _restrict_things(_THINGS)
    op.drop_table("counter_place_counts")
    op.drop_table("counter_places")
