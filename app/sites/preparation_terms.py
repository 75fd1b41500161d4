"""How people are prepared at sites by their codes: as the site says, its district of the kind, or as is assumed."""

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from app.sites.kinds import kind_defaults
from app.sites.models import SiteKind
from app.sites.preparations import ASSUMED, PreparationTerms, terms_of
from app.sites.session_places import by_code


def terms_at(session: Session, district_code: str, codes: Collection[str]) -> Mapping[str, PreparationTerms]:
    """The terms in force, by code; of a code that the district does not have, the assumed ones."""
    if not codes:
        return {}
    sites, kinds = by_code(session, district_code, codes), kind_defaults(session, district_code)
    return {
        code: terms_of(sites[code], kinds[SiteKind(sites[code].kind)].terms) if code in sites else ASSUMED
        for code in codes
    }
