"""Breaks of teams, and what of them a team's day holds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e6a3917c50bd"
down_revision: str | None = "5c1d9a73e8f4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "team_breaks",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("earliest_start", sa.SmallInteger(), nullable=False),
        sa.Column("latest_end", sa.SmallInteger(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.CheckConstraint("minutes BETWEEN 5 AND 240", name=op.f("ck_team_breaks_minutes")),
        sa.CheckConstraint("earliest_start >= 0 AND latest_end <= 1440", name=op.f("ck_team_breaks_day")),
        sa.CheckConstraint("latest_end - earliest_start >= minutes", name=op.f("ck_team_breaks_room")),
        sa.CheckConstraint("weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'", name=op.f("ck_team_breaks_weekdays")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_team_breaks_order")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_breaks_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_breaks")),
    )
    op.create_index(op.f("ix_team_breaks_team_id"), "team_breaks", ["team_id"])
    # A constant default rewrites no row.
    op.add_column(
        "visits",
        sa.Column("day_breaks", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("visits", "day_breaks")
    op.drop_index(op.f("ix_team_breaks_team_id"), table_name="team_breaks")
    op.drop_table("team_breaks")
