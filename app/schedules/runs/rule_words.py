"""The rules of planning that a plan or a pinned visit breaks; the planning core says it in English with the figures."""

from collections.abc import Mapping
from datetime import date

from app.languages import Said, said
from app.words import Text

_BROKEN: Mapping[str, str] = {
    "wrong_minutes": "lama kunjungannya tidak sesuai",
    "site_closed": "lokasinya tutup hari itu",
    "team_off": "timnya tidak bekerja hari itu",
    "outside_window": "di luar jam buka lokasi",
    "arrives_late": "timnya tidak dapat tiba tepat waktu",
    "too_many_stops": "terlalu banyak lokasi bagi tim pada hari itu",
    "shift_end": "timnya kembali sesudah jam kerjanya berakhir",
    "too_many_dates": "lokasinya dikunjungi pada terlalu banyak tanggal",
    "too_close": "terlalu dekat dengan kunjungan lain ke lokasi itu",
    "team_twice": "tim yang sama datang dua kali pada hari itu",
    "too_many_teams": "terlalu banyak tim di lokasi itu pada hari itu",
    "over_budget": "biayanya melebihi anggaran",
    "wrong_value": "nilai yang disebut rencana tidak sama dengan hasil hitung ulang",
    "bound_below_value": "batas yang disebut rencana di bawah nilainya sendiri",
    "unreadable": "ada isi rencana yang tidak dapat dibaca",
    "unknown_reference": "rencana menyebut tim, lokasi, atau tanggal yang tidak dikenal",
}
"""By the name of a rule, what a breach of it is."""


def broken_rule(
    rule: str, english: str, *, team: str | None = None, site: str | None = None, day: date | None = None
) -> Said:
    """A breach in the planning core's own words, and in Indonesian with the visit that it is about."""
    words = _BROKEN[rule]
    if team is None or site is None or day is None:
        return said("{english}", "{words}", english=english, words=words)
    return said(
        "{english}",
        "tim {team} di {site} pada {day}: {words}",
        english=english,
        team=team,
        site=site,
        day=day,
        words=words,
    )


_WHY_NOT: Mapping[str, tuple[str, str]] = {
    "no_people": ("tidak ada lagi orang", "nobody left"),
    "too_many_dates": ("hari kunjungan habis", "visit dates used up"),
    "too_close": ("terlalu dekat dengan kunjungan lain ke sana", "too close to another visit there"),
    "too_many_teams": ("tidak ada tempat untuk tim lagi", "no room for another team"),
    "team_twice": ("tim sudah ke sana hari itu", "the team is there that day already"),
    "team_off": ("tim tidak bertugas", "the team is off"),
    "site_closed": ("lokasi tutup", "the site is closed"),
    "too_many_stops": ("tim sudah singgah di terlalu banyak lokasi", "too many stops of the team"),
    "no_signal": ("tanpa sinyal dan tanpa satelit", "no signal and no satellite"),
    "wins_nobody": ("terlalu singkat untuk satu aktivasi", "too short for one activation"),
    "outside_window": ("jam buka terlalu pendek", "opening hours too short"),
    "arrives_late": ("tim tiba terlalu lambat", "the team arrives too late"),
    "shift_end": ("tim pulang sesudah jam kerja", "the team is back after its shift"),
    "over_budget": ("melebihi anggaran", "over the budget"),
    "wrong_minutes": ("lama kunjungan tidak sesuai", "wrong length"),
    "no_room": ("tidak ada waktu tersisa", "no time left"),
    "past": ("sudah lewat", "past"),
    "day_broken": ("hari itu sudah melanggar aturan", "that day breaks a rule already"),
}


def why_not(rule: str) -> Text:
    """In a few words, why a visit cannot go to a team and date."""
    indonesian, english = _WHY_NOT[rule]
    return {"id": indonesian, "en": english}
