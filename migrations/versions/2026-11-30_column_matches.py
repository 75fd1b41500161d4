"""How a district's people matched the columns of their sheets with our fields."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a7d0c35e91b8"
down_revision: str | None = "5b91d6e0a34f"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "column_matches",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=True),
        sa.CheckConstraint("thing IN ('site', 'team')", name=op.f("ck_column_matches_thing")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_column_matches_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", "thing", "label", name=op.f("pk_column_matches")),
    )


def downgrade() -> None:
    op.drop_table("column_matches")
