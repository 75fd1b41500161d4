"""The shares of people who come, can be activated and are registered here: what was stated beside what results say."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.districts.areas import list_areas
from app.districts.models import District, Document
from app.estimates.contradictions import contradiction
from app.estimates.learning import Learned
from app.estimates.shares import ShareFit, ShareResult
from app.reports.estimate_answers import Interval, ShareEstimate, Source
from app.reports.estimate_words import SOURCE_WORDS, source_of
from app.schedules.document_turn_out import who_comes
from app.schedules.figures import Figure, Use, Uses, uses_of
from app.schedules.learning import learn_from_results
from app.sites.kinds import kind_defaults
from app.sites.models import Site
from app.words import Text, in_both, percent


def fits_of(learned: Learned) -> Mapping[Figure, tuple[ShareFit, Sequence[ShareResult]]]:
    """Each share with the visits that teach it."""
    evidence = learned.evidence
    return {
        Figure.TURN_OUT: (learned.turn_out, evidence.turn_out),
        Figure.PHONE_READY: (learned.phone_ready, evidence.phone_ready),
        Figure.RESIDENT: (learned.resident, evidence.resident),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taught:
    """A share that planning takes for a document, and whose results teach it."""

    document: Document
    fit: ShareFit
    results: Sequence[ShareResult]
    uses: Uses


def _taught(
    session: Session, district: District, document: Document, learned: Learned, uses: Uses, *, on: date
) -> Mapping[Figure, _Taught]:
    """What planning takes for a document: for further ones who comes and is registered here, with any phone."""
    if document is Document.IKD:
        return {
            figure: _Taught(document=document, fit=fit, results=results, uses=uses)
            for figure, (fit, results) in fits_of(learned).items()
        }
    of_ikd = learn_from_results(session, district, Document.IKD, until=on)
    who = who_comes(session, district, document, of_ikd, until=on)
    return {
        Figure.TURN_OUT: _Taught(
            document=who.document,
            fit=who.fit,
            results=[result for result in who.fit.results if not result.is_given],
            uses=who.uses,
        ),
        Figure.RESIDENT: _Taught(
            document=Document.IKD,
            fit=of_ikd.resident,
            results=of_ikd.evidence.resident,
            uses=uses_of(session, district.code, Document.IKD),
        ),
    }


def share_estimates(
    session: Session,
    district: District,
    document: Document,
    learned: Learned,
    uses: Uses,
    sites: Sequence[Site],
    *,
    on: date,
) -> Iterator[ShareEstimate]:
    """By figure, kind and area, of every cell that has sites; `learned` and `uses` of the document."""
    taught = _taught(session, district, document, learned, uses, on=on)
    names = {area.code: area.name for area in list_areas(session, district.code)}
    cells = Counter((site.kind, site.area_code) for site in sites)
    defaults = {kind.value: figures for kind, figures in kind_defaults(session, district.code).items()}
    for figure, own in taught.items():
        sources = {
            kind: source_of(figures.provenance.get(f"{figure.value}_share")) for kind, figures in defaults.items()
        }
        stated = {kind: float(getattr(figures, f"{figure.value}_share")) for kind, figures in defaults.items()}
        doubts = {
            kind: _doubt(kind, own.results, stated[kind], source=sources[kind])
            for kind in sorted({kind for kind, _ in cells})
        }
        for kind, area in sorted(cells):
            summary = own.fit.summary(kind, area)
            use = own.uses.of(figure, kind) if own.results else Use.GIVEN
            learnt = Interval(mean=round(summary.mean, 4), low=round(summary.low, 4), high=round(summary.high, 4))
            yield ShareEstimate(
                figure=figure.value,
                learned_of=own.document.value,
                kind=kind,
                area_code=area,
                area_name=names.get(area, area),
                sites=cells[kind, area],
                prior=stated[kind],
                prior_source=sources[kind],
                visits=summary.visits,
                people=round(summary.people),
                ran_out_of_time=summary.bounded,
                learned=learnt,
                is_measured=summary.is_measured,
                use=use.value,
                next_run=learnt.mean if use is Use.LEARNED else stated[kind],
                text=_share_words(
                    stated[kind], learnt, source=sources[kind], visits=summary.visits, bounded=summary.bounded
                ),
                doubt=doubts[kind],
            )


def _share_words(prior: float, learnt: Interval, *, source: Source, visits: int, bounded: int) -> Text:
    if visits == 0:
        return in_both(
            "{source} {prior}; belum terukur di sini, menurut kunjungan lain {mean} ({low}–{high})",
            "{source} {prior}; not measured here, by the other visits {mean} ({low}–{high})",
            source=SOURCE_WORDS[source],
            prior=percent(prior),
            mean=percent(learnt.mean),
            low=percent(learnt.low),
            high=percent(learnt.high),
        )
    return in_both(
        "{source} {prior} → terukur {mean} ({low}–{high}), dari {visits} kunjungan, {bounded} di antaranya "
        "kehabisan waktu",
        "{source} {prior} → measured {mean} ({low}–{high}), from {visits} visits, {bounded} of which ran out of time",
        source=SOURCE_WORDS[source],
        prior=percent(prior),
        mean=percent(learnt.mean),
        low=percent(learnt.low),
        high=percent(learnt.high),
        visits=visits,
        bounded=bounded,
    )


def _doubt(kind: str, results: Sequence[ShareResult], stated: float, *, source: Source) -> Text | None:
    """What is said of the share of a kind that visits to it contradict."""
    contradicted = contradiction([result for result in results if result.kind == kind], stated)
    if not contradicted.is_doubtful:
        return None
    return in_both(
        "{few} kunjungan jauh di bawah dan {many} jauh di atas yang {source}, {prior}, dari {visits}.",
        "{few} visits lie far below and {many} far above what was {source}, {prior}, of {visits}.",
        few=contradicted.too_few,
        many=contradicted.too_many,
        source=SOURCE_WORDS[source],
        prior=percent(stated),
        visits=contradicted.visits,
    )
