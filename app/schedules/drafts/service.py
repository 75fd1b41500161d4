"""What can be done with a draft: edit it, take edits back, look at its versions. Each is one transaction and one
version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session, undefer

from app.access import service as access
from app.access.service import Actor
from app.districts import service as districts
from app.districts.row_locks import take_turns
from app.errors import Conflict
from app.languages import said
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts.applying import AnyEdit, apply_edits
from app.schedules.drafts.copies import refuse_removed, version_of
from app.schedules.drafts.edits import Edit, EditOp, Settled
from app.schedules.drafts.idle_trips import idle_trips
from app.schedules.drafts.mending import Mend, compared, mend_of
from app.schedules.drafts.models import DraftVersion, VersionOp
from app.schedules.drafts.trip_changes import TripChange, trip_changes
from app.schedules.exchanging import frozen_until, reported_keys
from app.schedules.models import Schedule, Visit
from app.schedules.runs import record
from app.schedules.runs.checking import BrokenRule, CheckedPlan, CheckedVisit
from app.schedules.runs.drafting import (
    ChangedVisit,
    DraftProblem,
    Problems,
    Version,
    VisitKey,
    changed_visits,
    tried,
)
from app.schedules.runs.trips_model import CheckedTrip
from app.schedules.trips.reading import pins_of_draft
from app.sites.models import Site
from app.teams.models import Team


class NotADraft(Conflict):
    """The plan is that of a run, or in force: it is copied first."""


class NothingToUndo(Conflict):
    """No edit stands before this version."""


class NothingToRedo(Conflict):
    """Nothing was taken back, or something was edited since."""


PROBLEMS = Problems()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a version is worth."""

    activations: int
    cost: int
    value_milli: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What edits did, or would do."""

    schedule: Schedule
    before: Figures
    after: Figures
    broken_by_edit: tuple[BrokenRule, ...]
    broken_before: tuple[BrokenRule, ...]
    """Broken before, and still."""
    mended: tuple[BrokenRule, ...]
    """Broken before, and no longer."""
    mend: Mend | None
    changed: tuple[ChangedVisit, ...]
    trips: tuple[TripChange, ...]
    idle_trips: tuple[CheckedTrip, ...]
    """Trips whose last visit has gone: their nights and rides stay, for other visits, until a run goes on from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest version of a draft, read and judged."""

    schedule: Schedule
    digest: str
    problem: DraftProblem
    version: Version
    settled: Settled
    codes: record.Codes


def refuse_unless_draft(schedule: Schedule) -> int:
    """The number of a draft's newest version; raises `NotADraft`."""
    if schedule.draft_version is None or schedule.published_at is not None:
        raise NotADraft(
            said(
                "Schedule {schedule} cannot be edited: {why}. POST /v1/schedules/{schedule}/copy makes a draft of it.",
                "Jadwal {schedule} tidak dapat disunting: {why}. POST /v1/schedules/{schedule}/copy membuat drafnya.",
                schedule=schedule.id,
                why=said("it is the plan of a run", "ini hasil penyusunan")
                if schedule.published_at is None
                else said("it has been published", "sudah diterbitkan"),
            )
        )
    return schedule.draft_version


def head_of(session: Session, schedule: Schedule, *, now: datetime) -> Head:
    """The newest version of a draft; raises `NotADraft`, `PlanUsesTheRemoved`."""
    refuse_unless_draft(schedule)
    row = session.execute(
        select(
            func.encode(func.sha256(Schedule.instance_json), "hex"),
            func.encode(func.sha256(Schedule.demand_json), "hex"),
            Schedule.plan_json,
        ).where(Schedule.id == schedule.id)
    ).one()
    digest, content = f"{row[0]}/{row[1]}", row[2]
    assert content is not None  # a draft begins with a plan

    def load() -> tuple[bytes, bytes | None]:
        files = select(Schedule.instance_json, Schedule.demand_json).where(Schedule.id == schedule.id)
        instance, demand = session.execute(files).one()
        assert instance is not None  # a draft has the problem of its plan
        return instance, demand

    problem = PROBLEMS.get(digest, load)
    version = PROBLEMS.version(digest, problem, content)
    district = districts.get_district(session, schedule.district_code)
    codes = record.codes_of(session, schedule.district_code)
    refuse_removed(codes, version.checked)
    teams, sites = ({number: code for code, number in ids.items()} for ids in (codes.team_ids, codes.site_ids))
    return Head(
        schedule=schedule,
        digest=digest,
        problem=problem,
        version=version,
        codes=codes,
        settled=Settled(
            until=frozen_until(schedule, district, now=now),
            zone=ZoneInfo(district.time_zone),
            reported={(teams[team], day, sites[site]) for team, day, site in reported_keys(session, schedule)},
            pinned_trips={(teams[team], day) for team, day in pins_of_draft(session, schedule) if team in teams},
        ),
    )


