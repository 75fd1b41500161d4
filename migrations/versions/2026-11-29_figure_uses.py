"""Whether planning uses a figure as given or as learned, and what a run was told of demand."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "d2f7b1806ace"
down_revision: str | None = "a4c19e70b2d8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "figure_uses",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.CheckConstraint(
            "figure IN ('turn_out', 'phone_ready', 'resident', 'pace', 'signal', 'loss', 'walk_ins')",
            name=op.f("ck_figure_uses_figure"),
        ),
        sa.CheckConstraint("use IN ('learned', 'given')", name=op.f("ck_figure_uses_use")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_figure_uses_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", "document", "figure", "kind", name=op.f("pk_figure_uses")),
    )
    op.add_column("schedules", sa.Column("demand_json", sa.LargeBinary(), nullable=True))
    op.add_column("schedules", sa.Column("learned", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("schedules", "learned")
    op.drop_column("schedules", "demand_json")
    op.drop_table("figure_uses")
