"""Refuses an instance whose numbers are each possible but whose products would overflow the compiled search."""

import math
from dataclasses import asdict

from solver.contract.instance import Instance, Matrix, Point
from solver.contract.json_fields import Notes
from solver.contract.workload import available_minutes, most_unfairness

MOST_VALUE = 2**62


def check_magnitude(found: Instance, notes: Notes) -> None:
    """Refuse numbers whose products would not fit the 64-bit integers of the search."""
    people = sum(site.people for site in found.sites)
    team_days = sum(sum(team.work_dates) for team in found.teams)
    longest = _longest_leg_metres(found)
    legs = sum(sum(team.work_dates) * (min(team.max_stops, len(found.sites)) + 1) for team in found.teams)
    legs += sum(sum(team.work_dates) for team in found.teams) * len(found.connections)
    metre_price = legs * longest * found.costs.per_km
    cost = metre_price // 1000 + team_days * found.costs.per_team_day + _added_cost(found)
    weights = found.weights
    worst = (
        weights.must * sum(site.must for site in found.sites)
        + weights.pin * len(found.pinned)
        + 2 * weights.shortfall * found.net_gap
        + weights.area_shortfall * sum(area.min_activations for area in found.areas)
        + weights.late * people * len(found.dates)
        + weights.moved * len(found.published)
        + weights.fairness * most_unfairness(found)
        + _added_penalty(found)
    )
    if max(worst, metre_price, weights.per_million_cost * cost) >= MOST_VALUE:
        notes.add("/weights", asdict(weights), "lower the weights, prices or people: their products pass 2^62")
    # A team's share is its available minutes times the load of all teams.
    available = sum(available_minutes(team) for team in found.teams)
    if weights.fairness and available * (available + 2 * 60 * team_days) >= MOST_VALUE:
        notes.add("/teams", available, "lower the shifts or leave out weights/fairness: their products pass 2^62")
    fastest = max(found.connectivity.throughput_percent) * max(found.connectivity.success_percent)
    crew = max((team.operators for team in found.teams), default=0)
    services = [team.shift.close - team.shift.open for team in found.teams]
    services += [team.away_shift.close - team.away_shift.open for team in found.teams if team.away_shift]
    longest_service = max([0, *services, *(site.fixed_minutes or 0 for site in found.sites)])
    if crew * fastest * longest_service >= MOST_VALUE:
        notes.add("/teams", crew, "lower operators, percentages or shifts: their products pass 2^62")


def _added_cost(found: Instance) -> int:
    """Return a number that nights, fares and kits of no plan cost more than."""
    if not found.dates:
        return 0
    nights = len(found.teams) * ((found.dates[-1] - found.dates[0]).days + 1)
    dearest_bed = max((lodging.cost_per_night for lodging in found.lodgings), default=0)
    fares = len(found.teams) * len(found.dates) * sum(connection.fare for connection in found.connections)
    kits = len(found.dates) * sum(pool.count * pool.cost_per_day for pool in found.kits)
    return nights * dearest_bed + fares + kits


def _added_penalty(found: Instance) -> int:
    """Return a number that further documents, pinned rows and the spread of loads of no plan cost more than."""
    people = {document.id: sum(site.people_of(document.id) for site in found.sites) for document in found.documents}
    documents = sum(
        2 * document.shortfall * max(people[document.id], document.gap or 0)
        + document.late * people[document.id] * len(found.dates)
        for document in found.documents
    )
    span = (found.dates[-1] - found.dates[0]).days + 1 if found.dates else 0
    history = max((team.history.points for team in found.teams), default=0)
    points = history + len(found.dates) + found.night_points * span
    pins = found.weights.pin * (len(found.pinned_nights) + len(found.pinned_rides))
    return documents + pins + found.weights.spread * 1000 * points


def _longest_leg_metres(found: Instance) -> int:
    """Return a length that no leg between two stops of the instance exceeds."""
    longest = max((override.metres for override in found.travel.overrides), default=0)
    if isinstance(found.travel, Matrix):
        return max([longest, *(max(row) for row in found.travel.metres if row)])
    places = [site.place for site in found.sites] + [team.place for team in found.teams]
    places += [lodging.place for lodging in found.lodgings] + [station.place for station in found.stations]
    points = [place for place in places if isinstance(place, Point)]
    if not points:
        return longest
    lats, lons = [point.lat for point in points], [point.lon for point in points]
    # Along a meridian and a parallel is never shorter than the great circle; a degree is at most 111.2 km.
    degrees = max(lats) - min(lats) + max(lons) - min(lons)
    return max(longest, math.ceil(degrees * 111_200 * found.travel.detour))
