"""What schedules answer over HTTP."""

from app.schedules import api, disruptions_api
from app.schedules.announcements import api as invitations_api
from app.schedules.announcements import conflicts_api, feeds_api
from app.schedules.drafts import api as drafts_api
from app.schedules.loads import api as loads_api
from app.schedules.policies import api as policies_api
from app.schedules.questions import api as questions_api
from app.schedules.reasons import api as reasons_api
from app.schedules.trips import api as trips_api

ROUTERS = (
    api.router,
    drafts_api.router,
    disruptions_api.router,
    loads_api.router,
    conflicts_api.router,
    policies_api.router,
    questions_api.router,
    reasons_api.router,
    trips_api.router,
    feeds_api.router,
    invitations_api.router,
)
