"""Random walks of the hand: rows, figures and broken rules are those of the newest version, whatever came before."""

import gzip
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.errors import AppError
from app.schedules import publishing
from app.schedules.drafts import service as drafts
from app.schedules.drafts.copies import copy
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.models import DraftVersion
from app.schedules.models import Schedule, Visit
from app.schedules.runs.drafting import read_draft
from app.schedules.service import contract_file
from app.sites.models import Site
from app.teams.models import Team
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft
from tests.factories import make_result

JAKARTA = ZoneInfo("Asia/Jakarta")


def plan_bytes(session: Session, draft: Schedule) -> bytes:
    return contract_file(session, draft, "plan")


def instance_of(session: Session, draft: Schedule) -> Instance:
    return instance_from_json(json.loads(gzip.decompress(contract_file(session, draft, "instance"))))


def random_edit(session: Session, draft: Schedule, instance: Instance, chance: random.Random) -> Edit:
    visits = read_draft(plan_bytes(session, draft)).visits
    op = chance.choice(list(EditOp))
    team, day, site = (
        chance.choice(instance.teams).id,
        chance.choice(instance.dates),
        chance.choice(instance.sites).id,
    )
    start = chance.choice([None, chance.randrange(360, 1000, 5)])
    minutes = chance.choice([None, chance.choice([15, 30, 50, 60, 120])])
    if op is EditOp.ADD or not visits:
        return Edit(op=EditOp.ADD, team=team, day=day, site=site, start=start, minutes=minutes)
    chosen = chance.choice(visits)
    named = {"team": chosen.team, "day": chosen.date, "site": chosen.site}
    if op is EditOp.PLACE:
        return Edit(op=op, **named, to_team=team, to_day=day, start=start, minutes=minutes)
    if op is EditOp.RETIME:
        return Edit(op=op, **named, start=start, minutes=minutes)
    return Edit(op=op, **named)


def row_keys(session: Session, draft: Schedule) -> set[tuple[Any, ...]]:
    rows = session.execute(
        select(Team.code, Visit.date, Site.code, Visit.starts_at, Visit.service_minutes, Visit.pinned)
        .join(Team, Team.id == Visit.team_id)
        .join(Site, Site.id == Visit.site_id)
        .where(Visit.schedule_id == draft.id)
    ).all()
    keys = set()
    for team, day, site, starts_at, minutes, pinned in rows:
        local = starts_at.astimezone(JAKARTA)
        assert local.date() == day
        keys.add((team, day, site, local.hour * 60 + local.minute, minutes, pinned))
    assert len(keys) == len(rows)
    return keys


def assert_rows_are_the_newest_version(session: Session, draft: Schedule, instance: Instance) -> None:
    shown = read_draft(plan_bytes(session, draft))
    pins = set(shown.pinned)
    assert row_keys(session, draft) == {
        (visit.team, visit.date, visit.site, visit.start, visit.minutes, visit in pins) for visit in shown.visits
    }
    recount = verify(replace(instance, pinned=shown.pinned), Plan(visits=shown.visits))
    assert (draft.value_milli, draft.expected_activations) == (recount.value_milli, recount.activations)
    served = session.scalars(select(Visit.expected_activations).where(Visit.schedule_id == draft.id)).all()
    assert sum(served) == recount.activations
    version = session.scalars(
        select(DraftVersion).filter_by(schedule_id=draft.id, number=draft.draft_version or 0)
    ).one()
    stored = Counter((rule["rule"], rule["team"], rule["site"], rule["date"]) for rule in version.broken_rules)
    assert stored == Counter(
        (violation.rule, violation.team, violation.site, violation.date and violation.date.isoformat())
        for violation in recount.violations
    )


def outcome(
    session: Session, draft: Schedule, edits: list[Edit], *, is_dry: bool, now: datetime = NOW
) -> drafts.Edited | AppError:
    try:
        return drafts.edit(session, draft, edits, actor=COMMAND_LINE, now=now, is_dry=is_dry)
    except AppError as refusal:
        return refusal


