"""Can the gap be closed? Yes with a date, no with a proof, or open; and the sentence that says so."""

from collections.abc import Iterable, Sequence
from datetime import date

from app.schedules.models import Schedule, Verdict
from app.words import Text, in_both


def judge(expected: int, upper_bound: int | None, *, net_gap: int) -> Verdict:
    """`net_gap`: what visits have to win; `upper_bound`: no plan wins more, None if nothing is proven."""
    if expected >= net_gap:
        return Verdict.REACHABLE
    if upper_bound is not None and upper_bound < net_gap:
        return Verdict.UNREACHABLE
    return Verdict.OPEN


def crossing_date(
    dates: Sequence[date], won: Iterable[tuple[date, int]], *, gap: int, walk_ins_per_date: int
) -> date | None:
    """The first date on which visits and walk-ins together have closed the gap; None if they do not, or need not.

    `won`: date and activations of each visit."""
    if gap <= 0:
        return None
    by_date = dict.fromkeys(dates, 0)
    for day, activations in won:
        by_date[day] += activations
    left = gap
    for day in dates:
        left -= by_date[day] + walk_ins_per_date
        if left <= 0:
            return day
    return None


def sentence(schedule: Schedule) -> Text:
    """The verdict of a finished run in a planner's words."""
    expected, net_gap = schedule.expected_activations or 0, schedule.net_gap or 0
    until, missing = schedule.period_end, max(0, net_gap - expected)
    match schedule.verdict:
        case Verdict.REACHABLE if schedule.crosses_on is None:
            return in_both(
                "Target sudah tercapai tanpa kunjungan tambahan.",
                "The target is met already, without further visits.",
            )
        case Verdict.REACHABLE:
            return in_both(
                "Terjangkau: kunjungan dan loket bersama menutup kekurangan pada {day}.",
                "Reachable: visits and counters together close the gap on {day}.",
                day=schedule.crosses_on or until,
            )
        case Verdict.UNREACHABLE:
            return in_both(
                "Tidak terjangkau sampai {until}: dengan tim, lokasi, dan tanggal ini, rencana apa pun masih kurang "
                "sedikitnya {proven} aktivasi; rencana ini kurang {missing}.",
                "Not reachable by {until}: with these teams, sites and dates any plan stays at least {proven} "
                "activations short; this plan stays {missing} short.",
                until=until,
                proven=net_gap - (schedule.upper_bound_activations or 0),
                missing=missing,
            )
        case _ if schedule.upper_bound_activations is None:
            return in_both(
                "Belum pasti: rencana ini kurang {missing} aktivasi sampai {until}, dan belum ada batas yang terbukti.",
                "Open: this plan stays {missing} activations short by {until}, and no bound is proven yet.",
                until=until,
                missing=missing,
            )
        case _:
            return in_both(
                "Belum pasti: rencana ini kurang {missing} aktivasi sampai {until}; rencana yang lebih baik mungkin "
                "ada, paling banyak {most} aktivasi. Beri waktu hitung lebih lama.",
                "Open: this plan stays {missing} activations short by {until}; a better one may exist, with at most "
                "{most} activations. Allow a longer run.",
                until=until,
                missing=missing,
                most=schedule.upper_bound_activations,
            )
