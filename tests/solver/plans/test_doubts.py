"""What an instance offers in vain is said before it is solved, and nothing is said of what can be used."""

from collections.abc import Callable
from typing import Any

import pytest

from solver.contract.reading import instance_from_json
from solver.plans.doubts import Doubt, doubts
from tests.solver.journey import journey, journey_document
from tests.solver.week import week


def told(*changes: Callable[[dict[str, Any]], object]) -> list[Doubt]:
    document = journey_document() | {"pinned_nights": [], "pinned_rides": []}
    for change in changes:
        change(document)
    return list(doubts(instance_from_json(document)))


def row(table: str, index: int, **fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document[table][index].update(fields)


NO_BOATS = {"connections": []}
DOUBTFUL: dict[str, tuple[Callable[[dict[str, Any]], object], str, str]] = {
    "a lodging over the sea": (
        lambda d: d.update(NO_BOATS),
        "/lodgings/0",
        "No team can reach guesthouse and come back",
    ),
    "a lodging after the shift": (
        row("teams", 0, away_shift=[420, 589]),
        "/lodgings/0",
        "No team can reach guesthouse and come back",
    ),
    "a lodging without a way back": (row("connections", 1, departs=[1000, 1010]), "/lodgings/0", "and come back"),
    "a lodging that is always closed": (row("lodgings", 0, dates="000"), "/lodgings/0", "takes no team on any night"),
    "lodgings that nobody may use": (row("teams", 0, max_nights=0), "/lodgings", "No team may sleep away"),
    "a boat that never leaves": (row("connections", 0, dates="000"), "/connections/0", "C1 leaves on no date"),
    "a boat without seats": (row("connections", 0, max_teams=0), "/connections/0", "C1 leaves on no date"),
    "a boat at night": (
        row("connections", 1, departs=[1200, 1230]),
        "/connections/1",
        "C2 leaves at 20:00–20:30 and takes 45 minutes; the teams' shifts lie within 07:00–17:00",
    ),
    "a boat too slow for a shift": (row("connections", 1, minutes=700), "/connections/1", "takes 700 minutes"),
    "a document without people": (
        lambda d: [site.pop("people_by_document", None) for site in d["sites"]],
        "/documents/0",
        "No site has people for kia",
    ),
    "a document that nobody issues": (row("teams", 0, documents=["ikd"]), "/documents/0", "No team may issue kia"),
    "a document without its machine": (row("teams", 0, kits={}), "/documents/0", "Nobody can issue kia"),
    "a kit that nobody may carry": (row("kits", 0, teams=[]), "/kits/0", "No team may ever carry vsat"),
    "a kit of which there is none": (row("kits", 0, count=0), "/kits/0", "No team may ever carry vsat"),
    "a kit that nothing needs": (row("kits", 0, kind="scanner"), "/kits/0", "No document or site needs a scanner"),
    "a kit that a site needs and nobody has": (
        row("sites", 0, needs_kits=["scanner"]),
        "/sites/0/needs_kits/0",
        "needs a scanner; no team has one",
    ),
    "a zone without a way in": (
        row("sites", 1, zone="hills"),
        "/sites/1/zone",
        "There is no way into the zone hills",
    ),
    "an event of more teams than work": (
        row("teams", 1, dates="000"),
        "/sites/2/min_teams",
        "school needs 2 teams at once; on no date more than 1 work",
    ),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_no_plan_can_use_is_said_in_both_languages(case: str) -> None:
    change, path, words = DOUBTFUL[case]
    found = {doubt.path: doubt for doubt in told(change)}
    assert words in found[path].text.en
    assert found[path].text.id
    assert found[path].text.id != found[path].text.en
    assert found[path].to_json() == {"path": path, "text": found[path].text.to_json()}


def test_nothing_is_said_of_what_can_be_used() -> None:
    assert doubts(journey()) == ()
    assert doubts(week()) == ()


def test_trip_of_more_nights_than_a_team_may_be_away_is_told() -> None:
    def farther(document: dict[str, Any]) -> None:
        """A second lodging, a boat's day beyond the first."""
        document["lodgings"].append({"id": "L2", "name": "far hut", "place": 2, "zone": "hulu"})
        document["stations"].append({"id": "H3", "place": 4, "zone": "hulu"})
        for name, (origin, target) in {"C3": ("H2", "H3"), "C4": ("H3", "H2")}.items():
            document["connections"].append(
                {"id": name, "from": origin, "to": target, "departs": [480, 480], "minutes": 300}
            )

    [doubt] = told(farther, row("teams", 0, max_nights=1))
    assert doubt.path == "/lodgings/1"
    assert "A trip by far hut takes 2 nights at least, and no team may be away for more than 1" in doubt.text.en
    assert told(farther, row("teams", 0, max_nights=2)) == []


def test_way_over_a_site_that_an_override_makes_short_is_a_way() -> None:
    def by_bridge(document: dict[str, Any]) -> None:
        document["connections"] = []
        document["travel"]["overrides"].append({"between": ["S1", "S2"], "minutes": 30, "metres": 900})

    assert [doubt.path for doubt in told(by_bridge)] == []
