"""In which language a browser is answered: the one chosen there, else the one it asks for, else Indonesian."""

from fastapi import Request, Response

from app.languages import Language, language_of

LANGUAGE_COOKIE = "bahasa"
_YEAR_SECONDS = 365 * 86_400


def language_for(request: Request) -> Language:
    """The reader's language."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in tuple(Language):
        return Language(chosen)
    wanted = request.headers.get("accept-language")
    return language_of(wanted) if wanted else Language.INDONESIAN


def remember_language(response: Response, language: Language) -> None:
    response.set_cookie(LANGUAGE_COOKIE, language.value, max_age=_YEAR_SECONDS, path="/", httponly=True, samesite="lax")
