"""Makes the coast that the service draws maps with from Natural Earth's land, as the npm package world-atlas has it.

`npm pack world-atlas@2.0.2`, unpack it, then `python -m examples.land package/land-10m.json`; the same every time.
"""

import json
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from app.districts.geography.land import SOURCE
from app.districts.geography.rings import shape_of
from app.districts.places import LATITUDES, LONGITUDES

LAND = Path(__file__).parents[1] / "app" / "districts" / "geography" / "land.json"
MARGIN = 2.0
"""Degrees around Indonesia."""
TOLERANCE = 0.001
"""Degrees by which a coast may be drawn beside where Natural Earth has it: a tenth of its own precision."""


def read_polygons(topology: dict[str, Any]) -> Iterator[list[list[tuple[float, float]]]]:
    """The polygons of `land`, each its rings of `(lon, lat)`; TopoJSON keeps arcs as differences, which rings share."""
    (east, north), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        xs, ys = (list(accumulate(point[axis] for point in arc)) for axis in (0, 1))
        arcs.append([(x * east + west, y * north + south) for x, y in zip(xs, ys, strict=True)])

    def ring(indices: list[int]) -> list[tuple[float, float]]:
        points: list[tuple[float, float]] = []
        for index in indices:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += arc[1:] if points else arc
        return points

    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for rings in polygons:
            yield [ring(indices) for indices in rings]


def land_of(topology: dict[str, Any]) -> dict[str, object]:
    """The land in and around Indonesia, as `land.json` keeps it."""
    from shapely import Polygon, box, intersection, make_valid, simplify

    edge = box(LONGITUDES[0] - MARGIN, LATITUDES[0] - MARGIN, LONGITUDES[1] + MARGIN, LATITUDES[1] + MARGIN)
    shape = []
    for outer, *holes in read_polygons(topology):
        inside = intersection(make_valid(Polygon(outer, holes)), edge)
        shape += shape_of(simplify(inside, TOLERANCE, preserve_topology=True))
    return {"source": SOURCE, "licence": "public domain", "land": shape}


def main() -> None:
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    LAND.write_text(json.dumps(land_of(topology), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
