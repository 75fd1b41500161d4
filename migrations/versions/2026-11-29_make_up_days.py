"""Within how many days a visit that failed is offered again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "f3a61c08d57e"
down_revision: str | None = "d27f4b8a61c3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("districts", sa.Column("make_up_days", sa.SmallInteger(), nullable=True))
    op.execute("UPDATE districts SET make_up_days = 10")
    op.create_check_constraint(op.f("ck_districts_make_up_days"), "districts", "make_up_days BETWEEN 1 AND 90")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_districts_make_up_days"), "districts")
    op.drop_column("districts", "make_up_days")
