"""What a district says of slots, signal and kinds of site goes into its next run, and leaves everything before it."""

import gzip
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.learning import learn_from_results, priors_of
from app.schedules.models import Schedule, Visit
from app.schedules.obstacles import judge_today
from app.schedules.runs.servable import NoServableSite
from app.schedules.wish import Closeness
from app.sites.models import Site
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft
from tests.factories import make_kind_figures, make_planning_figures, make_result, make_site

LATER = NOW + timedelta(days=8)


def instance_of(schedule: Schedule) -> dict[str, Any]:
    assert schedule.instance_json is not None
    found: dict[str, Any] = json.loads(gzip.decompress(schedule.instance_json))
    return found


def publish(session: Session, district: District) -> Schedule:
    return publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)


def test_run_plans_in_the_slots_and_with_the_signal_of_its_district(session: Session, district: District) -> None:
    make_planning_figures(
        session,
        slot_minutes=40,
        throughput_percent=[0, 10, 20, 30, 40],
        success_percent=[5, 50, 60, 70, 80],
        satellite_level=2,
    )
    draft = make_draft(session, district)
    instance = instance_of(draft)
    assert instance["slot_minutes"] == 40
    assert instance["connectivity"] == {
        "throughput_percent": [0, 10, 20, 30, 40],
        "success_percent": [5, 50, 60, 70, 80],
        "satellite_level": 2,
    }
    minutes = {visit.service_minutes for visit in session.scalars(select(Visit).filter_by(schedule_id=draft.id))}
    assert minutes == {120}


def test_draft_made_before_a_change_is_published_as_it_was_planned(session: Session, district: District) -> None:
    draft = make_draft(session, district)
    make_planning_figures(session, slot_minutes=50)
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    in_force = session.scalars(select(Visit).where(Visit.in_force)).all()
    assert {visit.service_minutes for visit in in_force} == {120}
    judged = judge_today(session, district, in_force)
    assert [found.obstacles for found in judged] == [()] * len(in_force)


def test_pinned_visit_of_another_slot_keeps_its_length_and_the_run_a_slot_that_fits_both(
    session: Session, district: District
) -> None:
    publish(session, district)
    pinned = session.scalars(select(Visit).where(Visit.in_force).order_by(Visit.id.desc())).first()
    assert pinned is not None
    pinned.pinned = True
    make_planning_figures(session, slot_minutes=50)
    instance = instance_of(make_draft(session, district))
    # 120 minutes and slots of 50: ten is the longest that both are made of.
    assert instance["slot_minutes"] == 10
    assert [visit["minutes"] for visit in instance["pinned"]] == [120]


def test_replanning_after_a_change_of_the_slot_need_not_retime_anybody(session: Session, district: District) -> None:
    publish(session, district)
    make_planning_figures(session, slot_minutes=50)
    fresh = instance_of(make_draft(session, district))
    again = instance_of(make_draft(session, district, replan=Closeness(most_moved=2)))
    assert (fresh["slot_minutes"], again["slot_minutes"]) == (50, 10)
    assert {visit["minutes"] % again["slot_minutes"] for visit in again["published"]} == {0}


def test_visit_too_odd_for_any_slot_does_not_cut_the_runs_into_minutes(session: Session, district: District) -> None:
    publish(session, district)
    odd = session.scalars(select(Visit).where(Visit.in_force).order_by(Visit.id.desc())).first()
    assert odd is not None
    odd.ends_at, odd.service_minutes = odd.ends_at - timedelta(minutes=1), 119
    session.flush()
    again = instance_of(make_draft(session, district, replan=Closeness(most_moved=2)))
    assert again["slot_minutes"] == 15


