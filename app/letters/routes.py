"""What letters answer over HTTP."""

from app.letters import api, office_api

ROUTERS = (
    api.router,
    office_api.router,
)
