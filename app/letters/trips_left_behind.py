"""What the plan in force says of nights and rides otherwise than the letters that were issued from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from itertools import groupby
from typing import Any, Literal

from app.schedules.trips.reading import WholeTrip
from app.words import Text, clock_span, in_both

What = Literal["night", "ride"]
Change = Literal["added", "dropped", "elsewhere", "retimed"]
_SENTENCES: Mapping[tuple[What, Change], tuple[str, str]] = {
    ("night", "added"): (
        "Menginap di {name} sesudah {day} tidak ada di surat.",
        "The night at {name} after {day} is not in the letter.",
    ),
    ("night", "dropped"): (
        "Menginap di {name} sesudah {day} tidak ada lagi di rencana.",
        "The night at {name} after {day} is no longer in the plan.",
    ),
    ("night", "elsewhere"): (
        "Sesudah {day} tim sekarang menginap di {now}, di surat di {was}.",
        "After {day} the team now sleeps at {now}; the letter says at {was}.",
    ),
    ("night", "retimed"): (
        "Menginap di {name} sesudah {day} sekarang sampai {now}, di surat sampai {was}.",
        "The stay at {name} after {day} now lasts until {now}; the letter says until {was}.",
    ),
    ("ride", "added"): (
        "{name} pada {day} pukul {now} tidak ada di surat.",
        "{name} on {day}, {now}, is not in the letter.",
    ),
    ("ride", "dropped"): (
        "{name} pada {day} pukul {was} tidak ada lagi di rencana.",
        "{name} on {day}, {was}, is no longer in the plan.",
    ),
    ("ride", "retimed"): (
        "{name} pada {day} sekarang pukul {now}, di surat {was}.",
        "{name} on {day} is now {now}; the letter says {was}.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TripDifference:
    """A night or ride that a letter and the plan in force tell otherwise."""

    what: What
    change: Change
    date: date
    code: str
    """Of the lodging or the connection, as the plan has it; as the letter has it where the plan has none."""
    name: str
    text: Text


def journeys_of(trips: Iterable[WholeTrip], zone: tzinfo) -> list[dict[str, Any]]:
    """What an issued letter keeps of trips, a row for each night and ride; hours are minutes after local midnight."""
    rows: list[dict[str, Any]] = []
    for whole in trips:
        rows += [
            {
                "what": "night",
                "date": night.date.isoformat(),
                "until": night.until.isoformat(),
                "code": night.lodging_code,
                "name": night.lodging_name,
            }
            for night in whole.nights
        ]
        for ride in whole.rides:
            starts, ends = (moment.astimezone(zone) for moment in (ride.starts_at, ride.ends_at))
            rows.append(
                {
                    "what": "ride",
                    "date": ride.date.isoformat(),
                    "starts": starts.hour * 60 + starts.minute,
                    "ends": ends.hour * 60 + ends.minute,
                    "code": ride.connection_code,
                    "name": f"{ride.origin_name} – {ride.target_name}",
                }
            )
    return rows


def trip_differences(
    printed: Sequence[Mapping[str, Any]] | None, now: Sequence[Mapping[str, Any]]
) -> tuple[TripDifference, ...]:
    """By day, nights first, both as `journeys_of` wrote them; nothing of letters that kept no nights and rides (None).

    There is one night a date; rides with the same connection on a date are the same ones, in their order."""
    if printed is None:
        return ()
    then, today = dict(_keyed(printed)), dict(_keyed(now))
    differing = []
    for key in sorted(then.keys() | today.keys()):
        was, becomes = then.get(key), today.get(key)
        change = _change(was, becomes)
        row = becomes if becomes is not None else was
        if change is not None and row is not None:
            differing.append(_difference(change, row, was, becomes))
    return tuple(differing)


def _keyed(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str, str, int], Mapping[str, Any]]]:
    def place(row: Mapping[str, Any]) -> tuple[str, str, str]:
        return row["date"], row["what"], "" if row["what"] == "night" else row["code"]

    ordered = sorted(rows, key=lambda row: (place(row), row.get("starts", 0)))
    for key, same in groupby(ordered, key=place):
        for number, row in enumerate(same):
            yield (*key, number), row


def _change(was: Mapping[str, Any] | None, becomes: Mapping[str, Any] | None) -> Change | None:
    if was is None:
        return "added"
    if becomes is None:
        return "dropped"
    if was["code"] != becomes["code"]:
        return "elsewhere"
    return "retimed" if _span(was) != _span(becomes) else None


def _span(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["until"],) if row["what"] == "night" else (row["starts"], row["ends"])


def _difference(
    change: Change, row: Mapping[str, Any], was: Mapping[str, Any] | None, becomes: Mapping[str, Any] | None
) -> TripDifference:
    def told_of(side: Mapping[str, Any] | None) -> Text | str | date:
        if side is None:
            return ""
        if change == "elsewhere":
            name: str = side["name"]
            return name
        return (
            date.fromisoformat(side["until"]) if side["what"] == "night" else clock_span(side["starts"], side["ends"])
        )

    day = date.fromisoformat(row["date"])
    text = in_both(*_SENTENCES[row["what"], change], name=row["name"], day=day, was=told_of(was), now=told_of(becomes))
    return TripDifference(what=row["what"], change=change, date=day, code=row["code"], name=row["name"], text=text)
