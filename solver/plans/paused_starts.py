"""Keeps the starts of a team's day that takes a break, as far as they can be kept, and finds the break its place.

A break lies on the way to a stop (for the first one perhaps before the team leaves), in the service of one, or behind
the last. For each such place the day is one of fixed legs and stays, so that the latest starts leave the rest in time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.book import Leg
from solver.contract.instance import Instance, Site, Team, Visit, Window
from solver.contract.journeys import Break, Pause
from solver.contract.travel import Travel
from solver.plans.paused_days import PausedDay

Key = tuple[str, date, str]
"""Team, date and site of a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """A stop with the break at its place: minutes from the stop before, minutes there, and spans of starts.

    `opens` no start is earlier, for the break before it; the stop before ends by `ends_by`.
    """

    leg: int
    busy: int
    spans: tuple[tuple[int, int], ...]
    opens: int
    ends_by: int


class PausedStarts:
    """Gives the stops of days with one break their starts; exact: None means that no place of the break will do."""

    def __init__(self, instance: Instance, *, leg: Leg | None = None) -> None:
        """`leg` gives the instance's own legs to whoever remembers them."""
        self._leg = leg or Travel(instance.travel).leg
        self._sites = {site.id: site for site in instance.sites}
        self._teams = {team.id: team for team in instance.teams}

    def day(
        self,
        visits: Sequence[Visit],
        number: int,
        wanted: Mapping[Key, int],
        *,
        fixed: Mapping[Key, int],
        at: int | None = None,
    ) -> PausedDay | None:
        """Return a team's visits of a date, in their order, with their break of that number.

        A fixed visit starts when it is fixed, every other at its wanted start where that fits, else as early as it can.
        Of several places for the break the one that keeps most; `at` gives its start beforehand.
        """
        team = self._teams[visits[0].team]
        rule = team.breaks[number]
        if at is not None:
            rule = replace(rule, window=Window(open=at, close=at + rule.minutes))
        best: tuple[tuple[int, int], PausedDay] | None = None
        for place in range(2 * len(visits) + 1):
            rooms = self._rooms(team, visits, rule, place, fixed)
            starts = None if rooms is None else _starts(rooms, [wanted.get(_key(visit)) for visit in visits], team)
            if rooms is None or starts is None:
                continue
            kept = sum(wanted.get(_key(visit)) == start for visit, start in zip(visits, starts, strict=True))
            rank = (-kept, starts[-1] + rooms[-2].busy)
            if best is None or rank < best[0]:
                timed = tuple(replace(visit, start=start) for visit, start in zip(visits, starts, strict=True))
                pause_at = self._pause_at(timed, rooms, rule, place)
                pause = Pause(team=team.id, date=visits[0].date, number=number, start=pause_at)
                best = rank, PausedDay(visits=timed, pause=pause)
        return None if best is None else best[1]

    def pause(self, visits: Sequence[Visit], number: int) -> Pause | None:
        """Return where the break fits beside visits that start when they do; None if nowhere."""
        day = self.day(visits, number, {}, fixed={_key(visit): visit.start for visit in visits})
        return None if day is None else day.pause

    def _rooms(
        self, team: Team, visits: Sequence[Visit], rule: Break, place: int, fixed: Mapping[Key, int]
    ) -> list[_Room] | None:
        """The stops, and at last the way home, with the break on the way to stop `place / 2`, or in the stop before."""
        first, last = rule.window.open, rule.window.close - rule.minutes
        rooms: list[_Room] = []
        here: Site | Team = team
        for index, visit in enumerate(visits):
            site = self._sites[visit.site]
            leg, busy = self._leg(here, site)[0], site.setup_minutes + visit.minutes
            opens, ends_by, earliest, latest = -1, team.shift.close, 0, team.shift.close
            if place == 2 * index:
                if index == 0:
                    # Before the team leaves it costs nothing.
                    leg += min(rule.minutes, max(0, first + rule.minutes - team.shift.open))
                else:
                    leg += rule.minutes
                    ends_by = last
                opens = first + rule.minutes
            elif place == 2 * index + 1:
                earliest, latest = first - busy + 1, last - site.setup_minutes
                busy += rule.minutes
            wish = fixed.get(_key(visit))
            spans = tuple(
                (max(window.open, earliest), min(window.close - busy, latest)) for window in site.windows_at(visit.date)
            )
            if wish is not None:
                spans = ((wish, wish),) if any(opening <= wish <= close for opening, close in spans) else ()
            spans = tuple(span for span in spans if span[0] <= span[1])
            if not spans:
                return None
            rooms.append(_Room(leg=leg, busy=busy, spans=spans, opens=opens, ends_by=ends_by))
            here = site
        leg, ends_by = self._leg(here, team)[0], team.shift.close
        if place == 2 * len(visits):
            # After the team is back it costs nothing.
            leg += min(rule.minutes, max(0, team.shift.close - last))
            ends_by = last
        home = _Room(leg=leg, busy=0, spans=((0, team.shift.close),), opens=-1, ends_by=ends_by)
        return [*rooms, home]

    def _pause_at(self, visits: Sequence[Visit], rooms: Sequence[_Room], rule: Break, place: int) -> int:
        first = rule.window.open
        index, is_in_service = divmod(place, 2)
        if is_in_service:
            return max(first, visits[index].start + self._sites[visits[index].site].setup_minutes)
        if index == len(visits):
            return rule.window.close - rule.minutes
        return first if index == 0 else max(first, visits[index - 1].start + rooms[index - 1].busy)


def _starts(rooms: Sequence[_Room], wanted: Sequence[int | None], team: Team) -> list[int] | None:
    """A start for every stop of a day, the wanted one where it can be; None if the stops do not fit."""
    latest: list[int] = []
    limit = min(rooms[-1].ends_by, team.shift.close - rooms[-1].leg)
    for room in reversed(rooms[:-1]):
        ends = [min(close, limit - room.busy) for opening, close in room.spans if opening <= limit - room.busy]
        ends = [end for end in ends if end >= room.opens]
        if not ends:
            return None
        latest.append(max(ends))
        limit = min(room.ends_by, latest[-1] - room.leg)
    starts: list[int] = []
    free_at = team.shift.open
    for room, wish, last in zip(rooms[:-1], wanted, reversed(latest), strict=True):
        ready = max(free_at + room.leg, room.opens)
        if free_at > room.ends_by:
            return None
        spans = [(max(ready, opening), min(close, last)) for opening, close in room.spans]
        spans = [span for span in spans if span[0] <= span[1]]
        if not spans:
            return None
        can = wish is not None and any(opening <= wish <= close for opening, close in spans)
        starts.append(wish if can and wish is not None else min(opening for opening, _ in spans))
        free_at = starts[-1] + room.busy
    return starts


def _key(visit: Visit) -> Key:
    return visit.team, visit.date, visit.site
