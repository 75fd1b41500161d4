"""What an instance becomes when people of a site are prepared at one visit and activated at a later one.

A plan with the later visit and without the earlier one is none: whoever plans judges the plan by `unprepared`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from solver.contract.documents import IKD
from solver.contract.instance import NEXT_FORMAT, Instance, Site, Team, Visit
from solver.contract.plan import Plan
from solver.contract.travel import Travel
from solver.contract.verify import Recount
from solver.plans.words import Text, both
from solver.questions.change import MOST_PREPARING_MINUTES, PERCENTAGES, ImpossibleChange, Terms
from solver.questions.moved_session import overrides_for, with_session_moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two steps at a site as rows of an instance: `prepared` people at most in so many minutes, of whom `returning`
    are won at the site `later`."""

    site: str
    later: str
    by: date
    minutes: int
    prepared: int
    returning: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSite:
    """What a plan makes of a pair; without a preparation nobody is won."""

    pair: Pair
    preparation: Visit | None
    later: tuple[Visit, ...]
    won: int

    def to_json(self) -> dict[str, Any]:
        return {
            "site": self.pair.site,
            "by": self.pair.by.isoformat(),
            "minutes": self.pair.minutes,
            "prepared": self.pair.prepared if self.preparation else 0,
            "returning": self.pair.returning if self.preparation else 0,
            "prepared_on": self.preparation.date.isoformat() if self.preparation else None,
            "prepared_by_team": self.preparation.team if self.preparation else None,
            "activated_on": sorted({visit.date.isoformat() for visit in self.later}),
            "activated": self.won,
            "sentence": self.describe().to_json(),
        }

    def describe(self) -> Text:
        """Say what the plan does at the site, in a planner's words."""
        if self.preparation is None:
            return both(
                "{site}: rencana ini tidak memuat persiapan sampai {by}, sehingga tidak ada aktivasi lanjutan.",
                "{site}: this plan makes no preparation by {by}, so nobody is activated later.",
                site=self.pair.site,
                by=self.pair.by,
            )
        prepared = both(
            "{site}: tim {team} menyiapkan {prepared} orang pada {day} ({minutes} menit, belum ada yang dihitung); "
            "{returning} diperkirakan datang lagi",
            "{site}: team {team} prepares {prepared} people on {day} ({minutes} minutes, none counted yet); "
            "{returning} are expected to come again",
            site=self.pair.site,
            team=self.preparation.team,
            prepared=self.pair.prepared,
            day=self.preparation.date,
            minutes=self.pair.minutes,
            returning=self.pair.returning,
        )
        if not self.later:
            return both(
                "{prepared}, tetapi tidak ada kunjungan lanjutan dalam rencana ini.",
                "{prepared}, but this plan has no later visit.",
                prepared=prepared,
            )
        return both(
            "{prepared}, {won} diaktivasi mulai {day}.",
            "{prepared}, {won} are activated from {day} on.",
            prepared=prepared,
            won=self.won,
            day=min(visit.date for visit in self.later),
        )


def later_id(instance: Instance, site: Site) -> str:
    """A name for the row of the later visits to a site that no other row has."""
    names = {row.id for row in instance.sites} | {row.id for row in instance.teams}
    names |= {row.id for row in instance.lodgings} | {row.id for row in instance.stations}
    names |= {row.id for row in instance.connections} | {row.id for row in instance.kits}
    names |= {row.id for row in instance.documents}
    number = 1
    while (name := f"{site.id}+{number}") in names:
        number += 1
    return name