@pytest.mark.parametrize("seed", [1, 2])
def test_walk_keeps_rows_figures_and_rules_those_of_the_newest_version(
    session: Session, district: District, seed: int
) -> None:
    draft = copy(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    instance, chance = instance_of(session, draft), random.Random(seed)
    contents, made = [plan_bytes(session, draft)], 0
    while made < 25:
        edits = [random_edit(session, draft, instance, chance)]
        said = outcome(session, draft, edits, is_dry=True)
        if isinstance(said, AppError):
            assert said.problems[0].pointer.startswith("/edits/0")
            assert isinstance(outcome(session, draft, edits, is_dry=False), type(said))
            continue
        assert plan_bytes(session, draft) == contents[-1]
        done = drafts.edit(session, draft, edits, actor=COMMAND_LINE, now=NOW, is_dry=False)
        # What a dry run says is what happens, to the last rupiah.
        assert (said.before, said.after, said.broken_by_edit) == (done.before, done.after, done.broken_by_edit)
        assert (said.changed, said.mend) == (done.changed, done.mend)
        assert done.after.value_milli - done.before.value_milli == (draft.value_milli or 0) - done.before.value_milli
        if done.mend is not None:
            mended = outcome(session, draft, list(done.mend.edits), is_dry=True)
            assert isinstance(mended, drafts.Edited)
            assert mended.mended != ()
            assert mended.broken_by_edit == ()
        contents.append(plan_bytes(session, draft))
        made += 1
        assert_rows_are_the_newest_version(session, draft, instance)
    for content in reversed(contents[:-1]):
        drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
        assert plan_bytes(session, draft) == content
    assert_rows_are_the_newest_version(session, draft, instance)
    with pytest.raises(drafts.NothingToUndo):
        drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
    for content in contents[1:]:
        drafts.redo(session, draft, actor=COMMAND_LINE, now=NOW)
        assert plan_bytes(session, draft) == content
    assert_rows_are_the_newest_version(session, draft, instance)
    with pytest.raises(drafts.NothingToRedo):
        drafts.redo(session, draft, actor=COMMAND_LINE, now=NOW)


def test_draft_of_learned_demand_counts_what_its_visits_are_expected_to_win(
    session: Session, district: District
) -> None:
    plan = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    first = session.scalars(select(Visit).filter_by(schedule_id=plan.id).order_by(Visit.starts_at)).first()
    assert first is not None
    make_result(session, first)
    later = NOW + timedelta(days=2)
    base = make_draft(session, district, now=later)
    draft = copy(session, base, actor=COMMAND_LINE, now=later)
    assert draft.demand_json is not None
    assert draft.expected_activations == base.expected_activations
    instance, chance = instance_of(session, draft), random.Random(1)
    for _ in range(12):
        edits = [random_edit(session, draft, instance, chance)]
        said = outcome(session, draft, edits, is_dry=True, now=later)
        done = outcome(session, draft, edits, is_dry=False, now=later)
        assert isinstance(done, AppError) or (isinstance(said, drafts.Edited) and said.after == done.after)
        served = session.scalars(select(Visit.expected_activations).where(Visit.schedule_id == draft.id)).all()
        assert sum(served) == draft.expected_activations


def test_visits_that_stay_keep_their_rows(session: Session, district: District) -> None:
    draft = copy(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    before = {row.id: row.uid for row in session.execute(select(Visit.id, Visit.uid).filter_by(schedule_id=draft.id))}
    first = read_draft(plan_bytes(session, draft)).visits[0]
    drop = Edit(op=EditOp.DROP, team=first.team, day=first.date, site=first.site)
    drafts.edit(session, draft, [drop], actor=COMMAND_LINE, now=NOW, is_dry=False)
    after = {row.id: row.uid for row in session.execute(select(Visit.id, Visit.uid).filter_by(schedule_id=draft.id))}
    assert len(after) == len(before) - 1
    assert after.items() <= before.items()


def test_edit_after_an_undo_forgets_what_was_undone() -> None:
    ops = [("copy", 1), ("edit", 2), ("edit", 3), ("undo", 2), ("undo", 1), ("redo", 2), ("edit", 7)]
    assert drafts.trail_of(ops) == drafts.Trail(undo=(1, 2), redo=())
    assert drafts.trail_of(ops[:-1]) == drafts.Trail(undo=(1,), redo=(3,))
    assert drafts.trail_of(ops[:1]) == drafts.Trail(undo=(), redo=())


def test_day_of_the_future_is_whole_and_today_begins_now(session: Session, district: District) -> None:
    settled = drafts.Settled(until=NOW, zone=JAKARTA, reported=())
    today = NOW.astimezone(JAKARTA).date()
    assert settled.first_minute(today) == 9 * 60
    assert settled.first_minute(today + timedelta(days=1)) == 0
    assert settled.first_minute(date(2023, 11, 1)) >= 1440
