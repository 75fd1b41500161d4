"""The tables of the first version."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "193f3d559fbf"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_district_code"), "audit_entries", ["district_code"], unique=False)
    op.create_table(
        "districts",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_code", sa.String(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("working_weekdays", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("detour", sa.Double(), nullable=False),
        sa.Column("kmh", sa.Integer(), nullable=False),
        sa.Column("cost_per_km", sa.Integer(), nullable=False),
        sa.Column("cost_per_team_day", sa.Integer(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("code ~ '^\\d{2}(\\.\\d{2})?$'", name=op.f("ck_districts_code")),
        sa.CheckConstraint(
            "parent_code IS NULL OR code LIKE parent_code || '.%%'", name=op.f("ck_districts_parent_is_prefix")
        ),
        sa.CheckConstraint(
            "time_zone IN ('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura')", name=op.f("ck_districts_time_zone")
        ),
        sa.CheckConstraint(
            "working_weekdays ~ '^[01]{7}$' AND working_weekdays <> '0000000'",
            name=op.f("ck_districts_working_weekdays"),
        ),
        sa.CheckConstraint(
            "cost_per_km >= 0 AND cost_per_team_day >= 0 AND budget >= 0", name=op.f("ck_districts_costs")
        ),
        sa.CheckConstraint("detour BETWEEN 1 AND 5 AND kmh BETWEEN 1 AND 200", name=op.f("ck_districts_travel")),
        sa.CheckConstraint(
            "lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5", name=op.f("ck_districts_in_indonesia")
        ),
        sa.CheckConstraint("population >= 0", name=op.f("ck_districts_population")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_districts")),
    )
    op.create_table(
        "idempotency_records",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_idempotency_records")),
    )
    op.create_index(op.f("ix_idempotency_records_created_at"), "idempotency_records", ["created_at"], unique=False)
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name=op.f("pk_workers")),
    )
    op.create_table(
        "areas",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("min_activations", sa.Integer(), nullable=False),
        sa.Column("provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("code LIKE district_code || '.%%'", name=op.f("ck_areas_inside_district")),
        sa.CheckConstraint("min_activations >= 0", name=op.f("ck_areas_min_activations")),
        sa.CheckConstraint("population >= 0", name=op.f("ck_areas_population")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_areas_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_areas_district_code_code")),
    )
    op.create_table(
        "holiday_overrides",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_holiday_overrides_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_overrides")),
        sa.UniqueConstraint("district_code", "date", name=op.f("uq_holiday_overrides_district_code_date")),
    )
    op.create_table(
        "reported_figures",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("eligible_base", sa.String(), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.CheckConstraint(
            "figure IN ('activated', 'percent', 'eligible_people', 'target_percent', 'target_count', 'deadline')",
            name=op.f("ck_reported_figures_figure"),
        ),
        sa.CheckConstraint(
            "eligible_base IN ('wajib_ktp', 'ktp_holders', 'residents', 'children')",
            name=op.f("ck_reported_figures_eligible_base"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_reported_figures_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported_figures")),
    )
    op.create_index(op.f("ix_reported_figures_district_code"), "reported_figures", ["district_code"], unique=False)
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("is_back_test", sa.Boolean(), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("run_status", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure_reason", sa.String(), nullable=True),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("instance_json", sa.LargeBinary(), nullable=True),
        sa.Column("plan_json", sa.LargeBinary(), nullable=True),
        sa.Column("value_milli", sa.BigInteger(), nullable=True),
        sa.Column("bound_milli", sa.BigInteger(), nullable=True),
        sa.Column("expected_activations", sa.Integer(), nullable=True),
        sa.Column("upper_bound_activations", sa.Integer(), nullable=True),
        sa.Column("gap", sa.Integer(), nullable=True),
        sa.Column("already_planned", sa.Integer(), nullable=True),
        sa.Column("walk_ins", sa.Integer(), nullable=True),
        sa.Column("net_gap", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("crosses_on", sa.Date(), nullable=True),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("iterations", sa.Integer(), nullable=True),
        sa.Column("solver_version", sa.String(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(run_status = 'failed') = (failure_reason IS NOT NULL)", name=op.f("ck_schedules_failure_reason")
        ),
        sa.CheckConstraint(
            "run_status <> 'succeeded' OR plan_json IS NOT NULL", name=op.f("ck_schedules_succeeded_has_plan")
        ),
        sa.CheckConstraint(
            "run_status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_schedules_run_status"),
        ),
        sa.CheckConstraint("verdict IN ('reachable', 'unreachable', 'open')", name=op.f("ck_schedules_verdict")),
        sa.CheckConstraint(
            "bound_milli IS NULL OR bound_milli >= value_milli", name=op.f("ck_schedules_bound_over_value")
        ),
        sa.CheckConstraint("first_date BETWEEN period_start AND period_end", name=op.f("ck_schedules_first_date")),
        sa.CheckConstraint("period_start <= period_end", name=op.f("ck_schedules_period")),
        sa.CheckConstraint(
            "published_at IS NULL OR plan_json IS NOT NULL", name=op.f("ck_schedules_published_has_plan")
        ),
        sa.CheckConstraint(
            "superseded_at IS NULL OR published_at IS NOT NULL", name=op.f("ck_schedules_superseded_was_published")
        ),
        sa.CheckConstraint("time_limit_seconds BETWEEN 1 AND 3600", name=op.f("ck_schedules_time_limit_seconds")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_schedules_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("district_code", "id", name=op.f("uq_schedules_district_code_id")),
    )
    op.create_index(op.f("ix_schedules_district_code"), "schedules", ["district_code"], unique=False)
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("target_percent", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("target_count", sa.Integer(), nullable=True),
        sa.Column("eligible_people", sa.Integer(), nullable=True),
        sa.Column("eligible_base", sa.String(), nullable=True),
        sa.Column("activated", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "document IN ('ikd', 'ktp_el', 'kia', 'birth_certificate')", name=op.f("ck_targets_document")
        ),
        sa.CheckConstraint("activated >= 0 AND activated <= eligible_people", name=op.f("ck_targets_activated")),
        sa.CheckConstraint("as_of <= deadline", name=op.f("ck_targets_deadline_after_count")),
        sa.CheckConstraint(
            "eligible_people > 0 AND eligible_people <= 300000000", name=op.f("ck_targets_eligible_people")
        ),
        sa.CheckConstraint("num_nonnulls(target_percent, target_count) >= 1", name=op.f("ck_targets_percent_or_count")),
        sa.CheckConstraint("target_count > 0", name=op.f("ck_targets_target_count")),
        sa.CheckConstraint("owner IN ('district', 'province', 'ministry')", name=op.f("ck_targets_owner")),
        sa.CheckConstraint(
            "eligible_base IN ('wajib_ktp', 'ktp_holders', 'residents', 'children')",
            name=op.f("ck_targets_eligible_base"),
        ),
        sa.CheckConstraint("target_percent > 0 AND target_percent <= 100", name=op.f("ck_targets_target_percent")),
        sa.CheckConstraint(
            "target_percent IS NULL OR eligible_people IS NOT NULL", name=op.f("ck_targets_percent_has_base")
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_targets_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
        sa.UniqueConstraint("district_code", "document", "owner", name=op.f("uq_targets_district_code_document_owner")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("operators", sa.SmallInteger(), nullable=False),
        sa.Column("minutes_per_activation", sa.SmallInteger(), nullable=False),
        sa.Column("kits", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("base_name", sa.String(), nullable=True),
        sa.Column("base_lat", sa.Double(), nullable=False),
        sa.Column("base_lon", sa.Double(), nullable=False),
        sa.Column("shift_start", sa.SmallInteger(), nullable=False),
        sa.Column("shift_end", sa.SmallInteger(), nullable=False),
        sa.Column("working_weekdays", sa.String(), nullable=True),
        sa.Column("max_stops", sa.SmallInteger(), nullable=False),
        sa.Column("provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kits <@ ARRAY['satellite', 'biometric', 'card_printer']", name=op.f("ck_teams_kits")),
        sa.CheckConstraint(
            "working_weekdays ~ '^[01]{7}$' AND working_weekdays <> '0000000'", name=op.f("ck_teams_working_weekdays")
        ),
        sa.CheckConstraint(
            "base_lat BETWEEN -11.5 AND 6.5 AND base_lon BETWEEN 94.5 AND 141.5", name=op.f("ck_teams_in_indonesia")
        ),
        sa.CheckConstraint("max_stops BETWEEN 1 AND 20", name=op.f("ck_teams_max_stops")),
        sa.CheckConstraint("minutes_per_activation BETWEEN 1 AND 240", name=op.f("ck_teams_minutes_per_activation")),
        sa.CheckConstraint("operators BETWEEN 1 AND 100", name=op.f("ck_teams_operators")),
        sa.CheckConstraint(
            "shift_start >= 0 AND shift_start < shift_end AND shift_end <= 1440", name=op.f("ck_teams_shift")
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_teams_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_teams_district_code_code")),
        sa.UniqueConstraint("district_code", "id", name=op.f("uq_teams_district_code_id")),
    )
    op.create_table(
        "walk_in_rates",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("per_working_day", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("per_working_day BETWEEN 0 AND 1000000", name=op.f("ck_walk_in_rates_per_working_day")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_walk_in_rates_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_in_rates")),
        sa.UniqueConstraint(
            "district_code", "document", "starts_on", name=op.f("uq_walk_in_rates_district_code_document_starts_on")
        ),
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("already_activated", sa.Integer(), nullable=False),
        sa.Column("phone_ready_share", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("turn_out_share", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("resident_share", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("connectivity", sa.SmallInteger(), nullable=False),
        sa.Column("connectivity_measured_on", sa.Date(), nullable=True),
        sa.Column("readiness", sa.String(), nullable=False),
        sa.Column("readiness_from", sa.Date(), nullable=True),
        sa.Column("readiness_until", sa.Date(), nullable=True),
        sa.Column("must_visit", sa.Boolean(), nullable=False),
        sa.Column("max_visit_dates", sa.Integer(), nullable=True),
        sa.Column("min_gap_days", sa.Integer(), nullable=True),
        sa.Column("max_teams", sa.Integer(), nullable=True),
        sa.Column("setup_minutes", sa.Integer(), nullable=True),
        sa.Column("fixed_minutes", sa.Integer(), nullable=True),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("contact_phone", sa.String(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('agency', 'school', 'clinic', 'village', 'area_office', 'organisation', 'mall', 'home')",
            name=op.f("ck_sites_kind"),
        ),
        sa.CheckConstraint(
            "readiness IN ('unknown', 'asked', 'agreed', 'not_ready', 'done')", name=op.f("ck_sites_readiness")
        ),
        sa.CheckConstraint("already_activated BETWEEN 0 AND headcount", name=op.f("ck_sites_already_activated")),
        sa.CheckConstraint("connectivity BETWEEN 0 AND 4", name=op.f("ck_sites_connectivity")),
        sa.CheckConstraint("fixed_minutes BETWEEN 1 AND 1440", name=op.f("ck_sites_fixed_minutes")),
        sa.CheckConstraint("headcount BETWEEN 0 AND 500000", name=op.f("ck_sites_headcount")),
        sa.CheckConstraint(
            "lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5", name=op.f("ck_sites_in_indonesia")
        ),
        sa.CheckConstraint("max_teams BETWEEN 1 AND 100", name=op.f("ck_sites_max_teams")),
        sa.CheckConstraint("max_visit_dates BETWEEN 1 AND 366", name=op.f("ck_sites_max_visit_dates")),
        sa.CheckConstraint("min_gap_days BETWEEN 1 AND 366", name=op.f("ck_sites_min_gap_days")),
        sa.CheckConstraint("phone_ready_share BETWEEN 0 AND 1", name=op.f("ck_sites_phone_ready_share")),
        sa.CheckConstraint("readiness_from <= readiness_until", name=op.f("ck_sites_readiness_dates")),
        sa.CheckConstraint("resident_share BETWEEN 0 AND 1", name=op.f("ck_sites_resident_share")),
        sa.CheckConstraint("setup_minutes BETWEEN 0 AND 600", name=op.f("ck_sites_setup_minutes")),
        sa.CheckConstraint("turn_out_share BETWEEN 0 AND 1", name=op.f("ck_sites_turn_out_share")),
        sa.ForeignKeyConstraint(
            ["district_code", "area_code"],
            ["areas.district_code", "areas.code"],
            name=op.f("fk_sites_district_code_area_code_areas"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_sites_district_code_code")),
        sa.UniqueConstraint("district_code", "id", name=op.f("uq_sites_district_code_id")),
    )
    op.create_table(
        "team_leaves",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_team_leaves_order")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_leaves_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_leaves")),
    )
    op.create_index(op.f("ix_team_leaves_team_id"), "team_leaves", ["team_id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role <> 'coordinator' OR team_id IS NOT NULL", name=op.f("ck_tokens_coordinator_has_team")),
        sa.CheckConstraint("role = 'admin' OR district_code IS NOT NULL", name=op.f("ck_tokens_district")),
        sa.CheckConstraint(
            "role IN ('admin', 'planner', 'coordinator', 'viewer', 'feed')", name=op.f("ck_tokens_role")
        ),
        sa.CheckConstraint("team_id IS NULL OR role IN ('coordinator', 'feed')", name=op.f("ck_tokens_team")),
        sa.CheckConstraint("length(secret_hash) = 32", name=op.f("ck_tokens_secret_hash")),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_tokens_district_code_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_tokens_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_tokens_secret_hash")),
    )
    op.create_index(op.f("ix_tokens_district_code"), "tokens", ["district_code"], unique=False)
    op.create_table(
        "site_exceptions",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("opens", sa.SmallInteger(), nullable=True),
        sa.Column("closes", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "(opens IS NULL AND closes IS NULL) OR (opens >= 0 AND opens < closes AND closes <= 1440)",
            name=op.f("ck_site_exceptions_hours"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_site_exceptions_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_exceptions")),
    )
    op.create_index(op.f("ix_site_exceptions_site_id"), "site_exceptions", ["site_id"], unique=False)
    op.create_table(
        "site_windows",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("opens", sa.SmallInteger(), nullable=False),
        sa.Column("closes", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'", name=op.f("ck_site_windows_weekdays")),
        sa.CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1440", name=op.f("ck_site_windows_hours")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_site_windows_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_windows")),
    )
    op.create_index(op.f("ix_site_windows_site_id"), "site_windows", ["site_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("stop_index", sa.SmallInteger(), nullable=False),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("setup_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("service_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("travel_minutes", sa.Integer(), nullable=False),
        sa.Column("travel_metres", sa.Integer(), nullable=False),
        sa.Column("expected_activations", sa.Integer(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(team_id, team_id, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("in_force"),
            using="gist",
            name="ex_visits_team_overlap",
        ),
        sa.CheckConstraint("arrives_at <= starts_at AND starts_at < ends_at", name=op.f("ck_visits_times")),
        sa.CheckConstraint("expected_activations >= 0", name=op.f("ck_visits_expected_activations")),
        sa.ForeignKeyConstraint(
            ["district_code", "schedule_id"],
            ["schedules.district_code", "schedules.id"],
            name=op.f("fk_visits_district_code_schedule_id_schedules"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "site_id"],
            ["sites.district_code", "sites.id"],
            name=op.f("fk_visits_district_code_site_id_sites"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_visits_district_code_team_id_teams"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint(
            "schedule_id", "team_id", "date", "site_id", name=op.f("uq_visits_schedule_id_team_id_date_site_id")
        ),
    )
    op.create_index(
        "ix_visits_district_code_date_in_force",
        "visits",
        ["district_code", "date"],
        unique=False,
        postgresql_where=sa.text("in_force"),
    )
    op.create_index(
        "ix_visits_district_code_withdrawn_at",
        "visits",
        ["district_code", "withdrawn_at"],
        unique=False,
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.create_index("ix_visits_site_id", "visits", ["site_id"], unique=False)
    op.create_index(
        "ix_visits_team_id_date_in_force",
        "visits",
        ["team_id", "date"],
        unique=False,
        postgresql_where=sa.text("in_force"),
    )
    op.create_index("uq_visits_uid_in_force", "visits", ["uid"], unique=True, postgresql_where=sa.text("in_force"))


def downgrade() -> None:
    op.drop_index("uq_visits_uid_in_force", table_name="visits", postgresql_where=sa.text("in_force"))
    op.drop_index("ix_visits_team_id_date_in_force", table_name="visits", postgresql_where=sa.text("in_force"))
    op.drop_index("ix_visits_site_id", table_name="visits")
    op.drop_index(
        "ix_visits_district_code_withdrawn_at",
        table_name="visits",
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.drop_index("ix_visits_district_code_date_in_force", table_name="visits", postgresql_where=sa.text("in_force"))
    op.drop_table("visits")
    op.drop_index(op.f("ix_site_windows_site_id"), table_name="site_windows")
    op.drop_table("site_windows")
    op.drop_index(op.f("ix_site_exceptions_site_id"), table_name="site_exceptions")
    op.drop_table("site_exceptions")
    op.drop_index(op.f("ix_tokens_district_code"), table_name="tokens")
    op.drop_table("tokens")
    op.drop_index(op.f("ix_team_leaves_team_id"), table_name="team_leaves")
    op.drop_table("team_leaves")
    op.drop_table("sites")
    op.drop_table("walk_in_rates")
    op.drop_table("teams")
    op.drop_table("targets")
    op.drop_index(op.f("ix_schedules_district_code"), table_name="schedules")
    op.drop_table("schedules")
    op.drop_index(op.f("ix_reported_figures_district_code"), table_name="reported_figures")
    op.drop_table("reported_figures")
    op.drop_table("holiday_overrides")
    op.drop_table("areas")
    op.drop_table("workers")
    op.drop_index(op.f("ix_idempotency_records_created_at"), table_name="idempotency_records")
    op.drop_table("idempotency_records")
    op.drop_table("districts")
    op.drop_index(op.f("ix_audit_entries_district_code"), table_name="audit_entries")
    op.drop_table("audit_entries")
