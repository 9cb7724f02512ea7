"""Turn a template, a language and a context into the text of a mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.template import Context, engines
from django.template.backends.django import DjangoTemplates
from django.utils import translation

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail ready to be sent: the subject in one line, the plain text and the HTML.

    ``sender_name`` is the shop's, as the customer knows it; ``reply_to`` may be empty.
    """

    locale: str
    subject: str
    text: str
    html: str
    sender_name: str
    reply_to: str


def supported_locale(locale: str) -> str:
    """The language of ours that is nearest to ``locale`` ("th-TH" gives "th"); English when there is none."""
    try:
        return translation.get_supported_language_variant(locale.replace("_", "-"))
    except LookupError:
        return FALLBACK


def render(template: str, *, locale: str, context: Mapping[str, Any]) -> Rendered:
    """Render ``templates/mail/<template>.{subject.txt,txt,html}`` in the recipient's language.

    Every template also gets ``lang``, ``shop_name`` and ``public_url``; ``context`` may replace them. ``shop_name``
    is also the sender's name, and ``support_email``, when there is one, the address replies go to. Only the HTML is
    escaped. Raises what the template engine raises.
    """
    language = supported_locale(locale)
    with translation.override(language):
        values: dict[str, Any] = {
            "lang": language,
            "shop_name": parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or "Fulfillment",
            "public_url": settings.PUBLIC_URL,
            **context,
        }
        subject = _render(f"mail/{template}.subject.txt", values, escape=False)
        text = _render(f"mail/{template}.txt", values, escape=False)
        html = _render(f"mail/{template}.html", values, escape=True)
    return Rendered(
        locale=language,
        subject=" ".join(subject.split())[:200],
        text=_tidy(text),
        html=html.strip() + "\n",
        sender_name=" ".join(str(values["shop_name"]).split())[:80],
        reply_to=str(values.get("support_email") or "").strip(),
    )


def _render(name: str, values: Mapping[str, Any], *, escape: bool) -> str:
    engine = engines["django"]
    assert isinstance(engine, DjangoTemplates)  # noqa: S101  the settings configure no other
    context = Context({**values}, autoescape=escape)
    return str(engine.engine.get_template(name).render(context))


def _tidy(text: str) -> str:
    """At most one empty line in a row and none at the ends: what is left of template tags is no layout.

    ``-- `` keeps its space: mail programs know the footer by it.
    """
    lines: list[str] = []
    for line in text.strip().splitlines():
        tidy = line if line == "-- " else line.rstrip()
        if tidy or (lines and lines[-1]):
            lines.append(tidy)
    return "\n".join(lines) + "\n"
