"""What the service takes of the planning core: names that it stands on, so that none comes, goes or moves by chance."""

import ast
from collections import defaultdict

from tests.test_architecture import product

EXPORTED = {
    "solver.contract.added_counts": {"wins_by_document"},
    "solver.contract.book": {"Book", "RideStop", "Stop", "TeamDay", "nights_after", "open_book"},
    "solver.contract.capacity": {"WHOLE_RATE", "capacity", "is_equipped", "service_rate", "signal_rate"},
    "solver.contract.demand": {"Demand", "SiteDemand", "demand_from_json"},
    "solver.contract.documents": {"Carried", "Document", "IKD", "KitPool", "SATELLITE"},
    "solver.contract.faults": {"Fault", "InvalidInstance"},
    "solver.contract.instance": {
        "Area",
        "Connectivity",
        "Costs",
        "FORMAT",
        "GreatCircle",
        "Instance",
        "Matrix",
        "NEXT_FORMAT",
        "Override",
        "Point",
        "Site",
        "Target",
        "Team",
        "Visit",
        "Weights",
        "Window",
    },
    "solver.contract.journal": {"EMPTY", "open_journal"},
    "solver.contract.journeys": {"Break", "Connection", "Lodging", "Night", "Pause", "Ride", "Station"},
    "solver.contract.json_fields": {"read_visit"},
    "solver.contract.plan": {"Plan", "in_format_of"},
    "solver.contract.plan_rows": {"NO_ROWS", "Rows"},
    "solver.contract.policy": {"BUILT_IN", "FORMAT", "MEASURES"},
    "solver.contract.reading": {"instance_from_json"},
    "solver.contract.travel": {"EARTH_RADIUS_KM", "NO_WAY_MINUTES", "Place", "Travel"},
    "solver.contract.verify": {"Outcome", "Recount", "Violation", "broken_rules", "verify"},
    "solver.contract.version": {"solver_version"},
    "solver.contract.workload": {"TeamLoad"},
    "solver.plans.changes": {"changes_between"},
    "solver.plans.expectation": {"expected_wins"},
    "solver.plans.kit_use": {"trips_of"},
    "solver.plans.laying": {"earliest_reach", "lay_in", "lay_in_shortened", "lengths", "useful_minutes"},
    "solver.plans.missed": {"Missed", "missed"},
    "solver.plans.outlook": {"Outlook", "outlook", "served_beyond"},
    "solver.plans.paused_days": {"PausedDays"},
    "solver.plans.paused_starts": {"PausedStarts", "key_of"},
    "solver.plans.restriction": {"carried_bound"},
    "solver.plans.ridden_days": {"RiddenDays"},
    "solver.plans.shared_minutes": {"SharedMinutes", "says_work"},
    "solver.plans.standing_rows": {"StandingRows", "days_away"},
    "solver.plans.trip_days": {"Stop", "TripDays"},
    "solver.plans.trips_by_hand": {"HandTrip", "laid_trip", "seats_left", "trip_span", "without_trip"},
    "solver.questions.changed_teams": {"model_team"},
    "solver.questions.preparation": {"preparation_at"},
    "solver.questions.what_if": {"Change", "ImpossibleChange", "apply"},
}


def test_app_takes_these_members_of_the_planning_core_and_no_others() -> None:
    taken: dict[str, set[str]] = defaultdict(set)
    for name, path in product().items():
        if not name.startswith("app."):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("solver"):
                taken[node.module].update(alias.name for alias in node.names)
            elif isinstance(node, ast.Import):
                assert not [alias.name for alias in node.names if alias.name.startswith("solver")], name
    assert taken == EXPORTED
