"""The visits that a run finds in force: what it starts from, what of it is still possible, and what must stay."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import gcd
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import FURTHER_DOCUMENTS
from app.errors import Conflict
from app.languages import said
from app.schedules.models import Schedule
from app.schedules.runs.drafted import drafted_visits, goes_on_from_draft
from app.schedules.standing_results import known_visits
from app.sites.models import Site
from app.sites.preparations import Preparation, VisitStage
from app.teams.models import Team

SHORTEST_SLOT = 5


class PinnedVisitBroken(Conflict):
    """A pinned visit of the published plan is no longer possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVisit:
    """A visit of a plan in force, or one that took place, by the codes an instance uses; `start` in minutes after local
    midnight."""

    document: str
    team: str
    site: str
    date: date
    start: int
    minutes: int
    won: float
    """Activations, as far as is known (`KnownVisit.won`); of a draft's visits nothing is."""
    other_district: int
    is_lost: bool
    """Reported as not held: the site is as if nobody had been sent."""
    pinned: bool
    """By a planner; or reported, so that no plan moves it."""
    is_reported: bool
    is_on_pinned_trip: bool = False
    is_promised: bool = False
    """The site was promised a visit that day."""
    is_preparation: bool = False
    prepared: float = 0.0
    """People prepared for a later visit, as far as is known."""
    further: Mapping[str, float] = field(default_factory=dict)
    """People served besides, by further document, as `won` counts them."""

    def won_of(self, document: str) -> float:
        """People served with a document, as far as is known."""
        return self.won if document == self.document else self.further.get(document, 0.0)

    @property
    def is_kept(self) -> bool:
        """No plan may move it."""
        return self.pinned or self.is_promised or self.is_on_pinned_trip


def starting_point(session: Session, schedule: Schedule, in_force: Sequence[PublishedVisit]) -> list[PublishedVisit]:
    """The plan that a run starts from: the one in force, or a draft with what has been reported since."""
    own = [visit for visit in in_force if visit.document == schedule.document and not visit.is_lost]
    if not goes_on_from_draft(schedule):
        return own
    reported = {(visit.team, visit.date, visit.site): visit for visit in own if visit.is_reported}
    drafted = {
        (visit.team, visit.date, visit.site): PublishedVisit(
            document=schedule.document,
            team=visit.team,
            site=visit.site,
            date=visit.date,
            start=visit.start,
            minutes=visit.minutes,
            won=0.0,
            other_district=0,
            is_lost=False,
            pinned=visit.is_kept,
            is_reported=False,
        )
        for visit in drafted_visits(session, schedule)
    }
    return list((drafted | reported).values())


def slot_for(kept: Sequence[PublishedVisit], slot_minutes: int, *, sessions: Container[str]) -> int:
    """The slot of a run: the district's, unless visits to keep were planned in slots of another length.

    Then it is the longest that both are made of, so that a new length of slots neither forbids what is pinned or has
    been reported nor makes a re-planning retime every visit. `sessions`: sites whose visits come in no slots."""
    together = gcd(slot_minutes, *(visit.minutes for visit in kept if visit.site not in sessions))
    return together if together >= SHORTEST_SLOT else slot_minutes


def published_visits(session: Session, schedule: Schedule, *, zone: ZoneInfo) -> list[PublishedVisit]:
    """Visits up to the end of the period, of every document and of all time: a site remembers all who came."""
    return visits_until(
        session,
        schedule.district_code,
        schedule.document,
        until=schedule.period_end,
        now=schedule.requested_at,
        zone=zone,
    )


def visits_until(
    session: Session, district_code: str, document: str, *, until: date, now: datetime, zone: ZoneInfo
) -> list[PublishedVisit]:
    """Visits of every document up to a day, as a plan of one document begun at `now` counts them."""
    code = district_code
    team_codes = {row.id: row.code for row in session.execute(select(Team.id, Team.code).filter_by(district_code=code))}
    site_codes = {row.id: row.code for row in session.execute(select(Site.id, Site.code).filter_by(district_code=code))}
    # Loaded late: arrays cost every process that only answers requests.
    from app.schedules.learning import held_share

    visits = []
    held = held_share(session, code, document)
    for visit in known_visits(session, code, until=until, now=now, held_share=held):
        begins = visit.starts_at.astimezone(zone)
        visits.append(
            PublishedVisit(
                document=visit.document,
                team=team_codes[visit.team_id],
                site=site_codes[visit.site_id],
                date=visit.date,
                start=begins.hour * 60 + begins.minute,
                minutes=visit.service_minutes,
                won=visit.won,
                other_district=visit.other_district,
                is_lost=visit.is_lost,
                pinned=visit.pinned or visit.is_reported,
                is_reported=visit.is_reported,
                is_preparation=visit.stage == VisitStage.PREPARATION,
                prepared=visit.prepared,
                further={
                    document.value: people
                    for document in FURTHER_DOCUMENTS
                    if document != visit.document and (people := visit.of(document.value).won)
                },
            )
        )
    return visits


def preparations_among(visits: Iterable[PublishedVisit]) -> Mapping[str, list[Preparation]]:
    """By code of a site, the visits at which its people were prepared."""
    by_site: dict[str, list[Preparation]] = defaultdict(list)
    for visit in visits:
        if visit.is_preparation and not visit.is_lost:
            by_site[visit.site].append(Preparation(date=visit.date, people=visit.prepared))
    return by_site


def still_possible(
    in_force: Sequence[PublishedVisit], *, dates: Container[date], sites: Container[str]
) -> tuple[PublishedVisit, ...]:
    """What the plan in force holds on the dates to plan, as far as it is still possible there."""
    possible = []
    for visit in in_force:
        if visit.date in dates and visit.site in sites:
            possible.append(visit)
        elif (visit.pinned or visit.is_on_pinned_trip) and not visit.is_reported:
            reason = (
                said("no team works that day any more", "tidak ada lagi tim yang bekerja hari itu")
                if visit.date not in dates
                else said("the site is marked as done", "lokasinya sudah ditandai selesai")
            )
            raise PinnedVisitBroken(
                said(
                    "The pinned visit of team {team} at {site} on {date} cannot stay: {reason}. "
                    "Unpin it or its trip, or undo the change that forbids it.",
                    "Kunjungan tersemat tim {team} di {site} pada {date} tidak dapat bertahan: "
                    "{reason}. Lepaskan sematannya atau sematan perjalanannya, atau batalkan perubahan yang "
                    "menghalanginya.",
                    team=visit.team,
                    site=visit.site,
                    date=visit.date,
                    reason=reason,
                )
            )
    return tuple(possible)
