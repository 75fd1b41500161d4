"""Where nobody can be won by any plan of a request, and why: said before anything is planned."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.errors import Conflict, FieldProblem
from app.languages import Said, joined, said
from app.schedules.runs.basis import Basis
from app.schedules.runs.plan_sites import PlanSite
from app.words import Text, in_both


class NoServableSite(Conflict):
    """Not one site could be visited, so there is nothing to plan."""


class Barrier(StrEnum):
    """What keeps every team from winning anybody at a site."""

    NOT_ASKED_FOR = "not_asked_for"
    NOT_READY = "not_ready"
    CLOSED = "closed"
    TOO_SOON = "too_soon"
    NO_PEOPLE = "no_people"
    VISITED_ENOUGH = "visited_enough"
    TOO_FEW_KITS = "too_few_kits"
    NO_SIGNAL = "no_signal"
    OUT_OF_REACH = "out_of_reach"
    TOO_FEW_TEAMS = "too_few_teams"


BarrierOf = Callable[[PlanSite], Barrier | None]

_COUNTED: Mapping[Barrier, Said] = {
    Barrier.NOT_ASKED_FOR: said("of a kind that was not asked for", "jenisnya tidak diminta"),
    Barrier.NOT_READY: said("not ready", "belum siap"),
    Barrier.CLOSED: said("closed on every date", "tutup pada semua tanggal"),
    Barrier.TOO_SOON: said("visited too lately for another visit", "baru saja dikunjungi"),
    Barrier.NO_PEOPLE: said("without people left to activate", "tanpa orang yang belum aktivasi"),
    Barrier.VISITED_ENOUGH: said("visited as often as allowed", "sudah dikunjungi sebanyak yang diizinkan"),
    Barrier.TOO_FEW_KITS: said(
        "in need of a kit that no team carries or may draw",
        "memerlukan perlengkapan yang tidak dibawa dan tidak dapat dipinjam tim mana pun",
    ),
    Barrier.NO_SIGNAL: said(
        "without signal (and no team has a satellite kit)",
        "tanpa sinyal (dan tidak ada tim yang membawa perangkat satelit)",
    ),
    Barrier.OUT_OF_REACH: said(
        "out of reach within shift and opening hours", "tidak terjangkau dalam jam kerja tim dan jam buka lokasi"
    ),
    Barrier.TOO_FEW_TEAMS: said(
        "in need of more teams at once than can come",
        "memerlukan lebih banyak tim sekaligus daripada yang dapat datang",
    ),
}
_SENTENCES: Mapping[Barrier, tuple[str, str]] = {
    Barrier.NOT_ASKED_FOR: (
        "{name} ({code}) wajib dikunjungi, tetapi jenisnya tidak diminta dalam rencana ini.",
        "{name} ({code}) must be visited, but sites of its kind were not asked for in this plan.",
    ),
    Barrier.NOT_READY: (
        "{name} ({code}) wajib dikunjungi, tetapi belum siap pada semua tanggal rencana ini.",
        "{name} ({code}) must be visited, but is not ready on any date of this plan.",
    ),
    Barrier.CLOSED: (
        "{name} ({code}) wajib dikunjungi, tetapi tutup pada semua tanggal rencana ini.",
        "{name} ({code}) must be visited, but is closed on every date of this plan.",
    ),
    Barrier.TOO_SOON: (
        "{name} ({code}) wajib dikunjungi, tetapi semua tanggal rencana ini terlalu dekat dengan kunjungan "
        "terakhirnya.",
        "{name} ({code}) must be visited, but every date of this plan comes too soon after its last visit.",
    ),
    Barrier.NO_PEOPLE: (
        "{name} ({code}) wajib dikunjungi, tetapi menurut data tidak ada lagi orang yang dapat diaktivasi di sana.",
        "{name} ({code}) must be visited, but by its figures nobody is left there to activate.",
    ),
    Barrier.VISITED_ENOUGH: (
        "{name} ({code}) wajib dikunjungi, tetapi sudah dikunjungi sebanyak yang diizinkan.",
        "{name} ({code}) must be visited, but has been visited as often as it allows.",
    ),
    Barrier.TOO_FEW_KITS: (
        "{name} ({code}) wajib dikunjungi, tetapi memerlukan perlengkapan yang tidak dibawa dan tidak dapat dipinjam "
        "tim mana pun.",
        "{name} ({code}) must be visited, but needs a kit that no team carries or may draw.",
    ),
    Barrier.NO_SIGNAL: (
        "{name} ({code}) wajib dikunjungi, tetapi tidak ada sinyal di sana dan tidak ada tim yang membawa perangkat "
        "satelit.",
        "{name} ({code}) must be visited, but it has no signal and no team has a satellite kit.",
    ),
    Barrier.OUT_OF_REACH: (
        "{name} ({code}) wajib dikunjungi, tetapi tidak ada tim yang dapat pergi, melayani satu orang, dan kembali "
        "dalam jam kerjanya dan jam buka lokasi.",
        "{name} ({code}) must be visited, but no team can go there, serve one person and be back within its shift and "
        "the opening hours.",
    ),
    Barrier.TOO_FEW_TEAMS: (
        "{name} ({code}) memerlukan lebih banyak tim sekaligus daripada yang dapat datang pada satu tanggal rencana "
        "ini; kegiatan itu tidak direncanakan.",
        "{name} ({code}) needs more teams at once than can come on any one date of this plan; the event is not "
        "planned.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unvisitable:
    """A must-visit site at which no plan of the request wins anybody, or an event that no date has the teams for."""

    site_id: int
    code: str
    name: str
    barrier: Barrier

    def to_json(self) -> dict[str, Any]:
        return {"site_id": self.site_id, "code": self.code, "name": self.name, "reason": self.barrier.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plannable:
    """What is known, before it is planned, of a request that can be."""

    published: int
    """Visits of the plan in force on the dates to plan."""
    unvisitable: tuple[Unvisitable, ...]


def unvisitable_sentence(reason: str, *, code: str, name: str) -> Text:
    """Why such a site is not in any plan of a request."""
    indonesian, english = _SENTENCES[Barrier(reason)]
    return in_both(indonesian, english, code=code, name=name)


def barrier_in_request(planned: PlanSite) -> Barrier | None:
    """What can be said without teams and maps."""
    if not planned.is_asked_for:
        return Barrier.NOT_ASKED_FOR
    if planned.is_too_soon:
        return Barrier.TOO_SOON
    if not any(planned.open_on):
        return Barrier.NOT_READY if planned.candidate.not_ready_reason else Barrier.CLOSED
    if not planned.has_people:
        return Barrier.NO_PEOPLE
    return Barrier.VISITED_ENOUGH if planned.max_visit_dates == 0 else None


def is_owed_a_visit(planned: PlanSite) -> bool:
    """A must-visit site without a visit since the count: one published before the dates to plan is enough; or one that
    asked for a visit, or whose people are to be prepared."""
    if planned.is_wanted or planned.to_prepare:
        return True
    return planned.candidate.site.must_visit and planned.max_visit_dates == planned.candidate.max_visit_dates


def unvisitable(basis: Basis, barrier_of: BarrierOf) -> tuple[Unvisitable, ...]:
    """The sites that are owed a visit and get none in any plan that sends nobody in vain, and events that cannot be."""
    kept = {visit.site for visit in basis.published if visit.is_kept}
    owed = [planned for planned in basis.sites if is_owed_a_visit(planned) or _lacks_teams(planned, barrier_of)]
    judged = [(planned.candidate.site, barrier_of(planned)) for planned in owed]
    return tuple(
        Unvisitable(site_id=site.id, code=site.code, name=site.name, barrier=barrier)
        for site, barrier in judged
        if barrier is not None and site.code not in kept
    )


def _lacks_teams(planned: PlanSite, barrier_of: BarrierOf) -> bool:
    return planned.candidate.min_teams > 1 and barrier_of(planned) is Barrier.TOO_FEW_TEAMS


def refuse_if_nothing_can_be_served(basis: Basis, barrier_of: BarrierOf) -> None:
    """Raise `NoServableSite` with the number of sites per reason, unless one team can win somebody somewhere."""
    reasons: Counter[Said] = Counter()
    for planned in basis.sites:
        barrier = barrier_of(planned)
        if barrier is None:
            return
        reasons[_COUNTED[barrier]] += 1
    start, end = basis.dates[0], basis.dates[-1]
    counted = joined(
        *(
            said("{count} {reason}", "{count} {reason}", count=count, reason=reason)
            for reason, count in reasons.most_common()
        ),
        by=", ",
    )
    raise NoServableSite(
        said(
            "No site can be served between {start} and {end}: of {sites} sites {counted}.",
            "Tidak ada lokasi yang dapat dilayani antara {start} dan {end}: dari {sites} lokasi, {counted}.",
            start=start,
            end=end,
            sites=len(basis.sites),
            counted=counted,
        )
        if basis.sites
        else said(
            "District {district!r} has no site. Add some with POST …/sites or …/sites/import.",
            "Daerah {district!r} belum punya lokasi. Tambahkan dengan POST …/sites atau …/sites/import.",
            district=basis.district.code,
        ),
        problems=[
            FieldProblem(
                pointer="/sites",
                detail=said(
                    "{reason}: {count} sites",
                    "{reason}: {count} lokasi",
                    reason=reason,
                    count=count,
                ),
                value=count,
            )
            for reason, count in reasons.most_common()
        ],
    )
