"""Sites say which kits a visit has to bring."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e1b7c05d93a4"
down_revision: str | None = "c46a1be80d57"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    kinds = sa.Column("needs_kits", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("sites", kinds)
    # The rows are read without the lock of a changed table.
    check = "CHECK (needs_kits <@ ARRAY['satellite', 'biometric', 'card_printer']) NOT VALID"
    op.execute(f"ALTER TABLE sites ADD CONSTRAINT ck_sites_needs_kits {check}")
    op.execute("ALTER TABLE sites VALIDATE CONSTRAINT ck_sites_needs_kits")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_sites_needs_kits"), "sites")
    op.drop_column("sites", "needs_kits")
