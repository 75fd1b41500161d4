"""Trips on the map of a plan: lines, beds and what they say, from what the page was given."""

import json
import re

from playwright.sync_api import Route, expect

from app.access.models import Role
from tests.browser.conftest import OpenBrowser
from tests.browser.service import Service

BASE, BED = {"lat": -3.26, "lon": 102.88}, {"lat": -3.2, "lon": 102.9}
TRIP = {
    "team": "TIM-9",
    "starts_on": "2023-11-16",
    "ends_on": "2023-11-20",
    "legs": [
        {"date": "2023-11-16", "way": "boat", "is_ride": True, "origin": BASE, "target": BED},
        {"date": "2023-11-20", "way": None, "is_ride": False, "origin": BED, "target": BASE},
    ],
    "nights": [{"code": "B", "name": "Balai Hulu", "place": BED, "first": "2023-11-16", "until": "2023-11-20"}],
}


def test_a_person_sees_where_a_team_sleeps(service: Service, open_browser: OpenBrowser) -> None:
    page = open_browser(service, Role.VIEWER).new_page()

    def with_trip(route: Route) -> None:
        answer = route.fetch()
        given = re.sub(r'(id="trips"[^>]*>)\[\]', lambda found: found[1] + json.dumps([TRIP]), answer.text())
        route.fulfill(response=answer, body=given)

    path = service.path("/rencana/{schedule}")
    page.route(f"**{path}", with_trip)
    page.goto(path)
    page.locator("[data-map]").scroll_into_view_if_needed()
    legend = page.locator(".map-legend")
    for words in ("TIM-9", "naik perahu atau pesawat", "tim menginap di sini"):
        expect(legend).to_contain_text(words)
    bed = page.locator(".map .site:has(path)")
    expect(bed).to_have_count(1)
    bed.hover()
    told = page.locator(".leaflet-tooltip")
    expect(told).to_contain_text("Balai Hulu")
    expect(told).to_contain_text("TIM-9 menginap, 16 Nov – 20 Nov")
