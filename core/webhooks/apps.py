from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Tags, Warning, register


class WebhooksConfig(AppConfig):
    name = "core.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        register(refuse_private_addresses, Tags.security, deploy=True)


def refuse_private_addresses(**_: Any) -> list[Warning]:
    """``check --deploy`` warns while webhooks may reach into the house."""
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        return []
    hint = "Unset it: it lets whoever holds an API key send requests to machines of yours."
    return [Warning("WEBHOOK_ALLOW_PRIVATE is on.", hint=hint, id="webhooks.W001")]
