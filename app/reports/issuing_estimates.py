"""What results teach of the minutes that a further document takes, beside what is stated, for people to read."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.districts.issuing import OWN, in_force
from app.districts.models import FURTHER_DOCUMENTS, District, Document, OwnIssuingFigures
from app.districts.own_figures import list_own
from app.estimates.contradictions import pace_contradiction
from app.estimates.document_pace import SharedMinutes, results_of
from app.reports.estimate_answers import Interval, IssuingEstimate
from app.reports.estimate_words import SOURCE_WORDS, one_decimal, source_of
from app.schedules.document_learning import DocumentPaces, document_paces, planned_minutes
from app.schedules.figures import Figure, Use, Uses, uses_of
from app.words import Text, in_both


def issuing_estimate(session: Session, district: District, document: Document, *, on: date) -> IssuingEstimate | None:
    """As seen on the evening of `on`; None of IKD, whose minutes are those of each team."""
    return None if document is Document.IKD else issuing_estimates(session, district, on=on)[document]


def issuing_estimates(session: Session, district: District, *, on: date) -> dict[Document, IssuingEstimate]:
    """Of every further document, as seen on the evening of `on`."""
    own, paces = list_own(session, OWN, district.code), document_paces(session, district, until=on)
    return {
        document: _estimate(document, own.get(document), paces, uses_of(session, district.code, document))
        for document in FURTHER_DOCUMENTS
    }


def _estimate(document: Document, own: OwnIssuingFigures | None, paces: DocumentPaces, uses: Uses) -> IssuingEstimate:
    stated = in_force(document, own).minutes
    source = source_of(None if own is None else own.provenance.get("minutes"))
    pace, own_visits = paces.fits[document], paces.that_brought(document)
    summary = pace.summary_together(float(stated))
    use = uses.of(Figure.PACE) if summary.visits else Use.GIVEN
    learned = Interval(mean=round(summary.mean, 2), low=round(summary.low, 2), high=round(summary.high, 2))
    shared = sum(len(visit.served) > 1 for visit in own_visits)
    return IssuingEstimate(
        document=document.value,
        stated=stated,
        stated_source=source,
        visits=summary.visits,
        shared=shared,
        people=summary.activated,
        learned=learned if summary.visits else None,
        use=use.value,
        next_run=planned_minutes(pace, stated) if use is Use.LEARNED else stated,
        text=_words(SOURCE_WORDS[source], stated, learned, visits=summary.visits, shared=shared),
        doubt=_doubt(document, SOURCE_WORDS[source], stated, own_visits),
    )


def _doubt(document: Document, source: Text, stated: int, visits: Sequence[SharedMinutes]) -> Text | None:
    """What is said of stated minutes that visits contradict; one that shared its minutes contradicts nobody's."""
    alone = [visit for visit in visits if len(visit.served) == 1]
    contradicted = pace_contradiction(list(results_of(alone, document)))
    if not contradicted.is_doubtful:
        return None
    return in_both(
        "{few} kunjungan jauh lebih lambat dan {many} jauh lebih cepat daripada yang {source}, {stated} menit per "
        "orang, dari {visits}.",
        "{few} visits were far slower and {many} far faster than the {stated} minutes a person that were {source}, of "
        "{visits}.",
        few=contradicted.too_few,
        many=contradicted.too_many,
        source=source,
        stated=stated,
        visits=contradicted.visits,
    )


def _words(source: Text, stated: int, learned: Interval, *, visits: int, shared: int) -> Text:
    if not visits:
        return in_both(
            "{source} {stated} menit per orang; belum terukur",
            "{source} {stated} minutes a person; not measured yet",
            source=source,
            stated=stated,
        )
    also = in_both("", "")
    if shared:
        also = in_both(
            ", {shared} di antaranya membawa dokumen lain juga",
            ", {shared} of which brought other documents, too",
            shared=shared,
        )
    return in_both(
        "{source} {stated} menit per orang → terukur {mean} ({low}–{high}), dari {visits} kunjungan{also}",
        "{source} {stated} minutes a person → measured {mean} ({low}–{high}), from {visits} visits{also}",
        source=source,
        stated=stated,
        mean=one_decimal(learned.mean),
        low=one_decimal(learned.low),
        high=one_decimal(learned.high),
        visits=visits,
        also=also,
    )
