"""What the instance of a run holds of what is stored, and why planning is refused."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import (
    Area,
    District,
    FigureUse,
    HolidayOverride,
    OfficialCount,
    Target,
    WalkInCount,
    WalkInRate,
)
from app.errors import Conflict
from app.schedules import publishing
from app.schedules.models import Schedule, Visit
from app.schedules.runs.plan_teams import NoTeam
from app.schedules.runs.problem import build_instance
from app.schedules.runs.servable import NoServableSite
from app.schedules.standing_results import HELD_SHARE
from app.schedules.wish import DEFAULT_WEIGHTS, Budget, KindRule, Wish
from app.sites.models import Site, SiteException
from app.teams.models import Team, TeamLeave
from solver.contract.reading import instance_from_json
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft
from tests.factories import make_district, make_result, make_schedule, make_site, make_target, make_team, make_visit

TUESDAY = date(2023, 11, 14)


def requested(**fields: Any) -> Schedule:
    """A request for the second half of November 2023, as `request_schedule` stores it."""
    values: dict[str, Any] = {
        "district_code": "16.73",
        "document": "ikd",
        "period_start": date(2023, 11, 1),
        "period_end": date(2023, 11, 30),
        "first_date": TUESDAY,
        "request": wish(),
        "requested_at": datetime(2023, 11, 13, 2, tzinfo=UTC),
    }
    return Schedule(**(values | fields))


def wish(**fields: Any) -> dict[str, Any]:
    """What a request for November 2023 is stored as."""
    return Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), **fields).understood().to_json()


def instance_of(session: Session, **fields: Any) -> dict[str, Any]:
    content = build_instance(session, requested(**fields)).content
    instance: dict[str, Any] = json.loads(gzip.decompress(content))
    return instance


def site_of(instance: dict[str, Any], code: str) -> dict[str, Any]:
    site: dict[str, Any] = next(site for site in instance["sites"] if site["id"] == code)
    return site


def test_dates_are_the_working_days_from_the_first_date_on(session: Session, district: District) -> None:
    instance = instance_of(session)
    assert (instance["dates"][0], instance["dates"][-1], len(instance["dates"])) == ("2023-11-14", "2023-11-30", 13)


def test_local_day_off_is_no_date(session: Session, district: District) -> None:
    session.add(HolidayOverride(district_code="16.73", date=TUESDAY, is_working=False, name="Hari jadi kota"))
    session.flush()
    assert instance_of(session)["dates"][0] == "2023-11-15"


def test_day_on_which_no_team_works_is_no_date(session: Session, district: District) -> None:
    for team in session.scalars(select(Team)):
        session.add(TeamLeave(team_id=team.id, starts_on=TUESDAY, ends_on=TUESDAY))
    session.flush()
    assert instance_of(session)["dates"][0] == "2023-11-15"


def test_team_on_leave_does_not_work_that_day(session: Session, district: District) -> None:
    team = session.scalars(select(Team).order_by(Team.code)).first()
    assert team is not None
    session.add(TeamLeave(team_id=team.id, starts_on=TUESDAY, ends_on=TUESDAY + timedelta(days=1)))
    session.flush()
    flags = {entry["id"]: entry["dates"] for entry in instance_of(session)["teams"]}
    assert (flags["T-1"][:3], flags["T-2"][:3]) == ("001", "111")


def test_dated_hours_replace_the_usual_ones(session: Session, district: District) -> None:
    site = session.scalars(select(Site).where(Site.code == "S-0")).one()
    session.add(SiteException(site_id=site.id, date=TUESDAY, opens=540, closes=600))
    session.add(SiteException(site_id=site.id, date=date(2023, 11, 15)))
    session.flush()
    planned = site_of(instance_of(session), "S-0")
    assert planned["dates"] == "1011111111111"
    assert (planned["windows"], planned["windows_on"]) == ([[480, 900]], {"2023-11-14": [[540, 600]]})


def test_site_is_closed_before_the_dates_it_agreed_to(session: Session, district: District) -> None:
    site = session.scalars(select(Site).where(Site.code == "S-0")).one()
    site.readiness, site.readiness_from, site.readiness_until = "agreed", date(2023, 11, 20), date(2023, 11, 21)
    session.flush()
    assert site_of(instance_of(session), "S-0")["dates"] == "0000110000000"


def test_people_are_those_who_can_still_be_won(session: Session, district: District) -> None:
    # 80 people of an agency: 0.90 with a phone, 0.75 turn out, 0.85 residents.
    assert site_of(instance_of(session), "S-0")["people"] == 45


def test_kinds_can_be_narrowed_by_dates(session: Session, district: District) -> None:
    make_site(session, code="SCHOOL", kind="school")
    rules = (KindRule(kinds=("agency",), end=date(2023, 11, 28)), KindRule(start=date(2023, 11, 29)))
    instance = instance_of(session, request=wish(kinds=rules))
    assert site_of(instance, "SCHOOL")["dates"] == "0000000000011"
    assert site_of(instance, "S-0")["dates"] == "1111111111111"


def test_must_visit_of_a_kind_not_asked_for_is_not_owed(session: Session, district: District) -> None:
    make_site(session, code="SCHOOL", kind="school", must_visit=True)
    rules = (KindRule(kinds=("agency",)),)
    assert site_of(instance_of(session, request=wish(kinds=rules)), "SCHOOL")["must"] is False
    assert site_of(instance_of(session), "SCHOOL")["must"] is True


def test_gap_and_walk_ins_come_from_the_district(session: Session, district: District) -> None:
    session.add(WalkInRate(district_code="16.73", document="ikd", starts_on=date(2023, 11, 24), per_working_day=58))
    session.flush()
    target = instance_of(session)["target"]
    assert (target["gap"], target["walk_ins_per_day"], target["deadline"]) == (37_989, 0, "2023-12-31")
    assert list(target["walk_ins_on"].values()) == [45] * 8 + [58] * 5
    # The line: 13 of the 32 working days to the deadline.
    assert target["period_gap"] == -(-37_989 * 13 // 32)


def test_counters_that_are_open_while_every_team_is_off_count(session: Session, district: District) -> None:
    for team in session.scalars(select(Team)):
        session.add(TeamLeave(team_id=team.id, starts_on=TUESDAY, ends_on=TUESDAY))
    session.flush()
    instance = instance_of(session)
    assert "2023-11-14" not in instance["dates"]
    assert instance["target"]["walk_ins_on"]["2023-11-14"] == 45


def test_counters_count_from_the_day_after_the_count_and_not_from_the_first_date(
    session: Session, district: District
) -> None:
    built = build_instance(session, requested(first_date=date(2023, 11, 20)))
    assert built.need.walk_ins == 13 * 45


def test_period_that_reaches_the_deadline_owes_the_whole_gap(session: Session, district: District) -> None:
    assert "period_gap" not in instance_of(session, period_end=date(2023, 12, 31))["target"]
    # 30 December is a Saturday and 31 a Sunday: no working day of the line is left.
    assert "period_gap" not in instance_of(session, period_end=date(2023, 12, 29))["target"]


def test_must_visit_made_since_the_count_is_owed_no_more(session: Session, district: District) -> None:
    session.scalars(select(Site).where(Site.code == "S-0")).one().must_visit = True
    publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    visit = session.scalars(select(Visit).join(Site, Site.id == Visit.site_id).where(Site.code == "S-0")).one()
    before, after = visit.date, visit.date + timedelta(days=1)
    assert site_of(instance_of(session, first_date=before), "S-0")["must"] is True
    assert site_of(instance_of(session, first_date=after), "S-0")["must"] is False


@pytest.mark.parametrize(
    ("site", "barrier"),
    [
        ({"connectivity": 0}, "no_signal"),
        ({"headcount": 0}, "no_people"),
        ({"readiness": "not_ready"}, "not_ready"),
        ({"lat": -6.2, "lon": 106.8}, "out_of_reach"),
        ({"kind": "school"}, "not_asked_for"),
    ],
)
def test_nobody_is_sent_to_a_must_visit_site_where_nobody_can_be_won(
    session: Session, district: District, site: dict[str, Any], barrier: str
) -> None:
    make_site(session, code="OWED", must_visit=True, **site)
    schedule = requested(request=wish(kinds=(KindRule(kinds=("agency",)),)))
    built = build_instance(session, schedule)
    assert [(left.code, left.barrier) for left in built.unvisitable] == [("OWED", barrier)]
    assert site_of(json.loads(gzip.decompress(built.content)), "OWED")["must"] is False


def test_must_visit_site_without_signal_is_visited_with_a_satellite_kit(session: Session, district: District) -> None:
    make_site(session, code="HILL", must_visit=True, connectivity=0)
    session.scalars(select(Team).where(Team.code == "T-1")).one().kits = ["satellite"]
    session.flush()
    built = build_instance(session, requested())
    assert built.unvisitable == ()
    assert site_of(json.loads(gzip.decompress(built.content)), "HILL")["must"] is True


def test_floors_costs_and_budget_come_from_the_district(session: Session, district: District) -> None:
    district.cost_per_km, district.cost_per_team_day, district.budget = 4_000, 300_000, 5_000_000
    session.get_one(Area, "16.73.01").min_activations = 70
    session.flush()
    instance = instance_of(session)
    assert instance["costs"] == {"per_km": 4_000, "per_team_day": 300_000, "budget": 5_000_000}
    assert [area["min_activations"] for area in instance["areas"]] == [70]


def test_request_replaces_budget_and_single_weights(session: Session, district: District) -> None:
    district.budget = 5_000_000
    session.flush()
    instance = instance_of(session, request=wish(weights={"moved": 77}, budget=Budget(rupiah=None)))
    assert instance["costs"]["budget"] is None
    assert instance["weights"] == {**DEFAULT_WEIGHTS, "moved": 77}


def test_each_level_of_the_default_weights_outweighs_the_next() -> None:
    weights = DEFAULT_WEIGHTS
    assert min(weights["must"], weights["pin"]) >= 1_000 * weights["shortfall"]
    assert weights["shortfall"] > weights["area_shortfall"] > weights["late"] > weights["moved"] > 0
    # A team-day of 300,000 rupiah, 100 km at 4,000 rupiah.
    team_day = weights["per_million_cost"] * 700_000 // 1_000_000
    assert weights["shortfall"] > team_day > 100 * weights["late"]


def past_visit(session: Session, **fields: Any) -> Visit:
    """A published visit of T-1 at S-0 on Tuesday, 14 November, of which 42 were expected."""
    schedule = make_schedule(session, first_date=TUESDAY, period_end=TUESDAY)
    team = session.scalars(select(Team).where(Team.code == "T-1")).one()
    site = session.scalars(select(Site).where(Site.code == "S-0")).one()
    return make_visit(session, schedule, team, site, **fields)


def planned_after(session: Session, **fields: Any) -> tuple[int, int]:
    """What a plan from Thursday on counts as won already, and the people that it finds at S-0, by facts alone."""
    for figure in ("turn_out", "phone_ready", "resident"):
        use = FigureUse(district_code="16.73", document="ikd", figure=figure, kind="", use="given")
        session.merge(use)
    session.flush()
    now = datetime(2023, 11, 15, 2, tzinfo=UTC)
    schedule = requested(first_date=date(2023, 11, 16), requested_at=now, **fields)
    built = build_instance(session, schedule)
    return built.already_planned, site_of(json.loads(gzip.decompress(built.content)), "S-0")["people"]


def test_what_happened_takes_the_place_of_what_was_expected(session: Session, district: District) -> None:
    _, everybody = planned_after(session)
    visit = past_visit(session)
    assert planned_after(session) == (int(42 * HELD_SHARE), int(everybody - 42 * HELD_SHARE))
    first = make_result(session, visit, activated=30)
    assert planned_after(session) == (30, everybody - 30)
    first.stands = False
    session.flush()
    make_result(session, visit, activated=20, corrects_id=first.id)
    assert planned_after(session) == (20, everybody - 20)


def test_visit_that_was_not_held_leaves_the_site_as_if_nobody_had_been_sent(
    session: Session, district: District
) -> None:
    before = instance_of(session, first_date=date(2023, 11, 16))
    make_result(session, past_visit(session), outcome="not_held", served=0, activated=0)
    after = instance_of(session, first_date=date(2023, 11, 16))
    assert site_of(after, "S-0") == site_of(before, "S-0")
    assert after["target"] == before["target"]


def test_reported_visit_that_had_been_withdrawn_counts(session: Session, district: District) -> None:
    _, everybody = planned_after(session)
    visit = past_visit(session, in_force=False, withdrawn_at=NOW)
    assert planned_after(session) == (0, everybody)
    make_result(session, visit)
    assert planned_after(session) == (36, everybody - 36)


def test_recount_takes_over_results_of_its_day_and_before_but_the_site_remembers_them(
    session: Session, district: District
) -> None:
    _, everybody = planned_after(session)
    make_result(session, past_visit(session))
    target = session.scalars(select(Target)).one()
    target.as_of, target.activated = TUESDAY, 4_100
    session.flush()
    assert planned_after(session) == (0, everybody - 36)


def test_count_that_stood_still_takes_over_nothing(session: Session, district: District) -> None:
    make_result(session, past_visit(session))
    target = session.scalars(select(Target)).one()
    session.add(OfficialCount(district_code="16.73", document="ikd", owner="district",
                              as_of=target.as_of, activated=target.activated))  # fmt: skip
    target.as_of = date(2023, 11, 17)
    session.flush()
    assert planned_after(session)[0] == 36


def test_new_figure_of_a_site_takes_over_the_results_up_to_its_day(session: Session, district: District) -> None:
    make_result(session, past_visit(session))
    site = session.scalars(select(Site).where(Site.code == "S-0")).one()
    site.already_activated = 5
    session.flush()
    _, counted_twice = planned_after(session)
    site.already_activated_as_of = TUESDAY
    session.flush()
    assert planned_after(session)[1] == counted_twice + 36


def test_counted_day_at_the_counters_takes_the_place_of_the_rate(session: Session, district: District) -> None:
    session.add(WalkInRate(district_code="16.73", document="ikd", starts_on=date(2023, 11, 1), per_working_day=60))
    session.flush()
    rates = build_instance(session, requested()).need.walk_ins
    session.add(WalkInCount(district_code="16.73", document="ikd", day=TUESDAY, activated=25))
    session.flush()
    assert build_instance(session, requested()).need.walk_ins == rates - 35


def test_team_at_work_for_another_document_is_not_free(session: Session, district: District) -> None:
    published = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    make_target(session, document="kia", eligible_people=90_000, activated=0)
    session.scalars(select(Site)).first().people_kia = 100  # type: ignore[union-attr]
    for team in session.scalars(select(Team)):
        team.kits = ["card_printer"]
    instance = instance_of(session, document="kia")
    flags = {team["id"]: team["dates"] for team in instance["teams"]}
    assert flags == {"T-1": "0000001111111", "T-2": "1111111111111"}
    assert (instance["published"], published.document) == ([], "ikd")


def test_district_without_a_team_is_refused(session: Session, job_tables: None) -> None:
    make_target(session, make_district(session).code)
    with pytest.raises(NoTeam, match="has no team"):
        instance_of(session)


def test_teams_all_on_leave_are_refused(session: Session, district: District) -> None:
    for team in session.scalars(select(Team)):
        session.add(TeamLeave(team_id=team.id, starts_on=date(2023, 11, 1), ends_on=date(2023, 12, 31)))
    session.flush()
    with pytest.raises(NoTeam, match="None of the 2 teams works"):
        instance_of(session)


def refusal_with(session: Session, **site: Any) -> str:
    """Why a district with one team at the seat and this one site cannot be planned."""
    make_target(session, make_district(session).code)
    make_team(session)
    make_site(session, **site)
    with pytest.raises(NoServableSite) as refusal:
        instance_of(session)
    assert refusal.value.problems[0].value == 1
    return refusal.value.detail


@pytest.mark.parametrize(
    ("site", "reason"),
    [
        ({"connectivity": 0}, "1 without signal"),
        ({"headcount": 0}, "1 without people left"),
        ({"headcount": 100, "already_activated": 100}, "1 without people left"),
        ({"readiness": "not_ready"}, "1 not ready"),
        ({"lat": -6.2, "lon": 106.8}, "1 out of reach"),
        ({"setup_minutes": 420}, "1 out of reach"),
    ],
)
def test_site_that_cannot_be_served_is_counted_with_its_reason(
    session: Session, job_tables: None, site: dict[str, Any], reason: str
) -> None:
    assert reason in refusal_with(session, **site)


def test_site_closed_on_every_date_is_counted(session: Session, district: District) -> None:
    for site in session.scalars(select(Site)):
        for day in range(14, 31):
            session.add(SiteException(site_id=site.id, date=date(2023, 11, day)))
    session.flush()
    with pytest.raises(NoServableSite, match="of 6 sites 6 closed on every date"):
        instance_of(session)


def test_site_visited_lately_is_not_counted_as_closed(session: Session, job_tables: None) -> None:
    make_target(session, make_district(session).code)
    team, site = make_team(session), make_site(session, min_gap_days=60)
    make_visit(session, make_schedule(session), team, site, starts_at=datetime(2023, 11, 10, 1, tzinfo=UTC))
    with pytest.raises(NoServableSite, match="of 1 site 1 visited too lately for another visit"):
        instance_of(session)


def test_kind_that_nobody_has_is_counted(session: Session, district: District) -> None:
    with pytest.raises(NoServableSite, match="6 of a kind that was not asked for"):
        instance_of(session, request=wish(kinds=(KindRule(kinds=("mall",)),)))


def test_satellite_kit_serves_a_site_without_signal(session: Session, job_tables: None) -> None:
    make_target(session, make_district(session).code)
    make_team(session, kits=["satellite"])
    make_site(session, connectivity=0)
    assert instance_of(session)["teams"][0]["satellite"] is True


def test_district_without_a_site_is_refused(session: Session, job_tables: None) -> None:
    make_target(session, make_district(session).code)
    make_team(session)
    with pytest.raises(Conflict, match="has no site"):
        instance_of(session)


def test_instance_satisfies_the_contract(session: Session, district: District) -> None:
    document = instance_of(session)
    assert instance_from_json(document).to_json() == document
