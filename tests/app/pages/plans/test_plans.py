"""`/rencana`: the list of plans, the form that asks for one, stopping and deleting."""

from datetime import date, timedelta

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.models import Schedule, Visit
from app.schedules.wish import Wish
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, log_in
from tests.app.pages.plans.conftest import AsPerson
from tests.app.schedules.conftest import make_draft
from tests.factories import make_district, make_schedule, make_site, make_target, make_team

WISH = {"period": "2023-11", "document": "ikd", "minutes": "2", "policy": "", "way": ""}


def wish_of(session: Session, path: str) -> Wish:
    schedule = session.get_one(Schedule, int(path.removeprefix("/rencana/")))
    return Wish.from_json(schedule.request)


def test_without_a_plan_the_list_says_so_and_its_form_is_open(siti: TestClient) -> None:
    shown = siti.get("/rencana").text
    assert "Belum ada rencana." in shown
    assert "<details open>" in shown
    assert 'value="2023-11"' in shown


def test_without_a_target_there_is_nothing_to_plan_for(browser: Browser, session: Session, planner: object) -> None:
    siti = browser()
    log_in(siti)
    shown = siti.get("/rencana").text
    assert "belum punya sasaran" in shown
    assert 'href="/kemajuan"' in shown
    assert '<form class="wish"' not in shown


def test_a_plan_is_asked_for_and_its_page_opened(siti: TestClient, session: Session) -> None:
    answer = siti.post("/rencana", data=WISH)
    assert answer.status_code == 303
    wish = wish_of(session, answer.headers["location"])
    assert (wish.time_limit_seconds, wish.document, wish.replan, wish.kinds) == (120, "ikd", None, ())
    shown = siti.get(answer.headers["location"]).text
    assert "Menunggu giliran" in shown
    assert "Urutan ke-1" in shown
    assert "/batal" in shown
    assert "<noscript>" in shown


def test_everything_that_the_form_offers_reaches_the_request(
    siti: TestClient, session: Session, district: District
) -> None:
    publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    session.commit()
    fields = WISH | {
        **{"from": "2023-11-14", "until": "2023-11-24", "first_date": "2023-11-15", "budget": "12.500.000"},
        **{"seed": "7", "policy": "even-areas", "way": "replan", "most_moved": "3", "minutes": ""},
        **{"kind.agency": "1", "kind.clinic": "1"},
    }
    answer = siti.post("/rencana", data=fields)
    assert answer.status_code == 303, answer.text
    wish = wish_of(session, answer.headers["location"])
    assert (str(wish.period_start), str(wish.period_end), str(wish.first_date)) == (
        "2023-11-14",
        "2023-11-24",
        "2023-11-15",
    )
    assert wish.replan is not None
    assert wish.replan.most_moved == 3
    assert wish.budget is not None
    assert (wish.budget.rupiah, wish.seed) == (12_500_000, 7)
    assert wish.policy is not None
    assert wish.policy.name == "even-areas"
    assert [rule.kinds for rule in wish.kinds or ()] == [("agency", "clinic")]


def test_a_refused_wish_stands_in_the_form_with_the_reason(siti: TestClient, session: Session) -> None:
    answer = siti.post("/rencana", data=WISH | {"period": "November", "seed": "x", "kind.mall": "1"})
    assert answer.status_code == 422
    assert "bukan periode" in answer.text
    assert 'value="November"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert 'name="kind.mall" value="1" checked' in answer.text
    assert session.scalars(select(Schedule)).all() == []


def test_nothing_to_replan_is_said_without_losing_the_form(siti: TestClient, session: Session) -> None:
    answer = siti.post("/rencana", data=WISH | {"way": "replan"})
    assert answer.status_code == 409
    assert "tidak ada rencana yang perlu dipertahankan" in answer.text
    assert session.scalars(select(Schedule)).all() == []


def test_a_full_line_is_said_with_when_to_come_back(siti: TestClient) -> None:
    answers = [siti.post("/rencana", data=WISH) for _ in range(12)]
    last = answers[-1]
    assert last.status_code == 429
    assert "retry-after" in last.headers
    assert 'role="alert"' in last.text


