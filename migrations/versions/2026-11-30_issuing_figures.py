"""What a district says itself of issuing each further document."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "5c1d9a73e8f4"
down_revision: str | None = "b3e85f17c0d2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_THINGS = (
    "'district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'planning_figures', 'kind_figures',"
    " 'site', 'team', 'travel_entry'"
)


def _restrict_things(things: str) -> None:
    # The rows are read without the lock of a changed table.
    op.drop_constraint(op.f("ck_imported_records_thing"), "imported_records")
    op.execute(
        f"ALTER TABLE imported_records ADD CONSTRAINT ck_imported_records_thing CHECK (thing IN ({things})) NOT VALID"
    )
    op.execute("ALTER TABLE imported_records VALIDATE CONSTRAINT ck_imported_records_thing")


def upgrade() -> None:
    op.create_table(
        "issuing_figures",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("kit", sa.String(), nullable=True),
        sa.Column("needs_signal", sa.Boolean(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "document IN ('ktp_el', 'kia', 'birth_certificate')", name=op.f("ck_issuing_figures_document")
        ),
        sa.CheckConstraint("minutes BETWEEN 1 AND 240", name=op.f("ck_issuing_figures_minutes")),
        sa.CheckConstraint("kit IN ('none', 'biometric', 'card_printer')", name=op.f("ck_issuing_figures_kit")),
        sa.CheckConstraint(
            "num_nonnulls(minutes, kit, needs_signal) >= 1", name=op.f("ck_issuing_figures_says_something")
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_issuing_figures_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", "document", name=op.f("pk_issuing_figures")),
    )
    _restrict_things(f"{_THINGS}, 'issuing_figures'")


def downgrade() -> None:
    op.execute("DELETE FROM imported_records WHERE thing = 'issuing_figures'")
    _restrict_things(_THINGS)
    op.drop_table("issuing_figures")
