"""What reports answer over HTTP."""

from app.reports import api, estimates_api

ROUTERS = (
    api.router,
    estimates_api.router,
)
