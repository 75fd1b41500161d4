"""The way to the target as a drawing: the line to keep to, what was counted, and where the month may end.

One SVG, written here, is also what the PNG is made of. It says everything by dashes, hatching and words, so that a
black-and-white copy of it says the same; colour only helps."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from importlib.resources import files
from math import ceil, floor, log10
from textwrap import wrap

from app.forecasts.answers import Band, Forecast
from app.languages import Language
from app.words import Text, in_both, number_en, number_id

WIDTH, HEIGHT = 960, 560
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 730, 138, 436
_MOST_TICKS = 8
_LETTERS_IN_A_LINE = 108
_SMALL, _USUAL, _LARGE = 12, 13, 18
_FONTS = "'DejaVu Sans', 'Liberation Sans', Arial, Helvetica, sans-serif"
_INK, _GREY, _BLUE, _RUST = "#111", "#666", "#174f91", "#a33b00"
_MONTHS = {
    Language.INDONESIAN: ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    Language.ENGLISH: ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_REQUIRED = 'stroke-width="2" stroke-dasharray="12 5"'
_MIDDLE = 'stroke-width="2.5"'
_AS_NOW = 'stroke-width="2.5" stroke-dasharray="2 5" stroke-linecap="round"'
_COUNTED = 'stroke-width="1.5"'
_TARGET = 'stroke-width="1.5" stroke-dasharray="14 4 2 4"'


@dataclass(frozen=True, slots=True, kw_only=True)
class CountOn:
    """A count at the end of a day."""

    date: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """What is drawn of one target."""

    title: Text
    target: int
    deadline: date
    required: tuple[CountOn, ...]
    """The line to keep to, ascending; its corners are enough."""
    counted: tuple[CountOn, ...]
    """What was counted so far, by the day it was true, ascending."""
    forecast: Forecast | None
    """None: nothing is drawn beyond the last count."""


def line_svg(chart: LineChart, language: Language = Language.INDONESIAN) -> str:
    """Draw the chart as an SVG of its own, with no script and no file beside it."""
    return _Drawing(chart=chart, language=language).svg()


def line_png(chart: LineChart, language: Language = Language.INDONESIAN, *, width: int = 2 * WIDTH) -> bytes:
    """Draw the chart in so many pixels; the letters are those that come with the service, on every machine."""
    # Loaded late, like the arrays of a forecast: most processes never draw.
    import resvg_py

    fonts = files("app").joinpath("static", "fonts")
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=line_svg(chart, language),
            width=width,
            skip_system_fonts=True,
            font_files=[str(fonts.joinpath(name)) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")],
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    """Words at the right edge, level with what they name unless another label stands there."""

    y: float
    words: Text
    is_bold: bool = False


class _Drawing:
    """One chart in one language: where things lie, and how they are written."""

    def __init__(self, chart: LineChart, language: Language) -> None:
        self._chart = chart
        self._language = language
        self._bands: tuple[Band, ...] = () if chart.forecast is None else chart.forecast.published.bands
        as_now = () if chart.forecast is None or chart.forecast.as_now is None else chart.forecast.as_now.bands
        last = None if chart.forecast is None else chart.forecast.last_published
        self._as_now = tuple(band for band in as_now if last is None or band.date >= last)
        days = [
            chart.deadline,
            *(point.date for point in (*chart.required, *chart.counted)),
            *(band.date for band in self._bands),
        ]
        self._first, self._last = min(days), max(max(days), min(days) + timedelta(days=1))
        counts = [
            chart.target,
            *(point.count for point in (*chart.required, *chart.counted)),
            *(end for band in self._bands for end in (band.p05, band.p95)),
            *(band.p50 for band in self._as_now),
        ]
        self._ticks = _counts_to_mark(min(counts), max(counts))

    def svg(self) -> str:
        title, description = self._in(self._chart.title), " ".join(self._told())
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
                f'height="{HEIGHT}" role="img" lang="{self._language}" font-family="{_FONTS}" '
                f'font-size="{_USUAL}" fill="{_INK}">',
                f"<title>{escape(title)}</title>",
                f"<desc>{escape(description)}</desc>",
                '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
                f'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="7" stroke="{_BLUE}" '
                'stroke-width="1.2"/></pattern></defs>',
                f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
                *self._head(title),
                *self._axes(),
                *self._areas(),
                *self._lines(),
                *self._days(),
                *self._right_edge(),
                *self._legend(),
                "</svg>\n",
            )
        )

    def _in(self, words: Text) -> str:
        return words["en"] if self._language is Language.ENGLISH else words["id"]

    def _number(self, value: int) -> str:
        return number_en(value) if self._language is Language.ENGLISH else number_id(value)

    def _day(self, day: date) -> str:
        return f"{day.day} {_MONTHS[self._language][day.month - 1]}"

    def _x(self, day: date) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (day - self._first).days / (self._last - self._first).days

    def _y(self, number: float) -> float:
        low, high = self._ticks[0], self._ticks[-1]
        return _BOTTOM - (_BOTTOM - _TOP) * (number - low) / (high - low)

    def _told(self) -> Iterator[str]:
        """What the drawing says, in sentences."""
        forecast = self._chart.forecast
        if forecast is None:
            yield self._in(in_both("Belum ada prakiraan.", "There is no forecast yet."))
            return
        yield self._in(
            in_both(
                "Kemungkinan mencapai target {target} sampai {deadline}: {chance} bila hanya kunjungan yang sudah "
                "terbit dilaksanakan.",
                "Chance of reaching the target of {target} by {deadline}: {chance} with the published visits only.",
                target=self._chart.target,
                deadline=self._chart.deadline,
                chance=forecast.published.probability_of_target.shown,
            )
        )
        if forecast.as_now is not None:
            yield self._in(
                in_both(
                    "Bila setelah itu pekerjaan lanjut seperti sekarang: {chance}.",
                    "If work then goes on as it does now: {chance}.",
                    chance=forecast.as_now.probability_of_target.shown,
                )
            )

    def _head(self, title: str) -> Iterator[str]:
        yield _words(_LEFT, 32, title, size=_LARGE if len(title) <= 64 else _USUAL, is_bold=True)
        for number, line in enumerate(wrap(" ".join(self._told()), _LETTERS_IN_A_LINE)):
            yield _words(_LEFT, 56 + 18 * number, line)

    def _axes(self) -> Iterator[str]:
        for number in self._ticks:
            yield _line((_LEFT, self._y(number)), (_RIGHT, self._y(number)), 'stroke="#ddd"')
            yield _words(_LEFT - 8, self._y(number) + 4, self._number(number), size=_SMALL, anchor="end")
        for day in _days_to_mark(self._first, self._last):
            yield _line((self._x(day), _BOTTOM), (self._x(day), _BOTTOM + 5), f'stroke="{_INK}"')
            yield _words(self._x(day), _BOTTOM + 20, self._day(day), size=_SMALL, anchor="middle")
        yield _line((_LEFT, _BOTTOM), (_RIGHT, _BOTTOM), f'stroke="{_INK}"')

    def _areas(self) -> Iterator[str]:
        """Nine of ten futures hatched, half of them grey: told apart without colour."""
        outer = [(band.date, band.p05, band.p95) for band in self._bands]
        inner = [(band.date, band.p25, band.p75) for band in self._bands]
        yield self._area(outer, f'fill="url(#hatch)" fill-opacity="0.55" stroke="{_BLUE}" stroke-width="0.8"')
        yield self._area(inner, f'fill="#c3cad3" fill-opacity="0.85" stroke="{_BLUE}" stroke-width="0.8"')

    def _area(self, ends: Sequence[tuple[date, int, int]], look: str) -> str:
        there = [(self._x(day), self._y(high)) for day, _, high in ends]
        back = [(self._x(day), self._y(low)) for day, low, _ in reversed(ends)]
        return f'<polygon points="{_points([*there, *back])}" {look}/>'

    def _lines(self) -> Iterator[str]:
        level = self._y(self._chart.target)
        yield _line((_LEFT, level), (_RIGHT, level), f'stroke="{_INK}" {_TARGET}')
        required = [(self._x(point.date), self._y(point.count)) for point in self._chart.required]
        yield f'<polyline points="{_points(required)}" fill="none" stroke="{_RUST}" {_REQUIRED}/>'
        for bands, look in ((self._bands, _MIDDLE), (self._as_now, _AS_NOW)):
            middle = [(self._x(band.date), self._y(band.p50)) for band in bands]
            yield f'<polyline points="{_points(middle)}" fill="none" stroke="{_BLUE}" {look}/>'
        counted = [(self._x(point.date), self._y(point.count)) for point in self._chart.counted]
        yield f'<polyline points="{_points(counted)}" fill="none" stroke="{_INK}" {_COUNTED}/>'
        for x, y in counted:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{_INK}"/>'

    def _days(self) -> Iterator[str]:
        """The day of the forecast and the deadline, each with its words on a line of its own above the chart."""
        deadline = in_both("batas waktu {day}", "deadline {day}", day=self._chart.deadline)
        yield from self._upright(self._chart.deadline, _TOP - 24, deadline, f'stroke="{_INK}" stroke-width="1.5"')
        if self._chart.forecast is not None and self._chart.forecast.on < self._chart.deadline:
            on = self._chart.forecast.on
            words = in_both("keadaan {day}", "as of {day}", day=on)
            yield from self._upright(on, _TOP - 8, words, f'stroke="{_GREY}" stroke-dasharray="2 3"')

    def _upright(self, day: date, top: float, words: Text, look: str) -> Iterator[str]:
        x = self._x(day)
        yield _line((x, top - 8), (x, _BOTTOM), look)
        is_right = x > (_LEFT + _RIGHT) / 2
        yield _words(
            x + (-6 if is_right else 6), top, self._in(words), size=_SMALL, anchor="end" if is_right else "start"
        )

    def _right_edge(self) -> Iterator[str]:
        labels = [
            _Label(y=self._y(self._chart.target), words=in_both("target {n}", "target {n}", n=self._chart.target))
        ]
        if self._bands:
            end = self._bands[-1]
            for number, indonesian, english in (
                (end.p95, "batas atas {n}", "upper end {n}"),
                (end.p50, "tengah {n}", "middle {n}"),
                (end.p05, "batas bawah {n}", "lower end {n}"),
            ):
                words = in_both(indonesian, english, n=number)
                labels.append(_Label(y=self._y(number), words=words, is_bold=number == end.p50))
        if self._as_now:
            number = self._as_now[-1].p50
            words = in_both("lanjut seperti kini {n}", "going on as now {n}", n=number)
            labels.append(_Label(y=self._y(number), words=words, is_bold=True))
        labels.sort(key=lambda label: label.y)
        for label, y in zip(labels, _apart([label.y for label in labels]), strict=True):
            yield _line((_RIGHT + 2, label.y), (_RIGHT + 20, y), f'stroke="{_GREY}" stroke-width="0.8"')
            yield _words(_RIGHT + 24, y + 4, self._in(label.words), size=_SMALL, is_bold=label.is_bold)

    def _legend(self) -> Iterator[str]:
        entries = [
            (f'stroke="{_INK}" {_COUNTED}', in_both("jumlah tercatat", "counted")),
            (f'stroke="{_RUST}" {_REQUIRED}', in_both("garis yang harus dikejar", "line to keep to")),
            (f'stroke="{_INK}" {_TARGET}', in_both("target", "target")),
        ]
        if self._bands:
            entries += [
                (f'stroke="{_BLUE}" {_MIDDLE}', in_both("prakiraan, nilai tengah", "forecast, middle")),
                ("#c3cad3", in_both("separuh dari semua kemungkinan", "half of all futures")),
                ("url(#hatch)", in_both("9 dari 10 kemungkinan", "9 of 10 futures")),
            ]
        if self._as_now:
            words = in_both("bila lanjut seperti sekarang, nilai tengah", "going on as now, middle")
            entries.append((f'stroke="{_BLUE}" {_AS_NOW}', words))
        for number, (look, words) in enumerate(entries):
            x, y = _LEFT + 290 * (number % 3), _BOTTOM + 56 + 24 * (number // 3)
            if look.startswith("stroke"):
                yield _line((x, y - 4), (x + 36, y - 4), look)
            else:
                yield (
                    f'<rect x="{x}" y="{y - 11}" width="36" height="14" fill="{look}" stroke="{_BLUE}" '
                    'stroke-width="0.8"/>'
                )
            if number == 0:
                yield f'<circle cx="{x + 18}" cy="{y - 4}" r="3.2"/>'
            yield _words(x + 44, y, self._in(words), size=_SMALL)


def _line(start: tuple[float, float], end: tuple[float, float], look: str) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {look}/>'


def _words(x: float, y: float, words: str, *, size: int = _USUAL, anchor: str = "start", is_bold: bool = False) -> str:
    weight = ' font-weight="bold"' if is_bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _apart(wanted: Sequence[float], *, gap: float = 17) -> list[float]:
    """Heights as near as can be to those wanted (ascending) that keep a gap and stay within the chart."""
    heights: list[float] = []
    for y in wanted:
        heights.append(max(y, heights[-1] + gap) if heights else y)
    floor_of_all: float = _BOTTOM
    for number in range(len(heights) - 1, -1, -1):
        heights[number] = min(heights[number], floor_of_all)
        floor_of_all = heights[number] - gap
    return heights


def _counts_to_mark(low: int, high: int) -> list[int]:
    """Round counts at even steps around all counts; from 0 where the lowest is not far from it."""
    if low < 0.4 * high:
        low = 0
    rough = max(high - low, 4) / 5
    unit = 10 ** floor(log10(rough))
    step = max(1, next(int(unit * factor) for factor in (1, 2, 5, 10) if unit * factor >= rough))
    first, last = step * floor(low / step), step * ceil((high + (high - low) * 0.02) / step)
    return list(range(first, max(last, first + step) + 1, step))


def _days_to_mark(first: date, last: date) -> list[date]:
    """Every few days, every few Mondays, or every few first days of a month."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if len(days) > 10 * 7:
        days = [day for day in days if day.day == 1]
    elif len(days) > _MOST_TICKS * 2:
        days = [day for day in days if day.weekday() == 0]
    return days[:: ceil(len(days) / _MOST_TICKS)]
