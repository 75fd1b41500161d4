"""People who log in, their invitations, sessions and failed log-ins."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "6b0f92d4e8a7"
down_revision: str | None = "7a61f2c8d3e0"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.CheckConstraint("role IN ('admin', 'planner', 'coordinator', 'viewer')", name=op.f("ck_users_role")),
        sa.CheckConstraint("role = 'admin' OR district_code IS NOT NULL", name=op.f("ck_users_district")),
        sa.CheckConstraint(
            "(role = 'coordinator') = (team_id IS NOT NULL)", name=op.f("ck_users_coordinator_has_team")
        ),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_users_language")),
        sa.CheckConstraint("login = lower(login)", name=op.f("ck_users_login")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_users_district_code_districts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "team_id"],
            ["teams.district_code", "teams.id"],
            name=op.f("fk_users_district_code_teams"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_index(op.f("ix_users_district_code"), "users", ["district_code"])
    op.create_table(
        "user_invitations",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sets_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("length(secret_hash) = 32", name=op.f("ck_user_invitations_secret_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_invitations_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_invitations")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_user_invitations_secret_hash")),
    )
    op.create_index(op.f("ix_user_invitations_user_id"), "user_invitations", ["user_id"])
    op.create_table(
        "log_in_waits",
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", _MOMENT, nullable=False),
        sa.Column("waits_until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject_hash", name=op.f("pk_log_in_waits")),
    )
    op.create_index(op.f("ix_log_in_waits_last_failed_at"), "log_in_waits", ["last_failed_at"])
    op.add_column("tokens", sa.Column("user_id", sa.Integer(), nullable=True))
    op.add_column("tokens", sa.Column("idle_hours", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"])
    # Both hold of every row there is, since the columns are new: looking takes a moment of a small table.
    op.create_check_constraint(op.f("ck_tokens_session"), "tokens", "(user_id IS NULL) = (idle_hours IS NULL)")
    op.create_foreign_key(op.f("fk_tokens_user_id_users"), "tokens", "users", ["user_id"], ["id"], ondelete="CASCADE")


def downgrade() -> None:
    # A session without its user would be a token like any other.
    op.execute("DELETE FROM tokens WHERE user_id IS NOT NULL")
    op.drop_constraint(op.f("fk_tokens_user_id_users"), "tokens", type_="foreignkey")
    op.drop_constraint(op.f("ck_tokens_session"), "tokens", type_="check")
    op.drop_column("tokens", "idle_hours")
    op.drop_column("tokens", "user_id")
    op.drop_table("log_in_waits")
    op.drop_table("user_invitations")
    op.drop_table("users")
