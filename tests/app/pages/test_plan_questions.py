"""`/rencana/{id}/lokasi`, `/…/banding` and `/…/andai`: a planner asks a plan, and gets the API's answers as pages."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import app.pages.plan_questions
from app.access.models import Role
from app.districts.models import District
from app.schedules.models import Schedule, Visit
from app.schedules.questions.explanations import plain_answer
from app.schedules.questions.plain_reasons import PlainReason, SiteStanding
from app.schedules.questions.turns import digest_of
from app.schedules.reasons.models import PlanReasons, SiteReason
from app.sites.models import Readiness, Site
from app.words import in_both
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.app.schedules.conftest import district, job_tables, make_draft, own_engine
from tests.factories import make_site

__all__ = ["district", "job_tables", "own_engine"]


@pytest.fixture
def plan(session: Session, district: District) -> Schedule:
    return make_draft(session, district)


@pytest.fixture
def siti(session: Session, plan: Schedule, password_hash: str, browser: Browser) -> TestClient:
    user = add_user(session, "siti", Role.PLANNER)
    user.password_hash = password_hash
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


class _Explains:
    """The double of the resident planning core: one answer for every site."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def explain(self, files: Any, *, asker: Any, site: str) -> dict[str, Any]:
        self.asked.append(site)
        change = {"team": "T-1", "date": "2023-11-14", "site": site, "start": 480, "minutes": 60}
        return {
            "site": site,
            "name": "SMA <Negeri> 5",
            "standing": "beaten",
            "sentence": {"id": "Kalah bersaing.", "en": "Beaten."},
            "rule": None,
            "team_days": 26,
            "team_days_possible": 20,
            "team_days_by_rule": {"signal": 6},
            "visits": [change | {"served": 40}],
            "forced": {
                "visits": [change | {"served": 40}],
                "activations_lost": 1_250,
                "value_lost_milli": 5_500,
                "cost_added": 450_000,
                "closes_gap": False,
                "changes": {"added": [change], "withdrawn": [], "moved": [], "retimed": [], "kept": 3},
            },
        }

    def end(self) -> None:
        pass


@pytest.fixture
def resident(api: FastAPI, siti: TestClient) -> Iterator[_Explains]:
    real, double = api.state.resident, _Explains()
    api.state.resident = double
    yield double
    api.state.resident = real


def find_reasons(session: Session, plan: Schedule, standing: SiteStanding, site: Site) -> None:
    sentence = in_both("Sebabnya begini.", "This is why.")
    answer = plain_answer(plan.id, site, reason=PlainReason(standing=standing, sentence=sentence))
    session.add(
        PlanReasons(
            schedule_id=plan.id,
            district_code=plan.district_code,
            version=plan.version,
            plan_digest=digest_of(plan.plan_json or b""),
            found_at=NOW,
            unpriced=2,
            next_at=NOW,
        )
    )
    session.add(
        SiteReason(
            schedule_id=plan.id,
            site_id=site.id,
            district_code=plan.district_code,
            standing=standing,
            reason=standing,
            answer=answer.model_dump(mode="json"),
        )
    )
    session.commit()


def test_until_the_reasons_are_found_the_page_says_so(siti: TestClient, plan: Schedule) -> None:
    shown = siti.get(f"/rencana/{plan.id}/lokasi").text
    assert "Alasan sedang dicari" in shown
    assert "Tidak ada lokasi dengan saringan ini." in shown


def test_found_reasons_are_filtered_and_link_to_each_site(siti: TestClient, plan: Schedule, session: Session) -> None:
    site = make_site(session, code="A/1 b", name="SMA Negeri 5")
    find_reasons(session, plan, SiteStanding.NOT_READY, site)
    shown = siti.get(f"/rencana/{plan.id}/lokasi").text
    assert "◷ belum siap (1)" in shown
    assert "Sebabnya begini." in shown
    assert "2 lokasi kalah bersaing belum berharga" in shown
    assert f'href="/rencana/{plan.id}/lokasi/A/1%20b"' in shown
    assert "Sebabnya begini." not in siti.get(f"/rencana/{plan.id}/lokasi?kedudukan=scheduled").text
    assert "Sebabnya begini." in siti.get(f"/rencana/{plan.id}/lokasi/A/1%20b").text


def test_a_site_without_a_found_reason_is_asked_of_the_planning_core(
    siti: TestClient, plan: Schedule, session: Session, resident: _Explains
) -> None:
    code = session.scalars(select(Site.code).join(Visit, Visit.site_id == Site.id)).first()
    there = siti.get(f"/rencana/{plan.id}/lokasi?kode={code}").headers["location"]
    shown = siti.get(there).text
    assert resident.asked == [code]
    assert "SMA &lt;Negeri&gt; 5 dalam rencana ini" in shown
    assert "Dari 26 hari-tim, 20 mungkin" in shown
    assert "1.250 aktivasi lebih sedikit, biaya +Rp450.000" in shown
    assert "1 kunjungan baru" in shown


