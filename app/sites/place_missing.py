"""What becomes of a site of a file without coordinates: apart, since the command line offers it."""

from enum import StrEnum


class PlaceMissing(StrEnum):
    REFUSE = "refuse"
    AREA = "area"
