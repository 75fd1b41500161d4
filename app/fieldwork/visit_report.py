"""What somebody says happened at a visit, and which of it cannot be."""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.errors import FieldProblem
from app.languages import said
from app.schedules.models import LossCause, VisitOutcome

CLOCKS_DIFFER = timedelta(minutes=15)
"""A phone may be this far ahead of us."""
PHONE_CLOCK_AHEAD = timedelta(days=1)
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){9,}")
"""Ten digits or more: a NIK, a family card or a telephone number, never a count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReport:
    """One report; null figures were not said."""

    visit_id: int
    report_id: uuid.UUID
    corrects: int | uuid.UUID | None = None
    """The result, or the report, that this one takes the place of."""
    outcome: VisitOutcome
    served: int | None = None
    activated: int | None = None
    other_district: int | None = None
    phone_not_ready: int | None = None
    turned_away: int | None = None
    prepared: int | None = None
    """For a later visit; they are not among the served."""
    ran_out_of_time: bool | None = None
    invited: int | None = None
    started_at: datetime | None = None
    last_served_at: datetime | None = None
    ended_at: datetime | None = None
    signal_met: int | None = None
    cause: LossCause | None = None
    note: str | None = None
    reported_at: datetime
    served_further: Mapping[str, int] = field(default_factory=dict)
    """People served besides, by further document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedVisit:
    """What a report is held against."""

    date: date
    starts_at: datetime
    operators: int
    shift_minutes: int
    zone: ZoneInfo
    document: str
    """Of its plan: whom `served` counts."""
    is_preparation: bool = False
    """It prepares people: that it serves nobody needs no saying."""


def problems_of(report: VisitReport, visit: ReportedVisit, *, now: datetime) -> list[FieldProblem]:
    """Everything in the report that cannot be, by the names of its fields."""
    return [
        *_about_day(report, visit, now=now),
        *_about_hours(report, visit, now=now),
        *_about_figures(report, visit),
        *_about_note(report),
    ]


def _about_day(report: VisitReport, visit: ReportedVisit, *, now: datetime) -> Iterator[FieldProblem]:
    today = now.astimezone(visit.zone).date()
    if visit.date > today:
        yield FieldProblem(
            pointer="visit_id",
            detail=said(
                "The visit is still to come: it is on {day}, and it is {today} there.",
                "Kunjungan ini belum terjadi: jadwalnya {day}, sedangkan di sana masih {today}.",
                day=visit.date,
                today=today,
            ),
            value=report.visit_id,
            mend=said(
                "Report on the day or after it; to call a visit off, plan again.",
                "Laporkan pada hari itu atau sesudahnya; untuk membatalkan kunjungan, susun ulang rencana.",
            ),
        )
    elif report.outcome != VisitOutcome.NOT_HELD and report.started_at is None and visit.starts_at > now:
        yield FieldProblem(
            pointer="outcome",
            detail=said(
                "By the plan the visit has not begun yet.",
                "Menurut rencana kunjungan ini belum dimulai.",
            ),
            value=report.outcome.value,
            mend=said("If it began earlier, give started_at.", "Bila dimulai lebih awal, isi started_at."),
        )
    if report.reported_at > now + PHONE_CLOCK_AHEAD:
        yield FieldProblem(
            pointer="reported_at",
            detail=said(
                "The sender's clock is more than a day ahead of ours.",
                "Jam pengirim lebih dari sehari di depan jam kami.",
            ),
            value=report.reported_at.isoformat(),
            mend=said("Set the clock of the phone.", "Setel jam pada ponsel."),
        )


def _about_hours(report: VisitReport, visit: ReportedVisit, *, now: datetime) -> Iterator[FieldProblem]:
    first = datetime.combine(visit.date - timedelta(days=1), time(), visit.zone)
    last = datetime.combine(visit.date + timedelta(days=2), time(), visit.zone)
    before: tuple[str, datetime] | None = None
    for name in ("started_at", "last_served_at", "ended_at"):
        moment: datetime | None = getattr(report, name)
        if moment is None:
            continue
        if not first <= moment < last:
            yield FieldProblem(
                pointer=name,
                detail=said(
                    "The visit is on {day}; this is more than a day away from it.",
                    "Kunjungan ini pada {day}; waktu ini berjarak lebih dari sehari.",
                    day=visit.date,
                ),
                value=moment.isoformat(),
                mend=said(
                    "Give a time of that day, or of a day beside it.",
                    "Isi waktu pada hari itu atau sehari di dekatnya.",
                ),
            )
        elif moment > now + CLOCKS_DIFFER:
            yield FieldProblem(
                pointer=name,
                detail=said("This is still to come.", "Waktu ini belum tiba."),
                value=moment.isoformat(),
                mend=said("Report what has happened.", "Laporkan yang sudah terjadi."),
            )
        if before is not None and moment < before[1]:
            yield FieldProblem(
                pointer=name,
                detail=said("It lies before {name}.", "Waktu ini sebelum {name}.", name=before[0]),
                value=moment.isoformat(),
                mend=said("Put the times in their order.", "Urutkan waktunya."),
            )
        before = (name, moment)


