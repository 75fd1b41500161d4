"""Where a visit still fits between the published ones, none of which moves: judged by the very rules of a plan."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.districts.issuing import IssuingFigures
from app.districts.models import District, Document
from app.districts.planning_figures import PlanningFigures
from app.schedules.runs.recheck import StoredVisit, instance_of
from app.sites.service import Candidate
from app.teams.service import TeamAvailability
from app.travel.legs import Legs
from solver.contract.book import open_book
from solver.contract.capacity import capacity
from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.travel import Travel
from solver.contract.verify import broken_rules

START_STEP = 5
"""Minutes: nobody is asked to come at 08:07."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A visit to find room for."""

    site: str
    minutes: int
    """Of service, as it was planned; less where no more fits."""
    people: int
    """Still to win there."""
    team: str
    """Asked first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlot:
    """A place for it; `start` in minutes after local midnight, when set-up begins."""

    team: str
    date: date
    start: int
    setup_minutes: int
    minutes: int
    expected: int


def free_slots(
    district: District,
    dates: Sequence[date],
    published: Sequence[StoredVisit],
    wanted: Wanted,
    *,
    figures: PlanningFigures,
    legs: Legs,
    sites: Collection[Candidate],
    teams: Collection[TeamAvailability],
    most: int,
    alone: tuple[Document, IssuingFigures] | None = None,
) -> list[FreeSlot]:
    """The earliest dates first, and on each the team that was planned; one slot a team and date, at most `most`.

    `published`: the visits on these dates, whose sites are among `sites`, and the one wanted. `alone`: of a plan of
    another document than IKD."""
    instance = instance_of(district, dates, figures=figures, legs=legs, sites=sites, teams=teams, alone=alone)
    placed = [
        Visit(team=visit.team, date=visit.date, site=visit.site, start=visit.start, minutes=visit.minutes)
        for visit in published
    ]
    by_day: dict[tuple[str, date], list[Visit]] = defaultdict(list)
    for visit in placed:
        by_day[visit.team, visit.date].append(visit)
    site = next(site for site in instance.sites if site.id == wanted.site)
    of_site = [visit for visit in placed if visit.site == wanted.site]
    slots: list[FreeSlot] = []
    for index, day in enumerate(dates):
        for team in sorted(instance.teams, key=lambda team: (team.id != wanted.team, team.id)):
            if len(slots) == most:
                return slots
            if not (team.work_dates[index] and site.open_dates[index]):
                continue
            around = by_day[team.id, day]
            best = max(
                _fitting(instance, team, site, day, around, of_site, wanted),
                key=lambda slot: (slot.expected, -slot.start),
                default=None,
            )
            if best is not None:
                slots.append(best)
    return slots


def _fitting(
    instance: Instance,
    team: Team,
    site: Site,
    day: date,
    around: Sequence[Visit],
    of_site: Sequence[Visit],
    wanted: Wanted,
) -> Iterator[FreeSlot]:
    """One slot for each free stretch of a team's day in which the visit fits and breaks no rule."""
    travel, sites = Travel(instance.travel), {known.id: known for known in instance.sites}
    slot = instance.slot_minutes
    stops = sorted(around, key=lambda visit: visit.start)
    others = [visit for visit in of_site if (visit.team, visit.date) != (team.id, day)]
    for place in range(len(stops) + 1):
        before = stops[place - 1] if place else None
        after = stops[place] if place < len(stops) else None
        if before is None:
            arrives = team.shift.open + travel.leg(team, site)[0]
        else:
            left = before.start + sites[before.site].setup_minutes + before.minutes
            arrives = left + travel.leg(sites[before.site], site)[0]
        if after is None:
            leaves = team.shift.close - travel.leg(site, team)[0]
        else:
            leaves = after.start - travel.leg(site, sites[after.site])[0]
        for window in site.windows_at(day):
            start = -(-max(arrives, window.open) // START_STEP) * START_STEP
            room = min(leaves, window.close) - start - site.setup_minutes
            minutes = site.fixed_minutes or min(wanted.minutes, room // slot * slot)
            if not 0 < minutes <= room:
                continue
            visit = Visit(team=team.id, date=day, site=site.id, start=start, minutes=minutes)
            expected = min(wanted.people, capacity(instance.connectivity, team, site=site, minutes=minutes))
            broken = broken_rules(open_book(instance, [*stops, *others, visit]))
            # Only plans come in slots; visits published before the slot was changed keep their length.
            if expected and all(violation.rule == "wrong_minutes" for violation in broken):
                yield FreeSlot(
                    team=team.id,
                    date=day,
                    start=start,
                    setup_minutes=site.setup_minutes,
                    minutes=minutes,
                    expected=expected,
                )