def with_preparation(instance: Instance, site: Site, terms: Terms) -> tuple[Instance, Pair]:
    """The instance in which a visit to a site up to a date wins nobody and needs no signal, and a further site stands
    for its people after that date, who take fewer minutes; raises `ImpossibleChange`.

    Whoever goes prepares as many as the slowest team that can stay so long: no plan promises more. Further documents
    are served at neither visit. The preparation is a must-visit; what the site says of its visits is said of the later
    ones. Published visits to it go, pinned ones stay and may be impossible."""
    _check(terms)
    places = {known.id: known for known in instance.sites}
    if terms.place is not None and (terms.place not in places or terms.place == site.id):
        raise ImpossibleChange(
            f"there is no other site {terms.place!r} in this problem: give one that it has, and that is not done",
            f"tidak ada lokasi lain {terms.place!r} dalam masalah ini: isi lokasi yang ada di dalamnya dan belum "
            "selesai",
        )
    if site.prepares or site.prepared:
        raise ImpossibleChange(
            f"the people of site {site.id!r} are prepared in this problem already: leave it out",
            f"warga lokasi {site.id!r} memang sudah disiapkan dalam masalah ini: kosongkan",
        )
    early = tuple(is_open and day <= terms.by for day, is_open in zip(instance.dates, site.open_dates, strict=True))
    dates_after = tuple(day > terms.by for day in instance.dates)
    if not any(early):
        raise ImpossibleChange(
            f"site {site.id!r} is closed on all dates up to {terms.by}: give a later date",
            f"lokasi {site.id!r} tutup pada semua tanggal sampai {terms.by}: isi tanggal yang lebih akhir",
        )
    first = preparation_at(
        instance, replace(site, open_dates=early), preparing=terms.preparing, minutes=terms.minutes, by=terms.by
    )
    returning = first.prepares * terms.returning // 100
    later = replace(
        site,
        id=later_id(instance, site),
        people=returning,
        people_by_document=(),
        open_dates=tuple(a and b for a, b in zip(site.open_dates, dates_after, strict=True)),
        minutes_percent=terms.activating,
        must=False,
    )
    sites = tuple(first if known is site else known for known in instance.sites)
    overrides = (*instance.travel.overrides, *overrides_for(later.id, site.id, instance.travel.overrides))
    changed = replace(
        instance,
        format=NEXT_FORMAT,
        sites=(*sites, later),
        travel=replace(instance.travel, overrides=overrides) if overrides else instance.travel,
        published=tuple(visit for visit in instance.published if visit.site != site.id or visit in instance.pinned),
    )
    if terms.place is not None:
        changed = with_session_moved(changed, later, places[terms.place], percent=terms.turn_out)
    last = replace(changed.sites[-1], prepared=changed.sites[-1].people)
    changed = replace(changed, sites=(*changed.sites[:-1], last))
    if not any(last.open_dates):
        raise ImpossibleChange(
            f"there is no open date after {terms.by} for the later visit: give an earlier date",
            f"tidak ada tanggal buka sesudah {terms.by} untuk kunjungan lanjutan: isi tanggal yang lebih awal",
        )
    return changed, Pair(
        site=site.id,
        later=last.id,
        by=terms.by,
        minutes=first.fixed_minutes or 0,
        prepared=first.prepares,
        returning=last.people,
    )


def _check(terms: Terms) -> None:
    ranges = PERCENTAGES | {"turn_out": (0, 100), "minutes": (1, MOST_PREPARING_MINUTES)}
    for name, (least, most) in ranges.items():
        value = getattr(terms, name)
        if value is not None and not least <= value <= most:
            raise ImpossibleChange(
                f"{name} is {value}: give a whole number from {least} to {most}",
                f"{name} berisi {value}: isi bilangan bulat dari {least} sampai {most}",
            )


def unprepared(pairs: Sequence[Pair], plan: Plan) -> tuple[Pair, ...]:
    """The pairs with a later visit on a date before which nobody was prepared."""
    first: dict[str, date] = {}
    for visit in plan.visits:
        first[visit.site] = min(visit.date, first.get(visit.site, visit.date))
    return tuple(
        pair for pair in pairs if pair.later in first and not first.get(pair.site, date.max) < first[pair.later]
    )


