"""The office that the pages are tested with: Kota Lubuklinggau in the middle of its November 2023.

Its plan lies beside this file, so that it is the same on every machine and costs no solving. Should the examples or
the rules change so that it can no longer be published, make it anew: `python -m tests.browser.office`."""

import gzip
import json
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.access import invitations, sessions, users
from app.access.models import Role, User
from app.access.passwords import hash_password
from app.access.service import COMMAND_LINE, Actor
from app.access.sessions import actor_of_user
from app.commands.folders import load_example
from app.commands.plan import DEMO_WISH, EXAMPLES
from app.database import make_engine
from app.districts.coded_things import create_thing
from app.districts.counters import counts, place_counts, rates
from app.districts.counters.models import CounterPlace
from app.districts.counters.place_rates import PlaceRate
from app.districts.counters.places import COUNTER_PLACES
from app.districts.models import District, Document
from app.districts.opening_hours import read_windows
from app.districts.service import get_district
from app.embedded_postgres import running_postgres
from app.fieldwork import reporting
from app.fieldwork.visit_report import VisitReport
from app.languages import Language
from app.requests import offering
from app.requests import service as requests
from app.requests.models import Channel, VisitRequest
from app.requests.schemas import RequestIn
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.models import LossCause, Schedule, Visit, VisitOutcome
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.sites.models import Site
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.models import TravelEntry
from app.worker import prepare_database
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from tests.app.conftest import NOW as PLANNED_AT
from tests.app.requests.fake_resident import find_offers

DISTRICT = "16.73"
TEAM = "TIM-1"
NOW = datetime(2023, 11, 21, 2, 30, tzinfo=UTC)
"""Tuesday, 09:30 in Lubuklinggau: a week of the plan is over, one visit of today has begun."""
COUNTED_FROM, COUNTED_ON = date(2023, 11, 1), date(2023, 11, 17)
PASSWORD = "kuda lampu hujan sepatu"
FOLDER = EXAMPLES / "16.73-kota-lubuklinggau"
_PLAN = Path(__file__).with_name("plan.json")
PEOPLE = {
    Role.ADMIN: ("admin", "Admin Kantor"),
    Role.PLANNER: ("perencana", "Perencana Kota"),
    Role.VIEWER: ("pembaca", "Pembaca Kota"),
    Role.COORDINATOR: ("koordinator", "Koordinator Tim 1"),
}
"""Login and name of the office's people, one for each role that people have."""


def fill(engine: Engine) -> None:
    """Store the office in a migrated, empty database."""
    prepare_database(engine.url.render_as_string(hide_password=False))
    with Session(engine, expire_on_commit=False) as session, session.begin():
        load_example(session, FOLDER, now=PLANNED_AT)
        people = {role: _add_user(session, role) for role in PEOPLE}
        planner = actor_of_user(people[Role.PLANNER])
        district = get_district(session, DISTRICT)
        published = _publish(session, district, actor=planner)
        _report(session, published, actor=planner)
        copies.copy(session, published, actor=planner, now=NOW)
        _ask_for_visit(session, district, actor=planner)
        _tell_of_a_way(session, district, actor=planner)
        _count_at_counters(session, actor=planner)


def _add_user(session: Session, role: Role) -> User:
    login, name = PEOPLE[role]
    user = users.add(
        session,
        login=login,
        name=name,
        role=role,
        district_code=None if role is Role.ADMIN else DISTRICT,
        team_code=TEAM if role is Role.COORDINATOR else None,
        actor=COMMAND_LINE,
        now=PLANNED_AT,
    )
    if role is not Role.COORDINATOR:
        user.password_hash = hash_password(PASSWORD)
    return user


def _run(session: Session, district: District, *, actor: Actor) -> Schedule:
    schedule = schedules.request_schedule(session, district, DEMO_WISH, actor=actor, now=PLANNED_AT)
    record.begin(session, schedule, build_instance(session, schedule), now=PLANNED_AT)
    return schedule


