"""Sites say how many people there are of the age that a document is for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "4b9e70d1f6c8"
down_revision: str | None = "7f1c46ad92e3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DOCUMENTS = ("ktp_el", "kia", "birth_certificate")


def _restrict(name: str, condition: str) -> None:
    # The rows are read without the lock of a changed table.
    op.execute(f"ALTER TABLE sites ADD CONSTRAINT ck_sites_{name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE sites VALIDATE CONSTRAINT ck_sites_{name}")


def upgrade() -> None:
    for document in _DOCUMENTS:
        op.add_column("sites", sa.Column(f"of_age_{document}", sa.Integer(), nullable=True))
        _restrict(f"of_age_{document}", f"of_age_{document} BETWEEN 0 AND 500000")
    _restrict("needing_of_age", " AND ".join(f"people_{document} <= of_age_{document}" for document in _DOCUMENTS))


def downgrade() -> None:
    # A condition of several columns goes with the first of them, if nobody drops it before.
    op.drop_constraint(op.f("ck_sites_needing_of_age"), "sites")
    for document in reversed(_DOCUMENTS):
        op.drop_column("sites", f"of_age_{document}")
