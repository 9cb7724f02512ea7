"""What every public page has in common: its language, and that nobody keeps or indexes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language_info

from core.messaging.rendering import supported_locale

COOKIE = "portal_language"
COOKIE_AGE = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """A language to switch to, named in itself."""

    code: str
    name: str
    url: str
    current: bool


def language_of(request: HttpRequest, locale: str = "") -> str:
    """The language of a page: the one asked for now, the one chosen before, the order's, the browser's."""
    known = {code for code, _name in settings.LANGUAGES}
    for asked in (request.GET.get("lang", ""), request.COOKIES.get(COOKIE, "")):
        if asked in known:
            return asked
    return supported_locale(locale) if locale else translation.get_language_from_request(request)


def language_links(request: HttpRequest, current: str) -> list[LanguageLink]:
    """The switcher: this address in each language."""
    rest = [(name, value) for name, value in request.GET.items() if name != "lang"]
    return [
        LanguageLink(
            code=code,
            name=str(get_language_info(code)["name_local"]).capitalize(),
            url=f"?{urlencode([*rest, ('lang', code)])}",
            current=code == current,
        )
        for code, _name in settings.LANGUAGES
    ]


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    status: int = 200,
) -> HttpResponse:
    """Render a public page in a language. It is kept by no cache and indexed by no search engine."""
    with translation.override(language):
        response = render(
            request,
            template,
            {**context, "languages": language_links(request, language), "language": language},
            status=status,
        )
    response["Content-Language"] = language
    if request.GET.get("lang") == language:
        response.set_cookie(COOKIE, language, max_age=COOKIE_AGE, httponly=True, samesite="Lax", secure=settings.HTTPS)
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    """Mark an answer as nobody's business but the reader's."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow"
    # The address itself is the key to the page, so it is told to no other site.
    response["Referrer-Policy"] = "same-origin"
    return response
