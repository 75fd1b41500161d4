"""Figures, dates and hours as a page shows them in one language; templates have each by its name."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from app import words
from app.languages import Language
from app.words import Text

_SHORT_WEEKDAYS = {
    Language.INDONESIAN: ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"),
    Language.ENGLISH: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def figures_in(language: Language) -> Mapping[str, Callable[..., str]]:
    """By name: `number`, `signed`, `rupiah`, `percent`, `day`, `weekday`, `short_day`, `month`, `hour`, `hours`,
    `moment`, `at_minute`, `both` (one language of a sentence that has both)."""

    def both(pair: Text) -> str:
        return pair[language.value]

    def number(value: int | Decimal) -> str:
        return words.number_id(value) if language is Language.INDONESIAN else words.number_en(value)

    def signed(value: int) -> str:
        return f"{'+' if value > 0 else '−' if value < 0 else '±'}{number(abs(value))}"

    def rupiah(value: int) -> str:
        return f"Rp{number(value)}" if language is Language.INDONESIAN else f"Rp {number(value)}"

    def day(value: date) -> str:
        return words.date_id(value) if language is Language.INDONESIAN else words.date_en(value)

    def short_day(value: date) -> str:
        return f"{_SHORT_WEEKDAYS[language][value.weekday()]} {value.day}"

    def month(value: date) -> str:
        return day(value).split(" ", 1)[1]

    def hour(value: datetime | time) -> str:
        return both(words.clock(value.hour * 60 + value.minute))

    return {
        "both": both,
        "at_minute": lambda minute: both(words.clock(minute)),
        "number": number,
        "signed": signed,
        "rupiah": rupiah,
        "percent": lambda share: both(words.percent(share)),
        "day": day,
        "weekday": lambda value: both(words.weekday_and_date(value)),
        "short_day": short_day,
        "month": month,
        "hour": hour,
        "hours": lambda start, end: both(words.hours_between(start, end)),
        "moment": lambda local: both(words.moment(local)),
    }
