"""What a form of the board names: a visit, the team's day it is to go to, the version it was read at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.errors import InvalidRequest, invalid
from app.languages import said
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.options import Board as Answered
from app.schedules.drafts.options import Cell

_BEST = 6
_MOST_MINUTES = 1440
_MOST_TEXT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A visit by its codes, or a site that gets one: then `team` and `day` are None."""

    site: str
    team: str | None
    day: date | None

    @property
    def visit(self) -> tuple[str, date] | None:
        return None if self.team is None or self.day is None else (self.team, self.day)

    @property
    def op(self) -> EditOp:
        """What putting it on a day is."""
        return EditOp.ADD if self.visit is None else EditOp.PLACE

    def edit(self, op: EditOp, *, start: int | None = None, minutes: int | None = None) -> Edit:
        """An act on the visit where it is."""
        if self.team is None or self.day is None:
            raise _nothing_named()
        return Edit(op=op, team=self.team, day=self.day, site=self.site, start=start, minutes=minutes)

    def edit_to(self, goal: tuple[str, date]) -> Edit:
        """The plain way to the goal, whatever rules it breaks."""
        team, day = goal
        if self.team is None or self.day is None:
            return Edit(op=EditOp.ADD, team=team, day=day, site=self.site)
        return Edit(op=EditOp.PLACE, team=self.team, day=self.day, site=self.site, to_team=team, to_day=day)


def named_in(fields: Mapping[str, str]) -> Named:
    """Of `tim`, `tanggal` and `lokasi`; raises `InvalidRequest`."""
    team, day, site = (fields.get(name, "")[:_MOST_TEXT] for name in ("tim", "tanggal", "lokasi"))
    if not site or bool(team) != bool(day):
        raise _nothing_named()
    return Named(site=site, team=team or None, day=date_in(day, "/tanggal") if day else None)


def _nothing_named() -> InvalidRequest:
    return invalid(
        "/lokasi",
        said("The address names no visit of this plan.", "Alamat ini tidak menyebut kunjungan dalam rencana."),
        mend=said("Choose one on the board.", "Pilih satu di papan."),
    )


def date_in(text: str, pointer: str) -> date:
    """An ISO date; raises `InvalidRequest`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise invalid(
            pointer,
            said("{text!r} is no date.", "{text!r} bukan tanggal.", text=text[:_MOST_TEXT]),
            value=text[:_MOST_TEXT],
            mend=said("Choose a day, as in 2023-11-14.", "Pilih hari, seperti 2023-11-14."),
        ) from error


def goal_in(fields: Mapping[str, str]) -> tuple[str, date]:
    """The team's day of `ke`, or where that is `lain`, of `lain`: date, slash, team; raises `InvalidRequest`."""
    chosen = fields.get("ke", "")
    day, _, team = (fields.get("lain", "") if chosen in ("", "lain") else chosen).partition("/")
    if not team:
        raise invalid(
            "/ke",
            said("No day was chosen.", "Belum ada hari yang dipilih."),
            mend=said("Choose a team and a day.", "Pilih tim dan hari."),
        )
    return team[:_MOST_TEXT], date_in(day, "/ke")


def version_in(fields: Mapping[str, str]) -> int:
    """The version of the draft that the sender saw; raises `InvalidRequest`."""
    return _number(fields, "versi", most=2**31 - 1)


def minutes_in(fields: Mapping[str, str]) -> int | None:
    """Of `menit`; None where it was left empty; raises `InvalidRequest`."""
    return _number(fields, "menit", most=_MOST_MINUTES) if fields.get("menit", "").strip() else None


def start_in(fields: Mapping[str, str]) -> int | None:
    """Minutes after midnight of `mulai`; None where it was left empty; raises `InvalidRequest`."""
    text = fields.get("mulai", "").strip().replace(".", ":")
    if not text:
        return None
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise invalid(
            "/mulai",
            said("{text!r} is no hour of the day.", "{text!r} bukan jam.", text=text[:_MOST_TEXT]),
            value=text[:_MOST_TEXT],
            mend=said("Write it like 08:30.", "Tulis seperti 08.30."),
        )
    return int(hour) * 60 + int(minute)


def _number(fields: Mapping[str, str], name: str, *, most: int) -> int:
    text = fields.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and 1 <= int(text) <= most):
        raise invalid(
            f"/{name}",
            said(
                "{text!r} is no number from 1 to {most}.",
                "{text!r} bukan bilangan 1 sampai {most}.",
                text=text[:20],
                most=most,
            ),
            value=text[:20],
            mend=said("Open the page again.", "Buka lagi halamannya.")
            if name == "versi"
            else said("Write digits only.", "Tulis angka saja."),
        )
    return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """Where a visit could go: the best days first, and every day by team."""

    best: Sequence[Cell]
    by_team: Mapping[str, Sequence[Cell]]
    """Without the day on which the visit is."""


def goals_of(answered: Answered) -> Goals:
    """The cells as a page lists them."""
    possible = [cell for cell in answered.cells if cell.kind is not None]
    by_team: dict[str, list[Cell]] = {}
    for cell in answered.cells:
        if cell.rule != "same_place":
            by_team.setdefault(cell.team, []).append(cell)
    best = sorted(possible, key=lambda cell: (-_value(cell), cell.disturbed or 0, cell.date, cell.team))
    return Goals(best=best[:_BEST], by_team=by_team)


def _value(cell: Cell) -> int:
    return 0 if cell.figures is None else cell.figures.value_milli
