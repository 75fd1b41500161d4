"""What a district says itself of slots and signal, and of its sites of each kind."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e5a7c0b93d14"
down_revision: str | None = "f3a61c08d57e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LEVELS = postgresql.ARRAY(sa.SmallInteger())


def _percents(column: str) -> sa.CheckConstraint:
    steps = " AND ".join(f"{column}[{level}] <= {column}[{level + 1}]" for level in range(1, 5))
    return sa.CheckConstraint(
        f"cardinality({column}) = 5 AND array_position({column}, NULL) IS NULL"
        f" AND {column}[1] >= 0 AND {steps} AND {column}[5] BETWEEN 1 AND 100",
        name=op.f(f"ck_planning_figures_{column}"),
    )


def _district(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_code"], ["districts.code"], name=op.f(f"fk_{table}_district_code_districts"), ondelete="CASCADE"
    )


def _restrict_kinds(kinds: str) -> None:
    # The rows are read without the lock of a changed table.
    op.drop_constraint(op.f("ck_imported_records_thing"), "imported_records")
    op.execute(
        f"ALTER TABLE imported_records ADD CONSTRAINT ck_imported_records_thing CHECK (thing IN ({kinds})) NOT VALID"
    )
    op.execute("ALTER TABLE imported_records VALIDATE CONSTRAINT ck_imported_records_thing")


def upgrade() -> None:
    op.create_table(
        "planning_figures",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("slot_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("throughput_percent", _LEVELS, nullable=True),
        sa.Column("success_percent", _LEVELS, nullable=True),
        sa.Column("satellite_level", sa.SmallInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 120", name=op.f("ck_planning_figures_slot_minutes")),
        _percents("throughput_percent"),
        _percents("success_percent"),
        sa.CheckConstraint("satellite_level BETWEEN 0 AND 4", name=op.f("ck_planning_figures_satellite_level")),
        _district("planning_figures"),
        sa.PrimaryKeyConstraint("district_code", name=op.f("pk_planning_figures")),
    )
    op.create_table(
        "kind_figures",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phone_ready_share", sa.Numeric(5, 4), nullable=True),
        sa.Column("turn_out_share", sa.Numeric(5, 4), nullable=True),
        sa.Column("resident_share", sa.Numeric(5, 4), nullable=True),
        sa.Column("setup_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("max_visit_dates", sa.SmallInteger(), nullable=True),
        sa.Column("min_gap_days", sa.SmallInteger(), nullable=True),
        sa.Column("max_teams", sa.SmallInteger(), nullable=True),
        sa.Column("windows", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('agency', 'school', 'clinic', 'village', 'area_office', 'organisation', 'mall', 'home')",
            name=op.f("ck_kind_figures_kind"),
        ),
        sa.CheckConstraint("phone_ready_share BETWEEN 0 AND 1", name=op.f("ck_kind_figures_phone_ready_share")),
        sa.CheckConstraint("turn_out_share BETWEEN 0 AND 1", name=op.f("ck_kind_figures_turn_out_share")),
        sa.CheckConstraint("resident_share BETWEEN 0 AND 1", name=op.f("ck_kind_figures_resident_share")),
        sa.CheckConstraint("setup_minutes BETWEEN 0 AND 600", name=op.f("ck_kind_figures_setup_minutes")),
        sa.CheckConstraint("max_visit_dates BETWEEN 1 AND 366", name=op.f("ck_kind_figures_max_visit_dates")),
        sa.CheckConstraint("min_gap_days BETWEEN 1 AND 366", name=op.f("ck_kind_figures_min_gap_days")),
        sa.CheckConstraint("max_teams BETWEEN 1 AND 100", name=op.f("ck_kind_figures_max_teams")),
        sa.CheckConstraint("windows <> ''", name=op.f("ck_kind_figures_windows")),
        sa.CheckConstraint(
            "num_nonnulls(phone_ready_share, turn_out_share, resident_share, setup_minutes, max_visit_dates,"
            " min_gap_days, max_teams, windows) >= 1",
            name=op.f("ck_kind_figures_says_something"),
        ),
        _district("kind_figures"),
        sa.PrimaryKeyConstraint("district_code", "kind", name=op.f("pk_kind_figures")),
    )
    _restrict_kinds(
        "'district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'planning_figures', 'kind_figures',"
        " 'site', 'team'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM imported_records WHERE thing IN ('planning_figures', 'kind_figures')")
    _restrict_kinds("'district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'site', 'team'")
    op.drop_table("kind_figures")
    op.drop_table("planning_figures")
