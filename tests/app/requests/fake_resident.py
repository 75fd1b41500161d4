"""The double of the resident planning core: the same answers for what fits, for a shortened neighbour and for one that
is pushed out, found by trying and judged by `verify`, without compiled code."""

import asyncio
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.travel import Travel
from solver.contract.verify import Recount, verify
from solver.plans.changes import changes_between

TeamDay = tuple[str, date]


class FakeResident:
    """Answers from the files alone; `asked` counts, and `while_asked` runs before each answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.while_asked: Any = None

    async def offers(self, files: Any, *, site: str, team_days: Sequence[TeamDay], most: int, **others: Any) -> Any:
        self.asked += 1
        if self.while_asked is not None:
            await asyncio.to_thread(self.while_asked)
        instance = instance_from_json(json.loads(gzip.decompress(files.instance)))
        visits = Plan.from_json(json.loads(files.plan)).visits
        fixed = {(visit["team"], visit["date"], visit["site"]) for visit in others["fixed"]}
        return find_offers(instance, visits, site=site, team_days=team_days, fixed=fixed, most=most)

    def end(self) -> None:
        pass


def find_offers(
    instance: Instance,
    visits: tuple[Visit, ...],
    *,
    site: str,
    team_days: Sequence[TeamDay],
    fixed: set[tuple[str, str, str]] | None = None,
    most: int = 3,
) -> dict[str, Any]:
    before = verify(instance, Plan(visits=visits))
    known = {entry.id: entry for entry in instance.sites}[site]
    teams = {team.id: team for team in instance.teams}
    pinned = set(instance.pinned) | {
        visit for visit in visits if (visit.team, visit.date.isoformat(), visit.site) in (fixed or set())
    }
    best: dict[TeamDay, dict[str, Any]] = {}
    for team_id, day in team_days:
        stops = [visit for visit in visits if (visit.team, visit.date) == (team_id, day)]
        for kind, left in _lefts(stops, pinned, instance.slot_minutes):
            others = [visit for visit in visits if visit not in stops]
            inserted = _inserted(instance, teams[team_id], known, day, left, others=others)
            leaving = next((visit for visit in others if visit.site == site and visit not in pinned), None)
            if inserted is None and leaving is not None:
                # A site that takes no visit more may have its own moved.
                kind, others = "moved", [visit for visit in others if visit is not leaving]
                inserted = _inserted(instance, teams[team_id], known, day, left, others=others)
            if inserted is None:
                continue
            best[team_id, day] = _option(
                kind, visits, before, (*others, *inserted[0]), inserted[1], visit=inserted[0][-1]
            )
            break
    ranked = sorted(best.values(), key=lambda option: (-option["price"]["value_milli"], option["visit"]["date"]))
    if ranked:
        return {"offers": ranked[:most], "least_change": 0}
    sentence = {"id": "Tidak ada tim yang sempat.", "en": "No team has the time."}
    return {
        "offers": [],
        "rule": "shift_end",
        "sentence": sentence,
        "against": [
            {"team": team, "date": day.isoformat(), "rule": "shift_end", "sentence": sentence}
            for team, day in team_days
        ],
        "nearest": None,
    }


def _lefts(stops: list[Visit], pinned: set[Visit], slot: int) -> Iterator[tuple[str, list[Visit]]]:
    """What of a day is left to add the visit to, the least change first."""
    yield "fits", stops
    for index, stop in enumerate(stops):
        if stop in pinned:
            continue
        if stop.minutes > 3 * slot:
            short = replace(stop, minutes=stop.minutes - 3 * slot)
            yield "shortened", [*stops[:index], short, *stops[index + 1 :]]
        yield "pushes_out", [*stops[:index], *stops[index + 1 :]]


def _inserted(
    instance: Instance, team: Team, site: Site, day: date, stops: list[Visit], *, others: list[Visit]
) -> tuple[list[Visit], Recount] | None:
    """The day with a visit appended as early and as long as it can be, and the whole plan judged."""
    travel, sites = Travel(instance.travel), {entry.id: entry for entry in instance.sites}
    if any(stop.site == site.id for stop in stops):
        return None
    at, place = team.shift.open, None
    for stop in sorted(stops, key=lambda visited: visited.start):
        at, place = stop.start + sites[stop.site].setup_minutes + stop.minutes, sites[stop.site]
    leg = travel.leg(team if place is None else place, site)[0]
    for window in site.windows_at(day):
        start = max(at + leg, window.open)
        for slots in range(8, 0, -1):
            visit = Visit(team=team.id, date=day, site=site.id, start=start, minutes=slots * instance.slot_minutes)
            recount = verify(instance, Plan(visits=(*others, *stops, visit)))
            if not recount.violations:
                return [*stops, visit], recount
    return None


def _option(
    kind: str, visits: tuple[Visit, ...], before: Recount, now: tuple[Visit, ...], after: Recount, *, visit: Visit
) -> dict[str, Any]:
    changes = changes_between(visits, now)
    differing = set(visits) ^ set(now)
    return {
        "kind": kind,
        "visit": visit.to_json(),
        "ends_at": next(outcome.ends_at for outcome in after.by_visit if outcome.visit == visit),
        "served": next(outcome.served for outcome in after.by_visit if outcome.visit == visit),
        "further": {},
        "rows": {},
        "days": [
            {
                "team": team,
                "date": day.isoformat(),
                "before": [visit.to_json() for visit in visits if (visit.team, visit.date) == (team, day)],
                "after": [visit.to_json() for visit in now if (visit.team, visit.date) == (team, day)],
            }
            for team, day in sorted({(visit.team, visit.date) for visit in differing})
        ],
        "price": {
            "activations": after.activations - before.activations,
            "value_milli": after.value_milli - before.value_milli,
            "cost": after.cost - before.cost,
        },
        "changes": changes.to_json(),
        "disturbed": changes.disturbed,
        "broken": [],
    }
