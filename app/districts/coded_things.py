"""What a district has by code, one row each, and people change one at a time or by whole tables: one implementation for
every kind of it. What a kind is, its fields and their checks, is said by the room that it belongs to."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from psycopg.errors import UniqueViolation
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.coded_rows import CodedRows, import_rows, load_rows
from app.districts.imported import Load
from app.districts.models import District
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import Said, joined, said
from app.tables.fields import placed
from app.tables.figures import Manner
from app.tables.formats import Format, write_table
from app.tables.headers import Vocabulary
from app.tables.reconcile import Difference
from app.tables.records import ImportOutcome, ImportRefused, Record, RecordShape
from app.tables.table import Table

Fields = TypeVar("Fields")
Around = TypeVar("Around")


class CodeTaken(Conflict):
    """Another one of its kind has this code in the district."""


class TooManyThings(Conflict):
    """The district has as many of a kind as there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Fields, Around]):
    """One kind of thing that a district has by code."""

    thing: str
    """As the audit trail and what was loaded before name it."""
    row: Any
    """Its table, with an `id`, a `district_code`, a `code` and a `version`."""
    noun: Said
    nouns: Said
    most: int
    lock: str
    """Kinds that name each other are written one at a time, under the same lock of the district."""
    vocabulary: Vocabulary
    readers: Mapping[str, Callable[[str], Any]]
    """By column of a table, in the order of an export."""
    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    together: Sequence[Sequence[str]]
    """Fields that make sense only as the same person left them."""
    point: tuple[str, str] | None
    """The fields of latitude and longitude."""
    around: Callable[[Session, District], Around]
    """What its rows are judged beside."""
    values_of: Callable[[Fields], dict[str, Any]]
    cells_of: Callable[[Fields], dict[str, Any]]
    make: Callable[[Mapping[str, Any], Around], Fields]
    """The fields of checked values."""
    check: Callable[[Mapping[str, Any], Around], list[FieldProblem]]
    """Everything wrong with values, each pointing at its field; None stands for a value not known."""
    fields_of: Callable[[Any, Around], Fields]
    """What people said of a stored row."""
    columns_of: Callable[[Fields, Around], Mapping[str, Any]]
    code_for: Callable[[Mapping[str, Any], Fields], str] | None = None
    """The code of values that were given without one, and of the fields made of them; None: it has to be given."""
    beside: Callable[[Sequence[Fields], Collection[str]], Mapping[str, FieldProblem]] | None = None
    """By code, among those asked about, what is wrong with a thing beside all others of the district."""
    understood: Callable[[Mapping[str, Any], Around], Mapping[str, Any]] = lambda values, around: values
    """What values of a table mean beside the others, such as a name that stands for a code."""
    recorded: tuple[str, ...] = ()
    """Columns that the audit trail tells beside the code."""
    code_taken: type[CodeTaken] = CodeTaken


