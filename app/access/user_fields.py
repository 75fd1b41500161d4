"""What is kept of a user, and what of it cannot be."""

import re
from dataclasses import dataclass

from app.access.models import Role
from app.errors import FieldProblem
from app.languages import Language, said

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._+@-]{1,99}")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFields:
    """What an administrator says of a user."""

    login: str
    name: str
    role: Role
    district_code: str | None
    team_code: str | None
    language: Language


def login_of(typed: str) -> str | None:
    """A login as it is stored, or None for what cannot be one."""
    login = typed.strip().lower()
    return login if _LOGIN.fullmatch(login) else None


def problems_of(fields: UserFields) -> list[FieldProblem]:
    """What is wrong with the fields themselves, whatever else is stored."""
    return [*_problems_of_names(fields), *_problems_of_work(fields)]


def _problems_of_names(fields: UserFields) -> list[FieldProblem]:
    problems = []
    if login_of(fields.login) is None:
        problems.append(
            FieldProblem(
                pointer="/login",
                detail=said("This cannot be a login.", "Ini tidak dapat menjadi nama masuk."),
                value=fields.login,
                mend=said(
                    "Take an e-mail address or a short name of letters, digits and . _ + @ -",
                    "Pakai alamat surel atau nama pendek dari huruf, angka, dan . _ + @ -",
                ),
            )
        )
    if not 1 <= len(fields.name.strip()) <= _LONGEST_NAME or not fields.name.isprintable():
        problems.append(
            FieldProblem(
                pointer="/name",
                detail=said("A name has 1 to 200 characters.", "Nama terdiri dari 1 sampai 200 karakter."),
                value=fields.name,
            )
        )
    return problems


def _problems_of_work(fields: UserFields) -> list[FieldProblem]:
    problems = []
    if fields.role is Role.FEED:
        problems.append(
            FieldProblem(
                pointer="/role",
                detail=said("A feed is read by calendars, not by people.", "Feed dibaca kalender, bukan orang."),
                value=fields.role.value,
                mend=said("Issue a token for it.", "Terbitkan token untuknya."),
            )
        )
    if fields.role is not Role.ADMIN and fields.district_code is None:
        problems.append(
            FieldProblem(
                pointer="/district",
                detail=said(
                    "A {role} works for one district.", "Seorang {role} bekerja untuk satu daerah.", role=fields.role
                ),
                mend=said("Give its region code.", "Isi kode wilayahnya."),
            )
        )
    if (fields.role is Role.COORDINATOR) is not (fields.team_code is not None):
        problems.append(
            FieldProblem(
                pointer="/team",
                detail=said(
                    "A coordinator has a team, and nobody else does.",
                    "Koordinator punya tim, dan pengguna lain tidak.",
                ),
                value=fields.team_code,
                mend=said("Give a coordinator's team alone.", "Isi tim hanya untuk koordinator."),
            )
        )
    return problems
