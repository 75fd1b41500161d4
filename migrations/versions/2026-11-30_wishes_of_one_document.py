"""Earlier wishes asked for one document alone, and say so."""

from collections.abc import Sequence

from alembic import op

revision: str = "41f7c6ab9e05"
down_revision: str | None = "e90b47d2a1c6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("""UPDATE schedules SET request = request || '{"documents": null}'""")


def downgrade() -> None:
    op.execute("UPDATE schedules SET request = request - 'documents'")
