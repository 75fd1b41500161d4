"""Whether a place can be in Indonesia at all."""

from app.errors import invalid

LATITUDES, LONGITUDES = (-11.5, 6.5), (94.5, 141.5)
"""The box around Indonesia, Sabang to Merauke."""


def check_place(lat: float, lon: float, *, pointer: str = "") -> None:
    """Raise `InvalidRequest` for a place outside Indonesia; a swapped pair is named as such."""

    def inside(north: float, east: float) -> bool:
        return LATITUDES[0] <= north <= LATITUDES[1] and LONGITUDES[0] <= east <= LONGITUDES[1]

    if inside(lat, lon):
        return
    mend = (
        "Latitude and longitude are swapped."
        if inside(lon, lat)
        else f"Latitude is {LATITUDES[0]} to {LATITUDES[1]}, longitude {LONGITUDES[0]} to {LONGITUDES[1]}."
    )
    name = "lat" if not LATITUDES[0] <= lat <= LATITUDES[1] else "lon"
    value = lat if name == "lat" else lon
    raise invalid(f"{pointer}/{name}", f"The place {lat}, {lon} lies outside Indonesia.", value=value, mend=mend)
