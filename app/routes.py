"""All routers, in the order in which a request is compared with them: what is asked for all day comes first.

A room of several has a `routes.py`. They stand side by side: a router inside another is compared twice."""

from app import observability
from app.access import routes as access
from app.calendars import routes as calendars
from app.districts import routes as districts
from app.fieldwork import routes as fieldwork
from app.forecasts import api as forecasts
from app.letters import routes as letters
from app.maps import api as maps
from app.metrics import api as metrics
from app.pages import routes as pages
from app.pages import today
from app.reports import routes as reports
from app.requests import api as requests
from app.schedules import routes as schedules
from app.sites import routes as sites
from app.teams import routes as teams
from app.travel import routes as travel

ROUTERS = (
    observability.router,
    *fieldwork.ROUTERS,
    today.router,
    forecasts.router,
    metrics.router,
    *access.ROUTERS,
    *calendars.ROUTERS,
    *districts.ROUTERS,
    *reports.ROUTERS,
    requests.router,
    *schedules.ROUTERS,
    *sites.ROUTERS,
    *teams.ROUTERS,
    *travel.ROUTERS,
    *letters.ROUTERS,
    maps.router,
    *pages.ROUTERS,
)
