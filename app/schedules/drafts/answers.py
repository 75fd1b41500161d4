"""Drafts and what hands did to them, as the API shows them."""

from collections.abc import Sequence
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.schedules.drafts.applying import AnyEdit
from app.schedules.drafts.edit_schemas import EditOut, NightOfTripOut, RideOfTripOut, VisitOfTripOut
from app.schedules.drafts.mending import Mend
from app.schedules.drafts.models import DraftVersion, VersionOp
from app.schedules.drafts.options import Against, Board, Option
from app.schedules.drafts.schemas import (
    BoardOut,
    BrokenRuleOut,
    CellAgainstOut,
    CellOut,
    DraftFiguresOut,
    EditedOut,
    HandChangeOut,
    IdleTripOut,
    MendOut,
    NightLaidOut,
    OptionOut,
    PlacedVisitOut,
    RideLaidOut,
    TripChangeOut,
    TripLaidOut,
    VersionOut,
)
from app.schedules.drafts.service import Edited, Figures, figures_of
from app.schedules.drafts.trip_changes import TripChange, cost_of
from app.schedules.drafts.trip_edits import TripEdit
from app.schedules.drafts.trip_words import trip_change_in_words
from app.schedules.result_schemas import TextOut
from app.schedules.runs.checking import BrokenRule
from app.schedules.runs.drafting import ChangedVisit, Visit
from app.schedules.runs.trips_model import CheckedTrip
from app.words import clock, in_both, text_of


def edited_out(edited: Edited, *, is_dry: bool) -> EditedOut:
    before, after = edited.before, edited.after
    return EditedOut(
        schedule_id=edited.schedule.id,
        version=edited.schedule.draft_version or 0,
        dry_run=is_dry,
        change=DraftFiguresOut(
            activations=after.activations - before.activations,
            cost=after.cost - before.cost,
            value_milli=after.value_milli - before.value_milli,
        ),
        before=_figures(before),
        after=_figures(after),
        broken_by_edit=[rule_out(rule) for rule in edited.broken_by_edit],
        broken_before=[rule_out(rule) for rule in edited.broken_before],
        mended=[rule_out(rule) for rule in edited.mended],
        mend=None if edited.mend is None else _mend(edited.mend),
        changed=[_changed(change) for change in edited.changed],
        trips=[trip_change_out(change) for change in edited.trips],
        idle_trips=[_idle_trip(trip) for trip in edited.idle_trips],
    )


def _idle_trip(trip: CheckedTrip) -> IdleTripOut:
    cost = cost_of(trip)
    text = in_both(
        "Perjalanan tim {team} {first} sampai {last} kini tanpa kunjungan: penginapan dan perahunya tetap (Rp {cost}) "
        "sampai draf ini diperbaiki.",
        "The trip of team {team} from {first} to {last} now has no visit: its nights and rides stay (Rp {cost}) until "
        "a run goes on from this draft.",
        team=trip.team,
        first=trip.starts_on,
        last=trip.ends_on,
        cost=cost,
    )
    return IdleTripOut(team=trip.team, starts_on=trip.starts_on, ends_on=trip.ends_on, cost=cost, text=TextOut(**text))


def trip_change_out(change: TripChange) -> TripChangeOut:
    """A trip that edits made, changed or dropped, with a sentence of it."""
    kind: Literal["sent", "changed", "moved", "called_off"] = "moved" if change.is_moved else "changed"
    if change.before is None or change.after is None:
        kind = "sent" if change.before is None else "called_off"
    return TripChangeOut(
        change=kind,
        team=change.team,
        before=None if change.before is None else _laid(change.before),
        after=None if change.after is None else _laid(change.after),
        visits_gone=change.visits_gone,
        people_gone=change.people_gone,
        text=TextOut(**trip_change_in_words(change)),
    )


def _laid(trip: CheckedTrip) -> TripLaidOut:
    return TripLaidOut(
        starts_on=trip.starts_on,
        ends_on=trip.ends_on,
        nights=[
            NightLaidOut(date=night.date, until=night.until, lodging=night.lodging, cost=night.cost)
            for night in trip.nights
        ],
        rides=[
            RideLaidOut(date=ride.date, connection=ride.connection, starts_at=ride.start, fare=ride.fare)
            for ride in trip.rides
        ],
        cost=cost_of(trip),
    )


def option_out(option: Option) -> OptionOut:
    return OptionOut(
        kind=option.kind,
        change=_figures(option.figures),
        lost_activations=option.lost_activations,
        disturbed=option.disturbed,
        edits=[edit_out(edit) for edit in option.edits],
        changed=[_changed(change) for change in option.changed],
        texts=[TextOut(**text) for text in option.sentences],
    )


