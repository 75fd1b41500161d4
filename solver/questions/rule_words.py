"""What keeps teams from a site in a planner's words, Indonesian and English; each rule has one sentence."""

from solver.plans.words import Text, Value, both, listed
from solver.questions.possibility import Possibility, Rule
from solver.questions.trips_there import LongerTrip

MOST_LODGINGS = 3

# (what stops those who get furthest, what stops the others), each in Indonesian and in English.
_RULES: dict[Rule, tuple[str, str, str, str]] = {
    Rule.NO_PEOPLE: (
        "tidak ada lagi orang yang dapat diaktivasi di sana",
        "nobody is left to activate there",
        "tidak ada lagi orang",
        "nobody left",
    ),
    Rule.TOO_MANY_DATES: (
        "lokasi tidak menerima kunjungan lagi (hari kunjungan sudah habis)",
        "the site takes no more visits (its visit dates are used up)",
        "hari kunjungan habis",
        "visit dates used up",
    ),
    Rule.TOO_MANY_TEAMS: (
        "lokasi tidak punya tempat untuk satu tim pun",
        "the site has room for no team at all",
        "tidak ada tempat untuk tim",
        "no room for a team",
    ),
    Rule.TEAM_OFF: (
        "tidak ada tim yang bertugas pada tanggal mana pun",
        "no team works on any of the dates",
        "tim tidak bertugas",
        "the team is off",
    ),
    Rule.SITE_CLOSED: (
        "lokasi tutup pada setiap tanggal ketika ada tim yang bertugas",
        "the site is closed on every date on which a team works",
        "lokasi tutup",
        "the site is closed",
    ),
    Rule.TOO_MANY_STOPS: (
        "tim yang bertugas saat lokasi buka tidak boleh singgah di mana pun",
        "the teams that work when it is open may make no stop at all",
        "tim tidak boleh singgah",
        "the team may make no stop",
    ),
    Rule.NOT_ISSUED: (
        "tidak ada tim yang boleh menerbitkan dokumen yang dibutuhkan di sana ({documents})",
        "no team may issue the documents that people there need ({documents})",
        "tidak menerbitkan dokumen itu",
        "document not issued",
    ),
    Rule.TOO_FEW_KITS: (
        "mesin atau satelit yang diperlukan di sana tidak tersedia untuk tim mana pun pada hari yang mungkin",
        "on no possible date is a machine or satellite set that is needed there free for any team",
        "tanpa mesin atau satelit",
        "no machine or set free",
    ),
    Rule.NO_SIGNAL: (
        "tidak ada sinyal yang memadai, dan tim yang bertugas saat lokasi buka tidak membawa perangkat satelit",
        "there is no usable signal, and no team that works when it is open carries a satellite kit",
        "tanpa sinyal dan tanpa satelit",
        "no signal and no satellite",
    ),
    Rule.WINS_NOBODY: (
        "sesi tetapnya terlalu singkat untuk menyelesaikan satu aktivasi pun",
        "its fixed session is too short to complete a single activation",
        "sesi terlalu singkat",
        "session too short",
    ),
    Rule.OUTSIDE_WINDOW: (
        "jam bukanya paling lama {window} menit, sedangkan persiapan dan layanan perlu {needed} menit",
        "it opens for {window} minutes at most, while set-up and service need {needed}",
        "jam buka terlalu pendek",
        "opening too short",
    ),
    Rule.NO_WAY: (
        "tidak ada jalan ke sana dan kembali dari pangkalan tim mana pun, juga tidak dengan kapal atau pesawat",
        "there is no way across: no road, boat or plane leads there and back from the base of any team",
        "tidak ada jalan ke sana",
        "no way across",
    ),
    Rule.NO_LODGING: (
        "tidak terjangkau dalam sehari (pulang-pergi tercepat {travel} menit, ditambah persiapan dan layanan {needed} "
        "menit), dan tidak ada penginapan yang cukup dekat",
        "it is out of reach in a day ({travel} minutes there and back at the quickest, plus {needed} for set-up and "
        "service), and no lodging is near enough",
        "tidak ada penginapan yang cukup dekat",
        "no lodging near enough",
    ),
    Rule.ARRIVES_LATE: (
        "tim tiba terlalu lambat: perjalanan pulang-pergi tercepat {travel} menit, dan sisa jam buka tidak cukup "
        "untuk persiapan dan layanan ({needed} menit)",
        "teams arrive too late: the quickest way there and back takes {travel} minutes, and what is left of the "
        "opening does not hold set-up and service ({needed} minutes)",
        "tiba terlalu lambat",
        "arrives too late",
    ),
    Rule.SHIFT_END: (
        "tidak terjangkau dalam jam kerja: pulang-pergi tercepat {travel} menit ditambah persiapan dan layanan "
        "{needed} menit, sehingga tim tidak kembali tepat waktu",
        "out of reach within the shift: {travel} minutes there and back at the quickest, plus {needed} for set-up and "
        "service, so no team is back in time",
        "tidak kembali tepat waktu",
        "not back in time",
    ),
    Rule.RIDE_MISSED: (
        "jam kapal atau pesawat tidak cocok: berangkat sebelum tim dapat tiba, atau pulang terlalu lambat untuk jam "
        "kerja",
        "the boats or planes leave at the wrong hours: before a team's shift lets it be there, or too late for it to "
        "be back in time",
        "kapal berangkat pada jam yang salah",
        "boat at the wrong hour",
    ),
    Rule.NO_DEPARTURE: (
        "pada hari ketika lokasi buka dan ada tim yang bertugas, tidak ada kapal atau pesawat yang dapat dipakai",
        "on the days when it is open and a team works, no boat or plane runs that would do",
        "tidak ada kapal pada hari itu",
        "no boat that day",
    ),
    Rule.LODGING_CLOSED: (
        "penginapan yang dapat dipakai tutup atau tidak punya tempat pada malam yang diperlukan",
        "the lodgings that would do are closed, or have no room, on the nights that it takes",
        "penginapan tutup",
        "lodging closed",
    ),
    Rule.NIGHT_OUTSIDE_WORK: (
        "perlu menginap, dan tidak ada tim yang bertugas pada semua hari perjalanan itu dalam periode ini",
        "it takes nights away, and no team works on all the days of such a trip within the period",
        "perjalanan melewati hari libur tim",
        "trip runs into days off",
    ),
    Rule.TOO_MANY_NIGHTS: (
        "perlu menginap lebih lama daripada yang dibolehkan untuk tim mana pun",
        "it takes more nights away than any team may have",
        "perlu lebih banyak malam",
        "needs more nights",
    ),
    Rule.BREAK_MISSED: (
        "jam istirahat tim tidak menyisakan {needed} menit untuk persiapan dan layanan di sana",
        "the team's break leaves no room for the {needed} minutes of set-up and service there",
        "terhalang jam istirahat",
        "break in the way",
    ),
    Rule.OVER_BUDGET: (
        "satu hari tim ke sana saja sudah melebihi anggaran",
        "a single team-day there costs more than the budget",
        "melebihi anggaran",
        "over budget",
    ),
    Rule.TOO_FEW_TEAMS: (
        "acara itu memerlukan {teams} tim sekaligus, dan pada tanggal mana pun tidak sebanyak itu yang dapat datang",
        "the event needs {teams} teams at once, and on no date can so many come",
        "tim kurang untuk acara",
        "too few teams for the event",
    ),
}


