"""Kits that teams share, and what of them a team carries on a date."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "a15c0e7d92f4"
down_revision: str | None = "e6a3917c50bd"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
_THINGS = (
    "'district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'planning_figures', 'kind_figures',"
    " 'site', 'team', 'travel_entry', 'issuing_figures'"
)


def _restrict_things(things: str) -> None:
    op.drop_constraint(op.f("ck_imported_records_thing"), "imported_records")
    # The rows are read without the lock of a changed table.
    added = f"ADD CONSTRAINT ck_imported_records_thing CHECK (thing IN ({things})) NOT VALID"
    op.execute(f"ALTER TABLE imported_records {added}")
    op.execute("ALTER TABLE imported_records VALIDATE CONSTRAINT ck_imported_records_thing")


def upgrade() -> None:
    op.create_table(
        "kit_pools",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.SmallInteger(), nullable=False),
        sa.Column("max_per_team", sa.SmallInteger(), nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("cost_per_day", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('satellite', 'biometric', 'card_printer')", name=op.f("ck_kit_pools_kind")),
        sa.CheckConstraint("count BETWEEN 1 AND 1000", name=op.f("ck_kit_pools_count")),
        sa.CheckConstraint("max_per_team BETWEEN 1 AND 20", name=op.f("ck_kit_pools_max_per_team")),
        sa.CheckConstraint("cost_per_day BETWEEN 0 AND 1000000000", name=op.f("ck_kit_pools_cost_per_day")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_kit_pools_order")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_kit_pools_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_pools")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_kit_pools_district_code_code")),
    )
    _restrict_things(f"{_THINGS}, 'kit_pool'")
    # A constant default rewrites no row.
    op.add_column(
        "visits",
        sa.Column("day_kits", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("visits", "day_kits")
    op.execute("DELETE FROM imported_records WHERE thing = 'kit_pool'")
    _restrict_things(_THINGS)
    op.drop_table("kit_pools")