def edit(
    session: Session, schedule: Schedule, edits: Sequence[AnyEdit], *, actor: Actor, now: datetime, is_dry: bool
) -> Edited:
    """Make all of some edits or none, as one version; `is_dry`: only say what they would do.

    The caller has locked the row and compared versions. Raises `NotADraft`, `InvalidRequest`, `EditRefused`,
    `PlanUsesTheRemoved`."""
    head = head_of(session, schedule, now=now)
    draft = apply_edits(head.problem, head.version.draft, edits, settled=head.settled)
    if is_dry:
        made = tried(head.problem, draft)
    else:
        made = PROBLEMS.edited(head.digest, head.problem, draft)
        number = refuse_unless_draft(schedule) + 1
        version = version_of(schedule, made.checked, number=number, op=VersionOp.EDIT, actor=actor, now=now)
        version.edits = [step.to_json() for step in edits]
        _store(session, head, made.checked, version, now=now)
        access.record(
            session,
            actor,
            "schedule.edit",
            f"schedule/{schedule.id}",
            now=now,
            district_code=schedule.district_code,
            details={"version": number, "edits": version.edits},
        )
        session.flush()
    return _edited(head, made, mend=mend_of(head.problem, head.version, made, edits, settled=head.settled))


def visit_to_pin(session: Session, visit_id: int, *, actor: Actor) -> Visit:
    """A visit that the actor may see, locked; raises `NotFound`. Like every edit, a draft's row is locked first.

    What is published meanwhile is waited for: it would take over the pin of before."""
    visit = schedules.visible_visit(session, visit_id, actor=actor)
    if schedules.get_schedule(session, visit.schedule_id).draft_version is not None:
        schedules.get_schedule(session, visit.schedule_id, for_update=True)
    take_turns(session, visit.district_code)
    return schedules.visible_visit(session, visit_id, actor=actor, for_update=True)


def set_pinned(session: Session, visit: Visit, *, pinned: bool, actor: Actor, now: datetime) -> Visit:
    """Keep a visit where it is in every plan to come, or let it go: in a draft, one version more.

    Raises `VisitNotInPlan`, `EditRefused`."""
    schedule = schedules.get_schedule(session, visit.schedule_id)
    if schedule.draft_version is None or schedule.published_at is not None or visit.pinned == pinned:
        return publishing.set_pinned(session, visit, pinned=pinned, actor=actor, now=now)
    team, site = session.get_one(Team, visit.team_id).code, session.get_one(Site, visit.site_id).code
    op = EditOp.PIN if pinned else EditOp.UNPIN
    edit(session, schedule, [Edit(op=op, team=team, day=visit.date, site=site)], actor=actor, now=now, is_dry=False)
    return visit


def undo(session: Session, schedule: Schedule, *, actor: Actor, now: datetime) -> Edited:
    """Go back to the plan before the last edit that stands; raises `NotADraft`, `NothingToUndo`."""
    trail = draft_trail(session, schedule)
    if not trail.undo:
        raise NothingToUndo(
            said(
                "Schedule {schedule} is as it was copied.",
                "Jadwal {schedule} masih seperti saat disalin.",
                schedule=schedule.id,
            )
        )
    return _show(session, schedule, trail.undo[-1], op=VersionOp.UNDO, actor=actor, now=now)


def redo(session: Session, schedule: Schedule, *, actor: Actor, now: datetime) -> Edited:
    """Take the last undo back; raises `NotADraft`, `NothingToRedo`."""
    trail = draft_trail(session, schedule)
    if not trail.redo:
        raise NothingToRedo(
            said(
                "Nothing was undone since the last edit of schedule {schedule}.",
                "Tidak ada yang dibatalkan sejak suntingan terakhir jadwal {schedule}.",
                schedule=schedule.id,
            )
        )
    return _show(session, schedule, trail.redo[-1], op=VersionOp.REDO, actor=actor, now=now)


