"""What a planner's hand does to whole trips of a draft: send a team away, change its nights, move it to other
dates, call it off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from app.languages import said
from app.schedules.drafts.edits import Settled
from app.schedules.drafts.trip_edits import GivenVisit, TripEdit, TripOp
from app.schedules.drafts.trip_refusals import TripRefusals
from app.schedules.runs.drafted_trips import (
    DraftTrip,
    HandTrip,
    Ride,
    away_between,
    called_off,
    connections_of,
    first_dates,
    laid_over_rides,
    lodgings_of,
    moved_to,
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
_NAMED_DATES = 3
"""First dates that a refusal names."""


class TripHand:
    """One edit of a trip of a draft."""

    def __init__(
        self, problem: DraftProblem, draft: DraftPlan, edit: TripEdit, *, index: int, settled: Settled
    ) -> None:
        self._problem, self._draft, self._edit, self._settled = problem, draft, edit, settled
        self._refusals = TripRefusals(edit, index=index)
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
            case TripOp.MOVE_TRIP:
                return self._move()
            case TripOp.CALL_OFF:
                trip = self._known()
                self._touch(trip.first, trip.last)
                gone = [self._free(visit) for visit in self._visits_on(self._draft, trip.first, trip.last)]
                return _without(called_off(self._problem, self._draft, trip), gone)

    def _send(self) -> DraftPlan:
        edit = self._edit
        first, last = edit.day, edit.until or edit.day
        self._refuse_order(first, last)
        self._refuse_past(first, pointer="date")
        self._refuse_away(self._draft, first, last)
        if first == last and not edit.visits and not edit.rides:
            raise self._refusals.without_night_or_visit()
        return self._laid(self._draft, first, last, self._beds(first, last, {}), wanted=())

    def _change(self) -> DraftPlan:
        edit, trip = self._edit, self._known()
        first, last = trip.first, edit.until or trip.last
        self._refuse_order(first, last)
        home = called_off(self._problem, self._draft, trip)
        self._refuse_away(home, first, last)
        beds = self._beds(first, last, trip.beds)
        if (last, beds) == (trip.last, trip.beds) and not edit.visits and edit.rides is None:
            raise self._refusals.nothing_changed()
        self._touch(first, max(last, trip.last))
        gone = [self._free(visit) for visit in self._visits_on(home, first, trip.last) if visit.date > last]
        wanted = [
            ride for ride in trip.rides if ride.date <= last and _leads_on(self._problem, ride.date, trip.beds, beds)
        ]
        return self._laid(_without(home, gone), first, last, beds, wanted=wanted)

    def _move(self) -> DraftPlan:
        """The trip with its visits so many days earlier or later; other visits of its new dates come after its own."""
        trip, dates = self._known(), self._problem.instance.dates
        first = self._edit.to_day or trip.first
        by = first - trip.first
        last = trip.last + by
        if not by:
            raise self._refusals.not_moved(first)
        if last not in dates:
            near = sorted(first_dates(self._problem, trip), key=lambda day: (abs(day - first), day))
            to_come = [day for day in near if day != trip.first and self._settled.first_minute(day) == 0]
            raise self._refusals.back_off_the_plan(first, last, sorted(to_come[:_NAMED_DATES]))
        self._refuse_past(first, pointer="to_date")
        own = [self._free(visit) for visit in self._visits_on(self._draft, trip.first, trip.last)]
        home = _without(called_off(self._problem, self._draft, trip), own)
        self._refuse_away(home, first, last, pointer="to_date")
        self._touch(trip.first, trip.last)
        self._touch(first, last)
        # What falls on a day on which nobody works leaves the plan.
        there = [replace(visit, date=visit.date + by) for visit in own if visit.date + by in dates]
        self._refuse_double(home, there)
        others = [visit for visit in self._visits_on(home, first, last) if self._may_move(visit)]
        alone = _without(home, others)
        alone = replace(alone, visits=in_order([*alone.visits, *there]))
        moved, wanted = moved_to(self._problem, alone, trip, first)
        laid, left_out = sent(self._problem, alone, moved, wanted=wanted)
        for visit in left_out:
            laid = self._moved_over(laid, visit)
        for visit in others:
            laid = self._moved_over(replace(laid, visits=in_order([*laid.visits, visit])), visit)
        changed = {key_of(visit) for visit in others if visit not in laid.visits}
        return replace(laid, by_hand=home.by_hand | {key_of(visit) for visit in there} | changed)

    def _refuse_double(self, draft: DraftPlan, there: Sequence[Visit]) -> None:
        known = {key_of(visit) for visit in draft.visits}
        for visit in there:
            if key_of(visit) in known:
                mend = said("Move or drop that visit first.", "Pindahkan atau keluarkan dahulu kunjungan itu.")
                raise self._refusals.there_already(visit.site, visit.date, mend, pointer="to_date")

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
            raise self._refusals.outside(f"{pointer}/date", visit.day, first, last)
        key = team, visit.day, visit.site
        same = [other for other in self._edit.visits[:number] if (other.day, other.site) == key[1:]]
        if same or key in {key_of(other) for other in draft.visits}:
            mend = said("Leave this visit out.", "Hapus kunjungan ini.")
            raise self._refusals.there_already(visit.site, visit.day, mend, pointer=pointer)
        minutes = visit.minutes or wanted_minutes(self._problem, draft, team, visit.site)
        return Visit(team=team, date=visit.day, site=visit.site, start=visit.start or 0, minutes=minutes)

    def _rides(self, connections: Mapping[str, str], first: date, last: date) -> Iterator[Ride]:
        for number, ride in enumerate(self._edit.rides or ()):
            if not first <= ride.day <= last:
                raise self._refusals.outside(f"rides/{number}/date", ride.day, first, last)
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
                raise self._refusals.outside(f"nights/{number}/date", night.day, first, last)
            if night.day in own:
                raise self._refusals.night_twice(number, night.day)
            own[night.day] = self._lodgings[night.lodging]
        beds: dict[date, str] = {}
        for day in dates:
            bed = own.get(day) or (self._lodgings[edit.lodging] if edit.lodging else before.get(day))
            if bed is None and before and beds:
                bed = beds[max(beds)]
            if bed is None:
                raise self._refusals.no_bed(day)
            beds[day] = bed
        return beds

    def _known(self) -> DraftTrip:
        """The trip that the edit names, if the hand may change it."""
        edit = self._edit
        trip = trip_of(self._problem, self._draft, edit.team, edit.day)
        if trip is None:
            raise self._refusals.on_no_trip()
        if (trip.team, trip.first) in self._settled.pinned_trips:
            raise self._refusals.pinned_trip()
        if self._settled.is_over(trip.first, trip.leaves_at):
            raise self._refusals.has_left()
        return trip

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
        if key_of(visit) in self._pinned:
            raise self._refusals.pinned_visit(visit)
        raise self._refusals.reported_visit(visit)

    def _refuse_order(self, first: date, last: date) -> None:
        if last < first:
            raise self._refusals.end_before_beginning(first, last)

    def _refuse_past(self, first: date, *, pointer: str) -> None:
        if self._settled.first_minute(first) > 0:
            raise self._refusals.past(first, pointer=pointer)

    def _refuse_away(self, draft: DraftPlan, first: date, last: date, *, pointer: str | None = None) -> None:
        """`pointer`: the field that all dates follow from; None: the first and the last one have their own."""
        other = away_between(self._problem, draft, self._edit.team, first, last)
        if other is None:
            return
        is_first = pointer is not None or other.first <= first
        raise self._refusals.away(
            other, first if is_first else last, pointer=pointer or ("date" if is_first else "until")
        )


def _without(draft: DraftPlan, gone: Sequence[Visit]) -> DraftPlan:
    keys: set[VisitKey] = {key_of(visit) for visit in gone}
    kept = tuple(visit for visit in draft.visits if key_of(visit) not in keys)
    return replace(draft, visits=kept, by_hand=draft.by_hand | keys)


def _leads_on(problem: DraftProblem, day: date, before: Mapping[date, str], after: Mapping[date, str]) -> bool:
    """Whether a date begins and ends at the same places as before."""
    eve = dict(pairwise(reversed(problem.instance.dates))).get(day, day)
    return (before.get(day), before.get(eve)) == (after.get(day), after.get(eve))
