"""What teams answer over HTTP."""

from app.teams import api, kit_pools_api

ROUTERS = (
    api.router,
    kit_pools_api.router,
)
