"""What planners did to a draft, as a list of sentences: who, when, which visits, at what price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app import words
from app.pages.figures import figures_in
from app.pages.readers import DistrictReader
from app.pages.texts import acted_by, text
from app.schedules.drafts.answers import versions_out
from app.schedules.drafts.edit_schemas import EditOut
from app.schedules.drafts.models import DraftVersion
from app.schedules.drafts.schemas import VersionOut
from app.schedules.drafts.trip_edits import TripOp
from app.sites import service as sites


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSaid:
    """One version of a draft for people."""

    version: VersionOut
    who: str
    acts: tuple[str, ...]
    """One sentence for each edit; of an undo or redo, that it was one."""
    activations: int | None
    """Won or lost by it; None of the first version."""


def said_versions(
    session: Session, rows: Sequence[DraftVersion], *, reader: DistrictReader, newest: int
) -> tuple[VersionSaid, ...]:
    """Versions in the order of their rows, in the reader's language; names instead of the codes of sites."""
    shown = versions_out(rows, zone=reader.zone, newest=newest)
    codes = {code for version in shown.values() for edit in version.edits for code in _sites(edit)}
    names = sites.names_of(session, reader.district.code, codes) if codes else {}
    return tuple(_said(shown[row.number], names, reader) for row in rows)


def _said(version: VersionOut, names: Mapping[str, str], reader: DistrictReader) -> VersionSaid:
    if version.edits:
        acts = tuple(edit_in_words(edit, names, reader) for edit in version.edits)
    else:
        acts = (text(f"edits.{version.op}", reader.language),)
    before = version.before
    return VersionSaid(
        version=version,
        who=acted_by(version.actor, reader.language),
        acts=acts,
        activations=None if before is None else version.after.activations - before.activations,
    )


def edit_in_words(edit: EditOut, names: Mapping[str, str], reader: DistrictReader) -> str:
    """What one edit did, as a sentence in the reader's language."""
    if isinstance(edit.op, TripOp):
        return _trip_in_words(edit, names, reader)
    site = edit.site or ""
    fields = {"site": names.get(site, site), "team": edit.team, "day": _day(edit.date, reader)}
    if edit.op == "place":
        goal = {"to_team": edit.to_team or edit.team, "to_day": _day(edit.to_date or edit.date, reader)}
        return text("edits.place", reader.language, **fields, **goal)
    if edit.op == "retime":
        times = []
        if edit.starts_at is not None:
            hour = words.clock(edit.starts_at)[reader.language.value]
            times.append(text("edits.from_hour", reader.language, hour=hour))
        if edit.service_minutes is not None:
            times.append(text("edits.for_minutes", reader.language, minutes=edit.service_minutes))
        return text("edits.retime", reader.language, **fields, times=", ".join(times))
    return text(f"edits.{edit.op}", reader.language, **fields)


def _trip_in_words(edit: EditOut, names: Mapping[str, str], reader: DistrictReader) -> str:
    until = edit.until or edit.date
    op = "send_for_a_day" if edit.op == "send" and until == edit.date else edit.op
    days = {
        "day": _day(edit.date, reader),
        "until": _day(until, reader),
        "to_day": _day(edit.to_date or edit.date, reader),
    }
    act = text(f"edits.{op}", reader.language, team=edit.team, **days)
    if not edit.visits:
        return act
    sites_of_it = ", ".join(names.get(visit.site, visit.site) for visit in edit.visits)
    return text("edits.with_visits", reader.language, act=act, sites=sites_of_it)


def _sites(edit: EditOut) -> list[str]:
    """The codes of the sites that an edit names."""
    return [*([] if edit.site is None else [edit.site]), *(visit.site for visit in edit.visits or ())]


def _day(day: date, reader: DistrictReader) -> str:
    return figures_in(reader.language)["short_day"](day)
