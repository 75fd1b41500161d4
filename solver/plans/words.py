"""Sentences, numbers, dates and hours as people write them in Indonesian and in English."""

import re
from dataclasses import dataclass
from datetime import date

_MONTHS_ID = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
_MONTHS_EN = "January February March April May June July August September October November December"
_MONTHS = {"id": _MONTHS_ID.split(), "en": _MONTHS_EN.split()}
LANGUAGES = tuple(_MONTHS)
_ONE_OF_MANY = re.compile(
    r"(?<![\d.,])\b1 ((?:working|pinned|other|published) )?"
    r"(people|activations|visits|days|dates|nights|team-days|teams|sites|stops|hours|minutes|operators|kits)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One sentence in both languages."""

    id: str
    en: str

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "en": self.en}

    def in_language(self, language: str) -> str:
        return self.id if language == "id" else self.en


Value = str | int | date | Text


def both(indonesian: str, english: str, **values: Value) -> Text:
    """Fill the `{placeholders}` of both sentences, each with numbers and dates in its own writing."""
    return Text(
        id=indonesian.format(**{name: _shown(value, "id") for name, value in values.items()}),
        en=singular_of_one(english.format(**{name: _shown(value, "en") for name, value in values.items()})),
    )


def singular_of_one(english: str) -> str:
    """The sentence with "1 visits" as "1 visit", for the nouns that plans count."""
    return _ONE_OF_MANY.sub(
        lambda match: f"1 {match[1] or ''}{'person' if match[2] == 'people' else match[2][:-1]}", english
    )


def clock_span(start: int, end: int) -> Text:
    """Return two moments, in minutes after midnight, as hours of the day."""
    return Text(id=f"{_clock(start, '.')}–{_clock(end, '.')}", en=f"{_clock(start, ':')}–{_clock(end, ':')}")


def date_span(first: date, last: date) -> Text:
    """Return two dates as people write a span of them: what both have in common is said once."""
    if first.year != last.year:
        return both("{first} sampai {last}", "{first} to {last}", first=first, last=last)
    spans = []
    for language, word in (("id", "sampai"), ("en", "to")):
        month = f" {_MONTHS[language][first.month - 1]}" if first.month != last.month else ""
        spans.append(f"{first.day}{month} {word} {_shown(last, language)}")
    return Text(id=spans[0], en=spans[1])


def listed(texts: list[Text], *, most: int) -> Text:
    """Join texts by semicolons; those past `most` are only counted."""
    shown = texts[:most]
    left = len(texts) - len(shown)
    more = [both("dan {left} lainnya", "and {left} more", left=left)] if left else []
    return Text(id="; ".join(text.id for text in shown + more), en="; ".join(text.en for text in shown + more))


def _shown(value: Value, language: str) -> str:
    if isinstance(value, Text):
        return value.in_language(language)
    if isinstance(value, date):
        return f"{value.day} {_MONTHS[language][value.month - 1]} {value.year}"
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".") if language == "id" else f"{value:,}"
    return value


def _clock(minutes: int, separator: str) -> str:
    return f"{minutes // 60:02}{separator}{minutes % 60:02}"
