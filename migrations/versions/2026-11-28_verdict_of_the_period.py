"""A verdict says what it is about: the deadline or the end of a period, and what was owed and missed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e5b90c47d1a2"
down_revision: str | None = "07d4e9a1b53c"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NUMBERS = (
    "target_count",
    "activated",
    "days_after",
    "needed_by_end",
    "due_activations",
    "counted_activations",
    "remaining_activations",
)
_CHECKS = {
    "target": "num_nulls(target_count, activated, deadline, days_after) IN (0, 4)",
    "needed_by_end": "needed_by_end IS NULL OR needed_by_end <= target_count AND days_after > 0",
    "counted_activations": "counted_activations <= expected_activations",
    "due": "num_nulls(verdict, due_activations, counted_activations, remaining_activations) IN (0, 4)",
}


def upgrade() -> None:
    for name in _NUMBERS:
        op.add_column("schedules", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("schedules", sa.Column("deadline", sa.Date(), nullable=True))
    op.add_column("schedules", sa.Column("missed", postgresql.JSONB(), nullable=True))
    op.add_column(
        "schedules",
        sa.Column("unvisitable", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )
    # Plans of before were judged by the whole gap, over all their dates.
    op.execute(
        "UPDATE schedules SET due_activations = coalesce(net_gap, 0), "
        "counted_activations = coalesce(expected_activations, 0), "
        "remaining_activations = greatest(0, coalesce(net_gap, 0) - coalesce(expected_activations, 0)) "
        "WHERE verdict IS NOT NULL"
    )
    for name, condition in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_schedules_{name}"), "schedules", condition)


def downgrade() -> None:
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_schedules_{name}"), "schedules")
    for name in ("unvisitable", "missed", "deadline", *reversed(_NUMBERS)):
        op.drop_column("schedules", name)
