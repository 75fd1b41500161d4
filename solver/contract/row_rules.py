"""The rules of `outreach-2` for nights, rides, breaks and kits; each function is a rule, its docstring what it says."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from solver.contract.book import Book, TeamDay, nights_after
from solver.contract.journal import DayKey, Stay
from solver.contract.violation import Violation, clock, hours, of_team_day


def night_outside_work(book: Book) -> Iterator[Violation]:
    """A team is away only on dates when it works: on the date before a night and on the one after it."""
    dates = book.instance.dates
    for stay in _kept(book):
        for d in (stay.date_index, stay.date_index + 1):
            if not stay.team.work_dates[d]:
                message = f"away at {stay.lodging.id} when the team does not work"
                yield of_team_day("night_outside_work", stay.team.id, dates[d], message)


def night_after_the_last_date(book: Book) -> Iterator[Violation]:
    """No night follows the last date: every team is back at its base."""
    dates = book.instance.dates
    for stay in book.journal.stays:
        if stay.date_index == len(dates) - 1:
            message = f"a night at {stay.lodging.id} after the last date, on which every day ends at base"
            yield of_team_day("night_after_the_last_date", stay.team.id, dates[-1], message)


def two_beds(book: Book) -> Iterator[Violation]:
    """A team sleeps in one place a night."""
    counts = Counter((stay.team.id, stay.date_index) for stay in book.journal.stays)
    for (team, d), count in counts.items():
        if count > 1:
            yield of_team_day("two_beds", team, book.instance.dates[d], f"{count} beds for one night")


def lodging_closed(book: Book) -> Iterator[Violation]:
    """A lodging takes teams only on nights when it is open."""
    for stay in _kept(book):
        if not stay.lodging.open_dates[stay.date_index]:
            day = book.instance.dates[stay.date_index]
            yield of_team_day("lodging_closed", stay.team.id, day, f"{stay.lodging.id} is closed that night")


def lodging_full(book: Book) -> Iterator[Violation]:
    """No more teams sleep at a lodging than it has room for."""
    guests = Counter((lodging.id, d) for (_, d), lodging in book.journal.beds.items())
    room = {lodging.id: lodging.max_teams for lodging in book.instance.lodgings}
    for (name, d), count in guests.items():
        most = room[name]
        if most is not None and count > most:
            message = f"{name} on {book.instance.dates[d]}: {count} teams sleep there, at most {most}"
            yield Violation(rule="lodging_full", message=message, date=book.instance.dates[d])


def no_departure(book: Book) -> Iterator[Violation]:
    """A team rides when the connection leaves."""
    for passage in book.journal.passages:
        connection, day = passage.connection, book.instance.dates[passage.date_index]
        if not connection.run_dates[passage.date_index]:
            yield of_team_day("no_departure", passage.team.id, day, f"{connection.id} does not run on this date")
        elif not connection.departs.open <= passage.start <= connection.departs.close:
            leaves = hours(connection.departs.open, connection.departs.close)
            message = f"{connection.id} at {clock(passage.start)}, it leaves at {leaves}"
            yield of_team_day("no_departure", passage.team.id, day, message)


def ride_outside_work(book: Book) -> Iterator[Violation]:
    """A team rides only on dates when it works."""
    for passage in book.journal.passages:
        if not passage.team.work_dates[passage.date_index]:
            day = book.instance.dates[passage.date_index]
            message = f"rides {passage.connection.id} when the team does not work"
            yield of_team_day("ride_outside_work", passage.team.id, day, message)


def no_seat(book: Book) -> Iterator[Violation]:
    """A connection takes each team once a date, and no more teams than it has room for."""
    riders: dict[tuple[str, int], list[str]] = {}
    for passage in book.journal.passages:
        riders.setdefault((passage.connection.id, passage.date_index), []).append(passage.team.id)
    room = {connection.id: connection.max_teams for connection in book.instance.connections}
    for (name, d), teams in riders.items():
        most, day = room[name], book.instance.dates[d]
        for team in {team for team in teams if teams.count(team) > 1}:
            yield of_team_day("no_seat", team, day, f"rides {name} twice")
        if most is not None and len(teams) > most:
            message = f"{name} on {day}: {len(teams)} teams ride, at most {most}"
            yield Violation(rule="no_seat", message=message, date=day)


def wrong_break(book: Book) -> Iterator[Violation]:
    """A break is taken on its dates, inside its window, once, and not during another one."""
    dates = book.instance.dates
    for (team, d), rests in book.journal.rests_on.items():
        for rest in rests:
            window = rest.rule.window
            if not rest.rule.on_dates[d]:
                yield of_team_day("wrong_break", team, dates[d], f"break {rest.number} is not taken on this date")
            if rest.start < window.open or rest.ends_at > window.close:
                message = f"break {rest.number} at {hours(rest.start, rest.ends_at)}, its hours are "
                yield of_team_day("wrong_break", team, dates[d], message + hours(window.open, window.close))
        if len({rest.number for rest in rests}) < len(rests):
            yield of_team_day("wrong_break", team, dates[d], "the same break is taken twice")
        for before, after in pairwise(rests):
            if after.start < before.ends_at:
                message = f"the break at {hours(after.start, after.ends_at)} begins before another one ends"
                yield of_team_day("wrong_break", team, dates[d], message)


def break_missed(team_day: TeamDay) -> Iterator[Violation]:
    """A team takes each of its breaks on every date of it on which it is out."""
    taken = {rest.number for rest in team_day.rests}
    for number, rule in enumerate(team_day.team.breaks):
        if rule.on_dates[team_day.date_index] and number not in taken:
            yield of_team_day("break_missed", team_day.team.id, team_day.date, f"break {number} is not taken")


def break_cut(team_day: TeamDay) -> Iterator[Violation]:
    """A break cuts no set-up, and one that touches a ride lies inside it."""
    for stop in team_day.stops:
        if stop.cut_at is not None:
            message = f"the break at {clock(stop.cut_at)} cuts into the arrival or set-up at {stop.site.id}"
            yield of_team_day("break_cut", team_day.team.id, team_day.date, message)
    for ride in team_day.rides:
        start, end = ride.passage.start, ride.passage.ends_at
        for rest in team_day.rests:
            touches = rest.start < end and start < rest.ends_at
            if touches and not (start <= rest.start and rest.ends_at <= end):
                message = f"the break at {clock(rest.start)} lies half in the ride {ride.passage.connection.id}"
                yield of_team_day("break_cut", team_day.team.id, team_day.date, message)


def ride_missed(team_day: TeamDay) -> Iterator[Violation]:
    """A team is at a boat or plane before it leaves."""
    for ride in team_day.rides:
        passage = ride.passage
        if ride.has_way and ride.arrives_at > passage.start:
            message = f"at {passage.connection.id} by {clock(ride.arrives_at)}, it leaves at {clock(passage.start)}"
            yield of_team_day("ride_missed", team_day.team.id, team_day.date, message)


def no_way(team_day: TeamDay) -> Iterator[Violation]:
    """Between zones a team goes by connections and by ways that are given one by one, by nothing else."""
    team, day = team_day.team.id, team_day.date
    for stop in team_day.stops:
        if not stop.has_way:
            yield of_team_day("no_way", team, day, f"there is no way to {stop.site.id} from where the team is")
    for ride in team_day.rides:
        if not ride.has_way:
            name = ride.passage.connection.id
            yield of_team_day("no_way", team, day, f"there is no way to where {name} leaves from")
    if not team_day.has_way_home:
        yield of_team_day("no_way", team, day, "there is no way to where the day ends")


def idle_rows(book: Book) -> Iterator[Violation]:
    """Breaks are taken and kits carried only on dates when the team is out."""
    out = {(team_day.team.id, team_day.date_index) for team_day in book.team_days}
    for what, rows in (("breaks", book.journal.rests_on), ("kits", book.journal.carried)):
        for team, d in rows:
            if (team, d) not in out:
                yield of_team_day("idle_rows", team, book.instance.dates[d], f"{what} on a date without work")


def too_many_nights(book: Book) -> Iterator[Violation]:
    """A trip has no more calendar nights than the team may be away."""
    dates = book.instance.dates
    most = {team.id: team.max_nights for team in book.instance.teams}
    for trip in trips(book):
        nights = (dates[trip.back_on] - dates[trip.first_night]).days
        if nights > most[trip.team]:
            message = f"{nights} nights away, at most {most[trip.team]}"
            yield of_team_day("too_many_nights", trip.team, dates[trip.first_night], message)


def no_rest(book: Book) -> Iterator[Violation]:
    """After a trip a team rests its days before it goes out again."""
    dates = book.instance.dates
    days: dict[str, list[TeamDay]] = {}
    for team_day in book.team_days:
        days.setdefault(team_day.team.id, []).append(team_day)
    for trip in trips(book):
        for team_day in days[trip.team]:
            since = (team_day.date - dates[trip.back_on]).days
            if 0 < since <= team_day.team.rest_days:
                message = f"out {since} days after a trip, at least {team_day.team.rest_days} of rest come first"
                yield of_team_day("no_rest", trip.team, team_day.date, message)


def wrong_load(book: Book) -> Iterator[Violation]:
    """A team carries kits of pools that it may use, listed once, from one to the pool's limit for a team."""
    dates, seen = book.instance.dates, set[tuple[str, int, str]]()
    for load in book.journal.loads:
        pool, day = load.pool, dates[load.date_index]
        if not 1 <= load.count <= pool.max_per_team:
            message = f"{load.count} of {pool.id}, from 1 to {pool.max_per_team} for a team"
            yield of_team_day("wrong_load", load.team.id, day, message)
            continue
        if (load.team.id, load.date_index, pool.id) in seen:
            yield of_team_day("wrong_load", load.team.id, day, f"{pool.id} is listed twice")
        seen.add((load.team.id, load.date_index, pool.id))
        if pool.teams is not None and load.team.id not in pool.teams:
            yield of_team_day("wrong_load", load.team.id, day, f"{pool.id} is not for this team")