def short_rule(rule: Rule) -> Text:
    """Return a rule as a part of a list."""
    return Text(id=_RULES[rule][2], en=_RULES[rule][3])


def long_rule(possibility: Possibility) -> Text:
    """Say what keeps a site from any visit, with its figures."""
    assert possibility.rule is not None
    if possibility.longer_trip is not None:
        return _longer_trip(possibility.longer_trip)
    facts: dict[str, Value] = {
        "window": possibility.longest_window,
        "needed": possibility.needed_minutes,
        "travel": possibility.travel_minutes or 0,
        "documents": ", ".join(possibility.documents),
        "teams": possibility.min_teams,
    }
    indonesian, english = _RULES[possibility.rule][:2]
    return both(indonesian, english, **facts)


def _longer_trip(trip: LongerTrip) -> Text:
    """How many nights a site takes, where, and what its team may."""
    lodgings = listed([Text(id=name, en=name) for name in trip.lodgings], most=MOST_LODGINGS)
    facts: dict[str, Value] = {
        "days": trip.nights + 1,
        "nights": trip.nights,
        "lodgings": lodgings,
        "team": trip.team,
        "most": trip.most_nights,
    }
    if trip.most_nights == 0:
        return both(
            "perjalanannya {days} hari dengan {nights} malam menginap di {lodgings}, sedangkan tim {team} tidak boleh "
            "bermalam",
            "it is a journey of {days} days with {nights} nights away, sleeping at {lodgings}, and team {team} may not "
            "sleep away",
            **facts,
        )
    return both(
        "perjalanannya {days} hari dengan {nights} malam menginap di {lodgings}, sedangkan tim {team} boleh bermalam "
        "paling lama {most} malam",
        "it is a journey of {days} days with {nights} nights away, sleeping at {lodgings}, and team {team} may be away "
        "for {most} nights at most",
        **facts,
    )
