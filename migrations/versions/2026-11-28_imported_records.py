"""What the files of a district held when they were last loaded, so that edits by people are told from the files'."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e3b90d5c71fa"
down_revision: str | None = "e5b90c47d1a2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "imported_records",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "thing IN ('district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'site', 'team')",
            name=op.f("ck_imported_records_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_imported_records_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", "thing", "code", name=op.f("pk_imported_records")),
    )


def downgrade() -> None:
    op.drop_table("imported_records")
