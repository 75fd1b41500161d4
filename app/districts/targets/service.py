"""Targets: what is asked of a document, how many have it, how many are missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import Document, EligibleBase, Target, TargetOwner
from app.districts.row_locks import locked, put_row
from app.districts.targets.official_counts import forget_counts, keep_count
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import Said, joined, said

_THOUSANDTHS_OF_A_WHOLE = 100_000


class TargetSetMeanwhile(Conflict):
    """Two requests set the same target at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetValues:
    """Everything that is said about one target; checked by `put_target`."""

    owner: TargetOwner = TargetOwner.DISTRICT
    target_percent: Decimal | None = None
    target_count: int | None = None
    eligible_people: int | None = None
    eligible_base: EligibleBase | None = None
    activated: int
    as_of: date
    deadline: date
    source: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)


def share_of(percent: Decimal, people: int) -> int:
    """The percentage of the people, rounded up to whole people; exact to a thousandth of a percent."""
    thousandths = int(percent * 1000)
    return -(-thousandths * people // _THOUSANDTHS_OF_A_WHOLE)


def target_count(target: Target) -> int:
    """The people who must have the document: the percentage of the base, rounded up, or the count asked for."""
    if target.target_percent is not None and target.eligible_people is not None:
        return share_of(target.target_percent, target.eligible_people)
    assert target.target_count is not None  # the table's own check: percent with base, or count
    return target.target_count


def gap(target: Target) -> int:
    """The people still missing on the day of the count; never below 0."""
    return max(0, target_count(target) - target.activated)


def list_targets(session: Session, district_code: str, document: Document | str | None = None) -> Sequence[Target]:
    """The district's targets by document and owner, the district's own before those of others."""
    query = select(Target).where(Target.district_code == district_code)
    if document is not None:
        query = query.where(Target.document == document)
    owners = list(TargetOwner)
    return sorted(session.scalars(query), key=lambda row: (row.document, owners.index(TargetOwner(row.owner))))


def get_target(
    session: Session,
    district_code: str,
    document: Document | str,
    *,
    owner: TargetOwner | str | None = None,
    for_update: bool = False,
) -> Target:
    """One owner's target; without an owner the district's own, or else the first of the others."""
    rows = [row for row in list_targets(session, district_code, document) if owner in (None, row.owner)]
    if rows and for_update:
        rows = [*session.scalars(locked(select(Target).where(Target.id == rows[0].id)))]
    if not rows:
        raise NotFound(
            said(
                "District {district!r} has no target{of_owner} for {document!r}. "
                "Set one with PUT /v1/districts/{district}/targets/{document}.",
                "Daerah {district!r} belum punya target{of_owner} untuk {document!r}. "
                "Isi dengan PUT /v1/districts/{district}/targets/{document}.",
                district=district_code,
                of_owner="" if owner is None else said(" of the {owner}", " milik {owner}", owner=owner),
                document=str(document),
            )
        )
    return rows[0]


def _problems(values: TargetValues) -> list[FieldProblem]:
    percent, count, base = values.target_percent, values.target_count, values.eligible_people
    problems = []

    def wrong(name: str, detail: Said, mend: Said) -> None:
        problems.append(FieldProblem(pointer=f"/{name}", detail=detail, value=_plain(getattr(values, name)), mend=mend))

    if percent is None and count is None:
        wrong(
            "target_percent",
            said(
                "The target says neither a percentage nor a count.",
                "Target ini tidak menyebut persentase maupun jumlah.",
            ),
            said("Give target_percent.", "Isi target_percent."),
        )
    if percent is not None and base is None:
        wrong(
            "eligible_people",
            said(
                "A target of {percent} % has no base: the people it is a percentage of are not given.",
                "Target {percent} % tidak punya dasar: belum diisi berapa orang dasarnya.",
                percent=percent,
            ),
            said(
                "Give eligible_people, marked as assumed in provenance if nobody published it.",
                "Isi eligible_people, tandai sebagai perkiraan di provenance bila belum ada angka resmi.",
            ),
        )
    if percent is not None and base is not None and count not in (None, (exact := share_of(percent, base))):
        wrong(
            "target_count",
            said(
                "Two targets that contradict: {percent} % of {base} people is {exact}, not {count}.",
                "Dua target yang bertentangan: {percent} % dari {base} orang adalah {exact}, bukan {count}.",
                percent=percent,
                base=base,
                exact=exact,
                count=count,
            ),
            said(
                "Send {exact}, or leave one of the two out; a figure printed otherwise is a reported figure.",
                "Kirim {exact}, atau kosongkan salah satu; angka yang tercetak lain dicatat sebagai angka terbitan.",
                exact=exact,
            ),
        )
    if percent is None and count is not None and base is not None and count > base:
        wrong(
            "target_count",
            said("It is more than the {base} eligible people.", "Lebih banyak daripada {base} wajib KTP.", base=base),
            said("Give at most {base}.", "Isi paling banyak {base}.", base=base),
        )
    if base is not None and values.activated > base:
        wrong(
            "activated",
            said("It is more than the {base} eligible people.", "Lebih banyak daripada {base} wajib KTP.", base=base),
            said("Check both figures and their dates.", "Periksa kedua angka dan tanggalnya."),
        )
    if values.deadline < values.as_of:
        wrong(
            "deadline",
            said(
                "The deadline lies before the day of the count, {as_of}.",
                "Tenggatnya sebelum hari penghitungan, {as_of}.",
                as_of=values.as_of,
            ),
            said(
                "Give {as_of} or later, or the count of an earlier day.",
                "Isi {as_of} atau sesudahnya, atau angka hari yang lebih awal.",
                as_of=values.as_of,
            ),
        )
    return problems


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int) else str(value)


