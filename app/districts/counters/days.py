"""What comes to the fixed counters on each day, before anything is learned: counted, else by the rates in force.

A count of the whole district stands for everything that day. Without one, every place that was counted brings what was
counted; every other place that is open, its rate; and on working days the general rate, all counters that are no place
of their own."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.counters.counts import counts_by_day
from app.districts.counters.models import CounterPlaceCount
from app.districts.counters.place_rates import PlaceRate
from app.districts.counters.place_values import PlaceFields
from app.districts.counters.places import fields_of, list_places
from app.districts.counters.rates import walk_in_rates
from app.districts.models import District, Document, WalkInRate
from app.districts.working_calendar import dates_between, days_off, overrides, worked_with


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPart:
    """What one place brings on a day, or (`place` is None) all counters that are no place of their own."""

    place: str | None
    since: date | None
    """From when its rate of that day is in force; None: from the first day on, or there is no rate."""
    rate: int
    """By the rate of that day; 0 where there is none, and at a place that was counted on a day on which it is
    closed."""
    counted: int | None
    """As counted that day at this place alone."""

    @property
    def given(self) -> int:
        return self.rate if self.counted is None else self.counted


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterDay:
    """The fixed counters of a district on one day; a day off on which nothing is open and nothing was counted is
    none."""

    day: date
    is_working: bool
    counted: int | None
    """Of the whole district; then the parts do not matter."""
    parts: tuple[CounterPart, ...]

    @property
    def given(self) -> int:
        """As counted, else as the rates expect."""
        return sum(part.given for part in self.parts) if self.counted is None else self.counted

    @property
    def by_rates(self) -> int:
        """What the rates expect, whatever was counted."""
        return sum(part.rate for part in self.parts)

    @property
    def known(self) -> int:
        """The people who were counted."""
        if self.counted is not None:
            return self.counted
        return sum(part.counted for part in self.parts if part.counted is not None)

    @property
    def is_known(self) -> bool:
        """Whether everybody was counted: the district as a whole, or each of its parts."""
        if self.counted is not None:
            return True
        brings = [part for part in self.parts if part.place is not None or part.rate]
        return bool(brings) and all(part.counted is not None for part in brings)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinaryWeek:
    """What the rates in force on a day bring in a week without holidays."""

    per_working_day: float
    """The people of the week over the working days of the week; with a general rate alone, that rate."""
    since: date | None
    """From when on days tell of it: when the general rate began or, without one, the first rate of a place in force;
    None: no rate is in force."""
    in_force: Mapping[str | None, date | None]
    """By part, as `CounterPart` has it, since when its rate is in force; the general part is always there."""

    brings: Mapping[str | None, float]
    """The people of each part over the working days of the week, by its rate in force."""

    def holds(self, part: CounterPart) -> bool:
        """Whether that part of a day comes at a rate that was in force already on the day of the week."""
        return part.place in self.in_force and self.in_force[part.place] == part.since


class Counters:
    """The fixed counters of a district for one document, read once."""

    def __init__(self, session: Session, district: District, document: Document | str) -> None:
        self._session = session
        self._district = district
        self.document = str(document)
        self._general = walk_in_rates(session, district.code, document)
        self._starts = [rate.starts_on for rate in self._general]
        rows = list_places(session, district.code)
        self.places = tuple(fields_of(row) for row in rows)
        self._codes = {row.id: row.code for row in rows}
        # Asked for every day of years.
        self._weekdays = {place.code: _open_weekdays(place, district.working_weekdays) for place in self.places}
        self._rates = {place.code: self.rates_of(place) for place in self.places}
        self._begin = {code: [rate.starts_on or date.min for rate in rates] for code, rates in self._rates.items()}

    @property
    def has_rates(self) -> bool:
        """Whether anybody has given a rate of this document, at whatever place and from whatever day on."""
        return bool(self._general) or any(self.rates_of(place) for place in self.places)

    def rates_of(self, place: PlaceFields) -> tuple[PlaceRate, ...]:
        """Those of the document, ascending."""
        return tuple(rate for rate in place.rates if rate.document == self.document)

    def days(self, first: date, last: date) -> tuple[CounterDay, ...]:
        """The days from one to another, both included, on which somebody works or was counted; ascending."""
        if last < first:
            return ()
        whole = counts_by_day(self._session, self._district.code, self.document, first=first, last=last)
        by_place = self._counted_at_places(first, last)
        local = overrides(self._session, self._district, first, last)
        working = set(worked_with(local, self._district, first, last))
        off = days_off(self._session, self._district, first, last) if self.places else {}
        days = []
        for day in dates_between(first, last):
            is_exception = day in local and local[day].is_working
            parts = self._parts(
                day,
                by_place.get(day, {}),
                is_working=day in working,
                open_codes={
                    place.code
                    for place in self.places
                    if self._is_open(place, day, is_off=day in off, is_exception=is_exception)
                },
            )
            if day in working or day in whole or parts:
                days.append(CounterDay(day=day, is_working=day in working, counted=whole.get(day), parts=parts))
        return tuple(days)

    def first_counted(self, first: date, last: date) -> date | None:
        """The first day between two on which anything was counted, at one place or all."""
        whole = counts_by_day(self._session, self._district.code, self.document, first=first, last=last)
        return min((*whole, *self._counted_at_places(first, last)), default=None)

    def ordinary_week(self, on: date) -> OrdinaryWeek:
        """By the rates in force on a day."""
        works = sum(mark == "1" for mark in self._district.working_weekdays)
        in_force: dict[str | None, date | None] = {}
        weekly: dict[str | None, int] = {}
        begun: list[date] = []
        for place in self.places:
            rate = self._rate_on(place.code, on)
            if rate is None or not _stands(place, on):
                continue
            in_force[place.code] = rate.starts_on
            weekly[place.code] = rate.per_open_day * len(self._weekdays[place.code])
            begun.append(max(rate.starts_on or date.min, place.starts_on or date.min))
        general = self._general_on(on)
        in_force[None] = None if general is None else general.starts_on
        if general is not None:
            weekly[None] = general.per_working_day * works
            begun = [general.starts_on]
        return OrdinaryWeek(
            per_working_day=sum(weekly.values()) / works if works else 0.0,
            since=min(begun, default=None),
            in_force=in_force,
            brings={part: people / works if works else 0.0 for part, people in weekly.items()},
        )

    def _parts(
        self, day: date, counted: Mapping[str, int], *, is_working: bool, open_codes: set[str]
    ) -> tuple[CounterPart, ...]:
        parts = []
        for place in self.places:
            if place.code not in open_codes and place.code not in counted:
                continue
            rate = self._rate_on(place.code, day) if place.code in open_codes else None
            if rate is None and place.code not in counted and not self._rates[place.code]:
                # Nobody expects this document there.
                continue
            parts.append(
                CounterPart(
                    place=place.code,
                    since=None if rate is None else rate.starts_on,
                    rate=0 if rate is None else rate.per_open_day,
                    counted=counted.get(place.code),
                )
            )
        if is_working:
            general = self._general_on(day)
            parts.append(
                CounterPart(
                    place=None,
                    since=None if general is None else general.starts_on,
                    rate=0 if general is None else general.per_working_day,
                    counted=None,
                )
            )
        return tuple(parts)

    def _rate_on(self, code: str, day: date) -> PlaceRate | None:
        position = bisect_right(self._begin[code], day)
        return self._rates[code][position - 1] if position else None

    def _general_on(self, day: date) -> WalkInRate | None:
        position = bisect_right(self._starts, day)
        return self._general[position - 1] if position else None

    def _is_open(self, place: PlaceFields, day: date, *, is_off: bool, is_exception: bool) -> bool:
        """Whether a place is open on a day: on its weekdays, but for days off, unless it is open on those too; and
        whenever the district works though its weekday, or the national calendar, says otherwise."""
        if not _stands(place, day):
            return False
        if is_exception:
            return True
        return day.weekday() in self._weekdays[place.code] and (not is_off or place.open_on_days_off)

    def _counted_at_places(self, first: date, last: date) -> dict[date, dict[str, int]]:
        counted: defaultdict[date, dict[str, int]] = defaultdict(dict)
        if not self._codes:
            return counted
        rows = self._session.execute(
            select(CounterPlaceCount.place_id, CounterPlaceCount.day, CounterPlaceCount.activated).where(
                CounterPlaceCount.place_id.in_(list(self._codes)),
                CounterPlaceCount.document == self.document,
                CounterPlaceCount.day.between(first, last),
            )
        )
        for row in rows:
            counted[row.day][self._codes[row.place_id]] = row.activated
        return counted


def _stands(place: PlaceFields, day: date) -> bool:
    return (place.starts_on or date.min) <= day <= (place.ends_on or date.max)


def _open_weekdays(place: PlaceFields, working_weekdays: str) -> frozenset[int]:
    masks = [window.weekdays for window in place.windows] or [working_weekdays]
    return frozenset(weekday for weekday in range(7) if any(mask[weekday] == "1" for mask in masks))