def _count_at_counters(session: Session, *, actor: Actor) -> None:
    """Of a document without a target, so that no plan and no forecast knows of it."""
    rates.put_walk_ins(
        session,
        DISTRICT,
        Document.KIA,
        COUNTED_FROM,
        fields={"per_working_day": 14, "note": "Loket pelayanan terpadu", "provenance": "given"},
        actor=actor,
        now=NOW,
        if_match=None,
    )
    place = create_thing(
        session,
        COUNTER_PLACES,
        get_district(session, DISTRICT),
        {
            "code": "MPP",
            "name": "Mal Pelayanan Publik",
            "kind": "mall",
            "windows": read_windows("mon-fri 09:00-15:00; sat 09:00-12:00"),
            "staff": 2,
            "rates": (PlaceRate(document=Document.KIA.value, per_open_day=5),),
            "provenance": {"windows": "given", "rates": "assumed"},
        },
        actor=actor,
        now=NOW,
    )
    place_counts.put_place_count(
        session,
        place,
        Document.KIA,
        COUNTED_ON,
        activated=4,
        note=None,
        today=COUNTED_ON,
        actor=actor,
        now=NOW,
        if_match=None,
    )
    counts.put_count(
        session,
        DISTRICT,
        Document.KIA,
        COUNTED_ON,
        activated=17,
        note=None,
        today=COUNTED_ON,
        actor=actor,
        now=NOW,
        if_match=None,
    )


def _publish(session: Session, district: District, *, actor: Actor) -> Schedule:
    schedule = _run(session, district, actor=actor)
    checked = check_run(session, schedule, Solved(plan=gzip.compress(_PLAN.read_bytes())))
    record.store_plan(session, schedule, checked, now=PLANNED_AT)
    publishing.publish(session, schedule, actor=actor, now=PLANNED_AT)
    session.flush()
    return schedule


def _report(session: Session, schedule: Schedule, *, actor: Actor) -> None:
    """Of the days before today every fifth visit is unreported, and one did not take place."""
    over = session.scalars(
        select(Visit).where(Visit.schedule_id == schedule.id, Visit.ends_at < NOW).order_by(Visit.starts_at, Visit.id)
    ).all()
    for number, visit in enumerate(over):
        if number % 5 != 4:
            reporting.report_visit(session, visit.id, _said_of(visit, number), actor=actor, now=NOW)


def _said_of(visit: Visit, number: int) -> VisitReport:
    report_id = uuid.uuid5(uuid.NAMESPACE_OID, str(number))
    if number == 3:
        return VisitReport(
            visit_id=visit.id,
            report_id=report_id,
            outcome=VisitOutcome.NOT_HELD,
            served=0,
            activated=0,
            cause=LossCause.WEATHER,
            reported_at=visit.ends_at,
        )
    # Between four fifths and a ninth more than was expected.
    activated = visit.expected_activations * (80 + number * 7 % 31) // 100
    return VisitReport(
        visit_id=visit.id,
        report_id=report_id,
        outcome=VisitOutcome.HELD,
        served=activated + number % 4,
        activated=activated,
        signal_met=3,
        reported_at=visit.ends_at,
    )


def _ask_for_visit(session: Session, district: District, *, actor: Actor) -> None:
    """A school that the plan leaves out asks for next week; it is offered what a double of the planning core finds."""
    planned = select(Visit.site_id).where(Visit.in_force)
    code = session.scalars(
        select(Site.code)
        .where(Site.district_code == DISTRICT, Site.kind == "school", Site.id.not_in(planned))
        .order_by(Site.code)
    ).first()
    assert code is not None
    body = RequestIn(
        site_code=code,
        channel=Channel.LETTER,
        wished_dates=[date(2023, 11, 28), date(2023, 11, 29), date(2023, 11, 30)],
        expected_people=90,
    )
    sought = requests.sought_in(session, district, body, now=NOW)
    question = offering.question_for(session, district, sought, actor=actor, now=NOW)
    assert question.standing is not None
    answer = find_offers(
        instance_from_json(json.loads(gzip.decompress(question.files.instance))),
        Plan.from_json(json.loads(question.files.plan)).visits,
        site=code,
        team_days=question.team_days,
        fixed={(visit["team"], visit["date"], visit["site"]) for visit in question.fixed},
        most=question.most,
    )
    found = offering.found_in(question, answer)
    assert found.options, found.refusal
    requests.create_request(session, district, body, found, actor=actor, now=NOW)


