"""The audit trail of a district, and of one thing in it, is read from an index in its order."""

from collections.abc import Sequence

from alembic import op

revision: str = "b4d81e6f20c7"
down_revision: str | None = "e3b90d5c71fa"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_audit_entries_district_code_id", "audit_entries", ["district_code", "id"])
    op.create_index("ix_audit_entries_district_code_subject_id", "audit_entries", ["district_code", "subject", "id"])
    op.drop_index("ix_audit_entries_district_code", table_name="audit_entries")


def downgrade() -> None:
    op.create_index("ix_audit_entries_district_code", "audit_entries", ["district_code"])
    op.drop_index("ix_audit_entries_district_code_subject_id", table_name="audit_entries")
    op.drop_index("ix_audit_entries_district_code_id", table_name="audit_entries")
