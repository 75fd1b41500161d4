"""What can be done with sites; the front of this folder, so imports and candidates are called by its name too."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from app.access import service as access
from app.access.service import Actor
from app.districts.models import District
from app.districts.service import date_of
from app.districts.surroundings import surroundings_of
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import joined, said
from app.sites.candidates import Candidate as Candidate
from app.sites.candidates import candidates as candidates
from app.sites.candidates import sessions_elsewhere as sessions_elsewhere
from app.sites.models import Readiness, ReadinessCause, Site
from app.sites.readiness import ReadinessStep, step_problem
from app.sites.readiness_history import note_steps, standing_of
from app.sites.readiness_history import readiness_steps as readiness_steps
from app.sites.site_tables import export_sites as export_sites
from app.sites.site_tables import import_sites as import_sites
from app.sites.site_tables import load_sites as load_sites
from app.sites.values import (
    DEFAULTS,
    REQUIRED,
    SiteFields,
    columns_of,
    dated,
    exception_rows,
    fields_of,
    make_fields,
    merged_values,
    no_such_place,
    problems_of,
    values_of,
    window_rows,
)
from app.tables.fields import placed

_CODE_IS_UNIQUE = "uq_sites_district_code_code"
_HOSTS = "fk_sites_district_code_session_at_sites"


class SiteCodeTaken(Conflict):
    """Another site of the district has this code."""


class SitePlanned(Conflict):
    """A visit refers to the site."""


class SiteHostsSessions(Conflict):
    """The sessions of other sites are moved to the site."""


def create_site(
    session: Session, district: District, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Site:
    """A new site of the fields in `values`; raises `InvalidRequest`, `SiteCodeTaken`."""
    blank: dict[str, Any] = dict.fromkeys(SiteFields.__dataclass_fields__) | DEFAULTS
    fields = _checked(session, district, merged_values(blank, _with_defaults(values)), before=None)
    site = Site(district_code=district.code, **columns_of(fields))
    site.windows, site.exceptions = window_rows(fields), exception_rows(fields)
    _flush_code(session, site)
    if site.readiness != Readiness.UNKNOWN:
        steps = [(site.id, standing_of(site))]
        note_steps(session, site.district_code, steps, cause=ReadinessCause.ENTERED, actor=actor, now=now)
    access.record(
        session,
        actor,
        "site.create",
        f"site/{site.id}",
        now=now,
        district_code=district.code,
        details={"code": site.code},
    )
    session.flush()
    return site


def read_site(session: Session, site_id: int, *, actor: Actor, write: bool = False) -> Site:
    """A site that the actor may see, its hours loaded; locked for `write`. Raises `NotFound`, `Forbidden`."""
    query = select(Site).where(Site.id == site_id).options(selectinload(Site.windows), selectinload(Site.exceptions))
    if write:
        query = query.with_for_update().execution_options(populate_existing=True)
    site = session.scalar(query)
    if site is None or not actor.may_read(site.district_code):
        raise NotFound(
            said(
                "There is no site {site}, or this token does not open its district.",
                "Tidak ada lokasi {site}, atau token ini tidak membuka daerahnya.",
                site=site_id,
            )
        )
    if write and not actor.may_write(site.district_code):
        raise access.read_only_district(site.district_code)
    return site


def find_site(session: Session, district_code: str, named: str) -> Site | None:
    """The site of a district by its number, or else by its code."""
    mine = select(Site).where(Site.district_code == district_code)
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 10 else None
    by_number = None if number is None else session.scalar(mine.where(Site.id == number))
    return by_number or session.scalar(mine.where(Site.code == named.replace("\0", "")))


def names_of(session: Session, district_code: str, codes: Collection[str]) -> dict[str, str]:
    """Names of sites by code; of one that is gone, nothing."""
    query = select(Site.code, Site.name).where(Site.district_code == district_code, Site.code.in_(codes))
    return {row.code: row.name for row in session.execute(query)}


def list_sites(
    session: Session,
    district_code: str,
    *,
    kinds: Sequence[str] = (),
    area_code: str | None = None,
    readiness: str | None = None,
    text: str | None = None,
    after_id: int = 0,
    limit: int = 500,
) -> Sequence[Site]:
    """Sites by id; `text` is looked for in code and name."""
    query = select(Site).where(Site.id > after_id, *_found(district_code, kinds, area_code, readiness, text))
    query = query.options(selectinload(Site.windows), selectinload(Site.exceptions)).order_by(Site.id)
    return session.scalars(query.limit(limit)).all()


def found_codes(
    session: Session,
    district_code: str,
    *,
    kinds: Sequence[str] = (),
    area_code: str | None = None,
    readiness: str | None = None,
    text: str | None = None,
) -> Sequence[str]:
    """Codes of all the sites that `list_sites` would list."""
    query = select(Site.code).where(*_found(district_code, kinds, area_code, readiness, text))
    return session.scalars(query.order_by(Site.id)).all()


def _found(
    district_code: str, kinds: Sequence[str], area_code: str | None, readiness: str | None, text: str | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Site.district_code == district_code]
    if kinds:
        conditions.append(Site.kind.in_(kinds))
    if area_code is not None:
        conditions.append(Site.area_code == area_code)
    if readiness is not None:
        conditions.append(Site.readiness == readiness)
    if text is not None:
        conditions.append(or_(Site.name.icontains(text, autoescape=True), Site.code.icontains(text, autoescape=True)))
    return conditions


def change_site(
    session: Session,
    site: Site,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    cause: ReadinessCause = ReadinessCause.ENTERED,
) -> Site:
    """Set the fields in `changes`; None empties one. Raises `InvalidRequest`, `ReadinessStep`, `SiteCodeTaken`.

    `cause`: of a new readiness."""
    before, stood = fields_of(site), standing_of(site)
    merged = merged_values(values_of(before), _with_defaults(changes))
    if merged["readiness"] is not None and (problem := step_problem(before.readiness, merged["readiness"])):
        raise ReadinessStep(joined(problem.detail, problem.mend), problems=placed([problem], "/"))
    district = session.get_one(District, site.district_code)
    fields = dated(_checked(session, district, merged, before=before), before, today=date_of(now, district))
    if fields == before:
        return site
    for name, value in columns_of(fields).items():
        if value != getattr(before, name):
            setattr(site, name, value)
    if fields.windows != before.windows:
        site.windows = window_rows(fields)
    if fields.exceptions != before.exceptions:
        site.exceptions = exception_rows(fields)
    # New hours alone would leave the row, and so its version, as it was.
    flag_modified(site, "name")
    _flush_code(session, site)
    if standing_of(site) != stood:
        note_steps(session, site.district_code, [(site.id, standing_of(site))], cause=cause, actor=actor, now=now)
    access.record(
        session,
        actor,
        "site.update",
        f"site/{site.id}",
        now=now,
        district_code=site.district_code,
        details={"fields": sorted(name for name in merged if getattr(fields, name) != getattr(before, name))},
    )
    session.flush()
    return site


def delete_site(session: Session, site: Site, *, actor: Actor, now: datetime) -> None:
    """Remove a site that no visit and no moved session refers to; raises `SitePlanned`, `SiteHostsSessions`."""
    # Visits lie above sites, so the foreign key is the one who knows them.
    try:
        with session.begin_nested():
            session.delete(site)
    except IntegrityError as error:
        if _HOSTS in str(error.orig):
            raise _hosts_sessions(session, site) from error
        raise SitePlanned(
            said(
                "Site {site!r} has visits, past or planned, and cannot be deleted. Set its readiness "
                "to 'done' or 'not_ready' instead: it then stays out of every new schedule.",
                "Lokasi {site!r} punya kunjungan, yang lalu atau yang direncanakan, sehingga tidak "
                "dapat dihapus. Ubah kesiapannya menjadi 'done' atau 'not_ready': lokasi itu tidak "
                "akan masuk jadwal baru.",
                site=site.code,
            )
        ) from error
    access.record(
        session,
        actor,
        "site.delete",
        f"site/{site.id}",
        now=now,
        district_code=site.district_code,
        details={"code": site.code, "name": site.name},
    )
    session.flush()


def _hosts_sessions(session: Session, site: Site) -> SiteHostsSessions:
    moved = select(Site.code).where(Site.district_code == site.district_code, Site.session_at == site.code)
    codes = list(session.scalars(moved.order_by(Site.code)))
    return SiteHostsSessions(
        said(
            "Site {site!r} cannot be deleted: {count} sites are visited there ({codes}). Give them another place "
            "first: PATCH /v1/sites/… with session_at.",
            "Lokasi {site!r} tidak dapat dihapus: sesi {count} lokasi dipindah ke sana ({codes}). Beri tempat lain "
            "dahulu: PATCH /v1/sites/… dengan session_at.",
            site=site.code,
            count=len(codes),
            codes=", ".join(codes[:10]),
        )
    )


def _with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: DEFAULTS.get(name) if value is None else value for name, value in values.items()}


def _checked(session: Session, district: District, values: dict[str, Any], *, before: SiteFields | None) -> SiteFields:
    problems = [
        FieldProblem(
            pointer=name, detail=said("It is missing.", "Belum diisi."), mend=said("Give it a value.", "Isi nilainya.")
        )
        for name in REQUIRED
        if values[name] is None
    ]
    problems += problems_of(values, before, surroundings=surroundings_of(session, district))
    place = values["session_at"]
    if place is not None and (before is None or place != before.session_at) and not _has_site(session, district, place):
        problems.append(no_such_place(place))
    if problems:
        shown = joined(
            *(joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems[:3]), by="; "
        )
        raise InvalidRequest(shown, problems=placed(problems, "/"))
    return make_fields(values)


def _has_site(session: Session, district: District, code: str) -> bool:
    named = select(Site.id).where(Site.district_code == district.code, Site.code == code.replace("\0", ""))
    return session.scalar(named) is not None


def _flush_code(session: Session, site: Site) -> None:
    try:
        with session.begin_nested():
            session.add(site)
    except IntegrityError as error:
        if _HOSTS in str(error.orig):
            raise Conflict(
                said(
                    "Site {place!r}, where the session was to be held, has just been removed; choose another.",
                    "Lokasi {place!r}, tempat sesi itu, baru saja dihapus; pilih yang lain.",
                    place=site.session_at,
                )
            ) from error
        if _CODE_IS_UNIQUE not in str(error.orig):
            raise Conflict(
                said(
                    "The district's areas were changed meanwhile; read the site again first.",
                    "Kecamatan daerah ini baru saja diubah; baca ulang lokasinya dahulu.",
                )
            ) from error
        raise SiteCodeTaken(
            said(
                "The district has a site with the code {site!r} already; change that one, or choose another code.",
                "Daerah ini sudah punya lokasi berkode {site!r}; ubah yang itu, atau pilih kode lain.",
                site=site.code,
            ),
            problems=[
                FieldProblem(
                    pointer="/code", detail=said("The code is taken.", "Kode ini sudah dipakai."), value=site.code
                )
            ],
        ) from error
