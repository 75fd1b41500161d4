"""Every schedule keeps its whole wish in one shape; what stood in columns alone is filled in."""

from collections.abc import Sequence

from alembic import op

revision: str = "e1a7c05d92f4"
down_revision: str | None = "e7b5c06d2f19"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("""
        UPDATE schedules SET request = jsonb_build_object(
            'period_start', period_start, 'period_end', period_end, 'document', document, 'first_date', NULL,
            'seed', seed, 'time_limit_seconds', time_limit_seconds, 'iterations', NULL,
            'replan', request -> 'replan',
            'kinds', COALESCE(request -> 'kinds', '[]'),
            'weights', COALESCE(request -> 'weights', '{}'),
            'budget', CASE WHEN jsonb_exists(request, 'budget')
                THEN jsonb_build_object('rupiah', request -> 'budget') END,
            'kept', NULL
        )
    """)


def downgrade() -> None:
    op.execute("""
        UPDATE schedules SET request =
            jsonb_build_object('kinds', request -> 'kinds', 'weights', request -> 'weights')
            || CASE WHEN request -> 'replan' = 'null' THEN '{}'
                ELSE jsonb_build_object('replan', request -> 'replan') END
            || CASE WHEN request -> 'budget' = 'null' THEN '{}'
                ELSE jsonb_build_object('budget', request -> 'budget' -> 'rupiah') END
    """)