def _about_figures(report: VisitReport, visit: ReportedVisit) -> Iterator[FieldProblem]:
    yield from _about_prepared(report, visit)
    if report.outcome == VisitOutcome.NOT_HELD:
        yield from _about_figures_of_none(report)
        return
    if visit.document in report.served_further:
        yield FieldProblem(
            pointer=f"served_further/{visit.document}",
            detail=said(
                "The visit is one of this document: 'served' and 'activated' count its people.",
                "Kunjungan ini memang untuk dokumen ini: orangnya dihitung dalam 'served' dan 'activated'.",
            ),
            value=report.served_further[visit.document],
            mend=said("Leave it out here.", "Kosongkan di sini."),
        )
    for name in ("served", "activated"):
        if getattr(report, name) is None and not visit.is_preparation:
            yield FieldProblem(
                pointer=name,
                detail=said("It is missing.", "Belum diisi."),
                mend=said("Give the number, 0 if there was nobody.", "Isi jumlahnya, 0 bila tidak ada."),
            )
    if (report.served is None or report.activated is None) and not visit.is_preparation:
        return
    yield from _about_counts(report, report.served or 0, report.activated or 0)
    yield from _about_haste(report, visit, report.served or 0)


def _about_prepared(report: VisitReport, visit: ReportedVisit) -> Iterator[FieldProblem]:
    """People are prepared at preparations, and there it is said how many."""
    if visit.is_preparation and report.prepared is None and report.outcome != VisitOutcome.NOT_HELD:
        yield FieldProblem(
            pointer="prepared",
            detail=said("It is missing: the visit was a preparation.", "Belum diisi: kunjungan ini persiapan."),
            mend=said(
                "Give how many people were prepared, 0 if none.", "Isi berapa orang yang disiapkan, 0 bila tidak ada."
            ),
        )
    if not visit.is_preparation and report.prepared is not None:
        yield FieldProblem(
            pointer="prepared",
            detail=said("The visit was no preparation.", "Kunjungan ini bukan persiapan."),
            value=report.prepared,
            mend=said(
                "Leave it out: who was activated counts in 'activated'.",
                "Kosongkan: yang diaktivasi dihitung dalam 'activated'.",
            ),
        )


def _about_figures_of_none(report: VisitReport) -> Iterator[FieldProblem]:
    """A visit that was not held serves nobody."""
    figures = {name: getattr(report, name) for name in ("served", "activated", "other_district", "prepared")}
    figures |= {f"served_further/{document}": people for document, people in report.served_further.items()}
    for name, people in figures.items():
        if people:
            yield FieldProblem(
                pointer=name,
                detail=said(
                    "A visit that was not held serves nobody.",
                    "Kunjungan yang tidak terlaksana tidak melayani siapa pun.",
                ),
                value=people,
                mend=said("Say 'cut_short', or leave it out.", "Pakai 'cut_short', atau kosongkan."),
            )


def _about_counts(report: VisitReport, served: int, activated: int) -> Iterator[FieldProblem]:
    """Nobody is activated without being served."""
    counted = activated + (report.other_district or 0)
    if counted > served:
        name = "activated" if activated > served else "other_district"
        yield FieldProblem(
            pointer=name,
            detail=said(
                "More than were served: {activated} activated and {others} of other districts, but {served} served.",
                "Lebih banyak daripada yang dilayani: {activated} teraktivasi dan {others} warga daerah lain, tetapi "
                "{served} dilayani.",
                activated=activated,
                others=report.other_district or 0,
                served=served,
            ),
            value=getattr(report, name),
            mend=said(
                "'served' counts everybody, 'activated' those of this district.",
                "'served' menghitung semua orang, 'activated' hanya warga daerah ini.",
            ),
        )


def _about_haste(report: VisitReport, visit: ReportedVisit, served: int) -> Iterator[FieldProblem]:
    """Nobody is served in less than a minute."""
    minutes = visit.shift_minutes
    if report.started_at is not None and report.ended_at is not None:
        minutes = max(0, int((report.ended_at - report.started_at).total_seconds() // 60))
    people = served + sum(report.served_further.values()) + (report.prepared or 0)
    if people > (most := visit.operators * minutes):
        yield FieldProblem(
            pointer="served" if served > most else "prepared" if report.prepared else "served_further",
            detail=said(
                "{operators} operators cannot serve {served} people in {minutes} minutes: less than a minute each.",
                "{operators} operator tidak mungkin melayani {served} orang dalam {minutes} menit: kurang dari semenit "
                "seorang.",
                operators=visit.operators,
                served=people,
                minutes=minutes,
            ),
            value=people,
            mend=said(
                "Give at most {most}, or the hours as they were.",
                "Isi paling banyak {most}, atau perbaiki jamnya.",
                most=most,
            ),
        )


def _about_note(report: VisitReport) -> Iterator[FieldProblem]:
    if report.note is not None and _LONG_NUMBER.search(report.note):
        yield FieldProblem(
            pointer="note",
            detail=said(
                "The note holds a number as long as a NIK or a telephone number; nothing that tells who somebody is "
                "may be kept.",
                "Catatan memuat angka sepanjang NIK atau nomor telepon; data yang menunjukkan siapa seseorang tidak "
                "boleh disimpan.",
            ),
            mend=said("Write counts only.", "Tulis jumlah saja."),
        )