def test_a_viewer_reads_and_may_not_plan(person: AsPerson, session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    session.commit()
    head = person(Role.VIEWER)
    shown = head.get("/rencana").text
    assert f"/rencana/{schedule.id}" in shown
    assert '<form class="wish"' not in shown
    assert "/hapus" not in shown
    assert head.post("/rencana", data=WISH).status_code == 403
    assert head.post(f"/rencana/{schedule.id}/batal").status_code == 403
    assert head.post(f"/rencana/{schedule.id}/hapus").status_code == 403
    assert head.get(f"/rencana/{schedule.id}/terbitkan").status_code == 403


def test_plans_of_other_districts_are_not_there(siti: TestClient, session: Session) -> None:
    make_district(session, "17.71", name="Kota Bengkulu")
    foreign = make_schedule(session, "17.71")
    session.commit()
    assert f"/rencana/{foreign.id}" not in siti.get("/rencana").text
    for path in ("", "/terbitkan", "/kalender", "/hapus"):
        assert siti.get(f"/rencana/{foreign.id}{path}").status_code == 404, path
    for path in ("/batal", "/hapus", "/terbitkan"):
        assert siti.post(f"/rencana/{foreign.id}{path}").status_code == 404, path


def test_plans_are_grouped_by_period_with_the_one_in_force_first(
    siti: TestClient, session: Session, district: District
) -> None:
    published = make_draft(session, district)
    publishing.publish(session, published, actor=COMMAND_LINE, now=NOW)
    later = make_draft(session, district)
    session.commit()
    shown = siti.get("/rencana").text
    assert shown.count("November 2023 <span") == 1
    assert shown.index(f'"/rencana/{published.id}"') < shown.index(f'"/rencana/{later.id}"')
    assert shown.count("/hapus") == 1


def test_older_plans_are_a_page_away(siti: TestClient, session: Session, district: District) -> None:
    made = [make_schedule(session, run_status="cancelled", published_at=None, plan_json=None) for _ in range(41)]
    session.commit()
    first = siti.get("/rencana").text
    assert f'"/rencana/{made[0].id}"' not in first
    link = first.partition('href="/rencana?cursor=')[2].partition('"')[0]
    second = siti.get(f"/rencana?cursor={link}").text
    assert f'"/rencana/{made[0].id}"' in second
    assert siti.get("/rencana?cursor=nonsense").status_code == 422


def test_a_run_is_cancelled_and_its_page_says_so(siti: TestClient) -> None:
    path = siti.post("/rencana", data=WISH).headers["location"]
    answer = siti.post(f"{path}/batal")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    shown = siti.get(path).text
    assert "dihentikan sebelum ada rencana" in shown
    assert "/rencana#buat" in shown
    assert siti.post(f"{path}/batal").status_code == 303


def test_a_failed_run_is_a_page_with_its_reason_and_a_way_on(
    siti: TestClient, session: Session, district: District
) -> None:
    failed = make_schedule(
        session,
        run_status="failed",
        failure_reason="The solver died three times.",
        failure_reason_indonesian="Inti perencanaan berhenti tiga kali.",
        published_at=None,
        plan_json=None,
    )
    session.commit()
    shown = siti.get(f"/rencana/{failed.id}").text
    assert "Inti perencanaan berhenti tiga kali." in shown
    assert "/rencana#buat" in shown
    assert "Inti perencanaan berhenti tiga kali." in siti.get("/rencana").text


def test_a_draft_is_deleted_once_it_was_asked(siti: TestClient, session: Session, district: District) -> None:
    draft = make_draft(session, district)
    session.commit()
    path = f"/rencana/{draft.id}/hapus"
    assert "Hapus rencana" in siti.get(path).text
    assert siti.post(path).headers["location"] == "/rencana"
    assert siti.get(f"/rencana/{draft.id}").status_code == 404
    assert session.scalars(select(Visit)).all() == []
    assert "schedule.delete" in session.scalars(select(AuditEntry.action)).all()


def test_what_was_published_or_is_being_made_is_not_deleted(
    siti: TestClient, session: Session, district: District
) -> None:
    published = make_draft(session, district)
    publishing.publish(session, published, actor=COMMAND_LINE, now=NOW)
    session.commit()
    running = siti.post("/rencana", data=WISH).headers["location"]
    for path in (f"/rencana/{published.id}/hapus", f"{running}/hapus"):
        assert "tidak dapat dihapus" in siti.get(path).text
        answer = siti.post(path)
        assert answer.status_code == 409
    assert len(session.scalars(select(Schedule.id)).all()) == 2


def test_a_draft_that_somebody_edited_meanwhile_is_not_deleted_unseen(
    siti: TestClient, session: Session, district: District
) -> None:
    draft = copies.copy(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    draft.draft_version = 2
    session.commit()
    path = f"/rencana/{draft.id}/hapus"
    assert 'name="version" value="2"' in siti.get(path).text
    assert siti.post(path, data={"version": "1"}).status_code == 412
    assert siti.post(path).status_code == 412
    assert siti.post(path, data={"version": "2"}).status_code == 303


def test_deleting_over_the_api_names_the_version_that_was_read(
    siti: TestClient, session: Session, district: District
) -> None:
    draft = copies.copy(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    session.commit()
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
    link = f"/v1/schedules/{draft.id}"
    assert siti.delete(link, headers=headers).status_code == 428
    assert siti.delete(link, headers=headers | {"If-Match": '"9"'}).status_code == 412
    assert siti.delete(link, headers=headers | {"If-Match": '"1"'}).status_code == 204
    assert siti.delete(link, headers=headers).status_code == 404


def test_the_plan_in_force_is_what_a_planner_sees_first(
    api: FastAPI, siti: TestClient, session: Session, district: District
) -> None:
    assert siti.get("/").headers["location"] == "/rencana"
    november = make_schedule(session)
    session.commit()
    assert siti.get("/").headers["location"] == f"/rencana/{november.id}"
    december = make_schedule(
        session,
        period_start=november.period_end + timedelta(days=1),
        first_date=november.period_end + timedelta(days=1),
        period_end=november.period_end + timedelta(days=31),
    )
    session.commit()
    assert siti.get("/").headers["location"] == f"/rencana/{november.id}"
    api.state.clock = lambda: NOW + timedelta(days=20)
    assert schedules.plan_in_force(session, district.code, today=december.first_date) == december
    assert schedules.plan_in_force(session, district.code, today=december.period_end + timedelta(days=9)) == december


def with_kia(session: Session) -> None:
    make_target(session, document="kia", deadline=date(2023, 12, 31))
    make_site(session, code="DESA-KIA", kind="village", people_kia=200)
    make_team(session, code="T-KIA", kits=["card_printer"])
    session.commit()


def test_a_plan_of_several_documents_is_asked_for(siti: TestClient, session: Session) -> None:
    assert 'name="with.' not in siti.get("/rencana").text
    with_kia(session)
    shown = siti.get("/rencana").text
    assert 'name="with.kia"' in shown
    assert 'name="with.ktp_el"' not in shown
    answer = siti.post("/rencana", data=WISH | {"with.kia": "1", "worth.kia": "400"})
    assert answer.status_code == 303, answer.text
    wish = wish_of(session, answer.headers["location"])
    assert [(row.document, row.worth) for row in wish.further] == [("kia", 400)]
    answer = siti.post("/rencana", data=WISH | {"with.kia": "1", "in_order": "1"})
    assert answer.status_code == 303, answer.text
    wish = wish_of(session, answer.headers["location"])
    assert wish.documents is not None
    assert list(wish.documents.order) == ["ikd", "kia"]


def test_a_worth_that_is_none_is_told_at_its_field(siti: TestClient, session: Session) -> None:
    with_kia(session)
    for fields, words in (
        ({"worth.kia": "banyak"}, "bukan bilangan"),
        ({"worth.kia": "0"}, 'class="wrong"'),
        ({"worth.kia": "400", "in_order": "1"}, 'class="wrong"'),
    ):
        answer = siti.post("/rencana", data=WISH | {"with.kia": "1"} | fields)
        assert answer.status_code == 422, fields
        assert words in answer.text
        assert 'name="with.kia" value="1" checked' in answer.text
