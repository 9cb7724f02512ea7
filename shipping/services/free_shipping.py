"""Set from what value of goods a service is free."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, StaleVersion
from core.kernel.locks import lock_one
from core.outbox.publish import NewEvent, publish
from shipping.events import FREE_SHIPPING_CHANGED
from shipping.models import CarrierService, RateBand
from shipping.selectors.costs import service_story

MOST = Decimal(10) ** 9


@command
def set_free_from(
    service_id: int,
    free_from: Decimal | None,
    *,
    band_id: int | None = None,
    expected: Decimal | None,
    shown: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Set it for a service, or for one of its bands; None: never free. Kept with who, when and what was ``shown``.

    ``expected`` is what counted when the person decided: raises StaleVersion when somebody set another since. Raises
    NotFound, Invalid. The same again changes nothing.
    """
    if free_from is not None and not 0 < free_from < MOST:
        raise Invalid(_("Say from what value of goods it is free: a number above 0."))
    service = lock_one(CarrierService.objects.all(), pk=service_id)
    target = service if band_id is None else lock_one(RateBand.objects.all(), pk=band_id, service=service)
    before = target.free_from
    if before == free_from:
        return
    if before != expected:
        raise StaleVersion(_("Somebody else has set it to %(value)s since. Look again.") % {"value": before or "–"})
    target.free_from = free_from
    target.save(update_fields=["free_from"])
    publish(
        NewEvent(
            type=FREE_SHIPPING_CHANGED,
            subject_type="carrier_service",
            subject_id=service.pk,
            timeline=service_story(service.pk),
            data={
                "method": service.method,
                "before": None if before is None else str(before),
                "after": None if free_from is None else str(free_from),
                "band_id": band_id,
                **(shown or {}),
            },
        ),
        by=by,
        now=now,
    )
