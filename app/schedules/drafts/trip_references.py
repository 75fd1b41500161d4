"""Codes and dates of an edit of a trip that the draft's problem does not know."""

from collections.abc import Collection, Iterator

from app.errors import FieldProblem
from app.languages import Said, said
from app.schedules.drafts.edit_references import MOST_NAMED, unknown_date, unknown_site, unknown_team
from app.schedules.drafts.trip_edits import TripEdit
from app.schedules.runs.drafted_trips import connections_of, lodgings_of
from app.schedules.runs.drafting import DraftProblem


def unknown_in_trip(problem: DraftProblem, edit: TripEdit, pointer: str) -> Iterator[FieldProblem]:
    """Team, dates, lodgings, rides and sites that the edit names and the problem does not have."""
    teams = {team.id for team in problem.instance.teams}
    if edit.team not in teams:
        yield unknown_team(f"{pointer}/team", edit.team, teams)
    dates = [("date", edit.day), ("until", edit.until), ("to_date", edit.to_day)]
    dates += [(f"nights/{n}/date", night.day) for n, night in enumerate(edit.nights)]
    dates += [(f"visits/{n}/date", visit.day) for n, visit in enumerate(edit.visits)]
    dates += [(f"rides/{n}/date", ride.day) for n, ride in enumerate(edit.rides or ())]
    for name, day in dates:
        if day is not None and day not in problem.instance.dates:
            yield unknown_date(f"{pointer}/{name}", day, problem.instance.dates)
    lodgings = lodgings_of(problem)
    beds = [("lodging", edit.lodging), *((f"nights/{n}/lodging", night.lodging) for n, night in enumerate(edit.nights))]
    for name, lodging in beds:
        if lodging is not None and lodging not in lodgings:
            yield _unknown_lodging(f"{pointer}/{name}", lodging, lodgings)
    connections = connections_of(problem)
    for n, ride in enumerate(edit.rides or ()):
        if ride.connection not in connections:
            yield _unknown_connection(f"{pointer}/rides/{n}/connection", ride.connection, connections)
    sites = {site.id for site in problem.instance.sites}
    for n, visit in enumerate(edit.visits):
        if visit.site not in sites:
            yield unknown_site(f"{pointer}/visits/{n}/site", visit.site)


def _unknown_lodging(pointer: str, code: str, known: Collection[str]) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said(
            "This plan knows no lodging {code!r}.", "Rencana ini tidak mengenal penginapan {code!r}.", code=code
        ),
        value=code,
        mend=_its(
            known,
            said(
                "Its lodgings are {names}; one that came later needs a new plan.",
                "Penginapannya {names}; yang datang kemudian memerlukan rencana baru.",
                names=_named(known),
            ),
            said(
                "It has none: enter lodgings, and with the teams how many nights they may stay away; then plan anew.",
                "Rencana ini tidak punya satu pun: isi penginapan dan, pada tim, berapa malam boleh menginap; lalu "
                "susun ulang.",
            ),
        ),
    )


def _unknown_connection(pointer: str, code: str, known: Collection[str]) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said(
            "This plan knows no connection {code!r}.", "Rencana ini tidak mengenal trayek {code!r}.", code=code
        ),
        value=code,
        mend=_its(
            known,
            said(
                "Its connections are {names}; one that came later needs a new plan.",
                "Trayeknya {names}; yang datang kemudian memerlukan rencana baru.",
                names=_named(known),
            ),
            said("It has none: enter them and plan anew.", "Rencana ini tidak punya satu pun: isi, lalu susun ulang."),
        ),
    )


def _its(known: Collection[str], some: Said, none: Said) -> Said:
    return some if known else none


def _named(codes: Collection[str]) -> str:
    return ", ".join(sorted(codes)[:MOST_NAMED]) + (" …" if len(codes) > MOST_NAMED else "")
