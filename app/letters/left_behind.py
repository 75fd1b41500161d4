"""What the plan in force says otherwise than the letters that were issued from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.letters.stops import Stop
from app.words import Text, clock_span, in_both

Change = Literal["added", "dropped", "retimed", "elsewhere"]
Hours = tuple[int, int]
"""From and to, in minutes after local midnight."""
_SENTENCES: Mapping[Change, tuple[str, str]] = {
    "added": (
        "{site} pada {day} pukul {now} tidak ada di surat.",
        "{site} on {day}, {now}, is not in the letter.",
    ),
    "dropped": (
        "{site} pada {day} pukul {was} tidak ada lagi di rencana.",
        "{site} on {day}, {was}, is no longer in the plan.",
    ),
    "retimed": (
        "{site} pada {day} sekarang pukul {now}, di surat {was}.",
        "{site} on {day} is now {now}; the letter says {was}.",
    ),
    "elsewhere": (
        "{site} pada {day} sekarang di {place}, di surat di {before}.",
        "{site} on {day} is now at {place}; the letter says at {before}.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One visit that a letter and the plan in force tell otherwise."""

    change: Change
    date: date
    site_code: str
    site_name: str
    letter: Hours | None
    plan: Hours | None
    letter_place: str
    """Where the letter has the session, and where it is held now."""
    plan_place: str

    @property
    def text(self) -> Text:
        empty: Text = {"id": "", "en": ""}
        return in_both(
            *_SENTENCES[self.change],
            site=self.site_name,
            day=self.date,
            was=empty if self.letter is None else clock_span(*self.letter),
            now=empty if self.plan is None else clock_span(*self.plan),
            before=self.letter_place,
            place=self.plan_place,
        )


def differences(printed: Sequence[Mapping[str, Any]], now: Sequence[Stop]) -> tuple[Difference, ...]:
    """By day and site; `printed` as `Stop.to_json` wrote it. A visit that moved to another day is dropped and added."""
    then = {(date.fromisoformat(stop["date"]), stop["site_code"]): stop for stop in printed}
    today = {(stop.date, stop.site_code): stop.to_json() for stop in now}
    differing = []
    for day, code in sorted(then.keys() | today.keys()):
        was, becomes = then.get((day, code)), today.get((day, code))
        letter, plan = _hours(was), _hours(becomes)
        is_elsewhere = was is not None and becomes is not None and _moved_to(was) != _moved_to(becomes)
        if letter == plan and not is_elsewhere:
            continue
        change: Change = "added" if was is None else "dropped" if becomes is None else "retimed"
        name = (becomes or was or {})["site_name"]
        differing.append(
            Difference(
                change="elsewhere" if is_elsewhere else change,
                date=day,
                site_code=code,
                site_name=name,
                letter=letter,
                plan=plan,
                letter_place=_moved_to(was or {}) or name,
                plan_place=_moved_to(becomes or {}) or name,
            )
        )
    return tuple(differing)


def _moved_to(stop: Mapping[str, Any]) -> str | None:
    """The place to which the session is moved; letters of before that say nothing of it."""
    place: str | None = stop.get("session_at_name")
    return place


def _hours(stop: Mapping[str, Any] | None) -> Hours | None:
    return None if stop is None else (stop["starts"], stop["ends"])
