"""What sites answer over HTTP."""

from app.sites import api, closures_api, kind_figures_api

ROUTERS = (
    api.router,
    closures_api.router,
    kind_figures_api.router,
)
