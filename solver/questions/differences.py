"""What some changed team-days make of a whole plan, told by them and by the sites that they visit alone.

Where kits and minutes are shared, the books of the search do not know what the rest of a plan then does. All but who
serves whom adds up over days and sites, so that the difference of two small plans is that of the whole ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.added_counts import net_gap_of
from solver.contract.documents import IKD
from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import Recount, verify
from solver.plans.shared_minutes import SharedMinutes
from solver.plans.trip_days import TeamDay, rows_around, sites_of_rides
from solver.questions.placement import ChangedDay, Price
from solver.questions.stages import Posed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed days make of a plan: the price, and the visits to all of their sites with the rows that go along.

    `recount` is of these visits alone; the days of a plan that are not changed are not whole there.
    """

    price: Price
    plan: Plan
    recount: Recount


class Differences:
    """Differences to one plan, of which the whole was recounted."""

    def __init__(self, posed: Posed, plan: Plan, recount: Recount) -> None:
        self._posed, self._plan, self._recount = posed, plan, recount
        instance = posed.instance
        self._by_site: dict[str, list[Visit]] = defaultdict(list)
        self._by_date: dict[date, list[Visit]] = defaultdict(list)
        for visit in plan.visits:
            self._by_site[visit.site].append(visit)
            self._by_date[visit.date].append(visit)
        self._works = {_key(visit): visit.work for visit in plan.visits}
        self._published, self._pinned = _of_sites(instance.published), _of_sites(instance.pinned)
        self._in_area = dict.fromkeys((area.id for area in instance.areas), 0)
        for outcome in recount.by_visit:
            self._in_area[instance.sites[posed.sites[outcome.visit.site]].area] += outcome.served
        self._gaps = {IKD: instance.net_gap} | {
            document.id: net_gap_of(instance, document) for document in instance.documents
        }
        self._served = _served(recount)
        self._later = max(1, len(instance.dates) - 1)
        # Where minutes are idle although they could serve somebody, whoever makes the whole plan anew would fill them.
        shared = SharedMinutes(instance, plan.rows.kits).shared(plan.visits) if posed.says_work else plan.visits
        self.is_known = not recount.violations and not instance.weights.spread and tuple(shared) == plan.visits

    def of(self, days: Sequence[ChangedDay]) -> Difference | None:
        """Return the difference that these days make; None if it takes the whole plan to tell."""
        if not self.is_known:
            return None
        instance, team_days = self._posed.instance, {(day.team, day.date) for day in days}
        before = tuple(visit for day in days for visit in day.before)
        after = tuple(visit for day in days for visit in day.after)
        sites = dict.fromkeys(visit.site for visit in (*before, *after))
        beside = tuple(v for name in sites for v in self._by_site[name] if (v.team, v.date) not in team_days)
        rows = self._rows(team_days, after)
        small = self._small(sites)
        old = Plan(visits=(*(replace(v, work=self._works[_key(v)]) for v in before), *beside), rows=self._plan.rows)
        old = replace(old, rows=rows_around(instance, old.rows, _days(old.visits) | team_days))
        around = rows_around(instance, rows, _days((*after, *beside)) | team_days)
        new = self._shared(small, (*after, *beside), around, old)
        if new is None:
            return None
        was, now = (verify(small, plan, leg=self._posed.leg) for plan in (old, new))
        return Difference(price=self._price(was, now), plan=new, recount=now)

    def _rows(self, team_days: set[TeamDay], after: Sequence[Visit]) -> Rows:
        """The rows of the changed plan; only on the dates of its changed days can they be others."""
        dates = {day for _, day in team_days}
        standing = [visit for day in dates for visit in self._by_date[day]]
        kept = [visit for visit in standing if (visit.team, visit.date) not in team_days]
        elsewhere = tuple(load for load in self._plan.rows.kits if load.date not in dates)
        here = replace(self._plan.rows, kits=tuple(load for load in self._plan.rows.kits if load.date in dates))
        rows = self._posed.rows.rows(here, before=standing, after=(*kept, *after))
        return replace(rows, kits=(*elsewhere, *rows.kits))

    def _small(self, names: Iterable[str]) -> Instance:
        """The instance of some sites, and of those that rides lead to."""
        instance = self._posed.instance
        wanted = list(names)
        all_named = dict.fromkeys((*wanted, *sites_of_rides(instance)))
        return replace(
            instance,
            sites=tuple(instance.sites[self._posed.sites[name]] for name in all_named),
            published=tuple(visit for name in wanted for visit in self._published.get(name, ())),
            pinned=tuple(visit for name in wanted for visit in self._pinned.get(name, ())),
        )

    def _shared(self, small: Instance, visits: Sequence[Visit], rows: Rows, old: Plan) -> Plan | None:
        """The changed part of the plan with its minutes shared out; None if others would have a part in it."""
        if not self._posed.says_work:
            return Plan(visits=tuple(visits), rows=rows)
        served = _served(verify(small, old, leg=self._posed.leg))
        open_to = {name: self._gaps[name] - (self._served[name] - served[name]) for name in self._gaps}
        bare = [replace(visit, work=self._works.get(_key(visit))) for visit in visits]
        done = SharedMinutes(small, rows.kits).shared(bare, to_gap=open_to)
        plan = Plan(visits=done, rows=rows)
        now = _served(verify(small, plan, leg=self._posed.leg))
        for name, gap in self._gaps.items():
            if self._served[name] >= gap and open_to[name] - now[name] > 0:
                return None
        return plan

    def _price(self, was: Recount, now: Recount) -> Price:
        whole, instance = self._recount, self._posed.instance
        metres, team_days = whole.metres + now.metres - was.metres, whole.team_days + now.team_days - was.team_days
        rupiah = self._beside_ways(whole) + self._beside_ways(now) - self._beside_ways(was)
        cost = self._ways(metres, team_days) + rupiah
        in_area = dict(self._in_area)
        for recount, sign in ((was, -1), (now, 1)):
            for outcome in recount.by_visit:
                in_area[instance.sites[self._posed.sites[outcome.visit.site]].area] += sign * outcome.served
        after = replace(
            whole,
            activations=whole.activations + now.activations - was.activations,
            lateness=whole.lateness + now.lateness - was.lateness,
            must_missed=whole.must_missed + now.must_missed - was.must_missed,
            pins_missed=whole.pins_missed + now.pins_missed - was.pins_missed,
            moved=whole.moved + now.moved - was.moved,
            area_shortfall=sum(max(0, area.min_activations - in_area[area.id]) for area in instance.areas),
            cost=cost,
            metres=metres,
            team_days=team_days,
        )
        value = self._worth_of_documents(whole, was, now) - self._penalty(after) + self._penalty(whole)
        return Price.between(whole, replace(after, value_milli=whole.value_milli + value))

    def _ways(self, metres: int, team_days: int) -> int:
        costs = self._posed.instance.costs
        return metres * costs.per_km // 1000 + team_days * costs.per_team_day

    def _beside_ways(self, recount: Recount) -> int:
        """Rupiah for all but kilometres and team-days."""
        return recount.cost - self._ways(recount.metres, recount.team_days)

    def _penalty(self, recount: Recount) -> int:
        """What is taken off a value, but for how the work is shared."""
        weights = self._posed.instance.weights
        return (
            weights.must * recount.must_missed
            + weights.pin * recount.pins_missed
            + weights.shortfall * max(0, recount.gap - recount.activations)
            + weights.area_shortfall * recount.area_shortfall
            + weights.per_million_cost * recount.cost // 1_000_000
            + weights.late * recount.lateness // self._later
            + weights.moved * recount.moved
        )

    def _worth_of_documents(self, whole: Recount, was: Recount, now: Recount) -> int:
        """What further documents are worth more than before."""
        if whole.added is None or was.added is None or now.added is None:
            return 0
        more = 0
        for all_of, before, after in zip(whole.added.documents, was.added.documents, now.added.documents, strict=True):
            served = all_of.served + after.served - before.served
            lateness = all_of.lateness + after.lateness - before.lateness
            document = all_of.document
            more += document.shortfall * (min(all_of.gap, served) - min(all_of.gap, all_of.served))
            more -= document.late * lateness // self._later - document.late * all_of.lateness // self._later
        return more


def _served(recount: Recount) -> dict[str, int]:
    """People served, by document."""
    further = () if recount.added is None else recount.added.documents
    return {IKD: recount.activations} | {count.document.id: count.served for count in further}


def _days(visits: Iterable[Visit]) -> set[TeamDay]:
    return {(visit.team, visit.date) for visit in visits}


def _of_sites(visits: Iterable[Visit]) -> Mapping[str, list[Visit]]:
    of_sites: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        of_sites[visit.site].append(visit)
    return of_sites


def _key(visit: Visit) -> tuple[str, date, str]:
    return visit.team, visit.date, visit.site
