"""Why a visit stands where it does, in words, from what the solver says of every team and date."""

from datetime import date
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.schedules.models import Visit
from app.schedules.questions.turns import Asker, PlanFiles
from app.schedules.questions.visit_reasons import VisitQuestion, visit_answer
from app.words import Text
from tests.app.conftest import AsRole
from tests.app.schedules.conftest import make_draft
from tests.factories import make_district

RULES: dict[str, Text] = {
    "no_signal": {"id": "tanpa sinyal", "en": "no signal"},
    "shift_end": {"id": "pulang terlambat", "en": "back too late"},
    "team_off": {"id": "tim tidak bertugas", "en": "the team is off"},
}
TUESDAY, WEDNESDAY = date(2023, 11, 14), date(2023, 11, 15)


def asked(team: str = "T-1") -> VisitQuestion:
    visit = {"team": team, "date": TUESDAY.isoformat(), "site": "S-1", "start": 480, "minutes": 120}
    return VisitQuestion(
        visit_id=7, schedule_id=3, site="S-1", name="SMA 1", team=team, date=TUESDAY, as_planned=visit,
        expected_activations=40, files=PlanFiles(instance=b"", plan=b""),
        asker=Asker(district_code="16.73", token_id=None),
    )  # fmt: skip


def cell(team: str, day: date, rule: str | None = None, **figures: Any) -> dict[str, Any]:
    fitting = {"kind": "fits", "value_milli": 0, "activations": 0, "cost": 0, "disturbed": 0} if rule is None else {}
    return {"team": team, "date": day.isoformat(), "rule": rule, "kind": None, **fitting, **figures}


def test_the_best_other_team_day_and_place_are_told_with_their_price() -> None:
    explained = visit_answer(
        asked(),
        [
            cell("T-1", TUESDAY, "same_place"),
            cell("T-1", WEDNESDAY, value_milli=-9_000, activations=-9, cost=50_000, disturbed=1),
            cell("T-2", TUESDAY, value_milli=-4_000, activations=-4, disturbed=2),
            cell("T-3", TUESDAY, "shift_end"),
            cell("T-2", WEDNESDAY, value_milli=-1_000, activations=1, cost=-2_000),
            cell("T-3", WEDNESDAY, "team_off"),
        ],
        rules=RULES,
    )
    assert explained.why_team["en"] == (
        "Of the other teams T-2 would suit best on 14 November 2023: 4 activations fewer, other visits changed: 2."
    )
    assert explained.why_day["id"] == (
        "Hari lain yang paling sesuai bagi T-1 adalah 15 November 2023: 9 aktivasi lebih sedikit, biaya lebih "
        "Rp 50.000, 1 kunjungan lain berubah."
    )
    assert explained.next_best_text["en"] == (
        "The next best: T-2 on 15 November 2023, 1 activation more, Rp 2,000 less."
    )
    assert explained.next_best is not None
    assert (explained.next_best.team, explained.next_best.date) == ("T-2", WEDNESDAY)
    assert [place.team for place in explained.other_teams] == ["T-2", "T-3"]
    assert [place.date for place in explained.other_days] == [WEDNESDAY]


def test_what_stands_against_all_others_is_counted() -> None:
    places = [
        cell("T-1", WEDNESDAY, "team_off"),
        cell("T-2", TUESDAY, "no_signal"),
        cell("T-3", TUESDAY, "shift_end"),
        cell("T-4", TUESDAY, "no_signal"),
    ]
    explained = visit_answer(asked(), places, rules=RULES)
    assert explained.why_team["en"] == (
        "No other team can go to SMA 1 on 14 November 2023: no signal (2×); back too late (1×)."
    )
    assert explained.why_day["id"] == "T-1 tidak dapat ke SMA 1 pada hari lain: tim tidak bertugas (1×)."
    assert explained.next_best is None
    assert "tidak dapat dipindah" in explained.next_best_text["id"]


def test_an_only_team_has_no_other() -> None:
    explained = visit_answer(asked(), [cell("T-1", WEDNESDAY)], rules=RULES)
    assert explained.why_team["en"] == "T-1 is the only team."
    assert "the same activations" in explained.why_day["en"]


def test_a_visit_is_explained_over_http(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    visit = session.scalars(select(Visit).where(Visit.schedule_id == schedule.id).order_by(Visit.id)).first()
    assert visit is not None
    answer = client.get(f"/v1/visits/{visit.id}/explanation", headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 200, answer.text
    explained = answer.json()
    assert (explained["visit_id"], explained["date"]) == (visit.id, visit.date.isoformat())
    assert [place["team"] for place in explained["other_teams"]] == ["T-2"]
    assert len(explained["other_days"]) == 12
    possible = [place for place in explained["other_days"] if place["kind"] is not None]
    assert possible
    assert explained["next_best"]["value_milli"] == max(
        place["value_milli"]
        for place in [*explained["other_teams"], *explained["other_days"]]
        if place["kind"] is not None
    )
    make_district(session, "16.74")
    stranger = client.get(f"/v1/visits/{visit.id}/explanation", headers=bearer(Role.VIEWER, "16.74"))
    assert stranger.status_code == 404
