"""Drafts and what hands did to them, as the API shows them."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.schedules.drafts.edits import Edit
from app.schedules.drafts.models import DraftVersion, VersionOp
from app.schedules.drafts.options import Against, Board, Option
from app.schedules.drafts.schemas import (
    BoardOut,
    BrokenRuleOut,
    CellAgainstOut,
    CellOut,
    DraftFiguresOut,
    EditedOut,
    EditOut,
    HandChangeOut,
    IdleTripOut,
    MendOut,
    OptionOut,
    PlacedVisitOut,
    VersionOut,
)
from app.schedules.drafts.service import Edited, Figures, Mend, figures_of
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
        idle_trips=[_idle_trip(trip) for trip in edited.idle_trips],
    )


def _idle_trip(trip: CheckedTrip) -> IdleTripOut:
    cost = sum(night.cost for night in trip.nights) + sum(ride.fare for ride in trip.rides)
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


def edit_out(edit: Edit) -> EditOut:
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


def _minutes(edit: dict[str, object]) -> dict[str, object]:
    written = edit.get("starts_at")
    if not isinstance(written, str):
        return {}
    hours, minutes = written.split(":")
    return {"starts_at": int(hours) * 60 + int(minutes)}


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
