"""The policies of a district: those that every district has, and its own, each change a version of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.errors import Conflict, NotFound, invalid
from app.http_conventions import check_if_match
from app.languages import said
from app.schedules.policies.models import PolicyVersion
from app.schedules.runs.gateway import built_in_policies
from app.schedules.wish import ChosenLevel, ChosenPolicy, Wish

USUAL = "close-the-gap"
"""What a run that names no policy stands for: by prices, its levels together in one stage."""


class PolicyBuiltIn(Conflict):
    """The policy is one that every district has; it stays as it is."""


class PolicySetMeanwhile(Conflict):
    """Two requests gave a district's policy its next version at the same moment."""


def with_levels(session: Session, district_code: str, wish: Wish) -> Wish:
    """The wish with the levels of the policy that it names, as they are now; raises `InvalidRequest` for an unknown
    name. What was taken over from an earlier wish keeps its version."""
    policy = wish.policy
    if policy is None or policy.name is None or policy.version:
        return wish
    chosen_policy = built_in_policies().get(policy.name)
    own = None if chosen_policy is not None else latest(session, district_code, policy.name)
    if own is not None:
        chosen_policy = chosen(own)
    if chosen_policy is None:
        names = ", ".join([*built_in_policies(), *own_names(session, district_code)])
        raise invalid(
            "/policy",
            said(
                "There is no policy {name!r} in district {district}.",
                "Tidak ada kebijakan {name!r} di daerah {district}.",
                name=policy.name,
                district=district_code,
            ),
            value=policy.name,
            mend=said(
                "Name one of {names}, or store it first with PUT /v1/districts/{district}/policies/{name}.",
                "Sebut salah satu dari {names}, atau simpan dahulu dengan PUT "
                "/v1/districts/{district}/policies/{name}.",
                names=names,
                district=district_code,
                name=policy.name,
            ),
        )
    return replace(wish, policy=chosen_policy)


def chosen(version: PolicyVersion) -> ChosenPolicy:
    """A stored version as a run keeps it."""
    levels = tuple(ChosenLevel.from_json(level) for level in version.levels)
    return ChosenPolicy(name=version.name, version=version.version, levels=levels)


def latest(session: Session, district_code: str, name: str) -> PolicyVersion | None:
    """The version of a district's own policy that is in use."""
    query = select(PolicyVersion).filter_by(district_code=district_code, name=name)
    return session.scalars(query.order_by(PolicyVersion.version.desc()).limit(1)).first()


def own_names(session: Session, district_code: str) -> Sequence[str]:
    query = select(PolicyVersion.name).filter_by(district_code=district_code, version=1)
    return session.scalars(query.order_by(PolicyVersion.name)).all()


def all_of(session: Session, district_code: str) -> list[PolicyVersion | ChosenPolicy]:
    """All policies that a run of the district may name, the built-in ones first."""
    query = (
        select(PolicyVersion)
        .filter_by(district_code=district_code)
        .ext(distinct_on(PolicyVersion.name))
        .order_by(PolicyVersion.name, PolicyVersion.version.desc())
    )
    return [*built_in_policies().values(), *session.scalars(query)]


def in_use(session: Session, district_code: str) -> list[ChosenPolicy]:
    """The same, as a run keeps them."""
    return [policy if isinstance(policy, ChosenPolicy) else chosen(policy) for policy in all_of(session, district_code)]


def versions(
    session: Session, district_code: str, name: str, *, before: int = 0, limit: int = 100
) -> Sequence[PolicyVersion]:
    """The versions of a district's own policy, the newest first; `before` 0: from the newest."""
    query = select(PolicyVersion).filter_by(district_code=district_code, name=name)
    if before:
        query = query.where(PolicyVersion.version < before)
    return session.scalars(query.order_by(PolicyVersion.version.desc()).limit(limit)).all()


def get_policy(
    session: Session, district_code: str, name: str, *, version: int | None = None
) -> PolicyVersion | ChosenPolicy:
    """A built-in policy, or a version of the district's own, the latest if none is asked for; raises `NotFound`."""
    built_in = built_in_policies().get(name)
    if built_in is not None and version in (None, built_in.version):
        return built_in
    policy = (
        latest(session, district_code, name)
        if version is None
        else session.get(PolicyVersion, (district_code, name, version))
    )
    if policy is None:
        raise no_policy(district_code, name)
    return policy


def no_policy(district_code: str, name: str) -> NotFound:
    return NotFound(
        said(
            "There is no policy {name!r} in district {district}, or not in this version.",
            "Tidak ada kebijakan {name!r} di daerah {district}, atau tidak dalam versi ini.",
            name=name,
            district=district_code,
        )
    )


def put_policy(
    session: Session,
    district_code: str,
    name: str,
    levels: Sequence[ChosenLevel],
    *,
    note: str | None,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> PolicyVersion:
    """Give a district's own policy its first or next version; raises `PolicyBuiltIn` and `PolicySetMeanwhile`."""
    if name in built_in_policies():
        raise PolicyBuiltIn(
            said(
                "{name!r} is a policy of every district and stays as it is; store yours under another name.",
                "{name!r} adalah kebijakan bawaan semua daerah dan tidak berubah; simpan milik Anda dengan nama lain.",
                name=name,
            )
        )
    before = latest(session, district_code, name)
    if before is not None:
        check_if_match(if_match, before.version)
    version = PolicyVersion(
        district_code=district_code,
        name=name,
        version=1 if before is None else before.version + 1,
        levels=[level.to_json() for level in levels],
        note=note,
        changed_at=now,
        changed_by=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(version)
    except IntegrityError as error:
        raise PolicySetMeanwhile(
            said(
                "Another request has just stored a version of {name!r}; read it again first.",
                "Permintaan lain baru saja menyimpan versi {name!r}; baca ulang dahulu.",
                name=name,
            )
        ) from error
    access.record(
        session,
        actor,
        "policy.create" if before is None else "policy.update",
        f"policy/{district_code}/{name}",
        now=now,
        district_code=district_code,
        details={
            "version": version.version,
            "levels": version.levels,
            "before": None if before is None else before.levels,
            "note": note,
        },
    )
    session.flush()
    return version
