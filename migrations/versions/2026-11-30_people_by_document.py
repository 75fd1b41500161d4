"""Who at a site still needs which document, and which documents a team can issue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "b3e85f17c0d2"
down_revision: str | None = "d47b02c6e9f1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PEOPLE = ("people_ktp_el", "people_kia", "people_birth_certificate")


def _restrict(table: str, name: str, condition: str) -> None:
    # The rows are read without the lock of a changed table.
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def upgrade() -> None:
    for name in _PEOPLE:
        op.add_column("sites", sa.Column(name, sa.Integer(), nullable=True))
        op.add_column("sites", sa.Column(f"{name}_as_of", sa.Date(), nullable=True))
        _restrict("sites", name, f"{name} BETWEEN 0 AND 500000")
    op.add_column("teams", sa.Column("documents", postgresql.ARRAY(sa.Text()), nullable=True))
    _restrict(
        "teams",
        "documents",
        "documents <@ ARRAY['ikd', 'ktp_el', 'kia', 'birth_certificate'] AND documents <> '{}'",
    )


def downgrade() -> None:
    op.drop_column("teams", "documents")
    for name in reversed(_PEOPLE):
        op.drop_column("sites", f"{name}_as_of")
        op.drop_column("sites", name)
