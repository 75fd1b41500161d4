"""Columns of tables of lodgings, stations and connections can be matched by hand too."""

from collections.abc import Sequence

from alembic import op

revision: str = "c46a1be80d57"
down_revision: str | None = "a4c07e5d19b2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_EARLIER, _LATER = "'site', 'team'", "'lodging', 'station', 'connection'"


def _restrict(things: str) -> None:
    op.drop_constraint(op.f("ck_column_matches_thing"), "column_matches")
    # The rows are read without the lock of a changed table.
    added = f"ADD CONSTRAINT ck_column_matches_thing CHECK (thing IN ({things})) NOT VALID"
    op.execute(f"ALTER TABLE column_matches {added}")
    op.execute("ALTER TABLE column_matches VALIDATE CONSTRAINT ck_column_matches_thing")


def upgrade() -> None:
    _restrict(f"{_EARLIER}, {_LATER}")


def downgrade() -> None:
    op.execute(f"DELETE FROM column_matches WHERE thing IN ({_LATER})")
    _restrict(_EARLIER)
