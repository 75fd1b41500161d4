"""Figures, dates and hours as a page shows them in one language; templates have each by its name."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from app import words
from app.languages import Language
from app.words import Text

_ONE_DAY = timedelta(days=1)
_SHORT_WEEKDAYS = {
    Language.INDONESIAN: ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"),
    Language.ENGLISH: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def figures_in(language: Language) -> Mapping[str, Callable[..., str]]:
    """By name: `number`, `signed`, `rupiah`, `signed_rupiah`, `kilometres` (of metres), `percent` (of a share),
    `percentage` (of 25), `day`, `weekday`, `short_day`, `short_date`, `month`, `period`, `hour`, `hours`, `moment`,
    `at_minute`, `both` (one language of a sentence that has both)."""

    def both(pair: Text) -> str:
        return pair[language.value]

    def number(value: int | Decimal) -> str:
        return words.number_id(value) if language is Language.INDONESIAN else words.number_en(value)

    def signed(value: int) -> str:
        return f"{'+' if value > 0 else '−' if value < 0 else '±'}{number(abs(value))}"

    def rupiah(value: int) -> str:
        return f"Rp{number(value)}" if language is Language.INDONESIAN else f"Rp {number(value)}"

    def signed_rupiah(value: int) -> str:
        return f"{signed(value)[0]}{rupiah(abs(value))}"

    def kilometres(metres: int) -> str:
        """With one decimal below ten, as a telephone says them."""
        exact = Decimal(metres) / 1000
        return number(words.plain(exact.quantize(Decimal("0.1") if metres < 10_000 else Decimal(1))))

    def day(value: date) -> str:
        return words.date_id(value) if language is Language.INDONESIAN else words.date_en(value)

    def short_day(value: date) -> str:
        return f"{_SHORT_WEEKDAYS[language][value.weekday()]} {value.day}"

    def short_date(value: date) -> str:
        number_of_day, name, _ = day(value).split(" ")
        return f"{number_of_day} {name[:3]}"

    def month(value: date) -> str:
        return day(value).split(" ", 1)[1]

    def period(first: date, last: date) -> str:
        """November 2023 for a whole month, else 14–30 November 2023."""
        if (first.year, first.month, first.day) == (last.year, last.month, 1) and (last + _ONE_DAY).day == 1:
            return month(first)
        begins, ends = day(first).split(), day(last)
        shared = 2 if (first.year, first.month) == (last.year, last.month) else 1 if first.year == last.year else 0
        return ends if first == last else f"{' '.join(begins[: 3 - shared])}–{ends}"

    def hour(value: datetime | time) -> str:
        return both(words.clock(value.hour * 60 + value.minute))

    return {
        "both": both,
        "at_minute": lambda minute: both(words.clock(minute)),
        "number": number,
        "signed": signed,
        "rupiah": rupiah,
        "signed_rupiah": signed_rupiah,
        "kilometres": kilometres,
        "percent": lambda share: both(words.percent(share)),
        "percentage": lambda value: f"{number(words.plain(value))} %",
        "day": day,
        "weekday": lambda value: both(words.weekday_and_date(value)),
        "short_day": short_day,
        "short_date": short_date,
        "month": month,
        "period": period,
        "hour": hour,
        "hours": lambda start, end: both(words.hours_between(start, end)),
        "moment": lambda local: both(words.moment(local)),
    }
