"""What a planner's hand does to whole trips of a draft: send a team away, change its nights, call it off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from app.errors import FieldProblem, InvalidRequest, invalid
from app.languages import Said, joined, said
from app.schedules.drafts.edits import EditRefused, Settled
from app.schedules.drafts.trip_edits import GivenVisit, TripEdit, TripOp
from app.schedules.runs.drafted_trips import (
    DraftTrip,
    HandTrip,
    Ride,
    away_between,
    called_off,
    connections_of,
    laid_over_rides,
    lodgings_of,
    sent,
    trip_of,
)
from app.schedules.runs.drafting import (
    DraftPlan,
    DraftProblem,
    Visit,
    VisitKey,
    first_reach,
    in_order,
    key_of,
    laid_in,
    wanted_minutes,
)

_LAST_MINUTE = 24 * 60 - 1


class TripHand:
    """One edit of a trip of a draft."""

    def __init__(
        self, problem: DraftProblem, draft: DraftPlan, edit: TripEdit, *, index: int, settled: Settled
    ) -> None:
        self._problem, self._draft, self._edit, self._settled = problem, draft, edit, settled
        self._pointer = f"/edits/{index}"
        self._pinned = {key_of(visit) for visit in draft.pinned}
        self._lodgings = lodgings_of(problem)
        self.touched: set[tuple[str, date]] = set()
        """The team-days whose nights or rides may be others now."""

    def done(self) -> DraftPlan:
        match self._edit.op:
            case TripOp.SEND:
                return self._send()
            case TripOp.CHANGE_TRIP:
                return self._change()
            case TripOp.CALL_OFF:
                trip = self._known()
                self._touch(trip.first, trip.last)
                gone = [self._free(visit) for visit in self._visits_on(self._draft, trip.first, trip.last)]
                return _without(called_off(self._problem, self._draft, trip), gone)

    def _send(self) -> DraftPlan:
        edit = self._edit
        first, last = edit.day, edit.until or edit.day
        self._refuse_order(first, last)
        self._refuse_past(first)
        self._refuse_away(self._draft, first, last)
        if first == last and not edit.visits and not edit.rides:
            raise invalid(
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
        return self._laid(self._draft, first, last, self._beds(first, last, {}), wanted=())

    def _change(self) -> DraftPlan:
        edit, trip = self._edit, self._known()
        first, last = trip.first, edit.until or trip.last
        self._refuse_order(first, last)
        home = called_off(self._problem, self._draft, trip)
        self._refuse_away(home, first, last)
        beds = self._beds(first, last, trip.beds)
        if (last, beds) == (trip.last, trip.beds) and not edit.visits and edit.rides is None:
            raise invalid(
                f"{self._pointer}/until",
                said("The edit leaves the trip as it is.", "Suntingan ini tidak mengubah perjalanannya."),
                mend=said(
                    "Give another last date, lodging, ride or visit.",
                    "Isi tanggal kembali, penginapan, tumpangan, atau kunjungan yang lain.",
                ),
            )
        self._touch(first, max(last, trip.last))
        gone = [self._free(visit) for visit in self._visits_on(home, first, trip.last) if visit.date > last]
        wanted = [
            ride for ride in trip.rides if ride.date <= last and _leads_on(self._problem, ride.date, trip.beds, beds)
        ]
        return self._laid(_without(home, gone), first, last, beds, wanted=wanted)

    def _laid(
        self, draft: DraftPlan, first: date, last: date, beds: Mapping[date, str], *, wanted: Sequence[Ride]
    ) -> DraftPlan:
        """The draft with the trip, and with the visits that the edit gives."""
        edit, connections = self._edit, connections_of(self._problem)
        self._touch(first, last)
        given = [self._given(draft, number, visit, first, last) for number, visit in enumerate(edit.visits)]
        timed = [visit for visit, asked_for in zip(given, edit.visits, strict=True) if asked_for.start is not None]
        rides = None if edit.rides is None else tuple(self._rides(connections, first, last))
        trip = HandTrip(team=edit.team, first=first, last=last, beds=beds, rides=rides)
        there, left_out = sent(self._problem, draft, trip, given=timed, wanted=wanted)
        for visit in left_out:
            there = self._moved_over(there, visit)
        for visit, asked_for in zip(given, edit.visits, strict=True):
            if asked_for.start is None:
                there = self._with_visit(there, visit, is_shortened=asked_for.minutes is None)
        return replace(there, by_hand=there.by_hand | {key_of(visit) for visit in given})

    def _given(self, draft: DraftPlan, number: int, visit: GivenVisit, first: date, last: date) -> Visit:
        pointer, team = f"visits/{number}", self._edit.team
        if not first <= visit.day <= last:
            raise self._outside(f"{pointer}/date", visit.day, first, last)
        key = team, visit.day, visit.site
        same = [other for other in self._edit.visits[:number] if (other.day, other.site) == key[1:]]
        if same or key in {key_of(other) for other in draft.visits}:
            raise self._refused(
                said(
                    "Team {team} is at {site} on {day} already.",
                    "Tim {team} sudah ada di {site} pada {day}.",
                    team=team,
                    site=visit.site,
                    day=visit.day,
                ),
                said("Leave this visit out.", "Hapus kunjungan ini."),
                pointer=pointer,
                value=visit.site,
            )
        minutes = visit.minutes or wanted_minutes(self._problem, draft, team, visit.site)
        return Visit(team=team, date=visit.day, site=visit.site, start=visit.start or 0, minutes=minutes)

    def _rides(self, connections: Mapping[str, str], first: date, last: date) -> Iterator[Ride]:
        for number, ride in enumerate(self._edit.rides or ()):
            if not first <= ride.day <= last:
                raise self._outside(f"rides/{number}/date", ride.day, first, last)
            yield Ride(team=self._edit.team, date=ride.day, connection=connections[ride.connection], start=ride.start)

    def _with_visit(self, draft: DraftPlan, visit: Visit, *, is_shortened: bool) -> DraftPlan:
        """The draft with a visit where it fits, over other boats where that helps, else after the rest of its day."""
        room = [draft]
        if self._edit.makes_room:
            theirs = [other for other in self._visits_on(draft, visit.date, visit.date) if self._may_go(other)]
            room += [_without(draft, theirs)] if theirs else []
        for there in room:
            laid = self._fitted(there, visit, is_shortened=is_shortened)
            if laid is not None:
                return laid
        start = min(first_reach(self._problem, draft, visit), _LAST_MINUTE)
        return replace(draft, visits=in_order([*draft.visits, replace(visit, start=start)]))

    def _moved_over(self, draft: DraftPlan, visit: Visit) -> DraftPlan:
        """The draft in which a visit that the trip has no room for comes at another hour of its day, or shorter; where
        that is no way either it leaves the plan, or stays as it is."""
        if not self._may_go(visit):
            return draft
        without = _without(draft, [visit])
        laid = self._fitted(without, visit, is_shortened=True, near=visit.start)
        return laid or (without if self._edit.makes_room else draft)

    def _fitted(
        self, draft: DraftPlan, visit: Visit, *, is_shortened: bool, near: int | None = None
    ) -> DraftPlan | None:
        fixed = {key_of(other) for other in draft.visits if not self._may_move(other)}
        laid = laid_in(self._problem, draft, visit, fixed=fixed, near=near, is_shortened=is_shortened)
        if laid is not None:
            return replace(draft, visits=laid)
        return laid_over_rides(self._problem, draft, visit, fixed=fixed, near=near, is_shortened=is_shortened)

    def _beds(self, first: date, last: date, before: Mapping[date, str]) -> dict[date, str]:
        """The lodging of each night, as the edit says it, else as it was, else that of the night before."""
        edit = self._edit
        dates = [day for day in self._problem.instance.dates if first <= day < last]
        own: dict[date, str] = {}
        for number, night in enumerate(edit.nights):
            if night.day not in dates:
                raise self._outside(f"nights/{number}/date", night.day, first, last)
            if night.day in own:
                raise self._twice(number, night.day)
            own[night.day] = self._lodgings[night.lodging]
        beds: dict[date, str] = {}
        for day in dates:
            bed = own.get(day) or (self._lodgings[edit.lodging] if edit.lodging else before.get(day))
            if bed is None and before and beds:
                bed = beds[max(beds)]
            if bed is None:
                raise self._no_bed(day)
            beds[day] = bed
        return beds

    def _known(self) -> DraftTrip:
        """The trip that the edit names, if the hand may change it."""
        edit = self._edit
        trip = trip_of(self._problem, self._draft, edit.team, edit.day)
        if trip is None:
            raise self._refused(
                said("Team {team} is on no trip on {day}.", "Tim {team} tidak bepergian pada {day}.", **self._names),
                said("Read the trips of the draft again.", "Baca ulang daftar perjalanan draf ini."),
            )
        if (trip.team, trip.first) in self._settled.pinned_trips:
            raise self._refused(
                said("The trip is pinned.", "Perjalanan ini disematkan."),
                said(
                    "Unpin it first: PATCH /v1/trips/{id}, or on the plan's calendar page.",
                    "Lepaskan sematannya dahulu: PATCH /v1/trips/{id}, atau di halaman kalender rencana.",
                ),
            )
        if self._settled.is_over(trip.first, trip.leaves_at):
            raise self._refused(
                said(
                    "The team has left: a trip that has begun stays.", "Timnya sudah berangkat: perjalanan ini tetap."
                ),
                said("Change the visits of its dates to come.", "Ubah kunjungan pada hari yang masih akan datang."),
            )
        return trip

    @property
    def _names(self) -> dict[str, Any]:
        return {"team": self._edit.team, "day": self._edit.day}

    def _touch(self, first: date, last: date) -> None:
        self.touched |= {(self._edit.team, day) for day in self._problem.instance.dates if first <= day <= last}

    def _visits_on(self, draft: DraftPlan, first: date, last: date) -> list[Visit]:
        return [visit for visit in draft.visits if visit.team == self._edit.team and first <= visit.date <= last]

    def _may_move(self, visit: Visit) -> bool:
        key = key_of(visit)
        return key not in self._pinned and key not in self._settled.reported

    def _may_go(self, visit: Visit) -> bool:
        """Whether the trip may take the place of a visit: one that the hand itself gives stays."""
        own = {(given.day, given.site) for given in self._edit.visits}
        return self._may_move(visit) and (visit.date, visit.site) not in own

    def _free(self, visit: Visit) -> Visit:
        """A visit that goes with its trip; raises `EditRefused` for one that stays."""
        if self._may_move(visit):
            return visit
        names = {"site": visit.site, "day": visit.date}
        if key_of(visit) in self._pinned:
            raise self._refused(
                said("The visit at {site} on {day} is pinned.", "Kunjungan ke {site} pada {day} disematkan.", **names),
                said(
                    "Unpin it first, in the same list of edits.", "Lepaskan sematannya dahulu, dalam daftar yang sama."
                ),
            )
        raise self._refused(
            said(
                "The visit at {site} on {day} has a result, so it stays.",
                "Kunjungan ke {site} pada {day} sudah ada hasilnya, jadi tetap.",
                **names,
            ),
            said("Correct its result instead.", "Koreksi hasilnya saja."),
        )

    def _refuse_order(self, first: date, last: date) -> None:
        if last < first:
            raise invalid(
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

    def _refuse_past(self, first: date) -> None:
        if self._settled.first_minute(first) > 0:
            raise self._refused(
                said("{day} has begun.", "{day} sudah berjalan atau lewat.", day=first),
                said("Send the team on a later date.", "Berangkatkan timnya pada tanggal yang lebih akhir."),
                pointer="date",
                value=first.isoformat(),
            )

    def _refuse_away(self, draft: DraftPlan, first: date, last: date) -> None:
        other = away_between(self._problem, draft, self._edit.team, first, last)
        if other is not None:
            raise self._refused(
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
                pointer="date" if other.first <= first else "until",
                value=(first if other.first <= first else last).isoformat(),
            )

    def _outside(self, name: str, day: date, first: date, last: date) -> InvalidRequest:
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

    def _twice(self, number: int, day: date) -> InvalidRequest:
        return invalid(
            f"{self._pointer}/nights/{number}/date",
            said("The night after {day} is named twice.", "Malam sesudah {day} disebut dua kali.", day=day),
            value=day.isoformat(),
            mend=said("Name each night once.", "Sebut tiap malam satu kali."),
        )

    def _no_bed(self, day: date) -> InvalidRequest:
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

    def _refused(self, detail: Said, mend: Said, *, pointer: str | None = None, value: Any = None) -> EditRefused:
        problem = FieldProblem(
            pointer=self._pointer if pointer is None else f"{self._pointer}/{pointer}",
            detail=detail,
            value=f"{self._edit.team} {self._edit.day}" if value is None else value,
            mend=mend,
        )
        return EditRefused(joined(detail, mend), problems=[problem])


def _without(draft: DraftPlan, gone: Sequence[Visit]) -> DraftPlan:
    keys: set[VisitKey] = {key_of(visit) for visit in gone}
    kept = tuple(visit for visit in draft.visits if key_of(visit) not in keys)
    return replace(draft, visits=kept, by_hand=draft.by_hand | keys)


def _leads_on(problem: DraftProblem, day: date, before: Mapping[date, str], after: Mapping[date, str]) -> bool:
    """Whether a date begins and ends at the same places as before."""
    eve = dict(pairwise(reversed(problem.instance.dates))).get(day, day)
    return (before.get(day), before.get(eve)) == (after.get(day), after.get(eve))
