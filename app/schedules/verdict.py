"""What a finished run says about its target, in a planner's words; the judging itself is the planning core's."""

from datetime import date

from app.schedules.models import Schedule, Verdict
from app.words import Text, in_both


def expected_by_end(schedule: Schedule) -> int:
    """The people expected to be activated when the period ends, or at the deadline if that comes first."""
    won = (schedule.already_planned or 0) + (schedule.walk_ins or 0) + (schedule.counted_activations or 0)
    return (schedule.activated or 0) + won


def short_by(schedule: Schedule) -> int:
    """What the plan lacks of what is due."""
    return max(0, (schedule.due_activations or 0) - (schedule.counted_activations or 0))


def uncounted(schedule: Schedule) -> int:
    """Won after the deadline."""
    return (schedule.expected_activations or 0) - (schedule.counted_activations or 0)


def sentence(schedule: Schedule) -> Text:
    """The verdict of a finished run."""
    # Where a period closes the whole gap, that is worth more than being on the line.
    if schedule.needed_by_end is not None and schedule.crosses_on is None:
        return _about_period(schedule, needed=schedule.needed_by_end)
    late, deadline = uncounted(schedule), schedule.deadline
    about_target = _about_target(schedule)
    if not late or deadline is None:
        return about_target
    if short_by(schedule) and short_by(schedule) <= late:
        return in_both(
            "{verdict} Yang diraih setelah tenggat itu ({late} aktivasi) tidak dihitung; akhiri periode pada tenggat "
            "agar seluruh rencana ditujukan ke sana.",
            "{verdict} What is won after that deadline ({late} activations) does not count; end the period on the "
            "deadline, so that the whole plan aims at it.",
            verdict=about_target,
            late=late,
        )
    return in_both(
        "{verdict} Yang diraih setelah tenggat {deadline} ({late} aktivasi) tidak dihitung.",
        "{verdict} What is won after the deadline of {deadline} ({late} activations) does not count.",
        verdict=about_target,
        deadline=deadline,
        late=late,
    )


def _about_period(schedule: Schedule, *, needed: int) -> Text:
    until, missing = schedule.period_end, short_by(schedule)
    bound = schedule.upper_bound_activations
    match schedule.verdict:
        case Verdict.REACHABLE:
            return _on_track(until, expected=expected_by_end(schedule), needed=needed)
        case Verdict.UNREACHABLE:
            return in_both(
                "Tertinggal dari jalur menuju target: sampai {until} dibutuhkan {needed} orang teraktivasi. Dengan "
                "tim, lokasi, dan tanggal ini, rencana apa pun masih kurang sedikitnya {proven}; rencana ini kurang "
                "{missing}.",
                "Behind the line to the target: by {until} it needs {needed} people activated. With these teams, sites "
                "and dates any plan stays at least {proven} short of it; this plan stays {missing} short.",
                until=until,
                needed=needed,
                proven=(schedule.due_activations or 0) - (bound or 0),
                missing=missing,
            )
        case _ if bound is None:
            return in_both(
                "Belum pasti: sampai {until} jalur menuju target membutuhkan {needed} orang teraktivasi; rencana ini "
                "kurang {missing}, dan belum ada batas yang terbukti.",
                "Open: by {until} the line to the target needs {needed} people activated; this plan stays {missing} "
                "short, and no bound is proven yet.",
                until=until,
                needed=needed,
                missing=missing,
            )
        case _:
            return in_both(
                "Belum pasti: sampai {until} jalur menuju target membutuhkan {needed} orang teraktivasi; rencana ini "
                "kurang {missing}. Rencana yang lebih baik mungkin ada, paling banyak {most} aktivasi. Beri waktu "
                "hitung lebih lama.",
                "Open: by {until} the line to the target needs {needed} people activated; this plan stays {missing} "
                "short. A better one may exist, with at most {most} activations. Allow a longer run.",
                until=until,
                needed=needed,
                missing=missing,
                most=bound,
            )


def _on_track(until: date, *, expected: int, needed: int) -> Text:
    if expected == needed:
        return in_both(
            "Sesuai jalur: sampai {until} diperkirakan {expected} orang teraktivasi, tepat sebanyak yang dibutuhkan "
            "jalur menuju target.",
            "On track: {expected} people are expected to be activated by {until}, exactly as many as the line to the "
            "target needs.",
            until=until,
            expected=expected,
        )
    return in_both(
        "Sesuai jalur: sampai {until} diperkirakan {expected} orang teraktivasi, {ahead} lebih banyak daripada yang "
        "dibutuhkan jalur menuju target.",
        "On track: {expected} people are expected to be activated by {until}, {ahead} more than the line to the target "
        "needs.",
        until=until,
        expected=expected,
        ahead=expected - needed,
    )


def _about_target(schedule: Schedule) -> Text:
    bound, missing = schedule.upper_bound_activations, short_by(schedule)
    until = schedule.period_end if schedule.deadline is None else min(schedule.period_end, schedule.deadline)
    match schedule.verdict:
        case Verdict.REACHABLE:
            return _reachable(schedule)
        case Verdict.UNREACHABLE:
            return in_both(
                "Tidak terjangkau sampai {until}: dengan tim, lokasi, dan tanggal ini, rencana apa pun masih kurang "
                "sedikitnya {proven} aktivasi; rencana ini kurang {missing}.",
                "Not reachable by {until}: with these teams, sites and dates any plan stays at least {proven} "
                "activations short; this plan stays {missing} short.",
                until=until,
                proven=(schedule.due_activations or 0) - (bound or 0),
                missing=missing,
            )
        case _ if bound is None:
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
                most=bound,
            )


def _reachable(schedule: Schedule) -> Text:
    if schedule.crosses_on is None and schedule.gap:
        return in_both(
            "Terjangkau: kunjungan yang sudah diterbitkan sebelum rencana ini menutup kekurangan.",
            "Reachable: visits published before this plan close the gap.",
        )
    if schedule.crosses_on is None:
        return in_both(
            "Target sudah tercapai tanpa kunjungan tambahan.",
            "The target is met already, without further visits.",
        )
    if not schedule.counted_activations:
        return in_both(
            "Terjangkau: loket saja menutup kekurangan pada {day}.",
            "Reachable: the counters alone close the gap on {day}.",
            day=schedule.crosses_on,
        )
    return in_both(
        "Terjangkau: kunjungan dan loket bersama menutup kekurangan pada {day}.",
        "Reachable: visits and counters together close the gap on {day}.",
        day=schedule.crosses_on,
    )


def rest_sentence(schedule: Schedule, *, deadline: date, target_count: int) -> Text:
    """What the target still needs after this plan."""
    left, days = schedule.remaining_activations or 0, schedule.days_after or 0
    if left == 0:
        return in_both(
            "Setelah rencana ini target {target} orang tidak kekurangan lagi.",
            "After this plan nothing is missing of the target of {target} people.",
            target=target_count,
        )
    if days == 0:
        return in_both(
            "Pada tenggat {deadline} target {target} orang masih kurang {left} orang.",
            "At the deadline, {deadline}, the target of {target} people would still be {left} short.",
            deadline=deadline,
            target=target_count,
            left=left,
        )
    return in_both(
        "Setelah {end} masih tersisa {left} orang: {pace} orang per hari kerja sampai tenggat {deadline}, dari "
        "kunjungan dan loket bersama.",
        "{left} people are left after {end}: {pace} each working day until the deadline, {deadline}, by visits and "
        "counters together.",
        end=schedule.period_end,
        left=left,
        deadline=deadline,
        pace=-(-left // days),
    )
