"""What tokens, people and their sessions answer over HTTP."""

from app.access import api, me_api, users_api

ROUTERS = (
    api.router,
    users_api.router,
    me_api.router,
)
