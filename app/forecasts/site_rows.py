"""The published visits of a month by their sites, and what may make up for them."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.forecasts.month import MonthAhead, SiteAhead, VisitAhead

# Drawn and played together, so that their arrays stay in the processor's cache.
SITES_AT_A_TIME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A visit on its date, or what makes up for it on a later one."""

    visit: VisitAhead
    date: date
    is_make_up: bool = False


def rows_by_site(month: MonthAhead) -> dict[int, list[Row]]:
    """The visits of each site in the order in which they are held, also what may make up for them."""
    rows: dict[int, list[Row]] = {site.site: [] for site in month.sites}
    for visit in month.visits:
        rows[visit.site].append(Row(visit=visit, date=visit.date))
        if month.make_up is not None:
            place = bisect_right(month.working_days, visit.date) + month.make_up.after_working_days - 1
            if place < len(month.working_days):
                rows[visit.site].append(Row(visit=visit, date=month.working_days[place], is_make_up=True))
    for of_site in rows.values():
        of_site.sort(key=lambda row: (row.date, row.is_make_up, row.visit.visit))
    return rows


def blocks(month: MonthAhead) -> Iterator[tuple[list[SiteAhead], list[list[Row]]]]:
    """The sites that are visited and their visits, some at a time, ascending."""
    rows = rows_by_site(month)
    sites = sorted((site for site in month.sites if rows[site.site]), key=lambda site: site.site)
    for start in range(0, len(sites), SITES_AT_A_TIME):
        block = sites[start : start + SITES_AT_A_TIME]
        yield block, [rows[site.site] for site in block]
