"""Why a site is not in a plan, as far as no solver is needed to tell: left out, done, not ready, closed, activated."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.districts.models import Document
from app.schedules.models import Schedule, Visit
from app.schedules.preparations import preparations_at
from app.schedules.queries import visits_in_force
from app.schedules.runs.gateway import KnownSite
from app.schedules.wish import Wish
from app.sites import service as sites
from app.sites.models import Readiness, Site
from app.sites.service import Candidate
from app.words import Text, in_both


class SiteStanding(StrEnum):
    """Where a site stands in a plan."""

    SCHEDULED = "scheduled"
    IMPOSSIBLE = "impossible"
    BEATEN = "beaten"
    # The rest needs no solver.
    LEFT_OUT = "left_out"
    DONE = "done"
    NOT_READY = "not_ready"
    FULLY_ACTIVATED = "fully_activated"
    CLOSED = "closed"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainReason:
    """A reason by its standing, in a planner's words."""

    standing: SiteStanding
    sentence: Text


def asked_dates(schedule: Schedule, site: Site, dates: Sequence[date]) -> list[date]:
    """The dates of a run on which its request allows a site's kind."""
    wish = Wish.from_json(schedule.request)
    return [day for day in dates if wish.allows(site.kind, day)]


def plain_reasons(
    session: Session, schedule: Schedule, asked_about: Sequence[Site], known: Mapping[str, KnownSite]
) -> dict[int, PlainReason]:
    """Why sites are not in the plan, by its request and by what is stored today; those that are missing here only the
    plan can tell about. By the sites' ids; as many queries for all sites as for one.

    `known`: what the run knew of the sites, by their codes."""
    visited = set(session.scalars(select(Visit.site_id).where(Visit.schedule_id == schedule.id).distinct()))
    reasons: dict[int, PlainReason] = {}
    closed: dict[tuple[date, ...], list[Site]] = defaultdict(list)
    for site in asked_about:
        run = known.get(site.code)
        if run is None:
            if site.readiness == Readiness.DONE:
                reasons[site.id] = _done(site)
            continue
        if site.id in visited:
            continue
        allowed = asked_dates(schedule, site, run.dates)
        if not allowed:
            reasons[site.id] = _left_out(site, run.dates)
        elif run.people == 0 and site.already_activated >= site.headcount > 0:
            reasons[site.id] = _fully_activated(site)
        elif not run.is_ever_open:
            closed[tuple(allowed)].append(site)
    for dates, never_open in closed.items():
        reasons |= _never_open(session, schedule, [site.id for site in never_open], dates)
    return reasons


def partly_left_out(allowed: Sequence[date], dates: Sequence[date]) -> Text:
    """What to add to an answer about a site whose kind is left out on some of the dates."""
    return in_both(
        "Permintaan rencana ini membolehkan jenis lokasi itu hanya pada {asked} dari {all} tanggal.",
        "The request of this plan allows its kind of site on {asked} of {all} dates only.",
        asked=len(allowed),
        all=len(dates),
    )


def _done(site: Site) -> PlainReason:
    sentence = in_both(
        "{name} sudah ditandai selesai, jadi tidak direncanakan lagi. Buka kembali bila masih perlu dikunjungi.",
        "{name} is marked as done, so it is not planned any more. Open it again if it still needs a visit.",
        name=site.name,
    )
    return PlainReason(standing=SiteStanding.DONE, sentence=sentence)


def _left_out(site: Site, dates: Sequence[date]) -> PlainReason:
    sentence = in_both(
        "{name} tidak ikut: permintaan rencana ini tidak membolehkan jenis lokasi itu antara {start} dan {end}. "
        "Tambahkan jenisnya di 'kinds' dan buat rencana baru.",
        "{name} is left out: the request of this plan does not allow its kind of site between {start} and {end}. "
        "Add the kind to 'kinds' and plan again.",
        name=site.name,
        start=dates[0],
        end=dates[-1],
    )
    return PlainReason(standing=SiteStanding.LEFT_OUT, sentence=sentence)


def _fully_activated(site: Site) -> PlainReason:
    sentence = in_both(
        "Semua {headcount} orang di {name} sudah aktif, jadi kunjungan tidak menambah apa pun.",
        "All {headcount} people at {name} are activated already, so a visit wins nobody.",
        headcount=site.headcount,
        name=site.name,
    )
    return PlainReason(standing=SiteStanding.FULLY_ACTIVATED, sentence=sentence)


def _never_open(
    session: Session, schedule: Schedule, site_ids: Sequence[int], allowed: Sequence[date]
) -> dict[int, PlainReason]:
    """What closes sites on every date that the request allows, as things stand now."""
    last_visits = _last_visits(session, schedule, site_ids)
    reasons = {}
    prepared = preparations_at(session, site_ids) if schedule.document == Document.IKD else None
    for candidate in sites.candidates(session, schedule.district_code, allowed, only=site_ids, preparations=prepared):
        reason = _what_closes(candidate, allowed, last_visit=last_visits.get(candidate.site.id))
        if reason is not None:
            reasons[candidate.site.id] = reason
    return reasons


def _what_closes(candidate: Candidate, allowed: Sequence[date], *, last_visit: date | None) -> PlainReason | None:
    facts: dict[str, str | date] = {"name": candidate.site.name, "start": allowed[0], "end": allowed[-1]}
    match candidate.not_ready_reason:
        case "not_ready":
            sentence = in_both(
                "{name} belum siap dikunjungi pada {start} sampai {end}.",
                "{name} is not ready for a visit between {start} and {end}.",
                **facts,
            )
            return PlainReason(standing=SiteStanding.NOT_READY, sentence=sentence)
        case "agreed_on_other_dates":
            sentence = in_both(
                "{name} hanya menyetujui tanggal di luar {start} sampai {end}.",
                "{name} has agreed to dates outside {start} to {end} only.",
                **facts,
            )
            return PlainReason(standing=SiteStanding.NOT_READY, sentence=sentence)
    if not any(candidate.windows_by_date.values()):
        sentence = in_both(
            "{name} tutup pada setiap tanggal dari {start} sampai {end}.",
            "{name} is closed on every date from {start} to {end}.",
            **facts,
        )
        return PlainReason(standing=SiteStanding.CLOSED, sentence=sentence)
    return _too_soon(candidate, allowed, last_visit=last_visit)


def _last_visits(session: Session, schedule: Schedule, site_ids: Sequence[int]) -> dict[int, date]:
    """The last date before the run on which each site was visited for its document."""
    query = (
        visits_in_force(schedule.district_code)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            Schedule.document == schedule.document,
            Visit.site_id.in_(site_ids),
            Visit.date < schedule.first_date,
        )
        .group_by(Visit.site_id)
        .with_only_columns(Visit.site_id, func.max(Visit.date))
    )
    return dict(session.execute(query).all())


def _too_soon(candidate: Candidate, allowed: Sequence[date], *, last_visit: date | None) -> PlainReason | None:
    if last_visit is None or allowed[-1] >= last_visit + timedelta(days=candidate.min_gap_days):
        return None
    sentence = in_both(
        "{name} sudah dikunjungi pada {last}; kunjungan berikutnya paling cepat {next}.",
        "{name} was visited on {last}; the next visit is possible on {next} at the earliest.",
        name=candidate.site.name,
        last=last_visit,
        next=last_visit + timedelta(days=candidate.min_gap_days),
    )
    return PlainReason(standing=SiteStanding.TOO_SOON, sentence=sentence)