def _tell_of_a_way(session: Session, district: District, *, actor: Actor) -> None:
    """Between two sites that the plan leaves out, so that it moves nothing."""
    planned = select(Visit.site_id).where(Visit.in_force)
    here, there = session.scalars(
        select(Site.code).where(Site.district_code == DISTRICT, Site.id.not_in(planned)).order_by(Site.code).limit(2)
    )
    way = {"origin": here, "destination": there, "minutes": 35, "metres": 2_400, "way": "foot"}
    create_thing(session, TRAVEL_ENTRIES, district, way, actor=actor, now=NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the paths of pages name: `/rencana/{schedule}`."""

    schedule: int
    draft: int
    request: int
    site: int
    """A site of the published plan."""
    unplanned_site: int
    visit: int
    """Of today, by the coordinator's team."""
    site_code: str
    team: int
    team_code: str = TEAM
    way: int
    counter_place: int
    day: str = NOW.date().isoformat()
    password_link: str
    """A path that a planner sets a password with."""
    phone_link: str
    """A path that logs a coordinator's phone in."""


def places_of(session: Session) -> Places:
    """Where things lie in this database, with links of its own."""
    published = session.scalars(select(Schedule.id).where(Schedule.published_at.is_not(None))).one()
    draft = session.scalars(select(Schedule.id).where(Schedule.copied_from_id.is_not(None))).first()
    today = session.scalars(
        select(Visit).where(Visit.in_force, Visit.date == NOW.date()).order_by(Visit.team_id, Visit.stop_index)
    ).first()
    unplanned = session.scalar(
        select(func.min(Site.id)).where(Site.id.not_in(select(Visit.site_id).where(Visit.in_force)))
    )
    assert draft is not None
    assert today is not None
    assert unplanned is not None
    return Places(
        schedule=published,
        draft=draft,
        request=session.scalars(select(VisitRequest.id)).one(),
        site=today.site_id,
        unplanned_site=unplanned,
        visit=today.id,
        site_code=session.scalars(select(Site.code).where(Site.id == today.site_id)).one(),
        team=today.team_id,
        way=session.scalars(select(TravelEntry.id)).one(),
        counter_place=session.scalars(select(CounterPlace.id)).one(),
        password_link=_link(session, Role.PLANNER, sets_password=True),
        phone_link=_link(session, Role.COORDINATOR, sets_password=False),
    )


def _user(session: Session, role: Role) -> User:
    return session.scalars(select(User).where(User.login == PEOPLE[role][0])).one()


def _link(session: Session, role: Role, *, sets_password: bool) -> str:
    user = _user(session, role)
    secret = invitations.issue(session, user, sets_password=sets_password, actor=COMMAND_LINE, now=NOW)
    return f"/undangan/{secret}"


def log_in(session: Session, role: Role, *, language: Language = Language.INDONESIAN) -> str:
    """The secret of a new session of the role's user."""
    user = _user(session, role)
    user.language = language.value
    return sessions.open_session(session, user, device="Chrome, Linux", earlier_secret=None, now=NOW).secret


def _make_plan_anew() -> None:
    # Only whoever makes the plan needs these, and a migrated database.
    from alembic import command

    from tests.conftest import alembic_config, create_database

    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as url:
        engine = make_engine(create_database(url, "plan"))
        with engine.connect() as connection:
            command.upgrade(alembic_config(connection), "head")
            connection.commit()
        prepare_database(engine.url.render_as_string(hide_password=False))
        with Session(engine) as session:
            load_example(session, FOLDER, now=PLANNED_AT)
            instance = _run(session, get_district(session, DISTRICT), actor=COMMAND_LINE).instance_json
        engine.dispose()
        assert instance is not None
        problem = Path(folder) / "instance.json.gz"
        problem.write_bytes(instance)
        arguments = ("--iterations", "2000", "--seed", "1", "--threads", "1")
        subprocess.run(
            [sys.executable, "-m", "solver", "solve", str(problem), "-o", str(_PLAN), *arguments], check=True
        )
        _PLAN.write_text(json.dumps(json.loads(_PLAN.read_text()), indent=1) + "\n")


if __name__ == "__main__":
    _make_plan_anew()
