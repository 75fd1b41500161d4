"""Documents, shared kits and breaks in one plan: what each says of the other holds."""

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.export import export_visits
from app.schedules.models import Schedule, Visit
from app.schedules.obstacles import judge_today
from app.schedules.runs import record
from app.schedules.runs.checking import check_plan
from app.schedules.runs.documents_model import plan_of
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.further import NobodyIssues
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.runs.servable import NoServableSite
from app.schedules.wish import AskedDocument, AskedDocuments, Closeness, Wish
from app.sites.models import Site
from app.tables.formats import Format
from app.teams.models import Team
from solver.contract.plan_rows import Rows
from solver.plans.kit_use import draw_kits
from tests.app.conftest import NOW
from tests.app.schedules.runs.test_breaks_and_kits import (
    LUNCH,
    NOVEMBER,
    give_breaks,
    give_set,
    instance_of,
    packed,
    paused_plan,
    without_signal,
)
from tests.factories import make_target


def served_with(*documents: str) -> Wish:
    return replace(
        NOVEMBER, documents=AskedDocuments(further=tuple(AskedDocument(document=name) for name in documents))
    )


CARDS = served_with("kia")


@pytest.fixture
def office(session: Session, district: District) -> District:
    """Children without a card and people without a recording at every site; no team has a machine of its own."""
    for document in ("kia", "ktp_el"):
        make_target(
            session, document=document, target_percent=None, target_count=900, eligible_people=None, activated=0
        )
    for site in session.scalars(select(Site)):
        site.people_kia, site.people_ktp_el = 60, 40
    for team in session.scalars(select(Team)):
        team.kits = []
    session.flush()
    return district


def requested(session: Session, district: District, wish: Wish) -> Schedule:
    return schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)


