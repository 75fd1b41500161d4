"""Where a visit could go: every cell of the board, each way of one cell priced as the edits that do it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from tests.app.conftest import AsRole
from tests.app.schedules.conftest import make_draft
from tests.app.schedules.drafts.test_api import edit, first_visit
from tests.factories import make_site


@pytest.fixture
def planner(bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


@pytest.fixture
def draft(client: TestClient, session: Session, district: District, planner: dict[str, str]) -> int:
    for number in range(6, 12):
        make_site(session, code=f"S-{number}", lat=-3.28 + number / 200, headcount=200)
    base = make_draft(session, district)
    session.commit()
    number: int = client.post(f"/v1/schedules/{base.id}/copy", headers=planner).json()["id"]
    return number


def sent(edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in step.items() if value is not None} for step in edits]


def test_board_and_cell_tell_the_price_that_the_edits_then_have(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft)
    board = edit(client, draft, planner, {"op": "place", **visit}, dry_run=True)
    assert board.status_code == 200, board.text
    cells = board.json()["cells"]
    assert {(cell["kind"] is None) != (cell["rule"] is None) for cell in cells} == {True}
    rules = board.json()["rules"]
    assert rules.keys() == {cell["rule"] for cell in cells} - {None}
    assert rules["same_place"] == {"id": "kunjungan itu memang sudah di sini", "en": "the visit is there already"}
    own = next(cell for cell in cells if (cell["team"], cell["date"]) == (visit["team"], visit["date"]))
    assert own["rule"] == "same_place"
    possible = [cell for cell in cells if cell["kind"] is not None]
    tried = set()
    for cell in possible:
        if cell["kind"] in tried:
            continue
        tried.add(cell["kind"])
        goal = {"op": "place", **visit, "to_team": cell["team"], "to_date": cell["date"]}
        dry_run = edit(client, draft, planner, goal, dry_run=True).json()
        for figure in ("activations", "cost"):
            assert dry_run["options"][0]["change"][figure] == cell["change"][figure]
        for option in dry_run["options"]:
            dry = edit(client, draft, planner, *sent(option["edits"]), dry_run=True).json()
            assert (dry["change"], dry["broken_by_edit"]) == (option["change"], [])
            assert dry["changed"] == option["changed"]
    done = edit(client, draft, planner, *sent(option["edits"])).json()
    assert done["change"] == option["change"]


def test_site_without_a_visit_can_be_added_anywhere_it_fits(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft)
    dropped = edit(client, draft, planner, {"op": "drop", **visit}).json()
    cells = edit(client, draft, planner, {"op": "add", "site": visit["site"]}, etag='"2"', dry_run=True).json()["cells"]
    there = next(cell for cell in cells if (cell["team"], cell["date"]) == (visit["team"], visit["date"]))
    assert there["kind"] == "fits"
    assert there["change"]["activations"] >= -dropped["change"]["activations"] > 0


def test_pinned_neighbour_and_the_past_stay(
    api: Any, client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft)
    pins = [{"op": "pin", **visit}]
    assert edit(client, draft, planner, *pins).status_code == 200
    goal = {"op": "add", "site": "S-11", "team": visit["team"], "date": visit["date"]}
    for option in edit(client, draft, planner, goal, etag='"2"', dry_run=True).json()["options"]:
        assert visit["site"] not in {step["site"] for step in option["edits"]}
    later = api.state.clock().replace(day=20)
    api.state.clock = lambda: later
    cells = edit(client, draft, planner, {"op": "add", "site": "S-11"}, etag='"2"', dry_run=True).json()["cells"]
    assert {cell["rule"] for cell in cells if cell["date"] <= "2023-11-20"} <= {"past"}


def test_visit_that_is_not_there_is_refused(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft) | {"date": "2023-11-30"}
    answer = edit(client, draft, planner, {"op": "place", **visit}, dry_run=True)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/edits/0")
    unknown = edit(client, draft, planner, {"op": "add", "site": "S-99"}, dry_run=True)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/edits/0/site")


def test_edit_without_a_goal_is_not_made(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    answer = edit(client, draft, planner, {"op": "add", "site": "S-11"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/edits/0/to_date")
