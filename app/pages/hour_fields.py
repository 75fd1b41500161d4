"""Weekly opening hours as fields of a form: `hours.fri.0.opens` is when the first window of Fridays opens."""

import re
from collections.abc import Iterable, Mapping, Sequence

from app.districts.opening_hours import Window, write_windows
from app.districts.window_schemas import WindowOut
from app.languages import Language
from app.tables.fields import WEEKDAYS, minute_text

HOURS = "hours."
"""Begins the names of these fields."""
_WINDOWS_A_DAY = 2
_DAYS = dict(zip(WEEKDAYS, ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"), strict=True))
_ENGLISH_DAY = re.compile(r"\b(" + "|".join(WEEKDAYS) + r")\b")
_TIME = re.compile(r"\b(\d{2}):(\d{2})\b")


def hours_text(windows: Iterable[Window], language: Language) -> str:
    """Opening hours as a table has them, `mon-fri 08:00-15:00`, in the words of the reader."""
    text = write_windows(windows)
    if language is not Language.INDONESIAN:
        return text
    return _TIME.sub(r"\1.\2", _ENGLISH_DAY.sub(lambda match: _DAYS[match[1]], text))


def hour_values(windows: Sequence[WindowOut]) -> dict[str, str]:
    """What a fresh form shows of them."""
    shown = {}
    for at, day in enumerate(WEEKDAYS):
        of_day = sorted((window.opens, window.closes) for window in windows if window.weekdays[at] == "1")
        for slot in range(max(_WINDOWS_A_DAY, len(of_day))):
            opens, closes = of_day[slot] if slot < len(of_day) else (None, None)
            shown[f"{HOURS}{day}.{slot}.opens"] = "" if opens is None else minute_text(opens)
            shown[f"{HOURS}{day}.{slot}.closes"] = "" if closes is None else minute_text(closes)
    return shown


def hour_fields(values: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By weekday, the pairs of fields that hold its windows."""
    return [
        (
            day,
            [
                (name, name.removesuffix("opens") + "closes")
                for name in sorted(values)
                if name.startswith(f"{HOURS}{day}.") and name.endswith(".opens")
            ],
        )
        for day in WEEKDAYS
    ]


def windows_in(values: Mapping[str, str]) -> list[dict[str, str]]:
    """The windows that the fields say, as the API takes them; one of which one hour alone is filled in stays one, for
    the API to refuse."""
    return [
        {"weekdays": day, "opens": values[opens], "closes": values.get(closes, "")}
        for day, pairs in hour_fields(values)
        for opens, closes in pairs
        if values[opens] or values.get(closes)
    ]
