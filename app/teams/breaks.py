"""Breaks of a team, as text and as rows: lunch, Friday prayer, the hours of Ramadan.

A team takes a few breaks a date, one after the other."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import permutations

from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import BadText, Range, minute_of_day, minute_text, plain_text, weekday_mask, weekday_text
from app.tables.places_and_days import calendar_date

MAX_BREAKS = 60
MOST_A_DATE = 6
"""A meal and five prayers; the planning core plans with more only where their hours say which comes first."""
MINUTES = Range(low=5, high=240, noun=said("number of minutes", "jumlah menit"))
EVERY_DAY = "1111111"
BREAKS_MEND = said(
    "Write '60 12:00-13:30 mon-thu 2026-02-18..2026-03-19 name', several joined by ';': minutes, earliest start and "
    "latest end, weekdays, dates; weekdays, dates and name may be left out.",
    "Tulis '60 12:00-13:30 senin-kamis 2026-02-18..2026-03-19 nama', beberapa dipisah ';': menit, mulai paling awal "
    "dan selesai paling akhir, hari, tanggal; hari, tanggal, dan nama boleh dikosongkan.",
)
_RULE = re.compile(r"(\d{1,4})\s+(\d{1,2}[:.]\d{2})\s*[-–]\s*(\d{1,2}[:.]\d{2})(?:\s+(.*))?")
_DATES = re.compile(r"(\d\S*?)?\.\.(\d\S*)?")
_read_name = plain_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakRule:
    """A pause of so many `minutes` that begins no earlier than `earliest_start` and is over by `latest_end`.

    Times are minutes after local midnight, `weekdays` seven characters, Monday first. It is taken on each of these
    weekdays from `starts_on` to `ends_on` (both included; None: open) on which the team goes out."""

    minutes: int
    earliest_start: int
    latest_end: int
    weekdays: str = EVERY_DAY
    starts_on: date | None = None
    ends_on: date | None = None
    name: str | None = None

    def covers(self, day: date) -> bool:
        after = self.starts_on is None or self.starts_on <= day
        return after and (self.ends_on is None or day <= self.ends_on) and self.weekdays[day.weekday()] == "1"

    def shares_a_date(self, *others: "BreakRule") -> bool:
        """Whether all of them can fall on one date."""
        rules = (self, *others)
        if not any(set(marks) == {"1"} for marks in zip(*(rule.weekdays for rule in rules), strict=True)):
            return False
        first = max(rule.starts_on or date.min for rule in rules)
        last = min(rule.ends_on or date.max for rule in rules)
        if (last - first).days >= 6:
            return True
        days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
        return any(all(rule.covers(day) for rule in rules) for day in days)


def read_breaks(text: str) -> tuple[BreakRule, ...]:
    """The breaks of `60 12:00-13:00 mon-thu; 90 11:30-13:00 fri Salat Jumat`; raises `BadText`."""
    rules = []
    for part in filter(None, map(str.strip, text.split(";"))):
        match = _RULE.fullmatch(part)
        if match is None:
            raise BadText(said("{part!r} is no break.", "{part!r} bukan jeda.", part=part), BREAKS_MEND)
        try:
            rules.append(_read_rule(match))
        except BadText as error:
            raise BadText(
                said("In {part!r}: {detail}", "Pada {part!r}: {detail}", part=part, detail=error.detail), error.mend
            ) from error
    return canonical_breaks(rules)


def _read_rule(match: re.Match[str]) -> BreakRule:
    rest, weekdays = match[4] or "", EVERY_DAY
    word, _, others = rest.partition(" ")
    if word:
        try:
            weekdays = weekday_mask(word)
        except BadText:
            pass
        else:
            rest = others.strip()
    starts_on = ends_on = None
    word, _, others = rest.partition(" ")
    if (dates := _DATES.fullmatch(word)) is not None:
        starts_on = None if dates[1] is None else calendar_date(dates[1])
        ends_on = None if dates[2] is None else calendar_date(dates[2])
        rest = others.strip()
    return BreakRule(
        minutes=int(match[1]),
        earliest_start=minute_of_day(match[2]),
        latest_end=minute_of_day(match[3]),
        weekdays=weekdays,
        starts_on=starts_on,
        ends_on=ends_on,
        name=_read_name(rest) if rest else None,
    )


def write_breaks(rules: Iterable[BreakRule]) -> str:
    """The text that `read_breaks` reads back; weekdays are always said, so that no name is taken for some."""
    return "; ".join(_written(rule) for rule in rules)


def _written(rule: BreakRule) -> str:
    text = f"{rule.minutes} {minute_text(rule.earliest_start)}-{minute_text(rule.latest_end)}"
    text += f" {weekday_text(rule.weekdays)}"
    if rule.starts_on is not None or rule.ends_on is not None:
        text += f" {rule.starts_on or ''}..{rule.ends_on or ''}"
    return f"{text} {rule.name}" if rule.name else text


def canonical_breaks(rules: Iterable[BreakRule]) -> tuple[BreakRule, ...]:
    return tuple(sorted(rules, key=_order))


def _order(rule: BreakRule) -> tuple[object, ...]:
    return (
        rule.starts_on or date.min,
        rule.ends_on or date.max,
        *(rule.earliest_start, rule.latest_end, rule.minutes, rule.weekdays, rule.name or ""),
    )


def rule_problems(rule: BreakRule, *, shift: tuple[int, int] | None) -> list[FieldProblem]:
    """Everything wrong with one break, each pointing at its field; `shift` None: not known."""
    problems = []
    if (problem := MINUTES.problem("minutes", rule.minutes)) is not None:
        problems.append(problem)
    if rule.latest_end - rule.earliest_start < rule.minutes:
        problems.append(
            FieldProblem(
                pointer="latest_end",
                detail=said(
                    "Between {start} and {end} there is no room for {minutes} minutes.",
                    "Antara {start} dan {end} tidak muat {minutes} menit.",
                    start=minute_text(rule.earliest_start),
                    end=minute_text(rule.latest_end),
                    minutes=rule.minutes,
                ),
                value=minute_text(rule.latest_end),
                mend=said(
                    "Give a later end or fewer minutes.", "Isi selesai yang lebih akhir atau menit yang lebih sedikit."
                ),
            )
        )
    elif shift is not None and not shift[0] <= rule.earliest_start <= rule.latest_end <= shift[1]:
        is_early = rule.earliest_start < shift[0]
        problems.append(
            FieldProblem(
                pointer="earliest_start" if is_early else "latest_end",
                detail=said(
                    "The break from {start} to {end} lies outside the shift from {opens} to {closes}.",
                    "Jeda dari {start} sampai {end} di luar giliran dari {opens} sampai {closes}.",
                    start=minute_text(rule.earliest_start),
                    end=minute_text(rule.latest_end),
                    opens=minute_text(shift[0]),
                    closes=minute_text(shift[1]),
                ),
                value=minute_text(rule.earliest_start if is_early else rule.latest_end),
                mend=said(
                    "Keep it within the shift, or change the shift.", "Taruh di dalam giliran, atau ubah gilirannya."
                ),
            )
        )
    return [*problems, *_day_problems(rule), *_name_problems(rule)]


def _day_problems(rule: BreakRule) -> list[FieldProblem]:
    if "1" not in rule.weekdays:
        return [
            FieldProblem(
                pointer="weekdays",
                detail=said("It falls on no weekday.", "Tidak jatuh pada hari mana pun."),
                mend=said("Name at least one, or leave it out.", "Sebutkan paling sedikit satu, atau kosongkan."),
            )
        ]
    for name, day in (("starts_on", rule.starts_on), ("ends_on", rule.ends_on)):
        if day is not None and not 2000 <= day.year <= 2100:
            return [
                FieldProblem(
                    pointer=name,
                    detail=said("The year of {day} is out of range.", "Tahun pada {day} di luar batas.", day=day),
                    value=str(day),
                    mend=said("Use a year from 2000 to 2100.", "Pakai tahun 2000 sampai 2100."),
                )
            ]
    if rule.starts_on is not None and rule.ends_on is not None and rule.ends_on < rule.starts_on:
        return [
            FieldProblem(
                pointer="ends_on",
                detail=said(
                    "{ends} comes before {starts}.",
                    "{ends} sebelum {starts}.",
                    ends=rule.ends_on,
                    starts=rule.starts_on,
                ),
                value=str(rule.ends_on),
                mend=said("Write the first day first.", "Tulis hari pertama dahulu."),
            )
        ]
    return []


def _name_problems(rule: BreakRule) -> list[FieldProblem]:
    """What would keep a file from saying the name again."""
    if rule.name is None:
        return []
    try:
        _read_name(rule.name)
    except BadText as error:
        return [FieldProblem(pointer="name", detail=error.detail, value=rule.name, mend=error.mend)]
    if ";" in rule.name or (rule.starts_on is None and rule.ends_on is None and _DATES.match(rule.name.split()[0])):
        return [
            FieldProblem(
                pointer="name",
                detail=said(
                    "The name holds a semicolon or begins like dates, which files read as something else.",
                    "Namanya memuat titik koma atau diawali seperti tanggal, yang dibaca lain di berkas.",
                ),
                value=rule.name,
                mend=said("Write it in other words.", "Tulis dengan kata lain."),
            )
        ]
    return []


def break_problems(rules: Sequence[BreakRule], *, shift: tuple[int, int] | None) -> list[FieldProblem]:
    """What is wrong with the breaks of a team, alone and together; pointer `breaks`."""
    if len(rules) > MAX_BREAKS:
        detail = said("Too many breaks.", "Terlalu banyak jeda.")
        mend = said("Keep at most {most}.", "Simpan paling banyak {most}.", most=MAX_BREAKS)
        return [FieldProblem(pointer="breaks", detail=detail, value=len(rules), mend=mend)]
    for rule in rules:
        for problem in rule_problems(rule, shift=shift):
            return [FieldProblem(pointer="breaks", detail=problem.detail, value=_written(rule), mend=problem.mend)]
    ordered = canonical_breaks(rules)
    # Too many on one date are told as that, however little room they have.
    for size in (2, MOST_A_DATE + 1, *range(3, MOST_A_DATE + 1)):
        for group in _sharing_a_date(ordered, size):
            if size > MOST_A_DATE:
                return [_too_many_on_one_date(group)]
            if not _have_room(group):
                return [_no_room_for_all(group)]
    return []


def _sharing_a_date(
    rules: Sequence[BreakRule], size: int, group: tuple[BreakRule, ...] = ()
) -> Iterator[tuple[BreakRule, ...]]:
    """Yield every group of so many breaks, in their order, that can fall on one date."""
    if len(group) == size:
        yield group
        return
    for place, rule in enumerate(rules):
        if rule.shares_a_date(*group):
            yield from _sharing_a_date(rules[place + 1 :], size, (*group, rule))


def _have_room(rules: Sequence[BreakRule]) -> bool:
    """Whether all of them can be taken on a date, one after the other in some order."""
    return any(_follow_each_other(ordered) for ordered in permutations(rules))


def _follow_each_other(rules: Sequence[BreakRule]) -> bool:
    over_at = 0
    for rule in rules:
        over_at = max(over_at, rule.earliest_start) + rule.minutes
        if over_at > rule.latest_end:
            return False
    return True


def _no_room_for_all(rules: Sequence[BreakRule]) -> FieldProblem:
    return FieldProblem(
        pointer="breaks",
        detail=said(
            "{rules} share dates, and their hours leave no room for all of them, one after the other.",
            "{rules} jatuh pada tanggal yang sama, dan jamnya tidak memuat semuanya berurutan.",
            rules=_listed(rules),
        ),
        value=_written(rules[-1]),
        mend=said(
            "Give them other weekdays or hours, or let one end before the other begins.",
            "Beri hari atau jam yang lain, atau akhiri yang satu sebelum yang lain mulai.",
        ),
    )


def _too_many_on_one_date(rules: Sequence[BreakRule]) -> FieldProblem:
    return FieldProblem(
        pointer="breaks",
        detail=said(
            "{rules} share a date, and a team takes at most {most} breaks a date.",
            "{rules} jatuh pada tanggal yang sama, padahal tim mengambil paling banyak {most} jeda per hari.",
            rules=_listed(rules),
            most=MOST_A_DATE,
        ),
        value=_written(rules[-1]),
        mend=said(
            "Give one of them other weekdays or dates.",
            "Beri salah satunya hari atau tanggal yang lain.",
        ),
    )


def _listed(rules: Sequence[BreakRule]) -> str:
    return ", ".join(repr(_written(rule)) for rule in rules)
