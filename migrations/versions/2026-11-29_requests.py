"""Requests for visits, what they are offered, the dates they want, and the readiness of sites step by step."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7c41d9e8a0b3"
down_revision: str | None = "7be41d90c2f6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "readiness_changes",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("readiness", sa.String(), nullable=False),
        sa.Column("readiness_from", sa.Date(), nullable=True),
        sa.Column("readiness_until", sa.Date(), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "readiness IN ('unknown', 'asked', 'agreed', 'not_ready', 'done')",
            name=op.f("ck_readiness_changes_readiness"),
        ),
        sa.CheckConstraint(
            "cause IN ('entered', 'imported', 'invited', 'reply', 'request', 'visited', 'lapsed')",
            name=op.f("ck_readiness_changes_cause"),
        ),
        _site_of("readiness_changes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_changes")),
    )
    op.create_index("ix_readiness_changes_site_id", "readiness_changes", ["site_id"])
    op.create_table(
        "wanted_dates",
        sa.Column("request_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("counts_from", _MOMENT, nullable=False),
        _site_of("wanted_dates"),
        sa.PrimaryKeyConstraint("request_id", "date", name=op.f("pk_wanted_dates")),
    )
    op.create_index("ix_wanted_dates_site_id", "wanted_dates", ["site_id"])
    _create_requests()
    _create_offers()


def _create_requests() -> None:
    op.create_table(
        "visit_requests",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("wished_dates", postgresql.JSONB(), nullable=False),
        sa.Column("expected_people", sa.Integer(), nullable=True),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("no_offer", postgresql.JSONB(), nullable=True),
        sa.Column("accepted_offer", sa.SmallInteger(), nullable=True),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("decline_note", sa.String(), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('letter', 'phone', 'visit', 'meeting', 'other')", name=op.f("ck_visit_requests_channel")
        ),
        sa.CheckConstraint("status IN ('open', 'booked', 'declined')", name=op.f("ck_visit_requests_status")),
        sa.CheckConstraint(
            "decline_reason IN ('no_room', 'no_longer_wanted', 'duplicate', 'not_served_here', 'other')",
            name=op.f("ck_visit_requests_decline_reason"),
        ),
        sa.CheckConstraint(
            "(status = 'declined') = (decline_reason IS NOT NULL)", name=op.f("ck_visit_requests_declined_has_reason")
        ),
        sa.CheckConstraint(
            "(status = 'booked') = (schedule_id IS NOT NULL)", name=op.f("ck_visit_requests_booked_has_schedule")
        ),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name=op.f("ck_visit_requests_closed_at")),
        sa.CheckConstraint("expected_people BETWEEN 1 AND 500000", name=op.f("ck_visit_requests_expected_people")),
        _district_of("visit_requests"),
        _site_of("visit_requests"),
        sa.ForeignKeyConstraint(
            ["district_code", "schedule_id"],
            ["schedules.district_code", "schedules.id"],
            name=op.f("fk_visit_requests_district_code_schedules"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_requests")),
    )
    op.create_index("ix_visit_requests_district_code_id", "visit_requests", ["district_code", "id"])
    op.create_index("ix_visit_requests_site_id", "visit_requests", ["site_id"])
    op.create_index(
        "ix_visit_requests_schedule_id",
        "visit_requests",
        ["schedule_id"],
        postgresql_where=sa.text("schedule_id IS NOT NULL"),
    )


def _create_offers() -> None:
    op.create_table(
        "request_offers",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("expected_activations", sa.Integer(), nullable=False),
        sa.Column("lost_activations", sa.Integer(), nullable=False),
        sa.Column("lost_value_milli", sa.BigInteger(), nullable=False),
        sa.Column("extra_cost", sa.BigInteger(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("team_days", postgresql.JSONB(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("offered_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_request_offers_times")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_request_offers_number")),
        _district_of("request_offers"),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_request_offers_district_code_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["visit_requests.id"],
            name=op.f("fk_request_offers_request_id_visit_requests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_request_offers")),
    )
    op.create_index("ix_request_offers_held", "request_offers", ["district_code", "expires_at"])


def _district_of(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_district_code_districts")
    return sa.ForeignKeyConstraint(["district_code"], ["districts.code"], name=name, ondelete="CASCADE")


def _site_of(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_code", "site_id"],
        ["sites.district_code", "sites.id"],
        name=op.f(f"fk_{table}_district_code_sites"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_table("request_offers")
    op.drop_table("visit_requests")
    op.drop_table("wanted_dates")
    op.drop_table("readiness_changes")
