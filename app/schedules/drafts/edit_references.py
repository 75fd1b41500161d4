"""Codes, dates and visits that an edit names and the draft, or its problem, does not know."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from app.errors import FieldProblem, InvalidRequest, summary_of
from app.languages import said
from app.schedules.drafts.edits import Edit, no_visit
from app.schedules.runs.drafting import DraftPlan, DraftProblem, key_of

MOST_NAMED = 12
"""Codes that a refusal names."""


def unknown_in_edit(problem: DraftProblem, edit: Edit, pointer: str) -> Iterator[FieldProblem]:
    """Teams, site and dates that the edit of a visit names and the problem does not have."""
    teams = {team.id for team in problem.instance.teams}
    for name, team in (("team", edit.team), ("to_team", edit.to_team)):
        if team is not None and team not in teams:
            yield unknown_team(f"{pointer}/{name}", team, teams)
    if edit.site not in {site.id for site in problem.instance.sites}:
        yield unknown_site(f"{pointer}/site", edit.site)
    for name, day in (("date", edit.day), ("to_date", edit.to_day)):
        if day is not None and day not in problem.instance.dates:
            yield unknown_date(f"{pointer}/{name}", day, problem.instance.dates)


def refuse_unknown_visit(problem: DraftProblem, draft: DraftPlan, *, site: str, named: tuple[str, date] | None) -> None:
    """Raise `InvalidRequest` for a site that the problem does not know, or a visit that the draft does not hold."""
    if site not in {known.id for known in problem.instance.sites}:
        mistake = unknown_site("/edits/0/site", site)
    elif named is not None and (*named, site) not in {key_of(visit) for visit in draft.visits}:
        mistake = FieldProblem(
            pointer="/edits/0",
            detail=no_visit((*named, site)),
            value=f"{named[0]} {named[1]} {site}",
            mend=said("Read its visits again.", "Baca ulang daftar kunjungannya."),
        )
    else:
        return
    raise InvalidRequest(summary_of([mistake]), problems=[mistake])


def unknown_team(pointer: str, team: str, known: Collection[str]) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said("This plan knows no team {team!r}.", "Rencana ini tidak mengenal tim {team!r}.", team=team),
        value=team,
        mend=said(
            "Its teams are {teams}; one that came later needs a new plan.",
            "Timnya {teams}; tim yang datang kemudian memerlukan rencana baru.",
            teams=", ".join(sorted(known)[:MOST_NAMED]) + (" …" if len(known) > MOST_NAMED else ""),
        ),
    )


def unknown_site(pointer: str, site: str) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said("This plan knows no site {site!r}.", "Rencana ini tidak mengenal lokasi {site!r}.", site=site),
        value=site,
        mend=said(
            "Give a code as the list of the district's sites has it; a site that came later, or that is marked as "
            "done, needs a new plan.",
            "Isi kode seperti dalam daftar lokasi daerah; lokasi yang datang kemudian, atau yang sudah ditandai "
            "selesai, memerlukan rencana baru.",
        ),
    )


def unknown_date(pointer: str, day: date, dates: Sequence[date]) -> FieldProblem:
    return FieldProblem(
        pointer=pointer,
        detail=said(
            "{day} is no date of this plan: it lies outside, or no team works then.",
            "{day} bukan hari dalam rencana ini: di luar masanya, atau tidak ada tim yang bekerja.",
            day=day,
        ),
        value=day.isoformat(),
        mend=said(
            "Give a working day from {first} to {last}.",
            "Isi hari kerja dari {first} sampai {last}.",
            first=dates[0],
            last=dates[-1],
        ),
    )
