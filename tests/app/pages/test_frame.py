"""What every page has: both languages, safe headers, the same words as the API."""

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

import app.pages.frame
from app.access.models import User
from app.calendars.models import CalendarKind, Direction, Scope
from app.districts.counters.models import CounterKind
from app.districts.counters.place_values import MARKED as MARKED_OF_COUNTERS
from app.districts.issuing import SAID
from app.districts.kits import Kit
from app.districts.models import FURTHER_DOCUMENTS, Document, EligibleBase, IssuingKit, Provenance, TargetOwner
from app.districts.schemas import Figure
from app.districts.targets.data_warning import Severity
from app.languages import Language
from app.pages import closures_page, kinds_page, kit_pools_page, office_calendars_page, ways_page
from app.pages.counter_place_form import blank_place_values
from app.pages.journeys_form import ROOMS, blank_values
from app.pages.menu import MENU
from app.pages.plan_questions import CHANGES, FIGURES
from app.pages.plan_words import STANDINGS
from app.pages.results_page import _COUNTS
from app.pages.site_form import blank_site_values
from app.pages.target_form import blank_target_values
from app.pages.team_form import blank_team_values
from app.pages.texts import sentences, text
from app.pages.users_page import PERSONAL_ROLES
from app.pages.working_days_page import DayKind
from app.reports.overview import DistrictStatus
from app.reports.signal_gaps import Remedy
from app.requests.models import Channel, DeclineReason, RequestStatus
from app.schedules.drafts.trip_edits import TripOp
from app.schedules.models import LossCause, VisitOutcome
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.questions.plain_reasons import SiteStanding
from app.schedules.reasons.service import ReasonsState
from app.schedules.runs.gateway import built_in_policies
from app.schedules.standing_results import VisitState
from app.sites.models import Readiness, ReadinessCause, SiteKind
from app.sites.preparations import VisitStage
from app.sites.values import VOCABULARY
from app.tables.fields import WEEKDAYS
from app.tables.figures import Manner
from app.teams.values import VOCABULARY as TEAMS
from app.travel.models import StationKind, Way
from tests.app.pages.conftest import Browser, invite, log_in

PAGES = Path(app.pages.frame.__file__).parent


