"""Endpoints: who is told of what, with which secret, and whether at all."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.accounts.models import APIClient
from core.attention.services import close_cases
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotAllowed
from core.kernel.locks import lock_one
from core.outbox.listeners import listen
from core.webhooks import ports
from core.webhooks.addresses import Refused, target_of
from core.webhooks.errors import EndpointDisabled, TooManyEndpoints
from core.webhooks.models import DisabledReason, WebhookEndpoint
from core.webhooks.selectors import access_endpoint, endpoints_of
from core.webhooks.signing import new_secret

MOST_ENDPOINTS = 20
# How long the secret of before a rotation signs too, so that the receiver can change over without a gap.
OVERLAP = timedelta(hours=24)


@command
def create_endpoint(
    client: APIClient, *, url: str, event_types: Collection[str], by: Actor, now: datetime
) -> WebhookEndpoint:
    """Tell the client's channel or third party of these types and kinds (``parcel.*``) of events from now on.

    Raises Invalid for an address or a type that cannot be (with pointers), NotAllowed when the key may not read what
    a type tells of, TooManyEndpoints. Nothing is looked up or called.
    """
    wanted = _checked_types(event_types, client)
    _refuse_address(url)
    # Two creations with one key wait for each other, so that the limit holds.
    lock_one(APIClient.objects.all(), pk=client.pk)
    # Whose it is: a third party's belongs to no channel, whatever its key says.
    channel_id = client.channel_id if client.warehouse_id is None else None
    own = endpoints_of(channel_id, client.warehouse_id).filter(
        channel_id=channel_id, client__warehouse_id=client.warehouse_id
    )
    if own.count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints(_("A channel has at most %(count)d endpoints.") % {"count": MOST_ENDPOINTS})
    endpoint = WebhookEndpoint.objects.create(
        client=client,
        channel_id=channel_id,
        url=url,
        event_types=wanted,
        secret=new_secret(),
        created_at=now,
    )
    _listen(endpoint)
    return endpoint


@command
def rotate_secret(
    endpoint_id: int, *, channel_id: int | None, warehouse_id: int | None = None, by: Actor, now: datetime
) -> WebhookEndpoint:
    """Give the endpoint a new secret; the one before signs beside it for another day. Raises NotFound."""
    endpoint = _lock(endpoint_id, channel_id, warehouse_id)
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, now + OVERLAP
    endpoint.secret = new_secret()
    endpoint.save(update_fields=["previous_secret", "previous_until", "secret"])
    return endpoint


@command
def delete_endpoint(
    endpoint_id: int, *, channel_id: int | None, warehouse_id: int | None = None, by: Actor, now: datetime
) -> None:
    """Tell the endpoint nothing any more and forget its secrets; its log is kept for its time. Raises NotFound."""
    endpoint = _lock(endpoint_id, channel_id, warehouse_id)
    silence(endpoint, DisabledReason.DELETED, now=now)
    endpoint.deleted_at, endpoint.secret, endpoint.previous_secret = now, "", ""
    endpoint.save(update_fields=["deleted_at", "secret", "previous_secret"])
    close_cases(dedupe_key=failing_key(endpoint_id), resolution="deleted", by=by, now=now)


@command
def disable_endpoint(endpoint_id: int, *, by: Actor, now: datetime) -> None:
    """Switch the endpoint off by hand; one that is off stays as it is. Raises NotFound."""
    endpoint = _lock(endpoint_id, None)
    if endpoint.active:
        silence(endpoint, DisabledReason.STAFF, now=now)


@command
def enable_endpoint(endpoint_id: int, *, by: Actor, now: datetime) -> None:
    """Switch the endpoint on again and close its case; what happened meanwhile is not sent. Raises NotFound."""
    endpoint = _lock(endpoint_id, None)
    endpoint.active, endpoint.disabled_reason = True, ""
    endpoint.disabled_at = endpoint.failing_since = endpoint.paused_until = None
    endpoint.save(update_fields=["active", "disabled_reason", "disabled_at", "failing_since", "paused_until"])
    _listen(endpoint)
    close_cases(dedupe_key=failing_key(endpoint_id), resolution="enabled", by=by, now=now)


def silence(endpoint: WebhookEndpoint, reason: DisabledReason, *, now: datetime) -> None:
    """Send the endpoint nothing more. Runs in the caller's transaction, which holds the row."""
    endpoint.active, endpoint.disabled_reason, endpoint.disabled_at = False, reason, now
    endpoint.save(update_fields=["active", "disabled_reason", "disabled_at"])
    listen(ports.FAN_OUT, owner=_owner(endpoint), patterns=[])


def refuse_silent(endpoint: WebhookEndpoint) -> None:
    """Raise EndpointDisabled for an endpoint that is switched off."""
    if not endpoint.active:
        raise EndpointDisabled(_("This endpoint is switched off: %(why)s.") % {"why": endpoint.disabled_reason})


def failing_key(endpoint_id: int) -> str:
    """The dedupe key of the exception case of an endpoint that was switched off."""
    return f"webhook_failing:{endpoint_id}"


def _lock(endpoint_id: int, channel_id: int | None, warehouse_id: int | None = None) -> WebhookEndpoint:
    access_endpoint(endpoint_id, channel_id=channel_id, warehouse_id=warehouse_id)
    return lock_one(WebhookEndpoint.objects.filter(deleted_at=None), pk=endpoint_id)


def _owner(endpoint: WebhookEndpoint) -> str:
    return f"endpoint:{endpoint.pk}"


def _listen(endpoint: WebhookEndpoint) -> None:
    """Listen by the names of the outbox, which are now and then others than those outside."""
    inside = {outside: type_ for type_, outside in ports.public_types.items()}
    patterns = [inside.get(name, name) for name in endpoint.event_types]
    listen(ports.FAN_OUT, owner=_owner(endpoint), patterns=patterns)


def _checked_types(event_types: Collection[str], client: APIClient) -> list[str]:
    known = set(ports.public_types.values())
    known |= {f"{name.partition('.')[0]}.*" for name in known}
    wanted = list(dict.fromkeys(event_types))
    errors = [
        {
            "pointer": f"/event_types/{place}",
            "code": "unknown_event_type",
            "detail": _("There is no event type named “%(name)s”.") % {"name": name[:60]},
        }
        for place, name in enumerate(wanted)
        if name not in known
    ]
    if errors:
        raise Invalid(_("Some of these event types do not exist."), errors=errors, extra={"known": sorted(known)})
    for name in wanted:
        subject = name.partition(".")[0]
        scope = (ports.scopes if client.warehouse_id is None else ports.partner_scopes).get(subject)
        if scope is None:
            raise NotAllowed(_("This key of a third party's warehouse answers its requests alone."))
        if scope not in client.scopes:
            detail = _("To hear of “%(name)s” the API key needs the scope “%(scope)s”.")
            raise NotAllowed(detail % {"name": name, "scope": scope})
    return wanted


def _refuse_address(url: str) -> None:
    try:
        target_of(url)
    except Refused as refusal:
        detail = _("Send the https address of a machine on the internet, without a user name or a fragment.")
        raise Invalid(detail, errors=[{"pointer": "/url", "code": refusal.code, "detail": detail}]) from refusal
