"""What the coordinator's day answers over HTTP."""

from app.fieldwork import api, results_api

ROUTERS = (
    api.router,
    results_api.router,
)