def against_out(against: Against | None) -> CellAgainstOut | None:
    if against is None:
        return None
    return CellAgainstOut(rule=against.rule, text=None if against.text is None else TextOut(**against.text))


def board_out(schedule_id: int, version: int, board: Board) -> BoardOut:
    return BoardOut(
        schedule_id=schedule_id,
        version=version,
        dry_run=True,
        cells=[
            CellOut(
                team=cell.team,
                date=cell.date,
                kind=cell.kind,
                change=None if cell.figures is None else _figures(cell.figures),
                disturbed=cell.disturbed,
                rule=cell.rule,
            )
            for cell in board.cells
        ],
        rules={rule: TextOut(**text) for rule, text in board.rules.items()},
    )


def _changed(change: ChangedVisit) -> HandChangeOut:
    return HandChangeOut(
        before=None if change.before is None else placed_out(change.before),
        after=None if change.after is None else placed_out(change.after),
    )


def edit_out(edit: AnyEdit) -> EditOut:
    if isinstance(edit, TripEdit):
        return _trip_edit_out(edit)
    return EditOut(
        op=edit.op,
        team=edit.team,
        date=edit.day,
        site=edit.site,
        to_team=edit.to_team,
        to_date=edit.to_day,
        starts_at=edit.start,
        service_minutes=edit.minutes,
    )


def _trip_edit_out(edit: TripEdit) -> EditOut:
    return EditOut(
        op=edit.op,
        team=edit.team,
        date=edit.day,
        until=edit.until,
        to_date=edit.to_day,
        lodging=edit.lodging,
        nights=[NightOfTripOut(date=night.day, lodging=night.lodging) for night in edit.nights] or None,
        visits=[
            VisitOfTripOut(date=visit.day, site=visit.site, starts_at=visit.start, service_minutes=visit.minutes)
            for visit in edit.visits
        ]
        or None,
        rides=None
        if edit.rides is None
        else [RideOfTripOut(date=ride.day, connection=ride.connection, starts_at=ride.start) for ride in edit.rides],
        makes_room=edit.makes_room or None,
    )


def placed_out(visit: Visit) -> PlacedVisitOut:
    return PlacedVisitOut(
        team=visit.team, date=visit.date, site=visit.site, starts_at=visit.start, service_minutes=visit.minutes
    )


def rule_out(rule: BrokenRule) -> BrokenRuleOut:
    return BrokenRuleOut(
        rule=rule.rule, team=rule.team, site=rule.site, date=rule.date, text=TextOut(**text_of(rule.words))
    )


def versions_out(rows: Sequence[DraftVersion], *, zone: ZoneInfo, newest: int) -> dict[int, VersionOut]:
    """Versions by their number; the one before a version may be missing from the rows only where it is the last."""
    by_number = {row.number: row for row in rows}
    return {
        row.number: VersionOut(
            version=row.number,
            op=VersionOp(row.op),
            shows=row.shows,
            edits=[EditOut.model_validate(edit | _minutes(edit)) for edit in row.edits],
            actor=row.actor,
            at=row.at.astimezone(zone),
            before=_figures(figures_of(by_number[row.number - 1])) if row.number - 1 in by_number else None,
            after=_figures(figures_of(row)),
            broken_rules=[BrokenRuleOut.model_validate(rule) for rule in row.broken_rules],
            is_newest=row.number == newest,
        )
        for row in rows
    }


def _minutes(edit: dict[str, Any]) -> dict[str, Any]:
    """The hours of a stored edit as minutes, those of its visits and rides too."""
    changed: dict[str, Any] = {
        name: [part | _minutes(part) for part in edit[name]] for name in ("visits", "rides") if name in edit
    }
    written = edit.get("starts_at")
    if isinstance(written, str):
        hours, minutes = written.split(":")
        changed["starts_at"] = int(hours) * 60 + int(minutes)
    return changed


def _figures(figures: Figures) -> DraftFiguresOut:
    return DraftFiguresOut(activations=figures.activations, cost=figures.cost, value_milli=figures.value_milli)


def _mend(mend: Mend) -> MendOut:
    last = mend.edits[-1]
    text = in_both(
        "Waktu terdekat yang menepati aturan: tim {team} di {site} pada {day} pukul {hour}, {minutes} menit.",
        "The nearest times that keep the rules: team {team} at {site} on {day} at {hour}, {minutes} minutes.",
        team=last.team,
        site=last.site,
        day=last.day,
        hour=clock(last.start or 0),
        minutes=last.minutes or 0,
    )
    return MendOut(edits=[edit_out(edit) for edit in mend.edits], text=TextOut(**text))