def go_to_version(session: Session, schedule: Schedule, number: int, *, actor: Actor, now: datetime) -> None:
    """Undo, or redo, until the draft shows the plan of that version; raises `NotADraft`, `NothingToUndo`."""
    trail = draft_trail(session, schedule)
    step = undo if number in trail.undo else redo
    way = trail.undo if number in trail.undo else trail.redo
    if number not in way:
        raise NothingToUndo(
            said(
                "No undo or redo leads to version {number}: something else was edited since.",
                "Versi {number} tidak dapat dicapai lagi dengan mengurungkan: sesudahnya ada suntingan lain.",
                number=number,
            )
        )
    for _ in way[way.index(number) :]:
        step(session, schedule, actor=actor, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The versions to go back and forth to, the nearest last."""

    undo: tuple[int, ...]
    redo: tuple[int, ...]


def trail_of(versions: Iterable[tuple[str, int]]) -> Trail:
    """Where undo and redo lead after these versions, each an op and the number of the version that it shows."""
    shown = 0
    back: list[int] = []
    forth: list[int] = []
    for op, shows in versions:
        match VersionOp(op):
            case VersionOp.EDIT:
                back.append(shown)
                forth.clear()
            case VersionOp.UNDO:
                back.pop()
                forth.append(shown)
            case VersionOp.REDO:
                forth.pop()
                back.append(shown)
            case VersionOp.COPY:
                pass
        shown = shows
    return Trail(undo=tuple(back), redo=tuple(forth))


def draft_trail(session: Session, schedule: Schedule) -> Trail:
    """Where undo and redo of a draft lead; raises `NotADraft`."""
    refuse_unless_draft(schedule)
    rows = session.execute(
        select(DraftVersion.op, DraftVersion.shows)
        .where(DraftVersion.schedule_id == schedule.id)
        .order_by(DraftVersion.number)
    )
    return trail_of((row.op, row.shows) for row in rows)


def _show(session: Session, schedule: Schedule, number: int, *, op: VersionOp, actor: Actor, now: datetime) -> Edited:
    """A new version that shows the plan of an earlier one, byte for byte."""
    head = head_of(session, schedule, now=now)
    earlier = session.scalars(
        select(DraftVersion)
        .where(DraftVersion.schedule_id == schedule.id, DraftVersion.number == number)
        .options(undefer(DraftVersion.plan_json))
    ).one()
    assert earlier.plan_json is not None  # only those with a plan are shown
    made = PROBLEMS.version(head.digest, head.problem, earlier.plan_json)
    version = version_of(schedule, made.checked, number=refuse_unless_draft(schedule) + 1, op=op, actor=actor, now=now)
    version.shows, version.plan_json = number, None
    _store(session, head, made.checked, version, now=now)
    access.record(
        session,
        actor,
        f"schedule.{op}",
        f"schedule/{schedule.id}",
        now=now,
        district_code=schedule.district_code,
        details={"version": version.number, "shows": number},
    )
    session.flush()
    return _edited(head, made, mend=None)


def _edited(head: Head, made: Version, *, mend: Mend | None) -> Edited:
    by_edit, standing, mended = compared(head.version.checked.broken, made.checked.broken)
    changed = changed_visits(head.version.draft.visits, made.draft.visits)
    return Edited(
        schedule=head.schedule,
        before=figures_of(head.version.checked),
        after=figures_of(made.checked),
        broken_by_edit=by_edit,
        broken_before=standing,
        mended=mended,
        mend=mend,
        changed=changed,
        trips=trip_changes(head.version.checked, made.checked, changed),
        idle_trips=idle_trips(head.version.checked, made.checked),
    )


def versions(session: Session, schedule: Schedule, *, before_id: int, limit: int) -> Sequence[DraftVersion]:
    """The versions of a draft, newest first; `before_id` 0: from the newest."""
    query = select(DraftVersion).where(DraftVersion.schedule_id == schedule.id).order_by(DraftVersion.number.desc())
    if before_id:
        query = query.where(DraftVersion.number < before_id)
    return session.scalars(query.limit(limit)).all()


def figures_of(version: CheckedPlan | DraftVersion) -> Figures:
    activations = version.activations if isinstance(version, CheckedPlan) else version.expected_activations
    return Figures(activations=activations, cost=version.cost, value_milli=version.value_milli)


def _store(session: Session, head: Head, checked: CheckedPlan, version: DraftVersion, *, now: datetime) -> None:
    """Make a version the draft's newest: its figures in the row, its visits in their rows."""
    schedule = head.schedule
    codes = head.codes
    refuse_removed(codes, checked)
    record.keep_figures(session, schedule, checked, codes)
    schedule.draft_version = version.number
    schedule.version += 1
    session.add(version)
    before = {_checked_key(visit): visit for visit in head.version.checked.visits}
    after = {_checked_key(visit): visit for visit in checked.visits}
    row_key = tuple_(Visit.team_id, Visit.date, Visit.site_id)
    gone = [_row_key(codes, key) for key in before if key not in after]
    if gone:
        session.execute(delete(Visit).where(Visit.schedule_id == schedule.id, row_key.in_(gone)))
    new = record.visit_rows(schedule, (after[key] for key in after if key not in before), codes, now=now)
    if new:
        session.execute(insert(Visit), new)
    changed = [visit for key, visit in after.items() if key in before and before[key] != visit]
    if changed:
        ids = {
            (row.team_id, row.date, row.site_id): row.id
            for row in session.execute(
                select(Visit.id, Visit.team_id, Visit.date, Visit.site_id).where(
                    Visit.schedule_id == schedule.id,
                    row_key.in_([_row_key(codes, _checked_key(visit)) for visit in changed]),
                )
            )
        }
        rows = record.visit_rows(schedule, changed, codes, now=now)
        session.execute(update(Visit), [row | {"id": ids[row["team_id"], row["date"], row["site_id"]]} for row in rows])
    if checked.trips != head.version.checked.trips:
        record.keep_trips(session, schedule, checked, codes, now=now)
    session.flush()
    for row in session.identity_map.values():
        if isinstance(row, Visit):
            session.expire(row)


def _checked_key(visit: CheckedVisit) -> VisitKey:
    return visit.team, visit.date, visit.site


def _row_key(codes: record.Codes, key: VisitKey) -> tuple[Any, ...]:
    return codes.team_ids[key[0]], key[1], codes.site_ids[key[2]]
