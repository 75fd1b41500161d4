"""Whether a place can be in Indonesia at all."""

from app.errors import invalid
from app.languages import said

LATITUDES, LONGITUDES = (-11.5, 6.5), (94.5, 141.5)
"""The box around Indonesia, Sabang to Merauke."""


def check_place(lat: float, lon: float, *, pointer: str = "") -> None:
    """Raise `InvalidRequest` for a place outside Indonesia; a swapped pair is named as such."""

    def inside(north: float, east: float) -> bool:
        return LATITUDES[0] <= north <= LATITUDES[1] and LONGITUDES[0] <= east <= LONGITUDES[1]

    if inside(lat, lon):
        return
    mend = (
        said("Latitude and longitude are swapped.", "Lintang dan bujurnya tertukar.")
        if inside(lon, lat)
        else said(
            "Latitude is {south} to {north}, longitude {west} to {east}.",
            "Lintang {south} sampai {north}, bujur {west} sampai {east}.",
            south=LATITUDES[0],
            north=LATITUDES[1],
            west=LONGITUDES[0],
            east=LONGITUDES[1],
        )
    )
    name = "lat" if not LATITUDES[0] <= lat <= LATITUDES[1] else "lon"
    value = lat if name == "lat" else lon
    raise invalid(
        f"{pointer}/{name}",
        said(
            "The place {lat}, {lon} lies outside Indonesia.", "Titik {lat}, {lon} di luar Indonesia.", lat=lat, lon=lon
        ),
        value=value,
        mend=mend,
    )