TRAIL = (
    *("user_add", "user_update", "user_disable", "user_enable", "user_link_sso"),
    *("invitation_issue", "invitation_accept", "session_open", "session_close", "session_close_all"),
)
"""What is recorded of a user."""
CHOSEN_BY_VALUE = (
    *(f"account.{role}" for role in ("admin", "planner", "coordinator", "viewer")),
    *(entry.key for entry in MENU),
    *(f"standing.{standing}" for standing in STANDINGS),
    *(f"obstacle.{code}" for code in ObstacleCode),
    *(f"visit_state.{state}" for state in VisitState),
    *(f"kind.{kind}" for kind in SiteKind),
    *(f"kinds.{group}" for group, _ in kinds_page._GROUPS),
    *(f"holding.{document}" for document in Document),
    *(f"issuing.{document}" for document in FURTHER_DOCUMENTS),
    *(f"issuing_kit.{kit}" for kit in IssuingKit),
    *(f"issuing.{figure}" for figure in SAID),
    *("issuing.yes_signal", "issuing.no_signal", "issuing.assumed", "issuing.from", "issuing.ages_as_of"),
    *(f"policy.{name.replace('-', '_')}" for name in built_in_policies()),
    *(f"board_marks.{mark}" for mark in ("pinned", "requested", "done", "missed", "lost", "cancelled")),
    *("board_off.leave", "board_off.not_working"),
    *(f"board_kinds.{kind}" for kind in ("fits", "moved", "retimed", "shortened", "changes_places", "pushes_out")),
    "board_kinds.sends",
    "board_kinds.other_rides",
    *(f"edits.{op}" for op in ("copy", "undo", "redo", "place", "add", "drop", "retime", "pin", "unpin")),
    *("edits.from_hour", "edits.for_minutes", "edits.send_for_a_day", "edits.with_visits"),
    *(f"edits.{op}" for op in TripOp),
    *(f"trip_hand.{part}" for part in ("preview", "only_trip", "other_rides", "do", "do_call_off")),
    *(f"document.{document}" for document in Document),
    *(f"progress.{severity}" for severity in Severity),
    *(f"progress.{owner}" for owner in TargetOwner),
    *(f"reading.{kind}" for kind in ("base", "target", "deadline")),
    *(f"districts.{status}" for status in DistrictStatus),
    *(f"users.{role}" for role in PERSONAL_ROLES),
    *(f"trail.{action}" for action in TRAIL),
    "actor.command_line",
    "rate.provenance",
    *(f"office_calendar.{name}" for name in office_calendars_page._blank()),
    *(f"calendar_kind.{kind}" for kind in CalendarKind),
    *(f"calendar_direction.{direction}" for direction in Direction),
    *(f"calendar_scope.{scope}" for scope in Scope),
    *(f"backup.{state}" for state in ("fresh", "old", "lost", "ahead")),
    *(f"aside.{unit}" for unit in ("changes", "entry", "invitation")),
    *(f"requests.{status}" for status in RequestStatus),
    *(f"channel.{channel}" for channel in Channel),
    *(f"decline.{reason}" for reason in DeclineReason),
    *(f"site_standing.{standing}" for standing in SiteStanding),
    *(f"reasons.{state}" for state in ReasonsState if state is not ReasonsState.READY),
    *(f"compare.{name}" for name in (*FIGURES, "added", "dropped", "moved", "retimed")),
    *(f"what_if.{name}" for name in CHANGES),
    *(f"report.{outcome}" for outcome in VisitOutcome),
    *(f"report.{name}" for name in _COUNTS),
    *(f"{part}.{stage}" for part in ("stage", "staged_people") for stage in VisitStage),
    *(f"cause.{cause}" for cause in LossCause),
    *(f"readiness.{state}" for state in Readiness),
    *(f"readiness_cause.{cause}" for cause in ReadinessCause),
    *(f"provenance.{word}" for word in Provenance),
    *(f"signal.{level}" for level in range(5)),
    *(f"weekday.{day}" for day in WEEKDAYS),
    *(
        f"site.{name}"
        for name in {name.partition(".")[0] for name in blank_site_values()} | {"place", *VOCABULARY.words}
    ),
    *(f"manner.{manner}" for manner in Manner),
    *(
        f"team.{name}"
        for name in {name.partition(".")[0] for name in blank_team_values()} | {"base", "shift", *TEAMS.words}
    ),
    *(f"import_title.{thing}" for thing in ("site", "team", *(room.section for room in ROOMS.values()))),
    *(
        f"{room.section}.{name}"
        for room in ROOMS.values()
        for name in {
            *(name.partition(".")[0] for name in blank_values(room)),
            *room.marked.values(),
            *room.kind.vocabulary.words,
            *("title", "explain", "new", "one", "none", "delete"),
        }
    ),
    *(f"lodging.{name}_hint" for name in ("cost_per_night", "max_teams")),
    *(f"connection.{name}_hint" for name in ("name", "code", "origin", "departs_earliest", "departs_latest")),
    *(f"connection.{name}_hint" for name in ("minutes", "fare", "max_teams", "dates_without")),
    *(f"station_kind.{kind}" for kind in StationKind),
    *(f"kit.{kit}" for kit in Kit),
    *(f"target.{name}" for name in {name.partition(".")[0] for name in blank_target_values(Document.IKD)}),
    *(f"base.{base}" for base in EligibleBase),
    *(f"figures.{figure}" for figure in get_args(Figure)),
    *(f"day_off.{kind}" for kind in DayKind),
    *(f"days.{name}" for name in ("is_working", "name", "provenance")),
    *(f"moving.{way}" for way in Way),
    *(f"way.{name}" for name in ways_page._FIELDS),
    *(f"kits.{name}" for name in kit_pools_page._FIELDS),
    "ways.base_of",
    *(f"counter_kind.{kind}" for kind in CounterKind),
    *(
        f"counter_place.{name}"
        for name in {name.partition(".")[0] for name in blank_place_values()} | {"place", *MARKED_OF_COUNTERS}
    ),
    *(f"closure.{name}" for name in {name.partition(".")[0] for name in closures_page._blank()}),
    *(f"signal_gaps.{remedy}" for remedy in Remedy),
    *(f"one_request.{change}" for change in ("retimed", "moved", "withdrawn", "added")),
)
"""Sentences whose key a page makes from a value: the room that does so lists them here."""


