"""What a planner's hand does to a draft: each edit as a change of its visits, or the reason why it cannot be made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import Conflict, FieldProblem, InvalidRequest, invalid, summary_of
from app.languages import Said, joined, said
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

MOST_NAMED = 12
"""Codes that a refusal names."""


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


def refuse_unknown_visit(problem: DraftProblem, draft: DraftPlan, *, site: str, named: tuple[str, date] | None) -> None:
    """Raise `InvalidRequest` for a site that the problem does not know, or a visit that the draft does not hold."""
    if site not in {known.id for known in problem.instance.sites}:
        mistake = unknown_site("/edits/0/site", site)
    elif named is not None and (*named, site) not in {key_of(visit) for visit in draft.visits}:
        mistake = FieldProblem(
            pointer="/edits/0",
            detail=_no_visit((*named, site)),
            value=f"{named[0]} {named[1]} {site}",
            mend=said("Read its visits again.", "Baca ulang daftar kunjungannya."),
        )
    else:
        return
    raise InvalidRequest(summary_of([mistake]), problems=[mistake])


def _no_visit(key: VisitKey) -> Said:
    return said(
        "The draft has no visit of team {team} at {site} on {day}.",
        "Draf ini tidak punya kunjungan tim {team} ke {site} pada {day}.",
        team=key[0],
        site=key[2],
        day=key[1],
    )


def unknown_team(pointer: str, team: str, known: Collection[str]) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said("This plan knows no team {team!r}.", "Rencana ini tidak mengenal tim {team!r}.", team=team),
        value=team,
        mend=said(
            "Its teams are {teams}; one that came later needs a new plan.",
            "Timnya {teams}; tim yang datang kemudian memerlukan rencana baru.",
            teams=", ".join(sorted(known)[:MOST_NAMED]) + (" …" if len(known) > MOST_NAMED else ""),
        ),
    )


def unknown_site(pointer: str, site: str) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said("This plan knows no site {site!r}.", "Rencana ini tidak mengenal lokasi {site!r}.", site=site),
        value=site,
        mend=said(
            "Give a code as the list of the district's sites has it; a site that came later, or that is marked as "
            "done, needs a new plan.",
            "Isi kode seperti dalam daftar lokasi daerah; lokasi yang datang kemudian, atau yang sudah ditandai "
            "selesai, memerlukan rencana baru.",
        ),
    )


def unknown_date(pointer: str, day: date, dates: Sequence[date]) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said(
            "{day} is no date of this plan: it lies outside, or no team works then.",
            "{day} bukan hari dalam rencana ini: di luar masanya, atau tidak ada tim yang bekerja.",
            day=day,
        ),
        value=day.isoformat(),
        mend=said(
            "Give a working day from {first} to {last}.",
            "Isi hari kerja dari {first} sampai {last}.",
            first=dates[0],
            last=dates[-1],
        ),
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
        return self._with_visits(self._laid_in(others, moved, near=visit.start), touched={self._edit.key, target})

    def _add(self) -> DraftPlan:
        edit = self._edit
        key = edit.target
        self._refuse_double(key)
        minutes = edit.minutes
        if minutes is None:
            minutes = wanted_minutes(self._problem, self._draft, key[0], key[2])
        added = Visit(team=key[0], date=key[1], site=key[2], start=0, minutes=minutes)
        return self._with_visits(self._laid_in(self._draft, added, near=None), touched={key})

    def _laid_in(self, others: DraftPlan, visit: Visit, *, near: int | None) -> tuple[Visit, ...]:
        """The visits with one more: at the start asked for, else where it fits, else after the rest of the day."""
        edit, earliest = self._edit, self._settled.first_minute(visit.date)
        if earliest >= 24 * 60:
            raise self._is_past(visit.date, pointer="to_date" if edit.to_day is not None else "date")
        if edit.start is not None:
            if self._settled.is_over(visit.date, edit.start):
                raise self._is_past(visit.date, pointer="starts_at")
            return in_order([*others.visits, replace(visit, start=edit.start)])
        fixed = {
            key_of(other)
            for other in others.visits
            if key_of(other) in self._pinned | set(self._settled.reported)
            or self._settled.is_over(other.date, other.start)
        }
        laid = laid_in(
            self._problem,
            others,
            visit,
            fixed=fixed,
            near=near,
            earliest=earliest,
            is_shortened=edit.minutes is None,
        )
        if laid is not None:
            return laid
        # The hand wins: kept where the team could be at all, with the rules that it breaks.
        start = min(max(first_reach(self._problem, others, visit), earliest), _LAST_MINUTE)
        return in_order([*others.visits, replace(visit, start=start)])

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
                _no_visit(key),
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
        return replace(self._draft, visits=visits, by_hand=self._draft.by_hand | frozenset(touched))


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
