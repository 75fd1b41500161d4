"""What happened at visits, the counts of each day, and what a visit was planned with."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7c1f5a9be204"
down_revision: str | None = "b4d81e6f20c7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sites", sa.Column("already_activated_as_of", sa.Date(), nullable=True))
    op.add_column("visits", sa.Column("planned_with", postgresql.JSONB(), nullable=True))
    op.create_table(
        "walk_in_counts",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("activated", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("activated BETWEEN 0 AND 1000000", name=op.f("ck_walk_in_counts_activated")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_walk_in_counts_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", "document", "day", name=op.f("pk_walk_in_counts")),
    )
    op.create_table(
        "official_counts",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("activated", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.CheckConstraint("activated >= 0", name=op.f("ck_official_counts_activated")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_official_counts_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", "document", "owner", "as_of", name=op.f("pk_official_counts")),
    )
    op.create_table(
        "visit_results",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("activated", sa.Integer(), nullable=False),
        sa.Column("other_district", sa.Integer(), nullable=True),
        sa.Column("phone_not_ready", sa.Integer(), nullable=True),
        sa.Column("turned_away", sa.Integer(), nullable=True),
        sa.Column("ran_out_of_time", sa.Boolean(), nullable=True),
        sa.Column("invited", sa.Integer(), nullable=True),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("last_served_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("signal_met", sa.SmallInteger(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("reported_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("reported_by", sa.String(), nullable=False),
        sa.CheckConstraint("outcome IN ('held', 'cut_short', 'not_held')", name=op.f("ck_visit_results_outcome")),
        sa.CheckConstraint(
            "cause IN ('network_down', 'server_down', 'site_closed', 'team_absent', 'weather', 'equipment', 'other')",
            name=op.f("ck_visit_results_cause"),
        ),
        sa.CheckConstraint(
            "served >= 0 AND activated >= 0 AND other_district >= 0", name=op.f("ck_visit_results_served_counts")
        ),
        sa.CheckConstraint(
            "phone_not_ready >= 0 AND turned_away >= 0 AND invited >= 0", name=op.f("ck_visit_results_other_counts")
        ),
        sa.CheckConstraint(
            "activated + coalesce(other_district, 0) <= served", name=op.f("ck_visit_results_activated_of_served")
        ),
        sa.CheckConstraint("outcome <> 'not_held' OR served = 0", name=op.f("ck_visit_results_not_held_serves_nobody")),
        sa.CheckConstraint("signal_met BETWEEN 0 AND 4", name=op.f("ck_visit_results_signal_met")),
        sa.CheckConstraint(
            "started_at <= ended_at AND started_at <= last_served_at AND last_served_at <= ended_at",
            name=op.f("ck_visit_results_hours"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_visit_results_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_visit_results_visit_id_visits"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["visit_results.id"],
            name=op.f("fk_visit_results_corrects_id_visit_results"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_results")),
        sa.UniqueConstraint("district_code", "report_id", name=op.f("uq_visit_results_district_code_report_id")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_visit_results_corrects_id")),
    )
    op.create_index("ix_visit_results_visit_id", "visit_results", ["visit_id"])
    op.create_index(
        "uq_visit_results_standing",
        "visit_results",
        ["district_code", "visit_uid"],
        unique=True,
        postgresql_where=sa.text("stands"),
    )


def downgrade() -> None:
    op.drop_table("visit_results")
    op.drop_table("official_counts")
    op.drop_table("walk_in_counts")
    op.drop_column("visits", "planned_with")
    op.drop_column("sites", "already_activated_as_of")
