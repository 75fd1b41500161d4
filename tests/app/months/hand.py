"""What an office does on the second day: requests by phone, a sick team, a closed school, edits by hand, letters."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.schedules.models import Schedule
from tests.app.months.office import Json, Office
from tests.app.schedules.conftest import plan_now


def wish_of_a_site(office: Office, dates: Sequence[date]) -> Json:
    """A site that is not in the plan calls: it has time on some dates."""
    planned = {visit["site"]["code"] for visit in office.plan.values()}
    free = [site for site in office.pages(f"districts/{office.code}/sites") if site["code"] not in planned]
    site = max(free, key=lambda site: (site["headcount"] - site["already_activated"], site["code"]))
    body = {
        "site_code": site["code"],
        "channel": "phone",
        "wished_dates": [day.isoformat() for day in dates],
        "contact": "Bagian Tata Usaha",
    }
    asked: Json = office.ask("POST", f"districts/{office.code}/requests", expects=201, json=body).json()
    return asked


def accept(office: Office, asked: Json, number: int) -> Json:
    """Book an offer; the ledger moves what the offer said it would move, and nothing else."""
    offer = next(one for one in asked["offers"] if one["number"] == number)
    before = dict(office.plan)
    booked: Json = office.ask("POST", f"requests/{asked['id']}/accept", json={"offer": number}).json()
    assert booked["status"] == "booked"
    take_over(office, booked["booked"]["schedule_id"])
    check_the_offer_was_kept(office, offer, before)
    return booked


def take_over(office: Office, schedule_id: int) -> None:
    """A plan was put into force by another way than `publish`."""
    office.enter(office.read(f"schedules/{schedule_id}"))


def check_the_offer_was_kept(office: Office, offer: Json, before: dict[str, Json]) -> None:
    now = {_key(visit): visit for visit in office.plan.values()}
    earlier = {_key(visit): visit for visit in before.values()}
    named = {
        (change["team"], change["date"], change["site"])
        for moved in offer["price"]["changed_visits"]
        for change in (moved["before"], moved["after"])
        if change is not None
    }
    new = [key for key in now.keys() - earlier.keys() if key not in named]
    assert [(team, day) for team, day, _ in new] == [(offer["team"], offer["date"])]
    assert earlier.keys() - now.keys() <= named
    for key in (now.keys() & earlier.keys()) - named:
        assert _hours(now[key]) == _hours(earlier[key]), f"{key} moved without a word"


def _key(visit: Json) -> tuple[str, str, str]:
    return visit["team"]["code"], visit["date"], visit["site"]["code"]


def _hours(visit: Json) -> tuple[Any, ...]:
    return tuple(datetime.fromisoformat(visit[name]) for name in ("starts_at", "ends_at"))


def disrupt(office: Office, session: Session, **trouble: Any) -> Json:
    """A team is ill, a site is closed: the run that follows is published."""
    answer: Json = office.ask("POST", f"districts/{office.code}/disruptions", expects=202, json=trouble).json()
    schedule = session.get_one(Schedule, answer["schedule"]["id"], populate_existing=True)
    plan_now(session, schedule, now=office.now)
    session.commit()
    made = office.read(f"schedules/{schedule.id}")
    unchanged = made["result"]["changing_nothing"]
    assert unchanged["falling"] >= len(answer["affected"])
    assert unchanged["gained_activations"] == made["result"]["expected_activations"] - unchanged["expected_activations"]
    office.publish(made)
    return answer


def letters_of(office: Office, *, week: date, number: str, expects: int = 201) -> Json:
    """The first team's letter of a week, issued."""
    team = sorted(office.teams)[0]
    schedule = office.schedules[-1]
    body = {
        "date": office.today.isoformat(),
        "letters": [{"team": team, "week": week.isoformat(), "number": number}],
    }
    answer: Json = office.ask("POST", f"schedules/{schedule}/letters", expects=expects, json=body).json()
    return answer


def sites_in_letter(office: Office, letter: Json) -> str:
    """What the PDF of a letter says, without spaces: names may break anywhere."""
    pdf = office.ask("GET", letter["pdf"].removeprefix("/v1/")).content
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def put_letterhead(office: Office) -> None:
    head = {
        "government": [office.content["name"]],
        "office": "Dinas Kependudukan dan Pencatatan Sipil",
        "place": office.content["name"],
        "signer": {"office": "Kepala Dinas"},
    }
    office.ask("PUT", f"districts/{office.code}/letterhead", expects=201, json=head)
    for number in office.teams.values():
        person = {"name": "Petugas Contoh", "status": "non_asn", "post": "Operator"}
        office.ask("POST", f"teams/{number}/staff", expects=201, json=person)


def edit_by_hand(office: Office, schedule_id: int) -> Json:
    """A copy of the plan in force; the last visit to come is dropped, taken back, and at last pinned where it is."""
    answer = office.ask("POST", f"schedules/{schedule_id}/copy", expects=201)
    draft, etag = answer.json(), answer.headers["ETag"]
    visits = office.visits_of(draft["id"])
    last = max(visits, key=lambda visit: (visit["starts_at"], visit["uid"]))
    named = {"team": last["team"]["code"], "date": last["date"], "site": last["site"]["code"]}
    path = f"schedules/{draft['id']}"

    def change(call: str, etag: str, **sent: Any) -> tuple[Json, str]:
        found = office.ask("POST", f"{path}/{call}", headers={"If-Match": etag}, **sent)
        return found.json(), found.headers["ETag"]

    dropped, second = change("edits", etag, json={"edits": [{"op": "drop", **named}]})
    assert dropped["change"]["activations"] <= 0
    assert dropped["broken_by_edit"] == []
    assert {visit["site"]["code"] for visit in office.visits_of(draft["id"])} <= {
        visit["site"]["code"] for visit in visits
    }
    # Somebody who has not seen that is told so.
    office.ask("POST", f"{path}/undo", headers={"If-Match": etag}, expects=412)
    undone, third = change("undo", second)
    assert undone["after"] == dropped["before"]
    assert {_key(visit) for visit in office.visits_of(draft["id"])} == {_key(visit) for visit in visits}
    change("edits", third, json={"edits": [{"op": "pin", **named}]})
    assert [version["op"] for version in office.pages(f"{path}/versions")] == ["edit", "undo", "edit", "copy"]
    read: Json = office.read(path)
    return read