def lock_things(session: Session, kind: Kind[Any, Any], district_code: str) -> None:
    """Let nobody else write what goes by this lock in the district until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{kind.lock}/{district_code}", 0))))


def list_things(
    session: Session, kind: Kind[Any, Any], district_code: str, *, after_id: int = 0, limit: int | None = None
) -> Sequence[Any]:
    """The rows of a district, in the order in which they were entered."""
    row = kind.row
    query = select(row).where(row.district_code == district_code, row.id > after_id).order_by(row.id)
    return session.scalars(query.limit(kind.most + 1 if limit is None else limit)).all()


def read_thing(session: Session, kind: Kind[Any, Any], number: int, *, actor: Actor, write: bool = False) -> Any:
    """A row that the actor may see, for `write` locked with all that goes by its lock; raises `NotFound`,
    `Forbidden`."""
    row = session.get(kind.row, number)
    if row is None or not actor.may_read(row.district_code):
        raise no_thing(kind, number)
    if not write:
        return row
    if not actor.may_write(row.district_code):
        raise access.read_only_district(row.district_code)
    lock_things(session, kind, row.district_code)
    # Whoever held the lock before may have deleted it.
    current = session.get(kind.row, number, with_for_update=True, populate_existing=True)
    if current is None:
        raise no_thing(kind, number)
    return current


def no_thing(kind: Kind[Any, Any], number: int) -> NotFound:
    return NotFound(
        said(
            "There is no {noun} {number}, or this token does not open its district.",
            "Tidak ada {noun} {number}, atau token ini tidak membuka daerahnya.",
            noun=kind.noun,
            number=number,
        )
    )


def create_thing(
    session: Session,
    kind: Kind[Fields, Around],
    district: District,
    given: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> Any:
    """A new row of the fields in `given`; raises `InvalidRequest`, `CodeTaken`, `TooManyThings`."""
    lock_things(session, kind, district.code)
    if len(list_things(session, kind, district.code)) >= kind.most:
        raise too_many(kind, district.code)
    around = kind.around(session, district)
    values = dict.fromkeys(kind.readers) | dict(kind.defaults) | _with_defaults(kind, given)
    has_code = values["code"] is not None
    if not has_code and kind.code_for is not None:
        values["code"] = "-"
    fields = _checked(kind, values, around)
    if not has_code and kind.code_for is not None:
        code = _free_code(session, kind, district.code, kind.code_for(values, fields))
        fields = _checked(kind, kind.values_of(fields) | {"code": code}, around)
    _refuse_beside(session, kind, district.code, fields, around)
    row = kind.row(district_code=district.code)
    _store(session, kind, row, kind.columns_of(fields, around))
    _record(session, kind, "create", row, actor=actor, now=now)
    return row


def change_thing(
    session: Session, kind: Kind[Fields, Around], row: Any, changes: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Any:
    """Set the fields in `changes` of a row read for writing; None empties one, or brings back its default.

    Raises `InvalidRequest`, `CodeTaken`."""
    around = kind.around(session, session.get_one(District, row.district_code))
    before = kind.fields_of(row, around)
    fields = _checked(kind, kind.values_of(before) | _with_defaults(kind, changes), around)
    if fields == before:
        return row
    _refuse_beside(session, kind, row.district_code, fields, around, instead_of=row)
    _store(session, kind, row, kind.columns_of(fields, around))
    earlier = kind.values_of(before)
    changed = sorted(name for name, value in kind.values_of(fields).items() if value != earlier[name])
    _record(session, kind, "update", row, actor=actor, now=now, fields=changed)
    return row


def delete_thing(session: Session, kind: Kind[Any, Any], row: Any, *, actor: Actor, now: datetime) -> None:
    _record(session, kind, "delete", row, actor=actor, now=now)
    session.delete(row)
    session.flush()


def import_things(
    session: Session,
    kind: Kind[Fields, Around],
    district: District,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
) -> ImportOutcome:
    """Create or update the rows of a table; raises what `import_rows` raises."""
    coded = _stored(session, kind, district)
    return import_rows(session, district, table, coded, actor=actor, now=now, create_only=create_only, dry_run=dry_run)


def load_things(
    load: Load, district: District, table: Table, *, kind: Kind[Any, Any]
) -> tuple[ImportOutcome, tuple[Difference, ...]]:
    """The rows of a folder's table, as `load_rows` loads them."""
    return load_rows(load, district, table, _stored(load.session, kind, district))


def export_things(
    session: Session,
    kind: Kind[Fields, Around],
    district: District,
    file_format: Format,
    *,
    manner: Manner = Manner.ENGLISH,
) -> bytes:
    """All rows of a district in the order in which they were entered; the columns are those of an import."""
    around = kind.around(session, district)
    cells = [kind.cells_of(kind.fields_of(row, around)) for row in list_things(session, kind, district.code)]
    return write_table(tuple(kind.readers), cells, file_format, point=kind.point, manner=manner)


def too_many(kind: Kind[Any, Any], district_code: str) -> TooManyThings:
    return TooManyThings(
        said(
            "District {district!r} cannot have more than {most} {nouns}; delete those that no longer hold.",
            "Daerah {district!r} paling banyak punya {most} {nouns}; hapus yang tidak berlaku lagi.",
            district=district_code,
            most=kind.most,
            nouns=kind.nouns,
        )
    )


