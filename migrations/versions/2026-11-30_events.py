"""Events: sites where so many teams come on a date with a visit, or none."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c4e91a6f27d8"
down_revision: str | None = "c2f80b64d7a1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("min_teams", sa.Integer(), nullable=True))
    # The rows are read without the lock of a changed table.
    check = "CHECK (min_teams BETWEEN 1 AND 100 AND min_teams <= max_teams) NOT VALID"
    op.execute(f"ALTER TABLE sites ADD CONSTRAINT ck_sites_min_teams {check}")
    op.execute("ALTER TABLE sites VALIDATE CONSTRAINT ck_sites_min_teams")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_sites_min_teams"), "sites")
    op.drop_column("sites", "min_teams")
