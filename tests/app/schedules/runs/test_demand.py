"""What results teach goes into the next run: demand with its spread, pace and signal; what is overruled does not."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District, FigureUse
from app.schedules import publishing
from app.schedules.answers import schedule_out
from app.schedules.document_turn_out import ENOUGH_VISITS
from app.schedules.models import Schedule, Visit
from app.schedules.runs.futures import VALUES
from app.schedules.wish import AskedDocument, AskedDocuments
from app.sites.models import Site
from app.teams.kit_pools import KIT_POOLS
from app.teams.models import Team
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft
from tests.factories import make_result, make_schedule, make_site, make_target, make_visit

LATER = NOW + timedelta(days=8)
CARDS = AskedDocuments(further=(AskedDocument(document="kia"),))


def report_all(session: Session, *, share: float, **fields: Any) -> int:
    """So many of a hundred people came to each visit of the published plan that is over by then."""
    visits = session.scalars(select(Visit).where(Visit.in_force, Visit.ends_at <= LATER).order_by(Visit.id)).all()
    for visit in visits:
        served = round(share * session.get_one(Site, visit.site_id).headcount)
        defaults: dict[str, Any] = {"turned_away": 0, "ran_out_of_time": False}
        make_result(session, visit, served=served, activated=served, **(defaults | fields))
    return len(visits)


@pytest.fixture
def published(session: Session, district: District) -> Schedule:
    """The plan of November from the 14th on, published."""
    return publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)


def replanned(session: Session, district: District) -> Schedule:
    return make_draft(session, district, now=LATER)


def people(schedule: Schedule) -> dict[str, int]:
    assert schedule.instance_json is not None
    return {site["id"]: site["people"] for site in json.loads(gzip.decompress(schedule.instance_json))["sites"]}


def demand(schedule: Schedule) -> dict[str, list[int]]:
    assert schedule.demand_json is not None
    people: dict[str, list[int]] = json.loads(gzip.decompress(schedule.demand_json))["people"]
    return people


@pytest.mark.usefixtures("published")
def test_without_a_result_a_run_plans_with_what_was_given(session: Session, district: District) -> None:
    run = replanned(session, district)
    assert (run.demand_json, run.learned, schedule_out(run).learned) == (None, None, None)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("use", "is_lower"), [("learned", True), ("given", False)])
def test_who_comes_for_a_card_is_learned_of_ikd(session: Session, district: District, use: str, is_lower: bool) -> None:
    make_target(session, document="kia", target_percent=None, target_count=900, eligible_people=None, activated=0)
    session.scalars(select(Team)).first().kits = ["card_printer"]  # type: ignore[union-attr]
    make_site(session, code="NEW", headcount=200, people_kia=200, turn_out_share="0.8", resident_share="1")
    if use == "given":
        for figure in ("turn_out", "resident"):
            session.add(FigureUse(district_code=district.code, document="ikd", figure=figure, kind="", use="given"))
    session.flush()
    given = cards(make_draft(session, district, documents=CARDS))["NEW"]
    assert given == 160
    assert report_all(session, share=0.05) > 0
    learned = cards(make_draft(session, district, now=LATER, documents=CARDS))["NEW"]
    assert (learned < given) == is_lower
    assert is_lower or learned == given


@pytest.fixture
def printing(session: Session, district: District) -> Team:
    """Children without a card at every site, and the team that has the printer."""
    make_target(session, document="kia", target_percent=None, target_count=900, eligible_people=None, activated=0)
    team = session.scalars(select(Team).order_by(Team.id)).first()
    assert team is not None
    team.kits = ["card_printer"]
    make_site(session, code="NEW", headcount=200, people_kia=200, turn_out_share="0.8", resident_share="1")
    session.flush()
    return team


def report_cards(session: Session, team: Team) -> None:
    """Six times twelve cards by one printer, in two hours each."""
    schedule = make_schedule(session)
    for number in range(6):
        starts_at = datetime(2023, 11, 14 + number, 12, tzinfo=UTC)
        visit = make_visit(
            session, schedule, team, make_site(session, connectivity=4), starts_at=starts_at, in_force=False,
            expected_activations=0, expected_further={"kia": 24},
        )  # fmt: skip
        make_result(
            session, visit, served=0, activated=0, served_further={"kia": 12}, started_at=starts_at, turned_away=0,
            last_served_at=starts_at + timedelta(hours=2), ended_at=visit.ends_at, signal_met=4,
        )  # fmt: skip


@pytest.mark.parametrize("use", ["learned", "given"])
def test_minutes_of_a_card_are_learned_for_plans_of_cards_alone_and_of_several(
    session: Session, district: District, printing: Team, use: str
) -> None:
    assert schedule_out(make_draft(session, district, documents=CARDS)).learned is None
    report_cards(session, printing)
    session.add(FigureUse(district_code=district.code, document="kia", figure="pace", kind="", use=use))
    session.flush()
    several = make_draft(session, district, documents=CARDS, now=LATER)
    alone = make_draft(session, district, document="kia", now=LATER)
    learned = schedule_out(several).learned
    if use == "given":
        assert (learned, schedule_out(alone).learned) == (None, None)
        assert (minutes_of_cards(several), minutes_of_cards(alone)) == ({5}, {5})
        return
    assert learned is not None
    (cards,) = learned.documents
    # Ten minutes each, beside the five that are stated.
    assert 8 <= cards.minutes <= 10
    assert (cards.document, cards.stated, cards.visits, cards.use) == ("kia", 5, 6, "learned")
    assert cards.text.en == (
        f"KIA: {cards.minutes} minutes a person, measured on 6 visits; 5 are stated; who comes is as stated."
    )
    assert cards.who_comes_of is None
    assert minutes_of_cards(several) == minutes_of_cards(alone) == {cards.minutes}
    assert learned.results == {}
    of_alone = schedule_out(alone).learned
    assert of_alone is not None
    assert of_alone.documents == learned.documents


@pytest.mark.parametrize(("use", "fewest", "most"), [("learned", 30, 90), ("given", 160, 160)])
def test_who_comes_for_a_card_is_learned_of_visits_that_brought_cards_once_they_are_enough(
    session: Session, district: District, printing: Team, use: str, fewest: int, most: int
) -> None:
    schedule = make_schedule(session)
    for number in range(ENOUGH_VISITS):
        # A fifth of the children came, and nobody was left waiting; how long it took nobody says.
        visit = make_visit(
            session, schedule, printing, make_site(session, people_kia=100),
            starts_at=datetime(2023, 11, 14 + number, 12, tzinfo=UTC), in_force=False,
            expected_activations=0, expected_further={"kia": 50},
        )  # fmt: skip
        make_result(session, visit, served=0, activated=0, served_further={"kia": 20}, turned_away=0)
    session.add(FigureUse(district_code=district.code, document="kia", figure="turn_out", kind="", use=use))
    session.flush()
    several = make_draft(session, district, documents=CARDS, now=LATER)
    alone = make_draft(session, district, document="kia", now=LATER)
    assert fewest <= cards(several)["NEW"] <= most
    assert fewest <= people(alone)["NEW"] <= most
    learned = schedule_out(alone).learned
    if use == "given":
        assert (learned, alone.demand_json) == (None, None)
        return
    values = demand(alone)["NEW"]
    assert values[0] < sum(values) / VALUES <= people(alone)["NEW"] < values[-1]
    assert learned is not None
    (row,) = learned.documents
    assert (row.who_comes_of, row.who_comes_visits, row.use) == ("kia", ENOUGH_VISITS, "given")
    assert row.text.id == (
        "KIA: 5 menit per orang, seperti dinyatakan; yang datang menurut 8 kunjungan yang membawa KIA."
    )


def minutes_of_cards(schedule: Schedule) -> set[int]:
    """As the planning core is told them: of the document, or of all teams where the plan is of cards alone."""
    assert schedule.instance_json is not None
    instance = json.loads(gzip.decompress(schedule.instance_json))
    if schedule.document == "kia":
        return {team["minutes_per_activation"] for team in instance["teams"]}
    return {document["minutes"] for document in instance["documents"]}


def cards(schedule: Schedule) -> dict[str, int]:
    assert schedule.instance_json is not None
    sites = json.loads(gzip.decompress(schedule.instance_json))["sites"]
    return {site["id"]: site.get("people_by_document", {}).get("kia", 0) for site in sites}


@pytest.mark.usefixtures("published")
def test_beside_shared_kits_a_run_weighs_how_many_may_come_too(session: Session, district: District) -> None:
    make_site(session, code="NEW", headcount=200)
    assert report_all(session, share=0.2) > 0
    pool = {"code": "SATELIT", "name": "Set satelit", "kind": "satellite", "count": 1}
    create_thing(session, KIT_POOLS, district, pool, actor=COMMAND_LINE, now=NOW)
    run = replanned(session, district)
    assert run.instance_json is not None
    assert json.loads(gzip.decompress(run.instance_json))["kits"]
    values = demand(run)["NEW"]
    assert values[0] < values[-1]
    visits = session.scalars(select(Visit).where(Visit.schedule_id == run.id)).all()
    assert sum(visit.expected_activations for visit in visits) == run.expected_activations


@pytest.mark.usefixtures("published")
def test_low_turn_out_lowers_the_demand_of_sites_not_visited_yet(session: Session, district: District) -> None:
    make_site(session, code="NEW", headcount=200)
    assumed = people(replanned(session, district))["NEW"]
    assert report_all(session, share=0.2) > 0
    values = demand(replanned(session, district))["NEW"]
    assert (len(values), values) == (VALUES, sorted(values))
    assert sum(values) / VALUES < 0.6 * assumed
    assert values[0] < values[-1]


@pytest.mark.usefixtures("published")
def test_same_results_and_seed_give_the_same_demand_to_the_digit(session: Session, district: District) -> None:
    report_all(session, share=0.4)
    assert replanned(session, district).demand_json == replanned(session, district).demand_json


@pytest.mark.usefixtures("published")
def test_visits_are_expected_to_win_what_comes_and_fits_and_no_plan_more_than_the_bound(
    session: Session, district: District
) -> None:
    report_all(session, share=0.4)
    run = replanned(session, district)
    visits = session.scalars(select(Visit).where(Visit.schedule_id == run.id)).all()
    assert sum(visit.expected_activations for visit in visits) == run.expected_activations
    choice = (run.learned or {})["choice"]
    assert run.expected_activations == int(choice["candidates"][0]["expected_activations"] + 1e-6)
    assert (run.expected_activations or 0) <= (run.upper_bound_activations or 0)
    learned = schedule_out(run).learned
    assert learned is not None
    assert learned.text is not None
    assert (learned.chosen, "75 dari seratus" in learned.text.id) == ("q75", True)
    # What was kept verifies with the people it was made for, and can be published.
    publishing.publish(session, run, actor=COMMAND_LINE, now=LATER)


@pytest.mark.usefixtures("published")
def test_figure_used_as_given_is_left_as_it_was(session: Session, district: District) -> None:
    known = people(replanned(session, district))
    report_all(session, share=0.2)
    for figure in ("turn_out", "phone_ready", "resident"):
        session.add(FigureUse(district_code="16.73", document="ikd", figure=figure, kind="agency", use="given"))
    session.flush()
    run = replanned(session, district)
    assert run.demand_json is None
    unvisited = {code for code in known if known[code] == people(run)[code]}
    assert unvisited
    assert (run.learned or {})["kinds_as_given"] == ["phone_ready/agency", "resident/agency", "turn_out/agency"]


@pytest.mark.usefixtures("published")
def test_slow_team_is_planned_at_its_own_pace(session: Session, district: District) -> None:
    visits = session.scalars(select(Visit).where(Visit.in_force, Visit.ends_at <= LATER)).all()
    for visit in visits:
        # Ten people in two busy hours of three operators: 36 minutes each.
        make_result(
            session, visit, served=10, activated=10, started_at=visit.starts_at,
            last_served_at=visit.starts_at + timedelta(hours=2), ended_at=visit.starts_at + timedelta(hours=3),
            turned_away=0, ran_out_of_time=False,
        )  # fmt: skip
    run = replanned(session, district)
    assert run.instance_json is not None
    paces = {
        team["id"]: team["minutes_per_activation"] for team in json.loads(gzip.decompress(run.instance_json))["teams"]
    }
    assert all(pace > 14 for pace in paces.values())
    assert {team.minutes_per_activation for team in session.scalars(select(Team))} == {8}


@pytest.mark.usefixtures("published")
def test_signal_met_takes_the_place_of_the_rating_unless_a_satellite_kit_met_it(
    session: Session, district: District
) -> None:
    first, second = session.scalars(
        select(Visit).where(Visit.in_force, Visit.ends_at <= LATER).order_by(Visit.id).limit(2)
    )
    make_result(session, first, served=10, activated=10, signal_met=1)
    second.planned_with = {**(second.planned_with or {}), "has_satellite": True}
    make_result(session, second, served=10, activated=10, signal_met=4)
    run = replanned(session, district)
    assert run.instance_json is not None
    levels = {site["id"]: site["connectivity"] for site in json.loads(gzip.decompress(run.instance_json))["sites"]}
    codes = [session.get_one(Site, visit.site_id).code for visit in (first, second)]
    assert [levels[code] for code in codes] == [1, 3]


def test_late_result_changes_the_next_plan_and_not_the_one_in_force(
    session: Session, district: District, published: Schedule
) -> None:
    kept = [(visit.id, visit.expected_activations) for visit in session.scalars(select(Visit).order_by(Visit.id))]
    report_all(session, share=0.3, received_at=datetime(2023, 12, 20, tzinfo=UTC))
    replanned(session, district)
    session.expire_all()
    after = {visit.id: visit.expected_activations for visit in session.scalars(select(Visit))}
    assert [(visit, after[visit]) for visit, _ in kept] == kept
    assert published.superseded_at is None
