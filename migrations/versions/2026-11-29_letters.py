"""The office's letterhead and staff, and the letters that were issued."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7be41d90c2f6"
down_revision: str | None = "31c8d7f05ab2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "letterheads",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_format", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("logo_format IN ('png', 'svg')", name=op.f("ck_letterheads_logo_format")),
        sa.CheckConstraint("(logo IS NULL) = (logo_format IS NULL)", name=op.f("ck_letterheads_logo_has_format")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_letterheads_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", name=op.f("pk_letterheads")),
    )
    op.create_table(
        "team_staff",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("nip", sa.String(), nullable=True),
        sa.Column("rank", sa.String(), nullable=True),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('pns', 'pppk', 'non_asn')", name=op.f("ck_team_staff_status")),
        sa.CheckConstraint("nip ~ '^[0-9]{18}$'", name=op.f("ck_team_staff_nip")),
        sa.CheckConstraint("status <> 'non_asn' OR nip IS NULL", name=op.f("ck_team_staff_non_asn_has_no_nip")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_team_staff_order")),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_team_staff_district_code_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_staff")),
    )
    op.create_index("ix_team_staff_team_id", "team_staff", ["team_id"])
    op.create_table(
        "issued_letters",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("changes_id", sa.Integer(), nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("stops", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.CheckConstraint("first_date <= last_date", name=op.f("ck_issued_letters_order")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_issued_letters_sha256")),
        sa.ForeignKeyConstraint(
            ["district_code", "schedule_id"],
            ["schedules.district_code", "schedules.id"],
            name=op.f("fk_issued_letters_district_code_schedule_id_schedules"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_issued_letters_district_code_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["changes_id"],
            ["issued_letters.id"],
            name=op.f("fk_issued_letters_changes_id_issued_letters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_letters")),
        sa.UniqueConstraint(
            "district_code", "year", "number", name=op.f("uq_issued_letters_district_code_year_number")
        ),
        sa.UniqueConstraint("changes_id", name=op.f("uq_issued_letters_changes_id")),
    )
    op.create_index(
        "uq_issued_letters_standing",
        "issued_letters",
        ["district_code", "document", "team_id", "week"],
        unique=True,
        postgresql_where=sa.text("stands"),
    )


def downgrade() -> None:
    op.drop_table("issued_letters")
    op.drop_table("team_staff")
    op.drop_table("letterheads")
