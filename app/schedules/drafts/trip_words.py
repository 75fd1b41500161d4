"""Sentences about what edits do to whole trips."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from app.schedules.drafts.trip_changes import TripChange, cost_of
from app.schedules.runs.trips_model import CheckedRide, CheckedTrip
from app.words import Text, clock, in_both


class _Facts(TypedDict):
    team: str
    first: date
    last: date
    nights: int
    cost: int
    beds: Text


def trip_change_in_words(change: TripChange) -> Text:
    """A trip that was made, changed or dropped, what it costs, and which visits leave the plan with it."""
    before, after = change.before, change.after
    if after is None:
        assert before is not None  # there is a trip on one side
        text = in_both(
            "Perjalanan tim {team} {first} sampai {last} dibatalkan: hemat Rp {cost} untuk penginapan dan tumpangan.",
            "The trip of team {team} from {first} to {last} is called off: Rp {cost} less for nights and rides.",
            **_facts(before),
        )
    elif before is None:
        text = in_both(
            "Tim {team} berangkat {first} dan kembali {last}: {nights} malam di luar{beds}, Rp {cost} untuk "
            "penginapan dan tumpangan.",
            "Team {team} leaves on {first} and is back on {last}: nights away: {nights}{beds}, Rp {cost} for nights "
            "and rides.",
            **_facts(after),
        )
    elif change.is_moved:
        text = in_both(
            "Perjalanan tim {team} pindah: kini {first} sampai {last} (semula {was} sampai {was_back}): {nights} malam "
            "di luar{beds}, Rp {cost} untuk penginapan dan tumpangan (semula Rp {cost_before}).",
            "The trip of team {team} moves: now from {first} to {last} (before: {was} to {was_back}): nights away: "
            "{nights}{beds}, Rp {cost} for nights and rides (before: Rp {cost_before}).",
            **_facts(after),
            was=before.starts_on,
            was_back=before.ends_on,
            cost_before=cost_of(before),
        )
    elif before.ends_on != after.ends_on:
        text = in_both(
            "Perjalanan tim {team} dari {first} kini sampai {last} (semula {was}): {nights} malam di luar{beds}, "
            "Rp {cost} untuk penginapan dan tumpangan (semula Rp {cost_before}).",
            "The trip of team {team} from {first} now lasts until {last} (before: {was}): nights away: "
            "{nights}{beds}, Rp {cost} for nights and rides (before: Rp {cost_before}).",
            **_facts(after),
            was=before.ends_on,
            cost_before=cost_of(before),
        )
    else:
        text = in_both(
            "Perjalanan tim {team} {first} sampai {last} berubah: {nights} malam di luar{beds}, Rp {cost} untuk "
            "penginapan dan tumpangan (semula Rp {cost_before}).",
            "The trip of team {team} from {first} to {last} changes: nights away: {nights}{beds}, Rp {cost} for nights "
            "and rides (before: Rp {cost_before}).",
            **_facts(after),
            cost_before=cost_of(before),
        )
    parts = [text, *_other_rides(change), *_gone(change)]
    return {"id": " ".join(part["id"] for part in parts), "en": " ".join(part["en"] for part in parts)}


def _gone(change: TripChange) -> list[Text]:
    if not change.visits_gone:
        return []
    return [
        in_both(
            "{visits} kunjungan ({people} orang) keluar dari rencana.",
            "Visits that leave the plan: {visits} (people: {people}).",
            visits=change.visits_gone,
            people=change.people_gone,
        )
    ]


def _other_rides(change: TripChange) -> list[Text]:
    """Which boats and planes are others, of a trip whose dates stay."""
    before, after = change.before, change.after
    if before is None or after is None or (before.starts_on, before.ends_on) != (after.starts_on, after.ends_on):
        return []
    said = []
    for day in sorted({ride.date for trip in (before, after) for ride in trip.rides}):
        was, now = ([ride for ride in trip.rides if ride.date == day] for trip in (before, after))
        if _connections(was) != _connections(now):
            words = "Tumpangan {day}: {now} (semula {was}).", "Rides on {day}: {now} (before: {was})."
            said.append(in_both(*words, day=day, now=_rides(now), was=_rides(was)))
    return said


def _connections(rides: Sequence[CheckedRide]) -> list[str]:
    return [ride.connection for ride in rides]


def _rides(rides: Sequence[CheckedRide]) -> Text:
    if not rides:
        return in_both("tidak ada", "none")
    each = [
        in_both(
            "{origin} → {target} pukul {hour}",
            "{origin} → {target} at {hour}",
            origin=ride.origin.name,
            target=ride.target.name,
            hour=clock(ride.start),
        )
        for ride in rides
    ]
    return {"id": ", ".join(ride["id"] for ride in each), "en": ", ".join(ride["en"] for ride in each)}


def _facts(trip: CheckedTrip) -> _Facts:
    return {
        "team": trip.team,
        "first": trip.starts_on,
        "last": trip.ends_on,
        "nights": sum((night.until - night.date).days for night in trip.nights),
        "cost": cost_of(trip),
        "beds": _beds(trip),
    }


def _beds(trip: CheckedTrip) -> Text:
    """The lodgings, each once, as the end of a part of a sentence."""
    names = ", ".join(dict.fromkeys(night.place.name for night in trip.nights))
    return {"id": f" di {names}", "en": f" at {names}"} if names else {"id": "", "en": ""}
