"""What ways answer over HTTP."""

from app.travel import api
from app.travel.journeys import connections_api, doubts_api, lodgings_api, stations_api

ROUTERS = (
    api.router,
    lodgings_api.router,
    stations_api.router,
    connections_api.router,
    doubts_api.router,
)
