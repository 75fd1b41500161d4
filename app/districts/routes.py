"""What districts answer over HTTP."""

from app.districts import api, area_api, audit_api, issuing_api, planning_figures_api
from app.districts.counters import api as counters_api
from app.districts.counters import places_api
from app.districts.geography import api as geography_api
from app.districts.targets import api as targets_api

ROUTERS = (
    targets_api.router,
    counters_api.router,
    area_api.router,
    geography_api.router,
    planning_figures_api.router,
    issuing_api.router,
    api.router,
    places_api.router,
    audit_api.router,
)
