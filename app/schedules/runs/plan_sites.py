"""The sites as a plan may use them: when they are open, and who is left there."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.calendars.busy import BusyCalendar
from app.districts.models import Document
from app.schedules.runs.further import figure_day, people_with
from app.schedules.runs.published_visits import PublishedVisit
from app.schedules.wish import Wish
from app.sites.preparations import VisitStage
from app.sites.service import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSite:
    """A site as the plan may use it: people and visits that published visits before the plan have left."""

    candidate: Candidate
    people: int
    connectivity: int
    max_visit_dates: int
    open_on: tuple[bool, ...]
    """Open, ready, of a kind asked for, and far enough from its last visit; one flag per date of the basis."""
    is_asked_for: bool
    """Of a kind that the request allows on at least one date."""
    is_too_soon: bool
    """Open on some date asked for, but on none that is far enough from its last visit."""
    gone: int = 0
    """People of the site that reported visits served since the site's own figure, whoever counts them."""
    promised: float = 0.0
    """Activations expected since then of visits that nobody has reported."""
    is_wanted: bool = False
    """It asked for a visit on some of these dates and has none: a plan goes there on one of them, if it can."""
    further: Mapping[Document, int] = field(default_factory=dict)
    """People left who need further documents that were asked for."""
    to_prepare: int = 0
    """People left who are to be prepared; they are not among `people`."""

    @property
    def has_people(self) -> bool:
        """Whether anybody is left to be served with any document of the plan, or to be prepared."""
        return self.people > 0 or any(self.further.values()) or self.to_prepare > 0


def without_busy_hours(candidate: Candidate, busy: BusyCalendar) -> Candidate:
    """The site with the hours that calendars leave it, and the place where its session is held."""
    hours = candidate.windows_by_date
    for site in [candidate.site] if candidate.place is None else [candidate.site, candidate.place]:
        hours = {
            day: busy.site_hours(site.id, site.area_code, day=day, windows=windows) for day, windows in hours.items()
        }
    return replace(candidate, windows_by_date=hours)


def plan_sites(
    candidates: Sequence[Candidate],
    dates: tuple[date, ...],
    *,
    wish: Wish,
    documents: Sequence[Document],
    others: Sequence[PublishedVisit],
    in_force: Sequence[PublishedVisit],
    counted_up_to: date,
) -> tuple[PlanSite, ...]:
    """The candidates as the plan may use them, beside the visits that it does not replace and those in force."""
    beside: dict[str, list[PublishedVisit]] = defaultdict(list)
    for visit in others:
        if not visit.is_lost:
            beside[visit.site].append(visit)
    standing: dict[str, set[date]] = defaultdict(set)
    for visit in in_force:
        standing[visit.site].add(visit.date)
    allowed = {
        kind: tuple(wish.allows(kind, day) for day in dates)
        for kind in {candidate.site.kind for candidate in candidates}
    }
    return tuple(
        _plan_site(
            candidate,
            dates,
            allowed=allowed[candidate.site.kind],
            documents=documents,
            beside=beside[candidate.site.code],
            counted_up_to=counted_up_to,
            standing=standing[candidate.site.code],
        )
        for candidate in candidates
    )


def _plan_site(
    candidate: Candidate,
    dates: Sequence[date],
    *,
    allowed: Sequence[bool],
    documents: Sequence[Document],
    beside: Sequence[PublishedVisit],
    counted_up_to: date,
    standing: Container[date],
) -> PlanSite:
    """`documents`: the plan's own first; `beside`: visits to the site that the plan does not replace, lost ones left
    out; `standing`: all dates on which visits to it are in force."""
    own, *further = documents
    # Nobody waits between a preparation and what follows on it.
    earlier = [visit for visit in beside if visit.document == own.value and not visit.is_preparation]
    last = max((visit.date for visit in earlier), default=None)
    with_hours = [may and bool(candidate.windows_by_date.get(day)) for day, may in zip(dates, allowed, strict=True)]
    open_on = tuple(
        opens and (last is None or _spaced(last, day, candidate)) for day, opens in zip(dates, with_hours, strict=True)
    )
    is_wanted = any(opens and day in candidate.wanted_on for day, opens in zip(dates, open_on, strict=True))
    if is_wanted:
        # What was asked for, and what is promised already; on other dates nobody waits for a team.
        open_on = tuple(
            opens and (day in candidate.wanted_on or day in standing) for day, opens in zip(dates, open_on, strict=True)
        )
    # The site's own figure has a day of its own: a new count of the district takes nobody back at the site.
    since = [visit for visit in earlier if visit.date > figure_day(candidate, own)]
    reported = [visit for visit in since if visit.is_reported]
    left, is_preparation = people_left(candidate, own, beside), candidate.stage is VisitStage.PREPARATION
    return PlanSite(
        candidate=candidate,
        people=0 if is_preparation else left,
        to_prepare=left if is_preparation else 0,
        connectivity=candidate.held_at.connectivity,
        max_visit_dates=max(
            0, candidate.max_visit_dates - len({visit.date for visit in earlier if visit.date > counted_up_to})
        ),
        open_on=open_on,
        is_asked_for=any(allowed),
        is_too_soon=any(with_hours) and not any(open_on),
        gone=int(sum(visit.won + visit.other_district for visit in reported)),
        promised=sum(visit.won for visit in since if not visit.is_reported),
        is_wanted=is_wanted,
        # The minutes of a preparation, and those of who is prepared, are IKD's own.
        further={
            document: people_left(candidate, document, beside) if candidate.stage is None else 0 for document in further
        },
    )


def people_left(candidate: Candidate, document: Document, beside: Sequence[PublishedVisit]) -> int:
    """Who is left of those whom the site's figure of a document counts, after the visits since its day.

    `beside`: visits to the site that no plan replaces, lost ones left out."""
    own_day = figure_day(candidate, document)
    gone = sum(visit.won_of(document.value) for visit in beside if visit.date > own_day)
    return max(0, int(people_with(candidate, document) - gone))


def _spaced(last: date, day: date, candidate: Candidate) -> bool:
    return (day - last).days >= candidate.min_gap_days
