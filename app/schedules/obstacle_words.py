"""What stands in the way of a visit or a trip, and the way out of it, said to a planner in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.words import Text, clock, in_both

Value = str | int | date | Text
Names = Mapping[str, Value]
"""`team`, `site`, `day` and `hours` of a visit; `team`, `first`, `last` and `day` of a trip."""


class ObstacleCode(StrEnum):
    """What can stand in the way; broken rules of planning go by their own names."""

    SITE_DONE = "site_done"
    SITE_NOT_READY = "site_not_ready"
    AGREED_ON_OTHER_DATES = "agreed_on_other_dates"
    SITE_CLOSED = "site_closed"
    OUTSIDE_WINDOW = "outside_window"
    NO_SIGNAL = "no_signal"
    NOBODY_LEFT = "nobody_left"
    NOT_ISSUED = "not_issued"
    KIT_MISSING = "kit_missing"
    WRONG_MINUTES = "wrong_minutes"
    TOO_MANY_DATES = "too_many_dates"
    TOO_CLOSE = "too_close"
    TOO_MANY_TEAMS = "too_many_teams"
    TOO_FEW_TEAMS = "too_few_teams"
    UNPREPARED = "unprepared"
    PREPARATION_UNDONE = "preparation_undone"
    DAY_OFF = "day_off"
    TEAM_ON_LEAVE = "team_on_leave"
    TEAM_OFF = "team_off"
    ARRIVES_LATE = "arrives_late"
    SHIFT_END = "shift_end"
    TOO_MANY_STOPS = "too_many_stops"
    TEAM_TWICE = "team_twice"
    CALENDAR_BUSY = "calendar_busy"
    LODGING_GONE = "lodging_gone"
    LODGING_CLOSED = "lodging_closed"
    CONNECTION_GONE = "connection_gone"
    CONNECTION_CHANGED = "connection_changed"
    PLAN_CHANGED = "plan_changed"
    """Of the plan as a whole: people have changed the one in force since this one was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One reason why a visit or a trip can no longer be as it is planned."""

    code: ObstacleCode
    message: Text
    way_out: Text


_REPLAN = (
    "Buat rencana baru dengan 'replan', atau terima kunjungan ini apa adanya.",
    "Plan again with 'replan', or accept the visit as it is.",
)
_SITE_WAY_OUT = (
    "Ubah data lokasi bila keliru; jika benar, buat rencana baru dengan 'replan'.",
    "Correct the site if this is a mistake; if it is true, plan again with 'replan'.",
)
_PREPARATION_WAY_OUT = (
    "Periksa tanggal persiapan lokasi dan laporannya; jika benar, buat rencana baru dengan 'replan'.",
    "Check the dates of the preparation of the site and its report; if they are true, plan again with 'replan'.",
)
_TEAM_WAY_OUT = (
    "Ubah data tim bila keliru; jika benar, buat rencana baru dengan 'replan'.",
    "Correct the team if this is a mistake; if it is true, plan again with 'replan'.",
)


def of_rule(rule: str, names: Names, values: Names) -> Obstacle:
    """A broken rule of planning by its name; `values` are whatever its sentence tells besides."""
    (indonesian, english), way_out = _SENTENCES[rule]
    return Obstacle(
        code=ObstacleCode(rule), message=in_both(indonesian, english, **names, **values), way_out=in_both(*way_out)
    )


def site_done(names: Names) -> Obstacle:
    return Obstacle(
        code=ObstacleCode.SITE_DONE,
        message=in_both(
            "{site} sudah ditandai selesai, tetapi kunjungan {team} pada {day} masih terjadwal.",
            "{site} is marked as done, but the visit of {team} on {day} still stands.",
            **names,
        ),
        way_out=in_both(
            "Buka kembali lokasi itu (kesiapan 'unknown' atau 'asked'), atau buat rencana baru dengan 'replan'.",
            "Open the site again (readiness 'unknown' or 'asked'), or plan again with 'replan'.",
        ),
    )


def site_not_ready(names: Names) -> Obstacle:
    return _at_site(
        ObstacleCode.SITE_NOT_READY,
        "{site} belum siap dikunjungi, padahal {team} dijadwalkan pada {day}.",
        "{site} is not ready for a visit, but {team} is planned to come on {day}.",
        names,
    )


def agreed_on_other_dates(names: Names) -> Obstacle:
    return _at_site(
        ObstacleCode.AGREED_ON_OTHER_DATES,
        "{site} menyetujui tanggal lain, bukan {day} saat {team} dijadwalkan.",
        "{site} has agreed to other dates, not to {day}, when {team} is planned to come.",
        names,
    )


def site_closed(names: Names) -> Obstacle:
    return _at_site(
        ObstacleCode.SITE_CLOSED,
        "{site} tutup pada {day}, padahal {team} dijadwalkan pukul {hours}.",
        "{site} is closed on {day}, but {team} is planned to come, {hours}.",
        names,
    )


def _at_site(code: ObstacleCode, indonesian: str, english: str, names: Names) -> Obstacle:
    return Obstacle(code=code, message=in_both(indonesian, english, **names), way_out=in_both(*_SITE_WAY_OUT))


def day_off(names: Names, *, holiday: str) -> Obstacle:
    return Obstacle(
        code=ObstacleCode.DAY_OFF,
        message=in_both(
            "{day} hari libur ({holiday}), padahal {team} dijadwalkan ke {site}.",
            "{day} is a day off ({holiday}), but {team} is planned to be at {site}.",
            holiday=holiday,
            **names,
        ),
        way_out=in_both(
            "Jadikan hari kerja di kalender kabupaten, atau buat rencana baru dengan 'replan'.",
            "Make it a working day in the district's calendar, or plan again with 'replan'.",
        ),
    )


def team_on_leave(names: Names, *, start: date, end: date) -> Obstacle:
    message = in_both(
        "{team} cuti dari {start} sampai {end}, padahal pada {day} dijadwalkan ke {site}.",
        "{team} is on leave from {start} to {end}, but is planned to be at {site} on {day}.",
        start=start,
        end=end,
        **names,
    )
    return Obstacle(code=ObstacleCode.TEAM_ON_LEAVE, message=message, way_out=in_both(*_TEAM_WAY_OUT))


def team_off(names: Names) -> Obstacle:
    message = in_both(
        "{team} tidak bekerja pada {day}, padahal dijadwalkan ke {site}.",
        "{team} does not work on {day}, but is planned to be at {site}.",
        **names,
    )
    return Obstacle(code=ObstacleCode.TEAM_OFF, message=message, way_out=in_both(*_TEAM_WAY_OUT))


def calendar_busy(names: Names, *, calendars: str) -> Obstacle:
    message = in_both(
        "{team} di {site} pada {day} pukul {hours} bertabrakan dengan kalender {calendar}.",
        "{team} at {site} on {day}, {hours}, collides with the calendar {calendar}.",
        calendar=calendars,
        **names,
    )
    return Obstacle(code=ObstacleCode.CALENDAR_BUSY, message=message, way_out=in_both(*_REPLAN))


_TRIP_WAY_OUT = (
    "Ubah data tempat menginap atau angkutannya bila keliru; jika benar, susun ulang rencananya.",
    "Correct the lodging or the connection if this is a mistake; if it is true, plan again.",
)


def day_off_on_trip(names: Names, *, holiday: str) -> Obstacle:
    message = in_both(
        "{day} hari libur ({holiday}), padahal {team} dalam perjalanan dari {first} sampai {last}.",
        "{day} is a day off ({holiday}), but {team} is on a trip from {first} to {last}.",
        holiday=holiday,
        **names,
    )
    return Obstacle(code=ObstacleCode.DAY_OFF, message=message, way_out=in_both(*_TEAM_WAY_OUT))


def leave_on_trip(names: Names, *, start: date, end: date) -> Obstacle:
    message = in_both(
        "{team} cuti dari {start} sampai {end}, padahal pada {day} dalam perjalanan dari {first} sampai {last}.",
        "{team} is on leave from {start} to {end}, but on {day} it is on a trip from {first} to {last}.",
        start=start,
        end=end,
        **names,
    )
    return Obstacle(code=ObstacleCode.TEAM_ON_LEAVE, message=message, way_out=in_both(*_TEAM_WAY_OUT))


def off_on_trip(names: Names) -> Obstacle:
    message = in_both(
        "{team} tidak bekerja pada {day}, padahal dalam perjalanan dari {first} sampai {last}.",
        "{team} does not work on {day}, but is on a trip from {first} to {last}.",
        **names,
    )
    return Obstacle(code=ObstacleCode.TEAM_OFF, message=message, way_out=in_both(*_TEAM_WAY_OUT))


def lodging_gone(names: Names) -> Obstacle:
    message = in_both(
        "{lodging} tidak ada lagi, padahal {team} direncanakan menginap di sana pada {day}.",
        "{lodging} is not there any more, but {team} is to sleep there after {day}.",
        **names,
    )
    return Obstacle(code=ObstacleCode.LODGING_GONE, message=message, way_out=in_both(*_TRIP_WAY_OUT))


def lodging_closed(names: Names) -> Obstacle:
    message = in_both(
        "{lodging} tutup pada malam {day}, padahal {team} direncanakan menginap di sana.",
        "{lodging} is closed in the night after {day}, but {team} is to sleep there.",
        **names,
    )
    return Obstacle(code=ObstacleCode.LODGING_CLOSED, message=message, way_out=in_both(*_TRIP_WAY_OUT))


def connection_gone(names: Names) -> Obstacle:
    message = in_both(
        "Angkutan {origin}–{target} tidak ada lagi, padahal {team} direncanakan naik pada {day}.",
        "The connection {origin}–{target} is not there any more, but {team} is to take it on {day}.",
        **names,
    )
    return Obstacle(code=ObstacleCode.CONNECTION_GONE, message=message, way_out=in_both(*_TRIP_WAY_OUT))


def connection_changed(names: Names, *, start: int) -> Obstacle:
    message = in_both(
        "Angkutan {origin}–{target} tidak lagi berangkat pukul {start} pada {day} seperti direncanakan bagi {team}.",
        "The connection {origin}–{target} does not leave at {start} on {day} any more, as {team} is to take it.",
        start=clock(start),
        **names,
    )
    return Obstacle(code=ObstacleCode.CONNECTION_CHANGED, message=message, way_out=in_both(*_TRIP_WAY_OUT))


_SENTENCES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "outside_window": (
        (
            "{site} buka pukul {open} pada {day}; kunjungan {team} pukul {hours} tidak muat di dalamnya.",
            "{site} is open {open} on {day}; the visit of {team}, {hours}, does not fit into that.",
        ),
        _SITE_WAY_OUT,
    ),
    "arrives_late": (
        (
            "{team} baru bisa tiba di {site} pukul {arrival} pada {day}, sesudah kunjungan mulai pukul {start}.",
            "{team} can reach {site} at {arrival} only on {day}, after the visit starts at {start}.",
        ),
        _TEAM_WAY_OUT,
    ),
    "shift_end": (
        (
            "{team} baru kembali pukul {back} pada {day} sesudah {site}, padahal jam kerjanya berakhir {shift_end}.",
            "{team} is back at {back} on {day} after {site}, but its shift ends at {shift_end}.",
        ),
        _TEAM_WAY_OUT,
    ),
    "no_signal": (
        (
            "{site} tanpa sinyal dan {team} tidak membawa perangkat satelit: pada {day} tidak ada yang bisa dilayani.",
            "{site} has no signal and {team} carries no satellite kit: nobody can be served on {day}.",
        ),
        (
            "Bawakan perangkat satelit untuk tim itu, atau buat rencana baru dengan 'replan'.",
            "Give the team a satellite kit, or plan again with 'replan'.",
        ),
    ),
    "kit_missing": (
        (
            "{site} memerlukan {kits}, dan {team} tidak membawanya pada {day}: tidak ada yang bisa dilayani.",
            "{site} needs {kits}, and {team} does not carry it on {day}: nobody can be served.",
        ),
        (
            "Bawakan perlengkapan itu untuk tim, atau buat rencana baru dengan 'replan'.",
            "Give the team that kit, or plan again with 'replan'.",
        ),
    ),
    "not_issued": (
        (
            "{team} tidak boleh melayani, atau tidak membawa perlengkapan untuk, semua dokumen yang dijadwalkan di "
            "{site} pada {day}.",
            "{team} may not issue, or carries no kit for, every document that it is to bring to {site} on {day}.",
        ),
        _TEAM_WAY_OUT,
    ),
    "nobody_left": (
        (
            "Semua orang di {site} sudah aktif; kunjungan {team} pada {day} tidak menambah apa pun.",
            "Everybody at {site} is activated already; the visit of {team} on {day} wins nobody.",
        ),
        _SITE_WAY_OUT,
    ),
    "too_many_stops": (
        (
            "{team} kini paling banyak {most_stops} perhentian sehari; {site} pada {day} melebihinya.",
            "{team} now makes at most {most_stops} stops a day; {site} on {day} is one too many.",
        ),
        _TEAM_WAY_OUT,
    ),
    "wrong_minutes": (
        (
            "Sesi di {site} kini {session} menit; kunjungan {team} pada {day} direncanakan {minutes} menit.",
            "A session at {site} now lasts {session} minutes; the visit of {team} on {day} is planned for {minutes}.",
        ),
        _SITE_WAY_OUT,
    ),
    "too_many_dates": (
        (
            "{site} kini boleh dikunjungi paling banyak pada {most_dates} tanggal; {day} melebihinya.",
            "{site} may now be visited on at most {most_dates} dates; {day} is one too many.",
        ),
        _SITE_WAY_OUT,
    ),
    "too_close": (
        (
            "Dua kunjungan ke {site} kini harus berjarak sedikitnya {spacing} hari; {day} terlalu dekat.",
            "Two visits to {site} must now lie at least {spacing} days apart; {day} is too close.",
        ),
        _SITE_WAY_OUT,
    ),
    "team_twice": (
        ("{team} datang dua kali ke {site} pada {day}.", "{team} comes to {site} twice on {day}."),
        _REPLAN,
    ),
    "too_many_teams": (
        (
            "{site} kini menerima paling banyak {most_teams} tim sehari; {team} pada {day} melebihinya.",
            "{site} now takes at most {most_teams} teams a day; {team} on {day} is one too many.",
        ),
        _SITE_WAY_OUT,
    ),
    "too_few_teams": (
        (
            "{site} kini memerlukan sedikitnya {least} tim sekaligus; pada {day} hanya {count} yang datang.",
            "{site} now needs at least {least} teams at once; on {day} only {count} come.",
        ),
        _SITE_WAY_OUT,
    ),
    "unprepared": (
        (
            "Belum ada warga {site} yang disiapkan sebelum {day}, jadi tidak ada yang dapat diaktivasi lebih cepat.",
            "Nobody of {site} is prepared before {day}, so nobody can be activated there in fewer minutes.",
        ),
        _PREPARATION_WAY_OUT,
    ),
    "preparation_undone": (
        (
            "Warga {site} tidak lagi disiapkan pada {day}, dan persiapan oleh {team} tidak mengaktivasi siapa pun.",
            "The people of {site} are not to be prepared on {day} any more, and the visit of {team} activates nobody.",
        ),
        _PREPARATION_WAY_OUT,
    ),
}
"""By the name of a rule: what it says in both languages, and the way out."""
