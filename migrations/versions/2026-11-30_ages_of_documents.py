"""Districts say how many people are of the age that a document is for, and how many of them have it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "f3a96e18d27b"
down_revision: str | None = "e1b7c05d93a4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COUNTS = ("people_of_age", "people_holding", "eligible_people")
_CHECKS = {
    "ages_whole": "num_nonnulls(people_of_age, people_holding, eligible_people, ages_as_of) IN (0, 4)",
    "ages": "people_holding BETWEEN 0 AND people_of_age AND eligible_people > 0",
}


def _says_something(columns: str) -> None:
    op.execute("ALTER TABLE issuing_figures DROP CONSTRAINT ck_issuing_figures_says_something")
    op.execute(
        "ALTER TABLE issuing_figures ADD CONSTRAINT ck_issuing_figures_says_something"
        f" CHECK (num_nonnulls({columns}) >= 1) NOT VALID"
    )
    op.execute("ALTER TABLE issuing_figures VALIDATE CONSTRAINT ck_issuing_figures_says_something")


def upgrade() -> None:
    for name in _COUNTS:
        op.add_column("issuing_figures", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("issuing_figures", sa.Column("ages_as_of", sa.Date(), nullable=True))
    for name, condition in _CHECKS.items():
        op.execute(
            f"ALTER TABLE issuing_figures ADD CONSTRAINT ck_issuing_figures_{name} CHECK ({condition}) NOT VALID"
        )
        op.execute(f"ALTER TABLE issuing_figures VALIDATE CONSTRAINT ck_issuing_figures_{name}")
    _says_something("minutes, kit, needs_signal, people_of_age")


def downgrade() -> None:
    # What says nothing but ages is nothing without them.
    op.execute("DELETE FROM issuing_figures WHERE num_nonnulls(minutes, kit, needs_signal) = 0")
    _says_something("minutes, kit, needs_signal")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_issuing_figures_{name}"), "issuing_figures")
    for name in ("ages_as_of", *reversed(_COUNTS)):
        op.drop_column("issuing_figures", name)
