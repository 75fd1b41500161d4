"""Pools of shared kits over HTTP."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.districts.coded_routes import CodedThings, Descriptions, coded_router
from app.districts.kits import Kit
from app.payloads import Day, Incoming, Line, Outgoing
from app.tables.fields import documented_range
from app.teams.kit_pool_values import RANGES
from app.teams.kit_pools import KIT_POOLS, Teams, fields_of, teams_of
from app.teams.models import KitPool
from app.teams.values import MAX_CODE


class KitPoolPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 2, "ends_on": "2026-03-19"}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    kind: Kit | None = None
    count: Annotated[int, documented_range(RANGES["count"])] | None = Field(
        default=None, description="So many are out on one date at the most."
    )
    max_per_team: Annotated[int, documented_range(RANGES["max_per_team"])] | None = Field(
        default=None, description="Null: 1."
    )
    teams: list[Line] | None = Field(default=None, max_length=500, description="Codes; null: every team.")
    cost_per_day: Annotated[int, documented_range(RANGES["cost_per_day"])] | None = Field(
        default=None, description="Rupiah for each that is out on a date; null: 0."
    )
    starts_on: Day | None = None
    ends_on: Day | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `KitPoolFields` keeps them."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        if values.get("kind") is not None:
            values["kind"] = values["kind"].value
        if values.get("teams") is not None:
            values["teams"] = tuple(sorted(set(values["teams"])))
        return values


class KitPoolIn(KitPoolPatch):
    """Kits of one kind that teams share: each day the office hands them out anew."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "SATELIT", "name": "Set satelit kantor", "kind": "satellite", "count": 1}]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    kind: Kit
    count: Annotated[int, documented_range(RANGES["count"])] = Field(
        description="So many are out on one date at the most."
    )


class KitPoolOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    kind: Kit
    count: int
    max_per_team: int
    teams: list[str] | None = Field(description="Codes; null: every team.")
    cost_per_day: int
    starts_on: date | None
    ends_on: date | None
    version: int


def _out(pool: KitPool, teams: Teams) -> KitPoolOut:
    values = KIT_POOLS.values_of(fields_of(pool, teams))
    return KitPoolOut(id=pool.id, district_code=pool.district_code, version=pool.version, **values)


router = coded_router(
    CodedThings(
        kind=KIT_POOLS,
        path="kit-pools",
        new=KitPoolIn,
        patch=KitPoolPatch,
        out=KitPoolOut,
        showing=lambda session, code: partial(_out, teams=teams_of(session, code)),
        says=Descriptions(
            nouns="pools of shared kits",
            table_of="shared kits",
            lists="The kits that teams share, as they were entered.",
            creates="Share kits among teams; new plans say who carries them on which date.",
            matched="Rows are matched by `code`. Columns that the file lacks stay as they are, and pools that it does "
            "not name.",
            changes="Change the fields that the body names; null empties one.",
            deletes="Remove a pool; plans that hold it stay as they are.",
        ),
    ),
    tag="teams",
)
