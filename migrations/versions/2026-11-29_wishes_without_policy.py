"""Earlier wishes named no policy, and say so."""

from collections.abc import Sequence

from alembic import op

revision: str = "7a61f2c8d3e0"
down_revision: str | None = "5d0e3b9a71c4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("""UPDATE schedules SET request = request || '{"policy": null}'""")


def downgrade() -> None:
    op.execute("UPDATE schedules SET request = request - 'policy'")
