"""What preparing the people of a site first, and activating them later, would take and win: the price before it is
decided."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.districts.models import District, Document, Provenance
from app.districts.planning_figures import LEVELS, PlanningFigures, planning_figures
from app.reports.equipment import Equipment, equipment_of
from app.reports.session_places import Ratings, can_succeed, people_at_home, session_places, visits_by_site
from app.schedules.preparations import preparations_at
from app.sites import service as sites
from app.sites.kinds import kind_defaults
from app.sites.models import Site, SiteKind
from app.sites.preparations import TERMS, PreparationTerms, prepared_before, terms_of
from app.sites.session_places import by_code, needed_at, share_who_come
from app.teams import service as teams
from app.teams.issuing import may_issue
from app.words import Text, in_both


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpPlace:
    """Where those who were prepared could be activated."""

    code: str
    """Of the site itself: there, with a satellite set."""
    name: str
    people: int
    """Who come again to there."""
    team_minutes: int
    """Of service, of the team that takes longest."""
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationPrice:
    """Two visits in place of one. Minutes are of service, without set-up and ways, of the team that takes longest."""

    site_id: int
    code: str
    on: date
    preparation_until: date | None
    """Decided: people are prepared until then."""
    prepared: int
    """At visits before the day that count for the decision; nobody yet: 0."""
    last_prepared_on: date | None
    people: int
    """Who could still be won, if there were signal: who come to be prepared."""
    terms: PreparationTerms
    assumed: tuple[str, ...]
    """Which of the terms nobody has given, for the site or for its kind in the district."""
    preparing_minutes: int
    usual_minutes: int
    """What it takes to activate as many at once, with signal as good as can be."""
    follow_ups: tuple[FollowUpPlace, ...]
    """At the site with a satellite set, where there is one, and at the nearest covered places."""
    text: Text


def preparation_price(session: Session, district: District, site: Site, *, on: date) -> PreparationPrice:
    """What preparing first would take and win at a site, by the facts of a day."""
    document, figures = Document.IKD, planning_figures(session, district.code)
    beside = visits_by_site(session, district, document, on=on).get(site.code, ())
    candidates = sites.candidates(session, district.code, [on], only=[site.id])
    people = sum(people_at_home(candidate, document, beside) for candidate in candidates)
    of_kind = kind_defaults(session, district.code)[SiteKind(site.kind)]
    terms = terms_of(site, of_kind.terms)
    slowest = _slowest(session, district.code)
    known = prepared_before(site, preparations_at(session, [site.id]).get(site.code, ()), date.max)
    coming = (people if known is None else known.people) * terms.returning_percent // 100
    preparing = _minutes(people, slowest, terms.preparing_percent, rate=10_000)
    places = _follow_ups(session, district, site, coming, terms, slowest, on=on)
    return PreparationPrice(
        site_id=site.id,
        code=site.code,
        on=on,
        preparation_until=site.preparation_until,
        prepared=0 if known is None else known.people,
        last_prepared_on=None if known is None else known.last,
        people=people,
        terms=terms,
        assumed=tuple(
            name
            for name in TERMS
            if getattr(site, name) is None and of_kind.provenance.get(name, Provenance.ASSUMED) == Provenance.ASSUMED
        ),
        preparing_minutes=preparing,
        usual_minutes=_minutes(people, slowest, 100, rate=_rate(figures, LEVELS - 1)),
        follow_ups=places,
        text=in_both(
            "{site}: {people} orang disiapkan dalam {minutes} menit (belum dihitung), {coming} datang lagi.",
            "{site}: {people} people are prepared in {minutes} minutes (none counted yet), {coming} come again.",
            site=site.name,
            people=people,
            minutes=preparing,
            coming=coming,
        ),
    )


def _slowest(session: Session, district_code: str) -> tuple[int, int]:
    """Minutes for a person and operators of the team that takes longest; 0 operators: no team activates anybody."""
    able = [
        (team.minutes_per_activation, team.operators)
        for team in teams.list_teams(session, district_code)
        if team.operators and may_issue(team, Document.IKD)
    ]
    return max(able, key=lambda pace: pace[0] / pace[1], default=(0, 0))


def _minutes(people: int, pace: tuple[int, int], percent: int, *, rate: int) -> int:
    """Whole minutes, rounded up; 0 where nobody does it. `rate`: throughput × success, 10,000 without any loss."""
    minutes, operators = pace
    return -(-people * minutes * percent * 100 // (operators * rate)) if operators and rate else 0


def _follow_ups(
    session: Session,
    district: District,
    site: Site,
    coming: int,
    terms: PreparationTerms,
    pace: tuple[int, int],
    *,
    on: date,
) -> tuple[FollowUpPlace, ...]:
    figures = planning_figures(session, district.code)
    nearest = session_places(session, district, site, Document.IKD, on=on)
    offered: list[tuple[str, str, int, int]] = []
    by_satellite = equipment_of(session, district.code, Document.IKD, None, on=on).satellite_on is not None
    if by_satellite and can_succeed(figures, site.connectivity, by_satellite=True):
        level = max(site.connectivity, figures.satellite_level)
        offered.append((site.code, site.name, coming, _rate(figures, level)))
    offered += [
        (place.code, place.name, int(coming * nearest.share), _rate(figures, place.signal.connectivity))
        for place in nearest.places
    ]
    follow_ups = []
    for code, name, people, rate in offered:
        minutes = _minutes(people, pace, terms.activating_percent, rate=rate)
        text = in_both(
            "{place}: {people} orang diaktivasi dalam {minutes} menit.",
            "{place}: {people} people are activated in {minutes} minutes.",
            place=name,
            people=people,
            minutes=minutes,
        )
        follow_ups.append(FollowUpPlace(code=code, name=name, people=people, team_minutes=minutes, text=text))
    return tuple(follow_ups)


def _rate(figures: PlanningFigures, level: int) -> int:
    """Throughput times success, 10,000 without any loss."""
    return figures.throughput_percent[level] * figures.success_percent[level]


def reached_by_preparing(
    session: Session,
    of_sites: Collection[Site],
    figures: PlanningFigures,
    ratings: Ratings,
    *,
    equipment: Equipment,
    on: date,
) -> Mapping[str, Decimal]:
    """By code of a site whose people are prepared first, or were: the share of them who come to where its session is
    moved to later, if that place is covered, and the set is there that it asks for."""
    decided = [site for site in of_sites if site.preparation_until is not None and site.session_at is not None]
    if not decided:
        return {}
    kinds = kind_defaults(session, decided[0].district_code)
    known = preparations_at(session, [site.id for site in decided])
    places = by_code(session, decided[0].district_code, {site.session_at for site in decided if site.session_at})
    shares = {}
    for site in decided:
        is_open = site.preparation_until is not None and on <= site.preparation_until
        was_prepared = prepared_before(site, known.get(site.code, ()), date.max) is not None
        place = places.get(site.session_at or "")
        if place is None or not (is_open or was_prepared):
            continue
        needed = needed_at(site.needs_kits, place.needs_kits)
        level, by_satellite = ratings.of(place).connectivity, equipment.has_set_for(needed)
        if can_succeed(figures, level, by_satellite=by_satellite) and not equipment.lacks_set_for(needed):
            shares[site.code] = (
                share_who_come(site) * terms_of(site, kinds[SiteKind(site.kind)].terms).returning_percent / 100
            )
    return shares
