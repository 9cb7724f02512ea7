"""Issuing and withdrawing API keys."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from core.accounts.keys import SHOWN, hash_key, new_key
from core.accounts.models import APIClient
from core.accounts.scopes import ALL_SCOPES, PARTNERS
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound


@command
def issue_api_key(
    *,
    name: str,
    scopes: Iterable[str],
    channel_id: int | None = None,
    warehouse_id: int | None = None,
    requests_per_minute: int | None = 12_000,
    expires_at: datetime | None = None,
    now: datetime,
) -> tuple[APIClient, str]:
    """A new API client and its key, which is not kept and cannot be shown again. Raises Invalid for unknown scopes.

    ``requests_per_minute`` None means no limit; ``channel_id`` None a tool that belongs to no storefront.
    ``warehouse_id`` is the third party's warehouse whose requests the client answers.
    """
    wanted = sorted(set(scopes))
    if unknown := [scope for scope in wanted if scope not in ALL_SCOPES]:
        raise Invalid(_("There is no scope named %(scopes)s.") % {"scopes": ", ".join(unknown)})
    if warehouse_id is not None and any(not scope.startswith(PARTNERS) for scope in wanted):
        raise Invalid(_("A third party's key may have the fulfillment scopes alone."))
    key = new_key()
    client = APIClient.objects.create(
        name=name,
        key_prefix=key[:SHOWN],
        key_hash=hash_key(key),
        scopes=wanted,
        channel_id=channel_id,
        warehouse_id=warehouse_id,
        requests_per_minute=requests_per_minute,
        expires_at=expires_at,
        created_at=now,
    )
    return client, key


@command
def revoke_api_key(client_id: int, *, now: datetime) -> None:
    """Withdraw the key from now on; a second time changes nothing. Raises NotFound."""
    if not APIClient.objects.filter(pk=client_id, revoked_at=None).update(revoked_at=now) and not (
        APIClient.objects.filter(pk=client_id).exists()
    ):
        raise NotFound(_("There is no such API client."))
