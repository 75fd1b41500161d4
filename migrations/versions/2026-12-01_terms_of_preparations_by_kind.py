"""Districts say how people are prepared at sites of a kind."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c85d2f06a17e"
down_revision: str | None = "4b9e70d1f6c8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TERMS = {"preparing_percent": (1, 300), "activating_percent": (1, 300), "returning_percent": (0, 100)}
_EARLIER = (
    "phone_ready_share, turn_out_share, resident_share, setup_minutes, max_visit_dates, min_gap_days, max_teams,"
    " windows"
)


def _restrict(name: str, condition: str) -> None:
    # The rows are read without the lock of a changed table.
    op.execute(f"ALTER TABLE kind_figures ADD CONSTRAINT ck_kind_figures_{name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE kind_figures VALIDATE CONSTRAINT ck_kind_figures_{name}")


def _says_something(columns: str) -> None:
    op.drop_constraint(op.f("ck_kind_figures_says_something"), "kind_figures")
    _restrict("says_something", f"num_nonnulls({columns}) >= 1")


def upgrade() -> None:
    for name, (least, most) in _TERMS.items():
        op.add_column("kind_figures", sa.Column(name, sa.SmallInteger(), nullable=True))
        _restrict(name, f"{name} BETWEEN {least} AND {most}")
    _says_something(f"{_EARLIER}, {', '.join(_TERMS)}")


def downgrade() -> None:
    # What says nothing but terms is nothing without them.
    op.execute(f"DELETE FROM kind_figures WHERE num_nonnulls({_EARLIER}) = 0")
    _says_something(_EARLIER)
    for name in reversed(_TERMS):
        op.drop_column("kind_figures", name)
