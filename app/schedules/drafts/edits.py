"""What a planner's hand does to a draft: each edit as a change of its visits, or the reason why it cannot be made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import Conflict, FieldProblem, invalid
from app.languages import Said, joined, said
from app.schedules.runs.drafted_trips import laid_over_rides, trip_of
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


class EditRefused(Conflict):
    """The visit cannot be edited so: it is over, reported, pinned, missing, or there already."""


class EditOp(StrEnum):
    """What is done to one visit; `trip_edits` has what is done to a whole trip."""

    PLACE = "place"
    DROP = "drop"
    ADD = "add"
    RETIME = "retime"
    PIN = "pin"
    UNPIN = "unpin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One act of the hand; a visit is its team, date and site, by codes."""

    op: EditOp
    team: str
    day: date
    site: str
    to_team: str | None = None
    to_day: date | None = None
    start: int | None = None
    """Minutes after local midnight; None: laid out anew, or as it is."""
    minutes: int | None = None
    """Of service; None: as it is, or as many as there is use and room for."""

    @property
    def key(self) -> VisitKey:
        return self.team, self.day, self.site

    @property
    def target(self) -> VisitKey:
        """Where the visit is afterwards."""
        return self.to_team or self.team, self.to_day or self.day, self.site

    def to_json(self) -> dict[str, Any]:
        """As it was asked for."""
        content: dict[str, Any] = {"op": self.op.value, "team": self.team, "date": self.day.isoformat()}
        content["site"] = self.site
        if self.to_team is not None:
            content["to_team"] = self.to_team
        if self.to_day is not None:
            content["to_date"] = self.to_day.isoformat()
        if self.start is not None:
            content["starts_at"] = f"{self.start // 60:02}:{self.start % 60:02}"
        if self.minutes is not None:
            content["service_minutes"] = self.minutes
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What no hand moves any more: what has begun by `until`, and what somebody has reported."""

    until: datetime
    zone: ZoneInfo
    reported: Collection[VisitKey]
    pinned_trips: Collection[tuple[str, date]] = ()
    """Team and first date of each."""

    def is_over(self, day: date, start: int) -> bool:
        return datetime.combine(day, time(), self.zone) + timedelta(minutes=start) < self.until

    def first_minute(self, day: date) -> int:
        """The first minute of a date that is still to come; 1,440 and more: none."""
        midnight = datetime.combine(day, time(), self.zone)
        return max(0, -((midnight - self.until) // timedelta(minutes=1)))


def no_visit(key: VisitKey) -> Said:
    return said(
        "The draft has no visit of team {team} at {site} on {day}.",
        "Draf ini tidak punya kunjungan tim {team} ke {site} pada {day}.",
        team=key[0],
        site=key[2],
        day=key[1],
    )


class VisitHand:
    """One edit of a visit of a draft."""

    def __init__(self, problem: DraftProblem, draft: DraftPlan, edit: Edit, *, index: int, settled: Settled) -> None:
        self._problem, self._draft, self._edit, self._settled = problem, draft, edit, settled
        self._pointer = f"/edits/{index}"
        self._visits = {key_of(visit): visit for visit in draft.visits}
        self._pinned = {key_of(visit) for visit in draft.pinned}

    def done(self) -> DraftPlan:
        match self._edit.op:
            case EditOp.PLACE:
                return self._place()
            case EditOp.DROP:
                visit = self._free()
                return self._with_visits(self._without(visit), touched={key_of(visit)})
            case EditOp.ADD:
                return self._add()
            case EditOp.RETIME:
                return self._retime()
            case EditOp.PIN:
                visit = self._movable()
                pins = (*self._draft.pinned, visit) if key_of(visit) not in self._pinned else self._draft.pinned
                return replace(self._draft, pinned=pins)
            case EditOp.UNPIN:
                return self._unpin()

    def _place(self) -> DraftPlan:
        visit, target = self._free(), self._edit.target
        if target == self._edit.key and self._edit.start is None and self._edit.minutes is None:
            raise invalid(
                f"{self._pointer}/to_date",
                said("The edit does not say where the visit goes.", "Belum disebut ke mana kunjungan ini pindah."),
                mend=said(
                    "Give to_team, to_date or both; with dry_run and neither, every cell of the board is answered.",
                    "Isi to_team, to_date, atau keduanya; dengan dry_run tanpa keduanya, semua sel papan dijawab.",
                ),
            )
        if target != self._edit.key:
            self._refuse_double(target)
        moved = replace(visit, team=target[0], date=target[1], minutes=self._edit.minutes or visit.minutes)
        others = replace(self._draft, visits=self._without(visit))
        return self._touched(self._laid_in(others, moved, near=visit.start), {self._edit.key, target})

    def _add(self) -> DraftPlan:
        edit = self._edit
        key = edit.target
        self._refuse_double(key)
        minutes = edit.minutes
        if minutes is None:
            minutes = wanted_minutes(self._problem, self._draft, key[0], key[2])
        added = Visit(team=key[0], date=key[1], site=key[2], start=0, minutes=minutes)
        return self._touched(self._laid_in(self._draft, added, near=None), {key})

    def _laid_in(self, others: DraftPlan, visit: Visit, *, near: int | None) -> DraftPlan:
        """The draft with one more visit: at the start asked for, else where it fits, on a date of a trip over other
        boats where its own do not lead there, else after the rest of the day."""
        edit, earliest = self._edit, self._settled.first_minute(visit.date)
        if earliest >= 24 * 60:
            raise self._is_past(visit.date, pointer="to_date" if edit.to_day is not None else "date")
        if edit.start is not None:
            if self._settled.is_over(visit.date, edit.start):
                raise self._is_past(visit.date, pointer="starts_at")
            return self._at_start(others, replace(visit, start=edit.start))
        fixed = {
            key_of(other)
            for other in others.visits
            if key_of(other) in self._pinned | set(self._settled.reported)
            or self._settled.is_over(other.date, other.start)
        }
        roomy = self._with_room(
            others, visit, fixed=fixed, near=near, earliest=earliest, is_shortened=edit.minutes is None
        )
        if roomy is not None:
            return roomy
        # The hand wins: kept where the team could be at all, with the rules that it breaks.
        start = min(max(first_reach(self._problem, others, visit), earliest), _LAST_MINUTE)
        return replace(others, visits=in_order([*others.visits, replace(visit, start=start)]))

    def _at_start(self, others: DraftPlan, visit: Visit) -> DraftPlan:
        """The draft with a visit at its start, whatever that breaks; the others stay as they are."""
        if self._is_on_free_trip(others, visit):
            fixed = {key_of(other) for other in others.visits}
            start = visit.start
            roomy = self._with_room(others, visit, fixed=fixed, near=start, earliest=start, is_shortened=False)
            if roomy is not None and visit in roomy.visits:
                return roomy
        return replace(others, visits=in_order([*others.visits, visit]))

    def _with_room(
        self,
        others: DraftPlan,
        visit: Visit,
        *,
        fixed: Collection[VisitKey],
        near: int | None,
        earliest: int,
        is_shortened: bool,
    ) -> DraftPlan | None:
        """The draft in which the day of a visit is laid out anew for it, over the boats of before if these do."""
        wishes: dict[str, Any] = {"fixed": fixed, "near": near, "earliest": earliest, "is_shortened": is_shortened}
        laid = laid_in(self._problem, others, visit, **wishes)
        if laid is not None:
            return replace(others, visits=laid)
        return laid_over_rides(self._problem, others, visit, **wishes) if self._is_on_free_trip(others, visit) else None

    def _is_on_free_trip(self, draft: DraftPlan, visit: Visit) -> bool:
        """Whether a visit is on a date of a trip that may take other boats: neither pinned nor begun."""
        trip = trip_of(self._problem, draft, visit.team, visit.date)
        if trip is None or (trip.team, trip.first) in self._settled.pinned_trips:
            return False
        return not self._settled.is_over(trip.first, trip.leaves_at)

    def _retime(self) -> DraftPlan:
        visit, edit = self._free(), self._edit
        if edit.start is None and edit.minutes is None:
            raise invalid(
                f"{self._pointer}/starts_at",
                said("The edit gives no other time.", "Belum ada waktu yang lain."),
                mend=said("Give starts_at, service_minutes or both.", "Isi starts_at, service_minutes, atau keduanya."),
            )
        start = visit.start if edit.start is None else edit.start
        if self._settled.is_over(visit.date, start):
            raise self._is_past(visit.date, pointer="starts_at")
        retimed = replace(visit, start=start, minutes=edit.minutes or visit.minutes)
        return self._with_visits(in_order([*self._without(visit), retimed]), touched={edit.key})

    def _unpin(self) -> DraftPlan:
        key = self._edit.key
        if key not in self._pinned:
            raise self._refused(
                said("The visit is not pinned.", "Kunjungan ini tidak disematkan."),
                said("Leave the edit out.", "Hapus suntingan ini."),
            )
        if key in self._visits:
            self._movable()
        return replace(self._draft, pinned=tuple(visit for visit in self._draft.pinned if key_of(visit) != key))

    def _movable(self) -> Visit:
        """The visit that the edit names, if it still can be changed at all."""
        key = self._edit.key
        visit = self._visits.get(key)
        if visit is None:
            raise self._refused(
                no_visit(key),
                said("Read its visits again.", "Baca ulang daftar kunjungannya."),
            )
        if key in self._settled.reported:
            raise self._refused(
                said("The visit has a result, so it stays as it was.", "Kunjungan ini sudah ada hasilnya, jadi tetap."),
                said("Correct its result instead.", "Koreksi hasilnya saja."),
            )
        if self._settled.is_over(visit.date, visit.start):
            raise self._is_past(visit.date, pointer="date")
        return visit

    def _free(self) -> Visit:
        """The visit that the edit names, if the hand may move it."""
        visit = self._movable()
        if key_of(visit) in self._pinned:
            raise self._refused(
                said("The visit is pinned.", "Kunjungan ini disematkan."),
                said(
                    "Unpin it first, in the same list of edits.", "Lepaskan sematannya dahulu, dalam daftar yang sama."
                ),
            )
        return visit

    def _refuse_double(self, key: VisitKey) -> None:
        if key in self._visits:
            raise self._refused(
                said(
                    "Team {team} is at {site} on {day} already.",
                    "Tim {team} sudah ada di {site} pada {day}.",
                    team=key[0],
                    site=key[2],
                    day=key[1],
                ),
                said("Retime that visit instead.", "Ubah waktu kunjungan itu saja."),
            )

    def _is_past(self, day: date, *, pointer: str) -> EditRefused:
        return self._refused(
            said("{day} or this hour of it has begun.", "{day} atau jam itu sudah lewat.", day=day),
            said("Choose a later date or time.", "Pilih tanggal atau jam yang lebih akhir."),
            pointer=pointer,
            value=day.isoformat(),
        )

    def _refused(self, detail: Said, mend: Said, *, pointer: str | None = None, value: Any = None) -> EditRefused:
        key = self._edit.key
        problem = FieldProblem(
            pointer=self._pointer if pointer is None else f"{self._pointer}/{pointer}",
            detail=detail,
            value=f"{key[0]} {key[1]} {key[2]}" if value is None else value,
            mend=mend,
        )
        return EditRefused(joined(detail, mend), problems=[problem])

    def _without(self, visit: Visit) -> tuple[Visit, ...]:
        return tuple(other for other in self._draft.visits if other is not visit)

    def _with_visits(self, visits: tuple[Visit, ...], *, touched: Collection[VisitKey]) -> DraftPlan:
        return self._touched(replace(self._draft, visits=visits), touched)

    @staticmethod
    def _touched(draft: DraftPlan, keys: Collection[VisitKey]) -> DraftPlan:
        return replace(draft, by_hand=draft.by_hand | frozenset(keys))


_LAST_MINUTE = 24 * 60 - 1


def edits_between(before: Sequence[Visit], after: Sequence[Visit]) -> tuple[Edit, ...]:
    """The edits, with every time said, that make one set of visits of the other."""
    old, new = {key_of(visit): visit for visit in before}, {key_of(visit): visit for visit in after}
    leaving = [visit for key, visit in old.items() if key not in new]
    edits: list[Edit] = []
    for key, visit in new.items():
        earlier = old.get(key)
        if earlier is not None:
            if earlier != visit:
                edits.append(_timed(EditOp.RETIME, visit))
            continue
        left = next((other for other in leaving if other.site == visit.site), None)
        if left is None:
            edits.append(_timed(EditOp.ADD, visit))
            continue
        leaving.remove(left)
        moved = _timed(EditOp.PLACE, left)
        edits.append(replace(moved, to_team=visit.team, to_day=visit.date, start=visit.start, minutes=visit.minutes))
    dropped = [Edit(op=EditOp.DROP, team=visit.team, day=visit.date, site=visit.site) for visit in leaving]
    return (*dropped, *edits)


def _timed(op: EditOp, visit: Visit) -> Edit:
    return Edit(op=op, team=visit.team, day=visit.date, site=visit.site, start=visit.start, minutes=visit.minutes)
