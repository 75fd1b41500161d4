"""The rules of planning that a plan or a pinned visit breaks; the planning core says it in English with the figures."""

from collections.abc import Mapping
from datetime import date

from app.languages import Said, said

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
    "wrong_work": "pekerjaannya untuk dokumen yang tidak dikenal",
    "too_much_work": "pekerjaannya melebihi menit para operator",
    "not_issued": "timnya tidak dapat melayani dokumen itu",
    "too_few_kits": "perlengkapan tim tidak cukup untuk pekerjaan itu",
    "too_few_teams": "tim di lokasi itu pada hari itu terlalu sedikit",
    "over_budget": "biayanya melebihi anggaran",
    "night_outside_work": "menginap pada hari tim tidak bekerja",
    "night_after_the_last_date": "menginap sesudah hari terakhir",
    "two_beds": "dua tempat menginap untuk satu malam",
    "lodging_closed": "tempat menginapnya tutup malam itu",
    "lodging_full": "tempat menginapnya penuh",
    "no_departure": "tidak ada keberangkatan pada hari atau jam itu",
    "ride_outside_work": "menumpang pada hari tim tidak bekerja",
    "no_seat": "tidak ada tempat lagi di perahu atau pesawat itu",
    "ride_missed": "timnya tertinggal perahu atau pesawat",
    "no_way": "tidak ada jalan ke sana",
    "too_many_nights": "terlalu banyak malam di luar pangkalan",
    "no_rest": "belum cukup hari istirahat sesudah perjalanan",
    "load_changes_away": "perlengkapan berganti saat tim di luar pangkalan",
    "wrong_break": "jeda tim di luar jam atau harinya, atau diambil dua kali",
    "break_missed": "jeda tim pada hari itu tidak diambil",
    "break_cut": "jeda tim memotong persiapan",
    "idle_rows": "ada jeda atau perlengkapan pada hari tanpa kunjungan",
    "wrong_load": "perlengkapan bersama yang dibawa tim tidak sesuai aturannya",
    "pool_empty": "perlengkapan bersama yang dibawa melebihi yang ada hari itu",
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
