"""What requests and answers about a district's kinds of sites look like; the import of folders reads the same shape."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.districts.opening_hours import Window, canonical_windows, over_midnight
from app.districts.schemas import Provenances
from app.districts.window_schemas import WindowIn
from app.payloads import Incoming, Note, Outgoing
from app.sites.effective import NumberInForce, ShareInForce, WindowsInForce
from app.sites.kinds import KIND_FIGURES
from app.sites.models import SiteKind
from app.sites.values import RANGES
from app.tables.fields import documented_range

_Share = Decimal | None


class KindFiguresIn(Incoming):
    """What a district says of its sites of a kind, whole: what is left out or null is assumed again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "turn_out_share": 0.62,
                    "setup_minutes": 40,
                    "provenance": {"turn_out_share": "measured"},
                    "source": "Rekap 14 kunjungan sekolah, Oktober 2023",
                }
            ]
        }
    )

    phone_ready_share: Annotated[_Share, documented_range(RANGES["phone_ready_share"])] = None
    turn_out_share: Annotated[_Share, documented_range(RANGES["turn_out_share"])] = None
    resident_share: Annotated[_Share, documented_range(RANGES["resident_share"])] = None
    setup_minutes: Annotated[int, documented_range(RANGES["setup_minutes"])] | None = None
    max_visit_dates: Annotated[int, documented_range(RANGES["max_visit_dates"])] | None = None
    min_gap_days: Annotated[int, documented_range(RANGES["min_gap_days"])] | None = None
    max_teams: Annotated[int, documented_range(RANGES["max_teams"])] | None = None
    preparing_percent: Annotated[int, documented_range(RANGES["preparing_percent"])] | None = Field(
        default=None, description="Minutes to prepare a person first, of the usual ones to activate somebody."
    )
    activating_percent: Annotated[int, documented_range(RANGES["activating_percent"])] | None = Field(
        default=None, description="Minutes to activate somebody who was prepared, of the usual ones."
    )
    returning_percent: Annotated[int, documented_range(RANGES["returning_percent"])] | None = Field(
        default=None, description="Of those prepared, those who come again."
    )
    windows: list[WindowIn] | None = None
    provenance: Provenances = Field(default_factory=dict)
    source: Note | None = Field(default=None, description="In words: a measurement, a letter, a minute of a meeting.")

    def values(self) -> dict[str, Any]:
        """The figures as the service takes them."""
        windows = self.windows
        return {name: getattr(self, name) for name in KIND_FIGURES} | {
            "windows": None
            if windows is None
            else canonical_windows(
                part
                for window in windows
                for part in over_midnight(Window(window.opens, window.closes, window.weekdays))
            ),
            "provenance": {name: word.value for name, word in self.provenance.items()},
            "source": self.source,
        }


class DocumentKind(KindFiguresIn):
    """One of `site_kinds` in `district.json`."""

    kind: SiteKind


class KindFiguresOut(Outgoing):
    """What planning takes of a site of this kind that has no figure of its own, each with where it comes from."""

    district_code: str
    kind: SiteKind
    phone_ready_share: ShareInForce
    turn_out_share: ShareInForce
    resident_share: ShareInForce
    setup_minutes: NumberInForce
    max_visit_dates: NumberInForce
    min_gap_days: NumberInForce
    max_teams: NumberInForce
    preparing_percent: NumberInForce
    activating_percent: NumberInForce
    returning_percent: NumberInForce
    windows: WindowsInForce
    source: str | None
    version: int = Field(description="0: the district says nothing of its own.")


class DistrictKindList(Outgoing):
    items: list[KindFiguresOut]