def pool_empty(book: Book) -> Iterator[Violation]:
    """All teams together carry no more kits of a pool than there are on that date."""
    used: Counter[tuple[str, int]] = Counter()
    for (_, d), drawn in book.journal.carried.items():
        for load in drawn.values():
            used[load.pool.id, d] += load.count
    pools = {pool.id: pool for pool in book.instance.kits}
    for (name, d), count in used.items():
        have = pools[name].count if pools[name].on_dates[d] else 0
        if count > have:
            day = book.instance.dates[d]
            yield Violation(rule="pool_empty", message=f"{name} on {day}: {count} carried, there are {have}", date=day)


def load_changes_away(book: Book) -> Iterator[Violation]:
    """What a team draws from pools stays the same as long as it sleeps away."""
    for team, d in book.journal.beds:
        before, after = (_drawn(book, (team, date_index)) for date_index in (d, d + 1))
        if before != after:
            message = "its kits change during the night that follows, away from base"
            yield of_team_day("load_changes_away", team, book.instance.dates[d], message)


BOOK_RULES = (
    night_outside_work,
    night_after_the_last_date,
    two_beds,
    lodging_closed,
    lodging_full,
    no_departure,
    ride_outside_work,
    no_seat,
    wrong_break,
    idle_rows,
    too_many_nights,
    no_rest,
    wrong_load,
    pool_empty,
    load_changes_away,
)
DAY_RULES = (break_missed, break_cut, ride_missed, no_way)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A longest run of dates after which a team sleeps away: positions of the first, and of the date it is back."""

    team: str
    first_night: int
    back_on: int


def trips(book: Book) -> Iterator[Trip]:
    """Yield the trips of all teams, each team's in order."""
    for team, keys in groupby(sorted(book.journal.beds), key=lambda key: key[0]):
        yield from _runs(team, [d for _, d in keys])


def nights_of(book: Book, team: str) -> int:
    """Return the calendar nights of a team away from base."""
    return sum(nights_after(book.instance.dates, d) for name, d in book.journal.beds if name == team)


def _runs(team: str, nights: Sequence[int]) -> Iterator[Trip]:
    first = nights[0]
    for before, after in pairwise(nights):
        if after > before + 1:
            yield Trip(team=team, first_night=first, back_on=before + 1)
            first = after
    yield Trip(team=team, first_night=first, back_on=nights[-1] + 1)


def _kept(book: Book) -> Iterator[Stay]:
    """The stays that count: one a night of a team, none after the last date."""
    seen: set[DayKey] = set()
    for stay in book.journal.stays:
        key = stay.team.id, stay.date_index
        if key in book.journal.beds and key not in seen:
            seen.add(key)
            yield stay


def _drawn(book: Book, key: DayKey) -> dict[str, int]:
    return {name: load.count for name, load in book.journal.carried.get(key, {}).items()}
