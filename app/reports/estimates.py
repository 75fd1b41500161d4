"""What results teach of a district, beside what was given or assumed, for people to read and to overrule."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import District, Document, FigureUse
from app.districts.planning_figures import LEVELS, in_force, own_figures
from app.errors import invalid
from app.estimates.contradictions import contradiction, pace_contradiction
from app.estimates.drift import check_recent
from app.estimates.learning import Learned
from app.estimates.losses import DAY_PRIOR, VISIT_PRIOR
from app.estimates.pace import PaceResult
from app.estimates.shares import ShareResult
from app.languages import said
from app.reports.estimate_answers import (
    CauseOfLoss,
    Estimates,
    Interval,
    LossEstimate,
    PaceAtSignal,
    PaceEstimate,
    SignalEstimate,
    SiteDoubt,
    WalkInEstimate,
)
from app.reports.estimate_words import SOURCE_WORDS, one_decimal, source_of
from app.reports.issuing_estimates import issuing_estimate
from app.reports.share_estimates import fits_of, share_estimates
from app.schedules.counters import learn_walk_ins
from app.schedules.figures import BY_KIND, Figure, Use, Uses, uses_of
from app.schedules.learning import learn_from_results
from app.sites.models import Site
from app.teams.models import Team
from app.words import Text, in_both, percent

_SEED = 20_260_000
"""Of the check whether the last visits are as foretold; the same answer for the same results."""
_OF_ONE_SITE = 0.05
"""Spread, on the logit scale, around a share that was given for this very site."""


def estimates(session: Session, district: District, document: str, *, on: date) -> Estimates:
    """As seen on the evening of `on`; raises `NotFound` without a target."""
    learned = learn_from_results(session, district, document, until=on)
    uses = uses_of(session, district.code, document)
    sites = session.scalars(select(Site).where(Site.district_code == district.code).order_by(Site.id)).all()
    recent = check_recent(
        learned.evidence.turn_out,
        learned.turn_out.prior_shares,
        seed=_SEED,
        areas=tuple(learned.turn_out.columns.areas),
    )
    return Estimates(
        district_code=district.code,
        document=document,
        on=on,
        results=learned.losses.visits,
        shares=tuple(share_estimates(session, district, Document(document), learned, uses, sites, on=on)),
        pace=tuple(_paces(session, district, learned, uses)) if document == Document.IKD else (),
        issuing=issuing_estimate(session, district, Document(document), on=on),
        pace_by_signal=tuple(_paces_by_signal(session, district, learned)),
        signal=tuple(
            SignalEstimate(rated=rated, met=tuple(round(float(chance), 4) for chance in learned.signal.share(rated)))
            for rated in range(5)
        ),
        signal_results=learned.signal.visits,
        loss=_loss(learned),
        walk_ins=walk_in_estimate(session, district, document, on=on),
        site_doubts=tuple(_site_doubts(learned, sites)),
        has_changed=recent is not None and recent.has_changed,
    )


def use_figure(
    session: Session,
    district: District,
    document: str,
    figure: Figure,
    *,
    kind: str | None,
    use: Use,
    actor: Actor,
    now: datetime,
) -> None:
    """Tell planning to use a figure as learned or as given, of one kind of site or of all.

    Raises `InvalidRequest` for a kind where the figure knows none."""
    if kind is not None and figure not in BY_KIND:
        raise invalid(
            "/kind",
            said(
                "The figure {figure} does not differ by kind of site.",
                "Angka {figure} tidak dibedakan menurut jenis lokasi.",
                figure=figure.value,
            ),
            value=kind,
            mend=said("Leave it out.", "Kosongkan."),
        )
    row = {"district_code": district.code, "document": document, "figure": figure.value, "kind": kind or ""}
    session.execute(
        upsert(FigureUse)
        .values(**row, use=use.value)
        .on_conflict_do_update(index_elements=list(row), set_={"use": use.value})
    )
    access.record(
        session,
        actor,
        "figure.use",
        f"figure/{district.code}/{document}/{figure.value}",
        now=now,
        district_code=district.code,
        details={"use": use.value, "kind": kind},
    )
    session.flush()


def _site_doubts(learned: Learned, sites: Sequence[Site]) -> Iterator[SiteDoubt]:
    columns = {
        Figure.TURN_OUT: "turn_out_share",
        Figure.PHONE_READY: "phone_ready_share",
        Figure.RESIDENT: "resident_share",
    }
    for figure, (_, results) in fits_of(learned).items():
        by_site: dict[int, list[ShareResult]] = {}
        for result in results:
            by_site.setdefault(result.site, []).append(result)
        for site in sites:
            share = getattr(site, columns[figure])
            own = by_site.get(site.id, [])
            if share is None or not own:
                continue
            contradicted = contradiction(own, float(share), site_spread=_OF_ONE_SITE)
            if contradicted.is_doubtful:
                yield SiteDoubt(
                    site_code=site.code,
                    site_name=site.name,
                    figure=figure.value,
                    given=float(share),
                    text=in_both(
                        "Untuk {name} diberikan {given}, tetapi {visits} kunjungannya menunjukkan lain.",
                        "For {name} {given} was given, but its {visits} visits say otherwise.",
                        name=site.name,
                        given=percent(float(share)),
                        visits=contradicted.visits,
                    ),
                )


def _paces(session: Session, district: District, learned: Learned, uses: Uses) -> Iterator[PaceEstimate]:
    has_results = bool(learned.pace.results)
    use = uses.of(Figure.PACE) if has_results else Use.GIVEN
    for team in session.scalars(select(Team).where(Team.district_code == district.code).order_by(Team.code)):
        summary = learned.pace.summary(team.id, float(team.minutes_per_activation))
        learnt = Interval(mean=round(summary.mean, 2), low=round(summary.low, 2), high=round(summary.high, 2))
        yield PaceEstimate(
            team_code=team.code,
            team_name=team.name,
            given=summary.given,
            visits=summary.visits,
            activated=summary.activated,
            learned=learnt,
            use=use.value,
            next_run=max(1, round(summary.mean)) if use is Use.LEARNED else team.minutes_per_activation,
            text=in_both(
                "diberikan {given} menit per aktivasi → terukur {mean} ({low}–{high}), dari {visits} kunjungan"
                if summary.visits
                else "diberikan {given} menit per aktivasi; tim ini belum terukur, menurut tim lain {mean} "
                "({low}–{high})",
                "given {given} minutes an activation → measured {mean} ({low}–{high}), from {visits} visits"
                if summary.visits
                else "given {given} minutes an activation; this team is not measured, by the others {mean} "
                "({low}–{high})",
                given=team.minutes_per_activation,
                mean=one_decimal(learnt.mean),
                low=one_decimal(learnt.low),
                high=one_decimal(learnt.high),
                visits=summary.visits,
            ),
            doubt=_pace_doubt([result for result in learned.evidence.pace if result.team == team.id], team),
        )


def _pace_doubt(results: Sequence[PaceResult], team: Team) -> Text | None:
    """What is said of a team's given pace that its visits contradict."""
    contradicted = pace_contradiction(results)
    if not contradicted.is_doubtful:
        return None
    return in_both(
        "{few} kunjungan jauh lebih lambat dan {many} jauh lebih cepat daripada yang diberikan, {given} menit per "
        "aktivasi, dari {visits}.",
        "{few} visits were far slower and {many} far faster than the {given} minutes an activation that were given, of "
        "{visits}.",
        few=contradicted.too_few,
        many=contradicted.too_many,
        given=team.minutes_per_activation,
        visits=contradicted.visits,
    )