def check_target(values: TargetValues) -> None:
    """Raise `InvalidRequest` with everything that is wrong with the target."""
    if problems := _problems(values):
        raise InvalidRequest(
            joined(*(joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems)),
            problems=problems,
        )


def put_target(
    session: Session,
    district_code: str,
    document: Document,
    values: TargetValues,
    *,
    actor: Actor,
    now: datetime,
    if_match: str | None = None,
) -> tuple[Target, bool]:
    """Set one owner's target whole; the second value tells whether it is new.

    Replacing one takes the `If-Match` of what was read; of two at once, one gets `Conflict` or `PreconditionFailed`."""
    check_target(values)
    query = select(Target).where(
        Target.district_code == district_code, Target.document == document, Target.owner == values.owner
    )
    target, is_new = put_row(
        session,
        session.scalar(locked(query)),
        Target(district_code=district_code, document=document.value, owner=values.owner.value),
        {
            "target_percent": values.target_percent,
            "target_count": values.target_count,
            "eligible_people": values.eligible_people,
            "eligible_base": values.eligible_base.value if values.eligible_base else None,
            "activated": values.activated,
            "as_of": values.as_of,
            "deadline": values.deadline,
            "source": values.source,
            "provenance": dict(values.provenance),
        },
        if_match=if_match,
        taken=TargetSetMeanwhile(
            said(
                "Another request has just set the {owner} target for {document!r}; read it again first.",
                "Permintaan lain baru saja mengisi target {owner} untuk {document!r}; baca ulang dahulu.",
                owner=values.owner,
                document=document.value,
            )
        ),
    )
    keep_count(session, target)
    access.record(
        session,
        actor,
        "target.create" if is_new else "target.update",
        f"target/{district_code}/{document.value}/{values.owner.value}",
        now=now,
        district_code=district_code,
        details={"target_count": target_count(target), "activated": target.activated, "as_of": str(target.as_of)},
    )
    session.flush()
    return target, is_new


def delete_target(session: Session, target: Target, *, actor: Actor, now: datetime) -> None:
    session.delete(target)
    forget_counts(session, target)
    access.record(
        session,
        actor,
        "target.delete",
        f"target/{target.district_code}/{target.document}/{target.owner}",
        now=now,
        district_code=target.district_code,
    )
    session.flush()