def _stored(session: Session, kind: Kind[Fields, Around], district: District) -> CodedRows[Fields]:
    lock_things(session, kind, district.code)
    around = kind.around(session, district)
    rows = {row.code: row for row in list_things(session, kind, district.code)}
    stored = {code: kind.fields_of(row, around) for code, row in rows.items()}

    def refuse(records: Sequence[Record[Fields]], table: Table) -> None:
        # What a file says and what somebody left may not go together.
        problems = [
            problem
            for record in records
            for problem in placed(kind.check(kind.values_of(record.fields), around), table.place(record.row))
        ]
        if kind.beside is not None:
            named = {record.code: record for record in records}
            others = (fields for code, fields in stored.items() if code not in named)
            beside = kind.beside([*others, *(record.fields for record in records)], named)
            problems += [
                problem for code, wrong in beside.items() for problem in placed([wrong], table.place(named[code].row))
            ]
        if problems:
            raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)

    return CodedRows(
        thing=kind.thing,
        shape=RecordShape(
            readers=kind.readers,
            required=kind.required,
            defaults=kind.defaults,
            values_of=kind.values_of,
            merge=lambda before, changes: dict(kind.understood({**before, **changes}, around)),
            make=lambda values: kind.make(values, around),
            check=lambda values, _: kind.check(kind.understood(values, around), around),
        ),
        rows=rows,
        fields=stored,
        new_row=lambda: kind.row(district_code=district.code),
        columns_of=lambda fields: kind.columns_of(fields, around),
        most=kind.most,
        too_many=lambda code: too_many(kind, code),
        together=kind.together,
        refuse=refuse,
    )


def _with_defaults(kind: Kind[Any, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: kind.defaults.get(name) if value is None else value for name, value in values.items()}


def _checked(kind: Kind[Fields, Around], values: Mapping[str, Any], around: Around) -> Fields:
    problems = [
        FieldProblem(
            pointer=name, detail=said("It is missing.", "Belum diisi."), mend=said("Give it a value.", "Isi nilainya.")
        )
        for name in kind.required
        if values[name] is None
    ]
    problems += kind.check(values, around)
    if problems:
        raise InvalidRequest(joined(*_first_words(problems), by="; "), problems=placed(problems, "/"))
    return kind.make(values, around)


def _refuse_beside(
    session: Session,
    kind: Kind[Fields, Around],
    district_code: str,
    fields: Fields,
    around: Around,
    *,
    instead_of: Any = None,
) -> None:
    """Raise the kind's `CodeTaken` for fields that do not go with what the district has already."""
    if kind.beside is None:
        return
    others = [kind.fields_of(row, around) for row in list_things(session, kind, district_code) if row is not instead_of]
    for problem in kind.beside([*others, fields], {kind.values_of(fields)["code"]}).values():
        raise kind.code_taken(joined(problem.detail, problem.mend), problems=placed([problem], "/"))


def _first_words(problems: Iterable[FieldProblem]) -> list[str]:
    return [joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in list(problems)[:3]]


def _free_code(session: Session, kind: Kind[Any, Any], district_code: str, wanted: str) -> str:
    """The code itself; the second of equals gets -2."""
    taken = set(session.scalars(select(kind.row.code).where(kind.row.district_code == district_code)))
    number, code = 1, wanted
    while code in taken:
        number += 1
        code = f"{wanted}-{number}"
    return code


def _store(session: Session, kind: Kind[Any, Any], row: Any, columns: Mapping[str, Any]) -> None:
    try:
        with session.begin_nested():
            for name, value in columns.items():
                setattr(row, name, value)
            session.add(row)
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        detail = said("The code is taken.", "Kode ini sudah dipakai.")
        raise kind.code_taken(
            said(
                "The district has a {noun} with the code {code!r} already; change that one, or choose another.",
                "Daerah ini sudah punya {noun} berkode {code!r}; ubah yang itu, atau pilih kode lain.",
                noun=kind.noun,
                code=columns["code"],
            ),
            problems=[FieldProblem(pointer="/code", detail=detail, value=columns["code"])],
        ) from error


def _record(
    session: Session,
    kind: Kind[Any, Any],
    verb: str,
    row: Any,
    *,
    actor: Actor,
    now: datetime,
    **details: Any,
) -> None:
    access.record(
        session,
        actor,
        f"{kind.thing}.{verb}",
        f"{kind.thing}/{row.id}",
        now=now,
        district_code=row.district_code,
        details={name: getattr(row, name) for name in ("code", *kind.recorded)} | details,
    )
    session.flush()
