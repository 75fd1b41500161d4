"""Where a visit still fits between the published ones, none of which moves: judged by the very rules of a plan."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.districts.issuing import IssuingFigures
from app.districts.kits import Kit
from app.districts.models import District, Document
from app.districts.planning_figures import PlanningFigures
from app.schedules.runs.breaks_and_kits import TeamDay, with_breaks, with_standing_breaks
from app.schedules.runs.documents_model import with_needed_machines
from app.schedules.runs.recheck import StoredVisit, instance_of
from app.sites.service import Candidate
from app.teams.issuing import is_there
from app.teams.models import KitPool
from app.teams.service import TeamAvailability
from app.travel.legs import Legs
from solver.contract.book import open_book
from solver.contract.capacity import capacity
from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.journal import open_journal
from solver.contract.journeys import Pause
from solver.contract.plan_rows import Rows
from solver.contract.travel import Travel
from solver.contract.verify import broken_rules
from solver.plans.standing_rows import StandingRows

START_STEP = 5
"""Minutes: nobody is asked to come at 08:07."""
Carried = Sequence[Mapping[str, Any]]
"""Kits of pools as `Visit.day_kits` keeps them: `code`, `name`, `kind` and `count`."""


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
class SharedKits:
    """The pools of a district, and what teams draw from them by the plan in force, by team and date."""

    pools: Sequence[KitPool] = ()
    drawn: Mapping[TeamDay, Carried] = field(default_factory=dict)

    def options(self, team: Team, team_id: int, day: date, site: Site) -> Iterator[tuple[Team, Carried]]:
        """The team with what it draws that day; if that is nothing, also with what is left of kits that are of use
        there: those that the site needs, and then a satellite set besides."""
        drawn = self.drawn.get((team.id, day), ())
        if drawn:
            yield _with_kits(team, drawn), drawn
            return
        yield team, ()
        left = [pool for pool in self.pools if self._left(pool, team_id, day)]
        carried: list[Mapping[str, Any]] = []
        for kinds in (site.needs_kits, (Kit.SATELLITE.value,)):
            lacking = [kind for kind in kinds if not _with_kits(team, carried).own_kits(kind)]
            pools = [next((pool for pool in left if pool.kind == kind), None) for kind in lacking]
            more = [{"code": pool.code, "name": pool.name, "kind": pool.kind, "count": 1} for pool in pools if pool]
            if more:
                carried += more
                yield _with_kits(team, carried), tuple(carried)

    def _left(self, pool: KitPool, team_id: int, day: date) -> bool:
        out = sum(
            kit["count"]
            for (_, drawn_on), kits in self.drawn.items()
            for kit in kits
            if drawn_on == day and kit["code"] == pool.code
        )
        return is_there(pool, day) and (pool.team_ids is None or team_id in pool.team_ids) and out < pool.count


NO_KITS = SharedKits()


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlot:
    """A place for it; `start` in minutes after local midnight, when set-up begins."""

    team: str
    date: date
    start: int
    setup_minutes: int
    minutes: int
    expected: int
    break_minutes: int = 0
    """Of breaks within the visit, which ends so much later."""
    carried: Carried = ()
    """Shared kits that are with the team that day."""


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
    kits: SharedKits = NO_KITS,
) -> list[FreeSlot]:
    """The earliest dates first, and on each the team that was planned; one slot a team and date, at most `most`.

    `published`: the visits on these dates, whose sites are among `sites`, and the one wanted. `alone`: of a plan of
    another document than IKD."""
    rows = [team.team for team in teams]
    instance = instance_of(district, dates, figures=figures, legs=legs, sites=sites, teams=teams, alone=alone)
    placed = [
        Visit(team=visit.team, date=visit.date, site=visit.site, start=visit.start, minutes=visit.minutes)
        for visit in published
    ]
    standing = with_standing_breaks(
        with_breaks(with_needed_machines(instance, rows), rows),
        placed,
        {(visit.team, visit.date): visit.breaks for visit in published if visit.breaks},
    )
    instance, ids = standing.instance, {row.code: row.id for row in rows}
    days = _Days(instance, placed, standing.pauses, wanted)
    slots: list[FreeSlot] = []
    for index, day in enumerate(dates):
        for team in sorted(instance.teams, key=lambda team: (team.id != wanted.team, team.id)):
            if len(slots) == most:
                return slots
            # A day whose break has no place beside its visits is planned anew, not filled.
            if not (team.work_dates[index] and days.site.open_dates[index]) or (team.id, day) in standing.kept:
                continue
            best = max(
                (
                    slot
                    for carrying, carried in kits.options(team, ids[team.id], day, days.site)
                    for slot in days.fitting(carrying, day, carried)
                ),
                key=lambda slot: (slot.expected, -len(slot.carried), -slot.start),
                default=None,
            )
            if best is not None:
                slots.append(best)
    return slots


class _Days:
    """The published days of teams, with their breaks, and what fits into them."""

    def __init__(self, instance: Instance, placed: Sequence[Visit], pauses: Sequence[Pause], wanted: Wanted) -> None:
        self._instance, self._wanted = instance, wanted
        self._travel, self._rows = Travel(instance.travel), StandingRows(instance)
        self._sites = {site.id: site for site in instance.sites}
        self.site = self._sites[wanted.site]
        self._by_day: dict[TeamDay, list[Visit]] = defaultdict(list)
        for visit in placed:
            self._by_day[visit.team, visit.date].append(visit)
        self._of_site = [visit for visit in placed if visit.site == wanted.site]
        self._pauses: dict[TeamDay, list[Pause]] = defaultdict(list)
        for pause in pauses:
            self._pauses[pause.team, pause.date].append(pause)

    def fitting(self, team: Team, day: date, carried: Carried) -> Iterator[FreeSlot]:
        """One slot for each free stretch of a team's day in which the visit fits and breaks no rule, or, where a break
        falls into it, a shorter one, too."""
        slot, site = self._instance.slot_minutes, self.site
        stops = sorted(self._by_day[team.id, day], key=lambda visit: visit.start)
        resting = sum(team.breaks[number].minutes for number in self._rows.numbers(team, day))
        for place in range(len(stops) + 1):
            arrives, leaves = self._stretch(team, stops, place)
            for window in site.windows_at(day):
                start = -(-max(arrives, window.open) // START_STEP) * START_STEP
                room = min(leaves, window.close) - start - site.setup_minutes
                for free in {room, room - resting}:
                    minutes = site.fixed_minutes or min(self._wanted.minutes, free // slot * slot)
                    if not 0 < minutes <= free:
                        continue
                    visit = Visit(team=team.id, date=day, site=site.id, start=start, minutes=minutes)
                    served = capacity(self._instance.connectivity, team, site=site, minutes=minutes)
                    expected = min(self._wanted.people, served)
                    pauses = self._rows.pauses([*stops, visit], self._pauses[team.id, day])
                    if expected and self._holds(stops, visit, pauses):
                        yield FreeSlot(
                            team=team.id,
                            date=day,
                            start=start,
                            setup_minutes=site.setup_minutes,
                            minutes=minutes,
                            expected=expected,
                            break_minutes=_break_minutes(team, site, visit, pauses),
                            carried=carried,
                        )

    def _stretch(self, team: Team, stops: Sequence[Visit], place: int) -> tuple[int, int]:
        """When the team can be at the site after the stop before, and has to leave it for the next one."""
        before = stops[place - 1] if place else None
        after = stops[place] if place < len(stops) else None
        if before is None:
            arrives = team.shift.open + self._travel.leg(team, self.site)[0]
        else:
            left = before.start + self._sites[before.site].setup_minutes + before.minutes
            arrives = left + self._travel.leg(self._sites[before.site], self.site)[0]
        if after is None:
            return arrives, team.shift.close - self._travel.leg(self.site, team)[0]
        return arrives, after.start - self._travel.leg(self.site, self._sites[after.site])[0]

    def _holds(self, stops: Sequence[Visit], visit: Visit, pauses: Sequence[Pause]) -> bool:
        """Whether the visit, and the day with it, breaks no rule."""
        others = [other for other in self._of_site if (other.team, other.date) != (visit.team, visit.date)]
        taken = [pause for other in others for pause in self._pauses[other.team, other.date]]
        journal = open_journal(self._instance, Rows(breaks=(*dict.fromkeys(taken), *pauses)))
        broken = broken_rules(open_book(self._instance, [*stops, *others, visit], journal=journal))
        # Only plans come in slots; visits published before the slot was changed keep their length.
        return all(violation.rule == "wrong_minutes" for violation in broken)


def _break_minutes(team: Team, site: Site, visit: Visit, pauses: Sequence[Pause]) -> int:
    begins = visit.start + site.setup_minutes
    ends, inside = begins + visit.minutes, 0
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if begins <= pause.start < ends + inside:
            inside += team.breaks[pause.number].minutes
    return inside


def _with_kits(team: Team, drawn: Carried) -> Team:
    more = Counter({kit["kind"]: kit["count"] for kit in drawn})
    return replace(team, kits=tuple((Counter(dict(team.kits)) + more).items())) if drawn else team
