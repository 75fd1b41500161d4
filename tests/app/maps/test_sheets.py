"""Places on a sheet: where they lie on it, and the land below them."""

import re

from app.maps.sheets import land_path, sheet_around

LUBUKLINGGAU, SERANG, TARAKAN = (-3.26, 102.87), (-6.1, 106.1), (3.3, 117.6)


def points(path: str) -> list[tuple[int, int]]:
    """Every point of the path, added up from its steps."""
    path_points = []
    for begin, steps in re.findall(r"M(-?\d+ -?\d+)l([^z]*)z", path):
        x, y = map(int, begin.split())
        path_points.append((x, y))
        numbers = [int(number) for number in steps.split()]
        for index in range(0, len(numbers), 2):
            x, y = x + numbers[index], y + numbers[index + 1]
            path_points.append((x, y))
    return path_points


def test_places_fill_the_sheet_up_to_its_edge_with_north_above() -> None:
    sheet = sheet_around([LUBUKLINGGAU, SERANG, TARAKAN], width=960, height=420, edge=60)
    ys = [sheet.y(lat) for lat, _ in (TARAKAN, LUBUKLINGGAU, SERANG)]
    assert (ys[0], ys[2]) == (60, 360)
    assert ys[0] < ys[1] < ys[2]
    xs = [sheet.x(lon) for _, lon in (LUBUKLINGGAU, SERANG, TARAKAN)]
    assert xs == sorted(xs)
    assert round(xs[0] + xs[2]) == 960


def test_a_single_place_lies_in_the_middle_of_what_is_around_it() -> None:
    sheet = sheet_around([LUBUKLINGGAU], width=960, height=420, edge=60)
    assert (sheet.x(LUBUKLINGGAU[1]), sheet.y(LUBUKLINGGAU[0])) == (480, 210)
    # The coast of Bengkulu is in sight.
    assert len(points(land_path(sheet))) > 20


def test_the_land_covers_the_sheet_and_a_margin_and_costs_little() -> None:
    sheet = sheet_around([(5.5, 95.3), (-8.5, 140.4)], width=960, height=420, edge=60)
    path = land_path(sheet)
    drawn = points(path)
    assert min(x for x, _ in drawn) >= -121
    assert max(x for x, _ in drawn) <= 1081
    assert len(path) < 30_000
    assert land_path(sheet_around([(-11.0, 101.0)], width=960, height=420, edge=60)) == "", "sea alone"