def test_every_sentence_is_used_and_said_in_both_languages_with_the_same_values() -> None:
    sources = "\n".join(path.read_text() for path in [*PAGES.glob("*.py"), *PAGES.glob("templates/**/*.html")])
    used = set(re.findall(r"""\bt\(["']([a-z_]+\.[a-z_]+)["']""", sources)) | set(CHOSEN_BY_VALUE)
    handed_to_scripts = set(re.findall(r"""\btexts\(["']([a-z_]+)["']""", sources))
    used |= {key for key in sentences() if key.partition(".")[0] in handed_to_scripts}
    assert used == set(sentences())
    for key, sentence in sentences().items():
        assert set(sentence) == {"id", "en"}, key
        places = [{name for _, name, _, _ in Formatter().parse(words)} for words in sentence.values()]
        assert places[0] == places[1], key


def test_a_key_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("log_in.nothing", Language.ENGLISH)


@pytest.mark.parametrize(("count", "counted"), [("1", "1 rule "), ("2", "2 rules "), ("1,001", "1,001 rules ")])
def test_one_of_what_a_page_counts_is_singular_in_english(count: str, counted: str) -> None:
    assert counted in f"{text('board.broken', Language.ENGLISH, count=count)} "
    assert text("board.broken", Language.INDONESIAN, count=count).startswith(f"{count} aturan ")


def test_templates_hold_neither_scripts_nor_styles_nor_other_hosts() -> None:
    for template in PAGES.glob("templates/**/*.html"):
        found = re.findall(
            r"<script(?![^>]*\b(?:src=|type=\"application/json\"))|\bstyle=|<style|\bon[a-z]+=|https?://|\|\s*safe",
            template.read_text(),
        )
        assert found == [], template.name


def pages(browser: Browser, session: Session, planner: User) -> list[tuple[str, int, str]]:
    siti = browser()
    log_in(siti)
    found = []
    for path in ("/masuk", "/keluar", "/akun", invite(session, planner, sets_password=True), "/undangan/x", "/nothing"):
        answer = siti.get(path)
        found.append((path, answer.status_code, str(answer.headers)))
        assert answer.headers["content-type"].startswith("text/html"), path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "{{" not in answer.text
        assert len(answer.content) < 6_000
    return found


def test_every_page_has_safe_headers(browser: Browser, session: Session, planner: User) -> None:
    assert [status for _, status, _ in pages(browser, session, planner)] == [200, 200, 200, 200, 410, 404]


def test_pages_are_in_indonesian_unless_english_is_asked_for_or_chosen(browser: Browser) -> None:
    reader = browser()
    reader.headers.pop("accept-language", None)
    assert '<html lang="id">' in reader.get("/masuk").text
    assert "Kata sandi" in reader.get("/masuk").text
    assert "Password" in reader.get("/masuk", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    answer = reader.post("/bahasa", data={"bahasa": "en", "ke": "/masuk"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk")
    assert "Password" in reader.get("/masuk", headers={"Accept-Language": "id"}).text


def test_what_people_are_called_is_text_and_no_html(browser: Browser, session: Session, planner: User) -> None:
    planner.name = "<b>Siti</b>"
    session.commit()
    siti = browser()
    log_in(siti)
    assert "&lt;b&gt;Siti&lt;/b&gt;" in siti.get("/akun").text
    shown = browser().post("/masuk", data={"login": '"><script>', "password": "x"}).text
    assert "<script" not in shown


def test_a_problem_is_a_page_for_people_and_problem_details_for_programs(client: TestClient) -> None:
    page = client.get("/v1/districts", headers={"Accept": "text/html", "X-Request-Id": "abc-1"})
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "memerlukan token" in page.text
    assert "abc-1" in page.text
    assert page.headers["www-authenticate"].startswith("Bearer")
    program = client.get("/v1/districts")
    assert program.headers["content-type"] == "application/problem+json"


def test_the_pages_files_are_there_and_change_their_address_with_their_content(browser: Browser) -> None:
    reader = browser()
    addresses = re.findall(r'"(/static/[^"]+)"', reader.get("/masuk").text)
    assert len(addresses) == 2
    for address in addresses:
        assert re.match(r"/static/pages/[0-9a-f]{12}/", address)
        kept = reader.get(address)
        assert (kept.status_code, kept.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        of_another_version = reader.get(re.sub("[0-9a-f]{12}", "0" * 12, address))
        assert of_another_version.content == kept.content
        assert "immutable" not in of_another_version.headers.get("cache-control", "")


def test_a_form_that_is_none_is_refused(browser: Browser) -> None:
    for body in (b"login=%ff", b"\xff=1", b"&".join(b"a=1" for _ in range(300))):
        assert browser().post("/masuk", content=body).status_code == 422
