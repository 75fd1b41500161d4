"""Several documents in one plan as the planning core takes them, and what its plans do for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.districts.kits import Kit
from app.districts.models import Document, IssuingKit
from app.schedules.runs.basis import Basis
from app.schedules.runs.plan_sites import PlanSite
from app.schedules.wish import STEP, AskedDocuments
from app.teams.issuing import OWN_KITS
from app.teams.models import Team as StoredTeam
from solver.contract.added_counts import wins_by_document
from solver.contract.book import open_book
from solver.contract.capacity import WHOLE_RATE, is_equipped, service_rate
from solver.contract.documents import IKD
from solver.contract.documents import Document as ModelDocument
from solver.contract.faults import Fault
from solver.contract.instance import NEXT_FORMAT, Connectivity, Instance, Site, Team, Visit, Weights
from solver.contract.journal import EMPTY, open_journal
from solver.contract.plan import Plan, in_format_of
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.verify import Recount
from solver.plans.shared_minutes import SharedMinutes, says_work

VisitKey = tuple[str, date, str]
"""Team, date and site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedPeople:
    """Whom a plan serves with a further document."""

    document: str
    served: int
    short_by: int
    """People of its net gap whom the plan leaves."""
    at_most: int | None
    """Proven: no plan serves more; None if nothing is."""


def with_documents(instance: Instance, basis: Basis, wish: AskedDocuments | None) -> Instance:
    """The instance with the further documents of a basis; without any it is the same, in the format that it has."""
    if not basis.further:
        return instance
    stored = {planned.team.code: planned.team for planned in basis.teams}
    people = {planned.candidate.site.code: planned.further for planned in basis.sites}
    weights, is_strict = _weights(instance.weights, wish), wish is not None and bool(wish.order)
    return replace(
        instance,
        format=NEXT_FORMAT,
        weights=weights,
        documents=tuple(
            ModelDocument(
                id=row.document.value,
                gap=row.net_gap,
                walk_ins_per_day=0,
                minutes=row.figures.minutes,
                kit=None if row.figures.kit is IssuingKit.NONE else row.figures.kit.value,
                needs_signal=row.figures.needs_signal,
                shortfall=row.worth,
                late=weights.late if is_strict else _late(row.worth, weights),
            )
            for row in basis.further
        ),
        sites=tuple(
            replace(
                site,
                people_by_document=tuple(
                    (document.value, count) for document, count in people[site.id].items() if count
                ),
            )
            for site in instance.sites
        ),
        teams=tuple(with_what_it_issues(team, stored[team.id], basis) for team in instance.teams),
    )


def with_what_it_issues(team: Team, stored: StoredTeam, basis: Basis) -> Team:
    """A team with the documents of the plan that it may issue and the machines that it carries for them."""
    if not basis.further:
        return team
    wanted = [IKD, *(row.document.value for row in basis.further)]
    issued = None if stored.documents is None else tuple(name for name in wanted if name in stored.documents)
    return replace(with_machines(team, stored), documents=issued)


def with_machines(team: Team, stored: StoredTeam) -> Team:
    """A team with the machines that it carries; a satellite set is a field of its own."""
    machines = tuple((kit, OWN_KITS) for kit in sorted(stored.kits) if kit != Kit.SATELLITE)
    return replace(team, kits=machines)


def with_needed_machines(instance: Instance, teams: Iterable[StoredTeam]) -> Instance:
    """The instance with the machines of its teams, if some site needs kits; else it stays in the format that it has."""
    if not any(site.needs_kits for site in instance.sites):
        return instance
    stored = {team.code: team for team in teams}
    equipped = tuple(with_machines(team, stored[team.id]) for team in instance.teams)
    return replace(instance, teams=equipped, format=NEXT_FORMAT)


def _weights(weights: Weights, wish: AskedDocuments | None) -> Weights:
    """Prices beside the documents: in strict order owed visits stand above the first, floors beside IKD, the rest
    beside the last."""
    order = () if wish is None else wish.order
    if not order:
        return weights
    top, of_ikd = STEP ** (len(order) - 1), STEP ** (len(order) - 1 - order.index(Document.IKD))
    return replace(
        weights,
        must=weights.must * top,
        pin=weights.pin * top,
        shortfall=weights.shortfall * of_ikd,
        area_shortfall=weights.area_shortfall * of_ikd,
    )


def _late(worth: int, weights: Weights) -> int:
    """What lateness costs of a document, in the proportion that IKD has; rounded to the nearest."""
    if not weights.shortfall:
        return 0
    return (2 * worth * weights.late + weights.shortfall) // (2 * weights.shortfall)


def least_minutes(basis: Basis, signal: Connectivity, planned: PlanSite, team: Team, *, site: Site) -> int | None:
    """The fewest minutes in which a team can serve somebody there with a document of the plan, or prepare somebody;
    None: never."""
    if planned.to_prepare and team.operators and (team.documents is None or IKD in team.documents):
        return 1
    rate = service_rate(signal, team, site=site)
    paces = []
    if planned.people and rate and (team.documents is None or IKD in team.documents):
        paces.append(-(-team.minutes_per_activation * WHOLE_RATE // (team.operators * rate)))
    for row in basis.further:
        kit = None if row.figures.kit is IssuingKit.NONE else row.figures.kit.value
        at_once = team.operators if kit is None else min(team.operators, team.own_kits(kit))
        own_rate = rate if row.figures.needs_signal else WHOLE_RATE * is_equipped(site, team.own_kits)
        may = team.documents is None or row.document.value in team.documents
        if planned.further.get(row.document) and may and at_once and own_rate:
            paces.append(-(-row.figures.minutes * WHOLE_RATE // (at_once * own_rate)))
    return min(paces, default=None)


def words_of_faults(faults: Iterable[Fault]) -> str:
    """The first faults of an instance in a row."""
    return "; ".join(str(fault) for fault in list(faults)[:3])


def plan_of(instance: Instance, visits: Sequence[Visit], *, rows: Rows = NO_ROWS) -> Plan:
    """A plan of these visits and rows that claims nothing; where visits say what is done in them, they all do: work
    that they bring comes first, minutes that are left go to whom they serve best."""
    done = SharedMinutes(instance, rows.kits).shared(visits) if says_work(instance) else tuple(visits)
    return in_format_of(instance, Plan(visits=done, rows=rows, solver_version=None))


def without_work(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """The visits as they are announced: what is done in them is no change of a plan."""
    return tuple(visit if visit.work is None else replace(visit, work=None) for visit in visits)


def served_further(instance: Instance, plan: Plan) -> Mapping[VisitKey, Mapping[str, int]]:
    """Whom each visit serves with further documents, as `verify` counts them; nobody is left out."""
    if not instance.documents:
        return {}
    journal = open_journal(instance, plan.rows) if instance.format == NEXT_FORMAT else EMPTY
    book = open_book(instance, plan.visits, journal=journal)
    served: dict[VisitKey, dict[str, int]] = {}
    for record in book.records:
        for stop, document, people in wins_by_document(book, record):
            if document != IKD and people:
                visit = stop.visit
                served.setdefault((visit.team, visit.date, visit.site), {})[document] = people
    return served


def people_served(recount: Recount, plan: Plan) -> tuple[ServedPeople, ...]:
    """What a recounted plan does for each further document, and what it says that no plan exceeds."""
    at_most = dict(plan.served_bound)
    return tuple(
        ServedPeople(
            document=row.document.id,
            served=row.served,
            short_by=row.shortfall,
            at_most=at_most.get(row.document.id),
        )
        for row in (() if recount.added is None else recount.added.documents)
    )