def solved(session: Session, schedule: Schedule) -> Schedule:
    """What a worker does with a run: the double's visits around breaks, with kits where they win most."""
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    assert schedule.instance_json is not None
    instance = instance_of(schedule.instance_json)
    plain = paused_plan(instance)
    rows = Rows(breaks=plain.rows.breaks, kits=draw_kits(instance, plain.visits))
    plan = plan_of(instance, plain.visits, rows=rows)
    checked = check_run(session, schedule, Solved(plan=packed(plan.to_json()), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    return schedule


def visits_of(session: Session, schedule: Schedule) -> Sequence[Visit]:
    query = select(Visit).where(Visit.schedule_id == schedule.id)
    return session.scalars(query.order_by(Visit.date, Visit.starts_at)).all()


def test_document_is_issued_with_the_kits_of_a_pool_where_no_team_has_its_own(
    session: Session, office: District
) -> None:
    with pytest.raises(NobodyIssues):
        requested(session, office, CARDS)
    give_set(session, office, code="CETAK", kind="card_printer", teams=("T-2",))
    schedule = requested(session, office, CARDS)
    instance = instance_of(build_instance(session, schedule).content)
    assert [(pool.id, pool.kind, pool.teams) for pool in instance.kits] == [("kit:CETAK", "card_printer", ("T-2",))]
    assert [(document.id, document.kit) for document in instance.documents] == [("kia", "card_printer")]
    # How many issue the one document of a plan has to be the same on all dates.
    with pytest.raises(NobodyIssues):
        requested(session, office, replace(NOVEMBER, document="kia"))


def test_pool_of_teams_that_may_not_issue_the_document_is_of_no_use(session: Session, office: District) -> None:
    give_set(session, office, code="CETAK", kind="card_printer", teams=("T-2",))
    session.scalars(select(Team).filter_by(code="T-2")).one().documents = ["ikd"]
    session.flush()
    with pytest.raises(NobodyIssues):
        requested(session, office, CARDS)


def test_site_without_signal_is_for_whoever_draws_a_recorder(session: Session, office: District) -> None:
    without_signal(session)
    give_set(session, office, code="CETAK", kind="card_printer")
    # Cards are made in touch with the register, recordings are sent later.
    with pytest.raises(NoServableSite):
        requested(session, office, CARDS)
    give_set(session, office, code="REKAM", kind="biometric")
    schedule = solved(session, requested(session, office, served_with("ktp_el")))
    visits = visits_of(session, schedule)
    assert any(visit.expected_further for visit in visits)
    for visit in visits:
        assert visit.expected_activations == 0
        assert bool(visit.expected_further.get("ktp_el")) <= ("REKAM" in {kit["code"] for kit in visit.day_kits})


def test_visits_tell_breaks_kits_and_documents_side_by_side(session: Session, office: District) -> None:
    team = give_breaks(session, LUNCH)
    give_set(session, office, code="CETAK", kind="card_printer")
    schedule = solved(session, requested(session, office, CARDS))
    visits = visits_of(session, schedule)
    assert any(visit.expected_further and visit.day_kits and visit.day_breaks for visit in visits)
    for visit in visits:
        assert bool(visit.day_kits) or "kia" not in visit.expected_further
        assert bool(visit.day_breaks) == (visit.team_id == team.id and visit.date.weekday() < 4)
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    assert [judged for judged in judge_today(session, office, visits) if judged.obstacles] == []
    rows = list(csv.DictReader(io.StringIO(export_visits(session, schedule, Format.CSV).decode("utf-8-sig"))))
    assert {row["kits"] for row in rows if int(row["expected_kia"]) > 0} == {"CETAK"}
    assert sum(int(row["expected_kia"]) for row in rows) == sum(v.expected_further.get("kia", 0) for v in visits) > 0
    assert sum(bool(row["breaks"]) for row in rows) == sum(bool(visit.day_breaks) for visit in visits)


def test_printer_of_a_pool_follows_the_edits_of_a_draft(session: Session, office: District) -> None:
    give_breaks(session, LUNCH)
    give_set(session, office, code="CETAK", kind="card_printer")
    draft = copies.copy(session, solved(session, requested(session, office, CARDS)), actor=COMMAND_LINE, now=NOW)
    before = {visit.uid: visit.expected_further for visit in visits_of(session, draft)}
    served = next(visit for visit in visits_of(session, draft) if visit.expected_further)
    team, site = session.get_one(Team, served.team_id).code, session.get_one(Site, served.site_id).code
    day = served.date
    drop = Edit(op=EditOp.DROP, team=team, day=day, site=site)
    edited = drafts.edit(session, draft, [drop], actor=COMMAND_LINE, now=NOW, is_dry=False)
    assert edited.broken_by_edit == ()
    left = visits_of(session, draft)
    assert (team, day) not in {(session.get_one(Team, visit.team_id).code, visit.date) for visit in left}
    assert len(left) == len(before) - 1
    for visit in left:
        assert bool(visit.day_kits) or "kia" not in visit.expected_further
    instance, plan = schedules.with_files(session, draft)
    assert check_plan(instance, plan).violations == ()
    assert gzip.decompress(plan).count(b'"work"') == len(left)


def test_plan_in_force_stands_with_teams_that_issue_no_ikd(session: Session, office: District) -> None:
    give_set(session, office, code="CETAK", kind="card_printer", count=2)
    session.scalars(select(Team).filter_by(code="T-1")).one().documents = ["kia"]
    session.flush()
    first = solved(session, requested(session, office, CARDS))
    publishing.publish(session, first, actor=COMMAND_LINE, now=NOW)
    again = solved(session, requested(session, office, replace(CARDS, replan=Closeness(most_moved=5))))
    assert again.changing_nothing is not None
    assert again.changing_nothing["falling"] == 0
    assert again.changing_nothing["visits"] == len(visits_of(session, first))
    # Whom the unchanged plan serves with cards is worth something, though nobody in it activates an identity.
    assert again.changing_nothing["activations"] == first.expected_activations == 0
    assert again.changing_nothing["value_milli"] > 0