def test_session_of_fixed_minutes_has_no_say_in_the_slot(session: Session, district: District) -> None:
    publish(session, district)
    visit = session.scalars(select(Visit).where(Visit.in_force).order_by(Visit.id.desc())).first()
    assert visit is not None
    session.get_one(Site, visit.site_id).fixed_minutes = 55
    visit.pinned = True
    visit.ends_at, visit.service_minutes = visit.ends_at - timedelta(minutes=65), 55
    session.flush()
    instance = instance_of(make_draft(session, district))
    assert (instance["slot_minutes"], instance["pinned"][0]["minutes"]) == (15, 55)


def test_no_run_begins_where_the_districts_signal_lets_nobody_be_activated(
    session: Session, district: District
) -> None:
    make_planning_figures(session, throughput_percent=[0, 0, 0, 0, 100])
    with pytest.raises(NoServableSite, match="6 without signal"):
        make_draft(session, district)


def test_signal_that_a_district_found_useless_stands_in_the_way_of_a_published_visit(
    session: Session, district: District
) -> None:
    publish(session, district)
    in_force = session.scalars(select(Visit).where(Visit.in_force)).all()
    make_planning_figures(session, throughput_percent=[0, 0, 0, 0, 100])
    for found in judge_today(session, district, in_force):
        assert [obstacle.code for obstacle in found.obstacles] == ["no_signal"]


def test_run_counts_with_what_the_district_says_of_a_kind(session: Session, district: District) -> None:
    make_kind_figures(session, "agency", turn_out_share=Decimal("0.2"), setup_minutes=5, max_teams=7)
    make_site(session, code="OWN", headcount=100, turn_out_share=Decimal(1), setup_minutes=20)
    sites = {site["id"]: site for site in instance_of(make_draft(session, district))["sites"]}
    # 80 x 0.90 x 0.20 x 0.85 = 12.24, and 100 x 0.90 x 1 x 0.85 = 76.5
    assert (sites["S-0"]["people"], sites["OWN"]["people"]) == (12, 76)
    assert (sites["S-0"]["setup_minutes"], sites["OWN"]["setup_minutes"]) == (5, 20)
    assert {site["max_teams"] for site in sites.values()} == {7}


def test_published_visit_keeps_what_it_was_planned_with(session: Session, district: District) -> None:
    own = make_kind_figures(session, "agency", turn_out_share=Decimal("0.2"))
    publish(session, district)
    own.turn_out_share = Decimal("0.9")
    session.flush()
    kept = [visit.planned_with or {} for visit in session.scalars(select(Visit).where(Visit.in_force))]
    assert {(one["turn_out_share"], tuple(one["given_shares"])) for one in kept} == {(0.2, ())}


def test_results_are_learned_from_beside_what_the_district_says(session: Session, district: District) -> None:
    make_kind_figures(session, "agency", turn_out_share=Decimal("0.2"))
    make_planning_figures(session, throughput_percent=[0, 20, 40, 60, 80], satellite_level=1)
    priors = priors_of(session, district)
    assert (priors.turn_out["agency"], priors.turn_out["school"]) == (0.2, 0.8)
    assert priors.signal.rate == pytest.approx((0, 0.15, 0.352, 0.57, 0.784))
    assert priors.signal.satellite_level == 1
    learned = learn_from_results(session, district, "ikd")
    assert learned.turn_out.summary("agency", "16.73.01").prior == 0.2


def test_pace_met_at_a_signal_is_planned_with_there_and_none_stays_none(session: Session, district: District) -> None:
    publish(session, district)
    for visit in session.scalars(select(Visit).where(Visit.in_force, Visit.ends_at <= LATER)):
        # Ten people in two busy hours of three operators, where planned were 49.
        make_result(
            session, visit, served=10, activated=10, started_at=visit.starts_at, turned_away=0, signal_met=3,
            last_served_at=visit.starts_at + timedelta(hours=2), ended_at=visit.starts_at + timedelta(hours=3),
            ran_out_of_time=False,
        )  # fmt: skip
    throughput = instance_of(make_draft(session, district, now=LATER))["connectivity"]["throughput_percent"]
    assert throughput[3] < 90
    assert (throughput[0], throughput[4]) == (0, 100)
