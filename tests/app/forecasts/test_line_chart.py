import itertools
import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forecasts.draws import draw
from app.forecasts.forecast import described
from app.forecasts.line_chart import (
    HEIGHT,
    WIDTH,
    CountOn,
    LineChart,
    _apart,
    _counts_to_mark,
    _days_to_mark,
    line_png,
    line_svg,
)
from app.languages import Language
from app.words import in_both
from tests.app.forecasts.known_worlds import START, KnownWorld, make_month

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def chart() -> LineChart:
    month = make_month()
    return LineChart(
        title=in_both("Aktivasi IKD Kota Lubuklinggau", "IKD activations of Kota Lubuklinggau"),
        target=month.target,
        deadline=month.deadline,
        required=(CountOn(date=month.on, count=month.count), CountOn(date=month.deadline, count=month.target)),
        counted=(
            CountOn(date=START - timedelta(days=20), count=700),
            CountOn(date=month.on, count=month.count),
        ),
        forecast=described(draw(month, KnownWorld(), seed=1, national_seed=2, draws=200), target=month.target),
    )


def _texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_drawing_speaks_indonesian_unless_asked_for_english(chart: LineChart) -> None:
    indonesian, english = line_svg(chart), line_svg(chart, Language.ENGLISH)
    assert "Aktivasi IKD Kota Lubuklinggau" in _texts(indonesian)
    assert "target 2.600" in _texts(indonesian)
    assert "target 2,600" in _texts(english)
    assert not {"garis yang harus dikejar", "jumlah tercatat"}.intersection(_texts(english))
    assert 'lang="id"' in indonesian
    assert 'lang="en"' in english


def test_everything_drawn_is_named_in_the_legend_and_at_its_end(chart: LineChart) -> None:
    forecast = chart.forecast
    assert forecast is not None
    assert forecast.as_now is not None
    texts = " | ".join(_texts(line_svg(chart, Language.ENGLISH)))
    ends = forecast.published.at_deadline
    for words in (
        "counted",
        "line to keep to",
        "half of all futures",
        "9 of 10 futures",
        "deadline 28 June 2024",
        "as of 2 June 2024",
        f"upper end {ends.p95:,}",
        f"middle {ends.p50:,}",
        f"lower end {ends.p05:,}",
        f"going on as now {forecast.as_now.at_deadline.p50:,}",
    ):
        assert words in texts


def test_lines_and_areas_differ_without_colour(chart: LineChart) -> None:
    root = ElementTree.fromstring(line_svg(chart))
    dashes = [line.get("stroke-dasharray") for line in root.iter(f"{SVG}polyline")]
    fills = [area.get("fill") for area in root.iter(f"{SVG}polygon")]
    widths = [line.get("stroke-width") for line in root.iter(f"{SVG}polyline")]
    assert len(set(zip(dashes, widths, strict=True))) == len(dashes) == 4
    assert fills == ["url(#hatch)", "#c3cad3"]


def test_the_sentences_say_both_chances_as_the_forecast_does(chart: LineChart) -> None:
    assert chart.forecast is not None
    assert chart.forecast.as_now is not None
    description = ElementTree.fromstring(line_svg(chart)).findtext(f"{SVG}desc")
    assert description is not None
    assert chart.forecast.published.probability_of_target.shown["id"] in description
    assert chart.forecast.as_now.probability_of_target.shown["id"] in description


def test_nothing_in_the_drawing_is_fetched_or_run(chart: LineChart) -> None:
    svg = line_svg(chart)
    assert "href" not in svg
    assert "<script" not in svg
    assert svg.count("http") == 1


def test_markup_in_a_title_stays_words(chart: LineChart) -> None:
    odd = replace(chart, title=in_both("<b>& 'Kota' \"Satu\"", "<b>& 'Kota' \"Satu\""))
    assert "<b>& 'Kota' \"Satu\"" in _texts(line_svg(odd))


def test_without_a_forecast_the_counts_and_the_line_to_keep_to_are_drawn(chart: LineChart) -> None:
    texts = _texts(line_svg(replace(chart, forecast=None)))
    assert "Belum ada prakiraan." in texts
    assert "9 dari 10 kemungkinan" not in texts


def test_the_picture_is_a_png_of_the_width_asked_for_and_the_same_every_time(chart: LineChart) -> None:
    picture = line_png(chart, width=WIDTH)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (WIDTH, HEIGHT)
    assert line_png(chart, width=WIDTH) == picture


def test_the_picture_has_letters(chart: LineChart) -> None:
    """Without a font of its own the renderer would leave all words out, and say nothing."""
    bare = replace(chart, title=in_both("", ""))
    assert len(line_png(chart, width=WIDTH)) > len(line_png(bare, width=WIDTH)) + 500


@given(
    days=st.integers(0, 500),
    before=st.integers(0, 400),
    count=st.integers(0, 2_000_000),
    gap=st.integers(0, 2_000_000),
)
@settings(max_examples=60)
def test_any_chart_keeps_its_lines_on_the_paper(days: int, before: int, count: int, gap: int) -> None:
    on, deadline = START, START + timedelta(days=days)
    chart = LineChart(
        title=in_both("Judul", "Title"),
        target=count + gap,
        deadline=deadline,
        required=(CountOn(date=on, count=count), CountOn(date=deadline, count=count + gap)),
        counted=(CountOn(date=on - timedelta(days=before), count=count // 2), CountOn(date=on, count=count)),
        forecast=None,
    )
    root = ElementTree.fromstring(line_svg(chart))
    for line in root.iter(f"{SVG}polyline"):
        for point in (line.get("points") or "").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


@given(st.lists(st.floats(138, 436), min_size=1, max_size=6))
def test_labels_never_overlap_and_stay_in_the_chart(heights: list[float]) -> None:
    placed = _apart(sorted(heights))
    assert all(below - above >= 16.99 for above, below in itertools.pairwise(placed))
    assert placed[-1] <= 436


@given(low=st.integers(0, 10**7), more=st.integers(0, 10**7))
def test_a_few_round_counts_lie_around_all_that_is_drawn(low: int, more: int) -> None:
    marks = _counts_to_mark(low, low + more)
    assert marks[0] <= low
    assert marks[-1] >= low + more
    assert 2 <= len(marks) <= 9
    assert len({after - before for before, after in itertools.pairwise(marks)}) == 1


@given(st.integers(1, 1_500))
def test_few_days_are_marked_however_long_the_line(days: int) -> None:
    marks = _days_to_mark(START, START + timedelta(days=days))
    assert 1 <= len(marks) <= 8
    assert all(START <= day <= START + timedelta(days=days) for day in marks)


def test_long_lines_are_marked_by_months() -> None:
    assert {day.day for day in _days_to_mark(date(2024, 1, 15), date(2024, 12, 15))} == {1}