def prepared_sites(pairs: Sequence[Pair], recount: Recount) -> tuple[PreparedSite, ...]:
    """What a recounted plan makes of each pair."""
    rows = []
    for pair in pairs:
        first = [outcome.visit for outcome in recount.by_visit if outcome.visit.site == pair.site]
        later = [outcome for outcome in recount.by_visit if outcome.visit.site == pair.later]
        rows.append(
            PreparedSite(
                pair=pair,
                preparation=min(first, key=lambda visit: visit.date, default=None),
                later=tuple(outcome.visit for outcome in later),
                won=sum(outcome.served for outcome in later),
            )
        )
    return tuple(rows)


def without_later_visits(instance: Instance, pairs: Sequence[Pair]) -> Instance:
    """The instance in which nobody is prepared and nobody comes again."""
    pinned = {visit.site for visit in instance.pinned}
    closed = {name for pair in pairs for name in (pair.site, pair.later)} - pinned
    sites = tuple(
        replace(site, people=0, must=False, open_dates=(False,) * len(instance.dates)) if site.id in closed else site
        for site in instance.sites
    )
    return replace(instance, sites=sites)


def preparation_at(instance: Instance, site: Site, *, preparing: int, minutes: int | None, by: date) -> Site:
    """The row of a visit that prepares people of a site, who take `preparing` percent of the usual minutes; raises
    `ImpossibleChange`.

    `minutes`: how long it lasts (None: long enough for all, if a team can stay so long)."""
    rooms = [(team, room) for team in instance.teams if (room := _longest_stay(instance, team, site)) > 0]
    if not rooms:
        raise ImpossibleChange(
            f"no team can be at site {site.id!r} on an open date up to {by}: give a later date",
            f"tidak ada tim yang dapat berada di lokasi {site.id!r} pada tanggal buka sampai {by}: isi tanggal "
            "yang lebih akhir",
        )
    slot, most = instance.slot_minutes, max(room for _, room in rooms)
    if minutes is None:
        needed = max(
            -(-site.people * team.minutes_per_activation * preparing // (100 * team.operators)) for team, _ in rooms
        )
        minutes = max(slot, min(-(-needed // slot) * slot, most // slot * slot))
    able = [team for team, room in rooms if room >= minutes]
    if not able:
        raise ImpossibleChange(
            f"no team can stay at site {site.id!r} for {minutes} minutes: give {most} or fewer",
            f"tidak ada tim yang dapat tinggal {minutes} menit di lokasi {site.id!r}: isi {most} atau kurang",
        )
    slowest = min(minutes * team.operators * 100 // (team.minutes_per_activation * preparing) for team in able)
    return replace(
        site,
        people=0,
        people_by_document=(),
        prepares=min(site.people, slowest),
        fixed_minutes=minutes,
        must=True,
        max_visit_dates=1,
        min_teams=1,
        max_teams=1,
        needs_kits=(),
    )


def _longest_stay(instance: Instance, team: Team, site: Site) -> int:
    """For how many minutes a team can serve at a site on some open date, 0 if it cannot; by trips of several dates as
    long as site and shift allow."""
    if team.operators == 0 or (team.documents is not None and IKD not in team.documents):
        return 0
    out = back = 0
    shifts = [team.shift]
    if instance.connections or (instance.lodgings and team.max_nights):
        shifts.append(team.away_shift or team.shift)
    else:
        travel = Travel(instance.travel)
        out, back = travel.leg(team, site)[0], travel.leg(site, team)[0]
    return max(
        0,
        *(
            stay
            for shift in shifts
            for stay in (0, *_stays(instance, team, site, (shift.open + out, shift.close - back)))
        ),
    )


def _stays(instance: Instance, team: Team, site: Site, there: tuple[int, int]) -> Iterator[int]:
    """The minutes of service in each window of each date on which team and site can, breaks left out."""
    for d, day in enumerate(instance.dates):
        if site.open_dates[d] and team.work_dates[d]:
            paused = sum(rule.minutes for rule in team.breaks if rule.on_dates[d])
            for window in site.windows_at(day):
                yield min(window.close, there[1]) - max(window.open, there[0]) - site.setup_minutes - paused
