"""What is said against an edit of a trip, each naming the field, the value and the mend."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.errors import FieldProblem, InvalidRequest, invalid
from app.languages import Said, joined, said
from app.schedules.drafts.edits import EditRefused
from app.schedules.drafts.trip_edits import TripEdit
from app.schedules.runs.drafted_trips import DraftTrip
from app.schedules.runs.drafting import Visit


class TripRefusals:
    """The refusals of one edit, at its place in the list."""

    def __init__(self, edit: TripEdit, *, index: int) -> None:
        self._edit, self._pointer = edit, f"/edits/{index}"

    def without_night_or_visit(self) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/until",
            said(
                "A trip without a night needs a visit that a boat or plane leads to.",
                "Perjalanan tanpa menginap memerlukan kunjungan yang dicapai perahu atau pesawat.",
            ),
            mend=said(
                "Give a later last date ('until'), or a visit ('visits').",
                "Isi tanggal kembali yang lebih akhir ('until'), atau kunjungan ('visits').",
            ),
        )

    def nothing_changed(self) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/until",
            said("The edit leaves the trip as it is.", "Suntingan ini tidak mengubah perjalanannya."),
            mend=said(
                "Give another last date, lodging, ride or visit.",
                "Isi tanggal kembali, penginapan, tumpangan, atau kunjungan yang lain.",
            ),
        )

    def not_moved(self, first: date) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/to_date",
            said("The trip leaves on {day} as it is.", "Perjalanan ini memang berangkat {day}.", day=first),
            value=first.isoformat(),
            mend=said("Give another first date.", "Isi tanggal berangkat yang lain."),
        )

    def back_off_the_plan(self, first: date, last: date, possible: Sequence[date]) -> InvalidRequest:
        """`possible`: first dates from which the trip would be back on a date of the plan."""
        days = ", ".join(day.isoformat() for day in possible)
        return invalid(
            f"{self._pointer}/to_date",
            said(
                "The trip would be back on {last}, which is no date of this plan.",
                "Perjalanan ini akan kembali pada {last}, yang bukan hari dalam rencana ini.",
                last=last,
            ),
            value=first.isoformat(),
            mend=said(
                "Give a first date such as {days}, or another end first ('change_trip').",
                "Isi tanggal berangkat seperti {days}, atau ubah dahulu tanggal kembalinya ('change_trip').",
                days=days,
            )
            if days
            else said("Give it another end first ('change_trip').", "Ubah dahulu tanggal kembalinya ('change_trip')."),
        )

    def end_before_beginning(self, first: date, last: date) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/until",
            said(
                "The trip would end before it begins on {day}.",
                "Perjalanan ini berakhir sebelum dimulai pada {day}.",
                day=first,
            ),
            value=last.isoformat(),
            mend=said(
                "Give the date on which the team is back, or call the trip off.",
                "Isi tanggal tim kembali, atau batalkan perjalanannya.",
            ),
        )

    def outside(self, name: str, day: date, first: date, last: date) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/{name}",
            said(
                "{day} is not on the trip from {first} to {last}; its nights are those before the last date.",
                "{day} di luar perjalanan {first} sampai {last}; malamnya sampai sehari sebelum tanggal terakhir.",
                day=day,
                first=first,
                last=last,
            ),
            value=day.isoformat(),
            mend=said("Give a date of the trip.", "Isi tanggal dalam perjalanan itu."),
        )

    def night_twice(self, number: int, day: date) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/nights/{number}/date",
            said("The night after {day} is named twice.", "Malam sesudah {day} disebut dua kali.", day=day),
            value=day.isoformat(),
            mend=said("Name each night once.", "Sebut tiap malam satu kali."),
        )

    def no_bed(self, day: date) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/lodging",
            said(
                "Where the team sleeps after {day} is not said.",
                "Belum disebut di mana tim menginap sesudah {day}.",
                day=day,
            ),
            mend=said(
                "Give a lodging for all nights ('lodging'), or for each ('nights').",
                "Isi penginapan untuk semua malam ('lodging'), atau tiap malam ('nights').",
            ),
        )

    def on_no_trip(self) -> EditRefused:
        names = {"team": self._edit.team, "day": self._edit.day}
        return self._refused(
            said("Team {team} is on no trip on {day}.", "Tim {team} tidak bepergian pada {day}.", **names),
            said("Read the trips of the draft again.", "Baca ulang daftar perjalanan draf ini."),
        )

    def pinned_trip(self) -> EditRefused:
        return self._refused(
            said("The trip is pinned.", "Perjalanan ini disematkan."),
            said(
                "Unpin it first: PATCH /v1/trips/{id}, or on the plan's calendar page.",
                "Lepaskan sematannya dahulu: PATCH /v1/trips/{id}, atau di halaman kalender rencana.",
            ),
        )

    def has_left(self) -> EditRefused:
        return self._refused(
            said("The team has left: a trip that has begun stays.", "Timnya sudah berangkat: perjalanan ini tetap."),
            said("Change the visits of its dates to come.", "Ubah kunjungan pada hari yang masih akan datang."),
        )

    def pinned_visit(self, visit: Visit) -> EditRefused:
        names = {"site": visit.site, "day": visit.date}
        return self._refused(
            said("The visit at {site} on {day} is pinned.", "Kunjungan ke {site} pada {day} disematkan.", **names),
            said("Unpin it first, in the same list of edits.", "Lepaskan sematannya dahulu, dalam daftar yang sama."),
        )

    def reported_visit(self, visit: Visit) -> EditRefused:
        names = {"site": visit.site, "day": visit.date}
        return self._refused(
            said(
                "The visit at {site} on {day} has a result, so it stays.",
                "Kunjungan ke {site} pada {day} sudah ada hasilnya, jadi tetap.",
                **names,
            ),
            said("Correct its result instead.", "Koreksi hasilnya saja."),
        )

    def there_already(self, site: str, day: date, mend: Said, *, pointer: str) -> EditRefused:
        names = {"team": self._edit.team, "site": site, "day": day}
        return self._refused(
            said("Team {team} is at {site} on {day} already.", "Tim {team} sudah ada di {site} pada {day}.", **names),
            mend,
            pointer=pointer,
            value=site,
        )

    def past(self, day: date, *, pointer: str) -> EditRefused:
        return self._refused(
            said("{day} has begun.", "{day} sudah berjalan atau lewat.", day=day),
            said("Choose a later date.", "Pilih tanggal yang lebih akhir."),
            pointer=pointer,
            value=day.isoformat(),
        )

    def away(self, other: DraftTrip, day: date, *, pointer: str) -> EditRefused:
        return self._refused(
            said(
                "Team {team} is on another trip from {first} to {last}.",
                "Tim {team} sudah bepergian dari {first} sampai {last}.",
                team=self._edit.team,
                first=other.first,
                last=other.last,
            ),
            said(
                "Choose other dates, or change that trip or call it off first.",
                "Pilih tanggal lain, atau ubah atau batalkan perjalanan itu dahulu.",
            ),
            pointer=pointer,
            value=day.isoformat(),
        )

    def _refused(self, detail: Said, mend: Said, *, pointer: str | None = None, value: Any = None) -> EditRefused:
        problem = FieldProblem(
            pointer=self._pointer if pointer is None else f"{self._pointer}/{pointer}",
            detail=detail,
            value=f"{self._edit.team} {self._edit.day}" if value is None else value,
            mend=mend,
        )
        return EditRefused(joined(detail, mend), problems=[problem])