def test_a_site_that_needs_no_solver_is_told_at_once(
    siti: TestClient, plan: Schedule, session: Session, resident: _Explains
) -> None:
    site = session.scalars(select(Site).join(Visit, Visit.site_id == Site.id)).first()
    assert site is not None
    site.readiness = Readiness.NOT_READY
    session.commit()
    assert siti.get(f"/rencana/{plan.id}/lokasi/{site.code}").status_code == 200
    assert siti.get(f"/rencana/{plan.id}/lokasi/tidak-ada").status_code == 404


def test_two_plans_are_compared_by_figures_and_visits(
    siti: TestClient, plan: Schedule, session: Session, district: District
) -> None:
    assert "Belum ada rencana lain" in siti.get(f"/rencana/{plan.id}/banding").text
    other = make_draft(session, district, period_start=date(2023, 11, 14))
    session.commit()
    shown = siti.get(f"/rencana/{plan.id}/banding?dengan={other.id}").text
    assert "kunjungan tetap sama." in shown
    assert "±0" in shown
    assert f"Rencana {other.id}:" in shown
    assert siti.get(f"/rencana/{plan.id}/banding?dengan=999999").status_code == 404


def test_what_if_tries_one_change_after_the_other(
    siti: TestClient, plan: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def trial(name: str, won: int) -> dict[str, Any]:
        return {
            "scenario": name,
            "teams": 2,
            "days": 13,
            "ends_on": "2023-11-30",
            "judged_by": "target",
            "gap": 1_000,
            "activations": won,
            "bound": won + 10,
            "shortfall": 1_000 - won,
            "verdict": "unreachable",
            "crosses_on": None,
            "cost": 5_000_000,
            "team_days": 26,
            "price_of_one_more": None if won == 500 else 12_500,
            "within_noise": False,
        }

    async def tried(state: Any, question: Any) -> dict[str, Any]:
        asked.append(question.words)
        trials = [trial("", 500), trial("teams=+1", 700), trial("teams=-1", 300)]
        return {"trials": trials, "assumptions": [{"id": "Tim baru seperti rata-rata.", "en": "Average teams."}]}

    monkeypatch.setattr(app.pages.plan_questions, "tried", tried)
    assert siti.get(f"/rencana/{plan.id}/andai").status_code == 200
    shown = siti.post(f"/rencana/{plan.id}/andai", data={"teams": "1, −1", "seconds": "2"}).text
    assert asked[0][:2] == ("--change=teams=+1", "--change=teams=-1")
    assert "Tim lebih (+) atau kurang (−): +1" in shown
    assert "Rp12.500" in shown
    assert "Tim baru seperti rata-rata." in shown


def test_what_preparing_first_does_is_asked_with_its_site_and_date(
    siti: TestClient, plan: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tried(state: Any, question: Any) -> dict[str, Any]:
        assert question.words[0] == (
            "--change=prepare=S-1:2023-11-20;at=S-2:50;preparing=70;activating=40;returning=80"
        )
        usual = {
            **{"scenario": "", "teams": 2, "days": 13, "ends_on": "2023-11-30", "judged_by": "target", "gap": 1_000},
            **{"activations": 500, "bound": 510, "shortfall": 500, "verdict": "unreachable", "crosses_on": None},
            **{"cost": 5_000_000, "team_days": 26, "price_of_one_more": None, "within_noise": False},
        }
        row = {
            **{"site": "S-1", "by": "2023-11-20", "minutes": 120, "prepared": 30, "returning": 12},
            **{"prepared_on": "2023-11-16", "prepared_by_team": "T-1", "activated_on": ["2023-11-22"]},
            **{"activated": 12, "sentence": {"id": "S-1: tim T-1 menyiapkan 30 orang.", "en": "S-1: 30 people."}},
        }
        return {"trials": [usual, usual | {"preparations": [row]}], "assumptions": []}

    monkeypatch.setattr(app.pages.plan_questions, "tried", tried)
    assert 'value="S-1"' in siti.get(f"/rencana/{plan.id}/andai?siapkan=S-1").text
    form = {"siapkan": "S-1", "sampai": "2023-11-20", "di": "S-2"}
    shown = siti.post(f"/rencana/{plan.id}/andai", data=form).text
    assert "Siapkan dahulu (kode lokasi): S-1" in shown
    assert "S-1: tim T-1 menyiapkan 30 orang." in shown
    for wrong in ({"sampai": ""}, {"siapkan": ""}, {"di": "S-9"}, {"siapkan": "S-9"}, {"sampai": "2023-11-30"}):
        answer = siti.post(f"/rencana/{plan.id}/andai", data=form | wrong)
        assert answer.status_code == 422, wrong
        assert 'class="notice wrong"' in answer.text, wrong


def test_what_cannot_be_tried_is_refused_with_what_was_typed(siti: TestClient, plan: Schedule) -> None:
    for form in ({}, {"teams": "banyak"}, {"teams": "1", "seconds": "600"}, {"teams": "-5"}):
        answer = siti.post(f"/rencana/{plan.id}/andai", data=form)
        assert answer.status_code == 422, form
        assert 'class="notice wrong"' in answer.text, form
