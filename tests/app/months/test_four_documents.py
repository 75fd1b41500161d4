"""A month of Kota Bengkulu, whose visits bring four documents: IKD, recordings, children's cards and certificates."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.app.months.lived import LivedMonth
from tests.app.months.stated import Stated, StatedVisit

FIRST, LAST = date(2024, 11, 4), date(2024, 11, 29)
WORTHS: list[dict[str, Any]] = [
    {"document": "ktp_el", "worth": 3_000},
    {"document": "kia", "worth": 600},
    {"document": "birth_certificate", "worth": 4_000},
]
FURTHER = ("kia", "ktp_el", "birth_certificate")


@pytest.fixture
def office(api: FastAPI, client: TestClient, session: Session, job_tables: None) -> LivedMonth:
    begins = datetime(2024, 11, 1, 2, tzinfo=UTC)
    return LivedMonth("17.71-kota-bengkulu", api=api, client=client, session=session, begins=begins)


def test_month_of_four_documents_is_read_alike_by_everybody_after_every_step(office: LivedMonth) -> None:
    office.looked_at(FIRST, LAST)
    kinds = [{"kinds": ["village", "home"]}]
    plan = office.make_plan(period="2024-11", first_date=FIRST.isoformat(), documents=WORTHS, kinds=kinds)
    office.publish(plan["id"])
    stated = office.agree()
    brought = Counter[str]()
    for row in stated.visits:
        brought.update(row.brought)
    assert set(brought) == {"ikd", *FURTHER}
    assert any(set(row.brought) == {"ikd", *FURTHER} for row in stated.visits), "four documents in one visit"
    results = {row["document"]: row["expected"] for row in plan["result"]["documents"]}
    assert results == {name: brought[name] for name in FURTHER}

    stated = the_first_days_are_reported(office, stated)
    the_recorder_breaks(office, stated)

    office.at(LAST, 18)
    stated = office.agree()
    assert {row.state_at(office.now) for row in stated.visits} == {"done", "lost", "missed"}


def the_first_days_are_reported(office: LivedMonth, stated: Stated) -> Stated:
    """Of some visits all is told, of some IKD alone, one was lost; a report is corrected."""
    office.at(date(2024, 11, 6), 18)
    over = [row for row in stated.visits if row.visit.ends_at <= office.now]
    whole = next(row for row in over if len(row.brought) > 1)
    others = [row for row in over if row is not whole]
    served = {name: max(0, people - 1) for name, people in whole.visit.expected_further.items()}
    first = office.report(whole, served_further=served)
    for row in others[1:-1]:
        office.report(row)
    office.lose(others[0], "network_down")
    stated = office.agree()
    counted = {name: progress_of(office, name) for name in served}
    assert counted == served, "each document counts whom its visits served"

    told_again = {name: people + 1 for name, people in served.items()}
    office.report(whole, corrects=first["id"], served_further=told_again)
    office.agree()
    assert {name: progress_of(office, name) for name in served} == told_again
    return stated


def progress_of(office: LivedMonth, document: str) -> int:
    results: int = office.read(office.here("progress"), document=document)["estimated"]["results"]
    return results


def the_recorder_breaks(office: LivedMonth, stated: Stated) -> None:
    """The second team loses its recorder: what is announced stays, and the next plan draws the office's own."""
    office.at(date(2024, 11, 7), 16)
    office.change("teams", "TIM-2", kits=["card_printer"])
    standing = office.agree()
    assert [records(row) for row in standing.visits] == [records(row) for row in stated.visits]
    refused = {"period": "2024-11", "first_date": "2024-11-08", "replan": {}}
    answer = office.ask("POST", office.here("schedules"), expects=409, json=refused).json()
    assert (answer["code"], answer["errors"][0]["value"]) == ("NobodyIssues", "ktp_el")
    pool = {"code": "REKAM", "name": "Perekam kantor", "kind": "biometric", "count": 1}
    office.ask("POST", office.here("kit-pools"), expects=201, json=pool)
    office.publish(office.make_plan(**refused)["id"])
    changed = [row for row in office.agree().visits if row.visit.date > date(2024, 11, 7)]
    assert any(records(row) for row in changed)
    for row in changed:
        drawn = {kit["code"] for kit in row.visit.day_kits}
        assert not records(row) or drawn == {"REKAM"}


def records(row: StatedVisit) -> int:
    return row.brought.get("ktp_el", 0)
