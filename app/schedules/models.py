"""What is stored of a schedule: the run that made it, its files and figures, and its visits."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.travel.models import LegSource


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """Whether what is due can be won: by the deadline, or by the end of a period that ends before it."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    OPEN = "open"


class Schedule(Base):
    """A plan for a district and a period: first a run, then a draft, then published, then superseded."""

    __tablename__ = "schedules"
    __table_args__ = (
        UniqueConstraint("district_code", "id"),
        CheckConstraint("period_start <= period_end", name="period"),
        CheckConstraint("first_date BETWEEN period_start AND period_end", name="first_date"),
        CheckConstraint("time_limit_seconds BETWEEN 1 AND 3600", name="time_limit_seconds"),
        CheckConstraint("run_status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="run_status"),
        CheckConstraint("verdict IN ('reachable', 'unreachable', 'open')", name="verdict"),
        CheckConstraint("(run_status = 'failed') = (failure_reason IS NOT NULL)", name="failure_reason"),
        CheckConstraint("run_status <> 'succeeded' OR plan_json IS NOT NULL", name="succeeded_has_plan"),
        CheckConstraint("published_at IS NULL OR plan_json IS NOT NULL", name="published_has_plan"),
        CheckConstraint("superseded_at IS NULL OR published_at IS NOT NULL", name="superseded_was_published"),
        CheckConstraint("bound_milli IS NULL OR bound_milli >= value_milli", name="bound_over_value"),
        CheckConstraint("num_nulls(target_count, activated, deadline, days_after) IN (0, 4)", name="target"),
        CheckConstraint(
            "needed_by_end IS NULL OR needed_by_end <= target_count AND days_after > 0",
            name="needed_by_end",
        ),
        CheckConstraint("counted_activations <= expected_activations", name="counted_activations"),
        Index("ix_schedules_waiting", "district_code", "turn", postgresql_where=text("run_status = 'queued'")),
        CheckConstraint(
            "num_nulls(verdict, due_activations, counted_activations, remaining_activations) IN (0, 4)", name="due"
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), index=True)
    document: Mapped[str] = mapped_column(default="ikd")
    period_start: Mapped[date]
    period_end: Mapped[date]
    first_date: Mapped[date]
    """The first date that may hold a visit; earlier dates of the period are history."""
    is_back_test: Mapped[bool] = mapped_column(default=False)
    """The period lay in the past when the schedule was requested."""
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The wish (`app.schedules.wish`) as understood."""
    time_limit_seconds: Mapped[int]
    seed: Mapped[int]
    requested_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    requested_by: Mapped[str]

    run_status: Mapped[str] = mapped_column(default="queued")
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_requested_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    turn: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Where it stands in line, in seconds of solving (`app.schedules.runs.line`); the lowest begins first."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker began to solve it; the number of the latest is the only one that may report."""
    failure_reason: Mapped[str | None]
    """In English; empty in Indonesian for a run that failed before the service told both."""
    failure_reason_indonesian: Mapped[str | None]
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Last progress told by the run: elapsed_seconds, iterations, incumbent and bound; at most one a second."""

    unvisitable: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """Must-visit sites where no plan of this request wins anybody: site_id, code, name and reason (`Barrier`)."""

    instance_json: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The contract's instance of this run, gzip-compressed JSON, like `plan_json`."""
    plan_json: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    in_force_json: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """A plan file, gzip-compressed, of the nights, rides and kits that a re-planning of trips begins with."""
    demand_json: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """How unsure the demand of each site is (`outreach-demand-1`), gzip-compressed; empty where nothing was learned."""
    learned: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the run was planned with of what results teach, and which of several plans was kept, and why."""
    ways: Mapped[list[list[str]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """The legs of travel entries that the instance holds: kind and code of both ends, and the way."""
    road_map: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Which of its other legs are a road engine's, gzip-compressed JSON; empty: none are."""
    value_milli: Mapped[int | None] = mapped_column(BigInteger)
    bound_milli: Mapped[int | None] = mapped_column(BigInteger)
    expected_activations: Mapped[int | None]
    upper_bound_activations: Mapped[int | None]
    """Proven: no plan whatever for this instance wins more."""
    gap: Mapped[int | None]
    """People still to activate when the run began."""
    target_count: Mapped[int | None]
    activated: Mapped[int | None]
    """The count when the run began."""
    deadline: Mapped[date | None]
    days_after: Mapped[int | None]
    """Working days after the period, up to the deadline."""
    needed_by_end: Mapped[int | None]
    """People to reach by the end of a period that ends before the deadline; None where the target itself is due."""
    already_planned: Mapped[int | None]
    """Activations expected of published visits between the count and `first_date`, not counted yet."""
    walk_ins: Mapped[int | None]
    """Activations expected at the counters from the count to the end of the period or the deadline."""
    net_gap: Mapped[int | None]
    """`gap` less `already_planned` and `walk_ins`, never below 0: what the visits have to win."""
    further: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """Of each further document that was asked for: its target and gap when the run began, what the plan serves, and
    any plan at most."""
    verdict: Mapped[str | None]
    due_activations: Mapped[int | None]
    """What the visits have to win for the verdict."""
    counted_activations: Mapped[int | None]
    """Won by visits up to the deadline."""
    remaining_activations: Mapped[int | None]
    """Of the gap, after this plan and its walk-ins."""
    crosses_on: Mapped[date | None]
    """The date on which visits and walk-ins close the gap."""
    missed: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Floors, must-visits and pins that the plan does not keep."""
    levels: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the plan reaches at each level, `figures`, and of a run in levels how it came to that, `report`."""
    stop_reason: Mapped[str | None]
    iterations: Mapped[int | None]
    solver_version: Mapped[str | None]
    changing_nothing: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Of a re-planning: what the plan in force would win if nobody changed it."""
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("schedules.id", ondelete="SET NULL"), index=True)
    """The schedule whose plan this one began with."""
    copied_version: Mapped[int | None]
    """Which version of it, where that one was a draft edited by hand."""
    draft_version: Mapped[int | None]
    """Number of the newest version (`app.schedules.drafts`) of a copy that people edit; empty for the plan of a run."""
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    publication: Mapped[int | None]
    """Which publication of the district it is, from 1: given under the lock by which publications take turns."""
    knows_publication: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The last publication of the district when the plan was begun: later ones it knows nothing of."""
    superseded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(default=1)


class Visit(Base):
    """One team at one site on one date; `in_force` while it stands in the published plan of its district."""

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("schedule_id", "team_id", "date", "site_id"),
        ForeignKeyConstraint(
            ["district_code", "schedule_id"], ["schedules.district_code", "schedules.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"]),
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"]),
        CheckConstraint("arrives_at <= starts_at AND starts_at < ends_at", name="times"),
        CheckConstraint("expected_activations >= 0", name="expected_activations"),
        CheckConstraint("travel_source IN ('road', 'entered', 'great_circle')", name="travel_source"),
        CheckConstraint("home_source IN ('road', 'entered', 'great_circle')", name="home_source"),
        CheckConstraint("travel_way IN ('road', 'boat', 'plane', 'foot')", name="travel_way"),
        CheckConstraint("home_way IN ('road', 'boat', 'plane', 'foot')", name="home_way"),
        CheckConstraint("published_at IS NULL OR planned_with IS NOT NULL", name="published_has_planned_with"),
        CheckConstraint("stage IN ('preparation', 'follow_up')", name="stage"),
        CheckConstraint("num_nonnulls(stage, prepared) IN (0, 2) AND prepared >= 0", name="stage_with_people"),
        CheckConstraint("stage <> 'preparation' OR expected_activations = 0", name="preparation_wins_nobody"),
        # The embedded server ships no btree_gist; a team as a one-element range needs none.
        ExcludeConstraint(
            (text("int8range(team_id, team_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("in_force"),
            using="gist",
            name="ex_visits_team_overlap",
        ),
        Index("ix_visits_team_id_date_in_force", "team_id", "date", postgresql_where=text("in_force")),
        Index(
            "ix_visits_district_code_date_in_force",
            "district_code",
            "date",
            postgresql_where=text("in_force"),
        ),
        Index(
            "ix_visits_district_code_withdrawn_at",
            "district_code",
            "withdrawn_at",
            postgresql_where=text("withdrawn_at IS NOT NULL"),
        ),
        Index("ix_visits_site_id", "site_id"),
        # Two visits of one site, team and date in force would share one calendar identity.
        Index("uq_visits_uid_in_force", "uid", unique=True, postgresql_where=text("in_force")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(Uuid, default=uuid.uuid4)
    """Calendar identity; a later schedule that keeps team, date and site keeps it."""
    district_code: Mapped[str]
    schedule_id: Mapped[int]
    team_id: Mapped[int]
    site_id: Mapped[int]
    date: Mapped[date]
    stop_index: Mapped[int] = mapped_column(SmallInteger)
    """Position in the team's day, from 0."""
    arrives_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Set-up begins; service follows it."""
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    setup_minutes: Mapped[int] = mapped_column(SmallInteger)
    service_minutes: Mapped[int] = mapped_column(SmallInteger)
    travel_minutes: Mapped[int]
    """From the stop before, or from the base."""
    travel_metres: Mapped[int]
    home_minutes: Mapped[int]
    """From here to the base: the way back where this is the last stop of the day."""
    home_metres: Mapped[int]
    travel_source: Mapped[str] = mapped_column(default=LegSource.GREAT_CIRCLE.value, server_default="great_circle")
    """What `travel_minutes` and `travel_metres` rest on; for the way back, `home_source`."""
    travel_way: Mapped[str | None]
    """By what one goes, where that is known; for the way back, `home_way`."""
    home_source: Mapped[str] = mapped_column(default=LegSource.GREAT_CIRCLE.value, server_default="great_circle")
    home_way: Mapped[str | None]
    expected_activations: Mapped[int]
    """People served with the document of the schedule."""
    expected_further: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    """People served besides, by further document."""
    stage: Mapped[str | None]
    """What it is to people who are prepared first (`app.sites.preparations`); empty: a visit like any other."""
    prepared: Mapped[int | None]
    """Of a preparation those whom it prepares, of a follow-up those prepared who are expected again."""
    day_breaks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """The breaks of its team on that date, the same with every visit of the day (`app.schedules.team_days`)."""
    day_kits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """What its team draws from shared pools on that date, likewise."""
    planned_with: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What was known of site and team when the visit was published (`app.schedules.planned_with`); later changes of
    the site do not rewrite it."""
    pinned: Mapped[bool] = mapped_column(default=False)
    in_force: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When this visit last entered a published plan."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it left the published plan."""
    sequence: Mapped[int] = mapped_column(default=0)
    """iCalendar SEQUENCE: grows with every real change of a published visit."""
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Last real change: LAST-MODIFIED and DTSTAMP of the feed."""


class VisitOutcome(StrEnum):
    """Whether a visit took place."""

    HELD = "held"
    CUT_SHORT = "cut_short"
    NOT_HELD = "not_held"


class LossCause(StrEnum):
    """What kept a visit from taking place, or from taking place whole."""

    NETWORK_DOWN = "network_down"
    SERVER_DOWN = "server_down"
    SITE_CLOSED = "site_closed"
    TEAM_ABSENT = "team_absent"
    WEATHER = "weather"
    EQUIPMENT = "equipment"
    OTHER = "other"


class VisitResult(Base):
    """What really happened at a visit, as somebody reported it; only counts, nobody's name.

    Never changed: a correction is a row of its own that names the one it corrects. Of a visit's results one stands.
    Null figures were not said."""

    __tablename__ = "visit_results"
    __table_args__ = (
        UniqueConstraint("district_code", "report_id"),
        UniqueConstraint("corrects_id"),
        CheckConstraint("outcome IN ('held', 'cut_short', 'not_held')", name="outcome"),
        CheckConstraint(
            "cause IN ('network_down', 'server_down', 'site_closed', 'team_absent', 'weather', 'equipment', 'other')",
            name="cause",
        ),
        CheckConstraint("served >= 0 AND activated >= 0 AND other_district >= 0", name="served_counts"),
        CheckConstraint("phone_not_ready >= 0 AND turned_away >= 0 AND invited >= 0", name="other_counts"),
        CheckConstraint("activated + coalesce(other_district, 0) <= served", name="activated_of_served"),
        CheckConstraint("outcome <> 'not_held' OR served = 0", name="not_held_serves_nobody"),
        CheckConstraint("prepared >= 0", name="prepared"),
        CheckConstraint("outcome <> 'not_held' OR coalesce(prepared, 0) = 0", name="not_held_prepares_nobody"),
        CheckConstraint("signal_met BETWEEN 0 AND 4", name="signal_met"),
        CheckConstraint(
            "started_at <= ended_at AND started_at <= last_served_at AND last_served_at <= ended_at", name="hours"
        ),
        Index("uq_visit_results_standing", "district_code", "visit_uid", unique=True, postgresql_where=text("stands")),
        Index("ix_visit_results_visit_id", "visit_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"))
    """The row that was reported on; a later plan may carry the same visit in another."""
    visit_uid: Mapped[uuid.UUID] = mapped_column(Uuid)
    """The visit's identity, whichever plan carries it."""
    report_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    """Made by the sender: the same report again is the same report."""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("visit_results.id", ondelete="CASCADE"))
    stands: Mapped[bool] = mapped_column(default=True)
    """Whether no other result corrects it."""
    outcome: Mapped[str]
    served: Mapped[int]
    activated: Mapped[int]
    """Of the served, those that count for this district."""
    other_district: Mapped[int | None]
    """Of the served, those registered elsewhere: they take time and count nothing."""
    phone_not_ready: Mapped[int | None]
    turned_away: Mapped[int | None]
    served_further: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    """People served besides, by further document, those that were said; they are not among the served."""
    prepared: Mapped[int | None]
    """People who were prepared for a later visit; they are not among the served, and count nothing."""
    ran_out_of_time: Mapped[bool | None]
    invited: Mapped[int | None]
    """People who were asked to come, where that differs from everybody at the site."""
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_served_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    signal_met: Mapped[int | None] = mapped_column(SmallInteger)
    cause: Mapped[str | None]
    note: Mapped[str | None]
    reported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """By the sender's own clock."""
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reported_by: Mapped[str]


class InvitationAnswer(StrEnum):
    """PARTSTAT of an attendee (RFC 5545, 3.2.12)."""

    NEEDS_ACTION = "needs-action"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


class Invitation(Base):
    """A site's contact invited to a visit (RFC 5546): the message that is due or was sent last, and the answer."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("uid", "attendee"),
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
        CheckConstraint("answer IN ('needs-action', 'accepted', 'declined', 'tentative')", name="answer"),
        Index("ix_invitations_unsent", "next_try_at", postgresql_where=text("sequence IS DISTINCT FROM sent_sequence")),
        Index("ix_invitations_district_code", "district_code"),
        Index("ix_invitations_site_id", "site_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    uid: Mapped[uuid.UUID] = mapped_column(Uuid)
    """Of the visit."""
    site_id: Mapped[int]
    attendee: Mapped[str]
    """E-mail address, as the site had it."""
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sequence: Mapped[int] = mapped_column(default=0)
    """iCalendar SEQUENCE of the invitation: grows only when what the contact is told changes."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What else the contact is told: names of site, area, team and contact, place, people expected."""
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sent_sequence: Mapped[int | None]
    """Empty: nothing was sent; -1: perhaps the first version."""
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sent_to: Mapped[str | None]
    """`mail`, or the name of a file in the outbox folder."""
    next_try_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None]
    """Why it did not go out: `refused` or `unreachable` by the mail server, `broken` by an error of our own."""
    trouble_about: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="needs-action")
    """`InvitationAnswer`."""
    answer_stamp: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """DTSTAMP of the reply: an older reply to the same message counts no more."""
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


LOST_AFTER_SECONDS = 15.0
"""Silence after which a worker counts as gone."""


class Worker(Base):
    """Heartbeat of one worker process; one that falls silent loses its runs to the others."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class RoundTrouble(Base):
    """Something that a worker does again and again and that failed at its last turn; gone when a turn succeeds."""

    __tablename__ = "round_troubles"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    fault: Mapped[str]
    failures: Mapped[int]
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
