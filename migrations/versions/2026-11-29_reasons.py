"""Why sites are in a plan or not, found after each run."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "31c8d7f05ab2"
down_revision: str | None = "b91d4e7c20a6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "plan_reasons",
        sa.Column("schedule_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan_digest", sa.String(), nullable=True),
        sa.Column("found_at", _MOMENT, nullable=True),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_plan_reasons_failures")),
        sa.CheckConstraint("unpriced >= 0", name=op.f("ck_plan_reasons_unpriced")),
        sa.ForeignKeyConstraint(
            ["district_code", "schedule_id"],
            ["schedules.district_code", "schedules.id"],
            name=op.f("fk_plan_reasons_district_code_schedules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f("pk_plan_reasons")),
    )
    op.create_table(
        "site_reasons",
        sa.Column("schedule_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("activations_lost", sa.Integer(), nullable=True),
        sa.Column("value_lost_milli", sa.BigInteger(), nullable=True),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code", "schedule_id"],
            ["schedules.district_code", "schedules.id"],
            name=op.f("fk_site_reasons_district_code_schedules"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "site_id"],
            ["sites.district_code", "sites.id"],
            name=op.f("fk_site_reasons_district_code_sites"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("schedule_id", "site_id", name=op.f("pk_site_reasons")),
    )
    op.create_index("ix_site_reasons_site_id", "site_reasons", ["site_id"])


def downgrade() -> None:
    op.drop_table("site_reasons")
    op.drop_table("plan_reasons")
