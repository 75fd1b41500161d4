"""People who are prepared at one visit and activated at a later one: dates and figures of a site, what a visit is in
it, and how many were prepared."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7f1c46ad92e3"
down_revision: str | None = "7d31c9a4e6f0"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = {
    "sites": {
        "preparation_from": sa.Date(),
        "preparation_until": sa.Date(),
        "preparation_minutes": sa.SmallInteger(),
        "preparing_percent": sa.SmallInteger(),
        "activating_percent": sa.SmallInteger(),
        "returning_percent": sa.SmallInteger(),
    },
    "visits": {"stage": sa.String(), "prepared": sa.Integer()},
    "visit_results": {"prepared": sa.Integer()},
}
_CHECKS = {
    "sites": {
        "preparation_dates": "preparation_from <= preparation_until",
        "preparation_minutes": "preparation_minutes BETWEEN 1 AND 1440",
        "preparing_percent": "preparing_percent BETWEEN 1 AND 300",
        "activating_percent": "activating_percent BETWEEN 1 AND 300",
        "returning_percent": "returning_percent BETWEEN 0 AND 100",
        "preparation_decided": (
            "preparation_until IS NOT NULL OR num_nonnulls(preparation_from, preparation_minutes,"
            " preparing_percent, activating_percent, returning_percent) = 0"
        ),
        "preparation_at_home": (
            "session_at IS NULL OR preparation_until IS NULL OR coalesce(session_from > preparation_until, false)"
            " OR coalesce(session_until < preparation_from, false)"
        ),
    },
    "visits": {
        "stage": "stage IN ('preparation', 'follow_up')",
        "stage_with_people": "num_nonnulls(stage, prepared) IN (0, 2) AND prepared >= 0",
        "preparation_wins_nobody": "stage <> 'preparation' OR expected_activations = 0",
    },
    "visit_results": {
        "prepared": "prepared >= 0",
        "not_held_prepares_nobody": "outcome <> 'not_held' OR coalesce(prepared, 0) = 0",
    },
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    # The rows are read without the lock of a changed table.
    for table, checks in _CHECKS.items():
        for name, condition in checks.items():
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def downgrade() -> None:
    for table, columns in reversed(_COLUMNS.items()):
        for name in reversed(columns):
            op.drop_column(table, name)
