"""Refuses an instance whose numbers are each possible but whose products would overflow the compiled search."""

import math
from dataclasses import asdict

from solver.contract.instance import Instance, Matrix, Point
from solver.contract.json_fields import Notes
from solver.contract.workload import available_minutes, most_unfairness

MOST_VALUE = 2**62


def check_magnitude(instance: Instance, notes: Notes) -> None:
    """Refuse numbers whose products would not fit the 64-bit integers of the search."""
    people = sum(site.people for site in instance.sites)
    team_days = sum(sum(team.work_dates) for team in instance.teams)
    longest = _longest_leg_metres(instance)
    legs = sum(sum(team.work_dates) * (min(team.max_stops, len(instance.sites)) + 1) for team in instance.teams)
    legs += sum(sum(team.work_dates) for team in instance.teams) * len(instance.connections)
    metre_price = legs * longest * instance.costs.per_km
    cost = metre_price // 1000 + team_days * instance.costs.per_team_day + _added_cost(instance)
    weights = instance.weights
    worst = (
        weights.must * sum(site.must for site in instance.sites)
        + weights.pin * len(instance.pinned)
        + 2 * weights.shortfall * instance.net_gap
        + weights.area_shortfall * sum(area.min_activations for area in instance.areas)
        + weights.late * people * len(instance.dates)
        + weights.moved * len(instance.published)
        + weights.fairness * most_unfairness(instance)
        + _added_penalty(instance)
    )
    if max(worst, metre_price, weights.per_million_cost * cost) >= MOST_VALUE:
        notes.add("/weights", asdict(weights), "lower the weights, prices or people: their products pass 2^62")
    # A team's share is its available minutes times the load of all teams.
    available = sum(available_minutes(team) for team in instance.teams)
    if weights.fairness and available * (available + 2 * 60 * team_days) >= MOST_VALUE:
        notes.add("/teams", available, "lower the shifts or leave out weights/fairness: their products pass 2^62")
    fastest = max(instance.connectivity.throughput_percent) * max(instance.connectivity.success_percent)
    fastest = fastest * 100 // min([100, *(site.minutes_percent for site in instance.sites)])
    crew = max((team.operators for team in instance.teams), default=0)
    services = [team.shift.close - team.shift.open for team in instance.teams]
    services += [team.away_shift.close - team.away_shift.open for team in instance.teams if team.away_shift]
    longest_service = max([0, *services, *(site.fixed_minutes or 0 for site in instance.sites)])
    if crew * fastest * longest_service >= MOST_VALUE:
        notes.add("/teams", crew, "lower operators, percentages or shifts: their products pass 2^62")


def _added_cost(instance: Instance) -> int:
    """Return a number that nights, fares and kits of no plan cost more than."""
    if not instance.dates:
        return 0
    nights = len(instance.teams) * ((instance.dates[-1] - instance.dates[0]).days + 1)
    dearest_bed = max((lodging.cost_per_night for lodging in instance.lodgings), default=0)
    fares = len(instance.teams) * len(instance.dates) * sum(connection.fare for connection in instance.connections)
    kits = len(instance.dates) * sum(pool.count * pool.cost_per_day for pool in instance.kits)
    return nights * dearest_bed + fares + kits


def _added_penalty(instance: Instance) -> int:
    """Return a number that further documents, pinned rows and the spread of loads of no plan cost more than."""
    people = {
        document.id: sum(site.people_of(document.id) for site in instance.sites) for document in instance.documents
    }
    documents = sum(
        2 * document.shortfall * max(people[document.id], document.gap or 0)
        + document.late * people[document.id] * len(instance.dates)
        for document in instance.documents
    )
    span = (instance.dates[-1] - instance.dates[0]).days + 1 if instance.dates else 0
    history = max((team.history.points for team in instance.teams), default=0)
    points = history + len(instance.dates) + instance.night_points * span
    pins = instance.weights.pin * (len(instance.pinned_nights) + len(instance.pinned_rides))
    return documents + pins + instance.weights.spread * 1000 * points


def _longest_leg_metres(instance: Instance) -> int:
    """Return a length that no leg between two stops of the instance exceeds."""
    longest = max((override.metres for override in instance.travel.overrides), default=0)
    if isinstance(instance.travel, Matrix):
        return max([longest, *(max(row) for row in instance.travel.metres if row)])
    places = [site.place for site in instance.sites] + [team.place for team in instance.teams]
    places += [lodging.place for lodging in instance.lodgings] + [station.place for station in instance.stations]
    points = [place for place in places if isinstance(place, Point)]
    if not points:
        return longest
    lats, lons = [point.lat for point in points], [point.lon for point in points]
    # Along a meridian and a parallel is never shorter than the great circle; a degree is at most 111.2 km.
    degrees = max(lats) - min(lats) + max(lons) - min(lons)
    return max(longest, math.ceil(degrees * 111_200 * instance.travel.detour))
