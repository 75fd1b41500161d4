"""What calendars answer over HTTP."""

from app.calendars import api, outbox_api

ROUTERS = (
    api.router,
    outbox_api.router,
)
