"""What is wrong with where the session of a site is moved, and when and how its people are prepared first."""

from collections.abc import Mapping
from typing import Any

from app.errors import FieldProblem
from app.languages import said
from app.sites.preparations import OF_A_PREPARATION

OF_A_MOVE = ("session_turn_out_share", "session_from", "session_until")
"""What only a session that is moved has."""


def move_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    """What is wrong with where a session is moved to; whether there is such a site is told elsewhere."""
    place, first, last = values["session_at"], values["session_from"], values["session_until"]
    problems = []
    if place is None:
        problems += [
            FieldProblem(
                pointer=name,
                detail=said("It is of a session that is not moved.", "Ini milik sesi yang tidak dipindah."),
                value=str(values[name]),
                mend=said("Give session_at too, or leave this out.", "Isi juga session_at, atau kosongkan ini."),
            )
            for name in OF_A_MOVE
            if values[name] is not None
        ]
    elif place == values["code"]:
        problems.append(
            FieldProblem(
                pointer="session_at",
                detail=said("It is the site itself.", "Ini lokasi itu sendiri."),
                value=place,
                mend=said("Give the code of another site, or leave it out.", "Isi kode lokasi lain, atau kosongkan."),
            )
        )
    if first is not None and last is not None and last < first:
        problems.append(
            FieldProblem(
                pointer="session_until",
                detail=said("It lies before the first date, {first}.", "Lebih awal daripada {first}.", first=first),
                value=str(last),
                mend=said("Swap or correct the dates.", "Tukar atau perbaiki tanggalnya."),
            )
        )
    return problems


def preparation_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    """What is wrong with when and how people are prepared."""
    first, last = values["preparation_from"], values["preparation_until"]
    if last is None:
        return [
            FieldProblem(
                pointer=name,
                detail=said(
                    "It is of a preparation that is not decided.", "Ini milik persiapan yang belum diputuskan."
                ),
                value=str(values[name]),
                mend=said(
                    "Give preparation_until too, or leave this out.", "Isi juga preparation_until, atau kosongkan ini."
                ),
            )
            for name in OF_A_PREPARATION
            if values[name] is not None
        ]
    if first is None or first <= last:
        return _prepared_elsewhere(values)
    return [
        FieldProblem(
            pointer="preparation_until",
            detail=said("It lies before the first date, {first}.", "Lebih awal daripada {first}.", first=first),
            value=str(last),
            mend=said("Swap or correct the dates.", "Tukar atau perbaiki tanggalnya."),
        )
    ]


def _prepared_elsewhere(values: Mapping[str, Any]) -> list[FieldProblem]:
    """People are prepared at home: the session is moved on other dates alone."""
    moves_after = values["session_from"] is not None and values["session_from"] > values["preparation_until"]
    is_over = (
        values["session_until"] is not None
        and values["preparation_from"] is not None
        and values["session_until"] < values["preparation_from"]
    )
    if values["session_at"] is None or moves_after or is_over:
        return []
    return [
        FieldProblem(
            pointer="session_from",
            detail=said(
                "The session is moved on dates on which people are prepared at home.",
                "Sesi dipindah pada tanggal warga disiapkan di lokasi sendiri.",
            ),
            value=None if values["session_from"] is None else str(values["session_from"]),
            mend=said(
                "Move it from a date after preparation_until, {last}.",
                "Pindahkan mulai tanggal sesudah preparation_until, {last}.",
                last=values["preparation_until"],
            ),
        )
    ]