def _paces_by_signal(session: Session, district: District, learned: Learned) -> Iterator[PaceAtSignal]:
    own = own_figures(session, district.code)
    figures = in_force(own)
    marks = {} if own is None else own.provenance
    # A rate is the product of two figures: it is as sure as the one that is less so.
    sources = {source_of(marks.get(name)) for name in ("throughput_percent", "success_percent")}
    source = max(sources, key=list(SOURCE_WORDS).index)
    for level in range(LEVELS):
        rate, measured = figures.rate(level), learned.pace.at_level(level)
        yield PaceAtSignal(
            level=level,
            given=round(rate, 4),
            given_source=source,
            visits=measured.visits,
            learned=Interval(
                mean=round(rate * measured.mean, 4),
                low=round(rate * measured.low, 4),
                high=round(rate * measured.high, 4),
            )
            if rate > 0
            else None,
        )


def _loss(learned: Learned) -> LossEstimate:
    losses = learned.losses
    held = [kept / (lost + kept) for lost, kept in (VISIT_PRIOR, DAY_PRIOR)]
    prior = 1 - held[0] * held[1]
    return LossEstimate(
        visits=losses.visits,
        days=losses.days,
        prior=round(prior, 4),
        chance=round(losses.expected, 4),
        causes=tuple(
            CauseOfLoss(cause=cause.cause, visits=round(cause.visits, 2), days=cause.days) for cause in losses.causes
        ),
        text=in_both(
            "diasumsikan {prior} kunjungan batal → terukur {chance}, dari {visits} kunjungan pada {days} hari",
            "assumed that {prior} of the visits are lost → measured {chance}, from {visits} visits on {days} days",
            prior=percent(prior),
            chance=percent(losses.expected),
            visits=losses.visits,
            days=losses.days,
        ),
    )


def walk_in_estimate(session: Session, district: District, document: str, *, on: date) -> WalkInEstimate:
    """Of the counters alone, as seen on the evening of `on`; raises `NotFound` without a target."""
    fit = learn_walk_ins(session, district, document, on=on)
    uses = uses_of(session, district.code, document)
    use = uses.of(Figure.WALK_INS) if fit.working_days else Use.GIVEN
    given_rate = None if fit.given is None else round(fit.given)
    learnt = Interval(mean=round(fit.mean, 1), low=round(fit.low, 1), high=round(fit.high, 1))
    return WalkInEstimate(
        given=given_rate,
        working_days=fit.working_days,
        activated=fit.activated,
        learned=learnt,
        use=use.value,
        next_run=learnt.mean if use is Use.LEARNED else round(fit.given or 0.0, 1),
        text=in_both(
            "diberikan {given} per hari kerja → terukur {mean} ({low}–{high}), dari {days} hari kerja",
            "given {given} per working day → measured {mean} ({low}–{high}), from {days} working days",
            given=given_rate or 0,
            mean=one_decimal(learnt.mean),
            low=one_decimal(learnt.low),
            high=one_decimal(learnt.high),
            days=fit.working_days,
        ),
    )
