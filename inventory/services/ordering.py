"""A person's decision about proposals: purchase orders of them, or nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_many
from core.kernel.transitions import advance_many
from inventory.errors import Invalid, NotFound
from inventory.models import PurchaseOrder, PurchaseProposal
from inventory.selectors.products import products_by_id
from inventory.services.purchasing import create_purchase_order
from inventory.states import ProposalStatus


@command
def approve_proposals(quantities: Mapping[int, int], *, by: Actor, now: datetime) -> list[str]:
    """Order {proposal id: units}: one purchase order for each supplier and warehouse; returns their references.

    A proposal that was ordered before is not ordered again: its purchase order is named instead. Raises NotFound,
    IllegalTransition for a dismissed one, and Invalid without a supplier, or unless whole packs are ordered.
    """
    rows = _locked(quantities)
    for row in rows:
        if row.status == ProposalStatus.DISMISSED:
            raise IllegalTransition(_("One of these proposals was dismissed meanwhile. Look at the list again."))
    fresh = [row for row in rows if row.status == ProposalStatus.PROPOSED]
    products = products_by_id(row.product_id for row in fresh)
    groups: dict[tuple[int, int], list[PurchaseProposal]] = {}
    for row in fresh:
        sku, pack = products[row.product_id].sku, int(row.reason.get("pack_size", 1))
        if row.supplier_id is None:
            raise Invalid(_("Nobody is known to sell %(sku)s. Add a supplier for it first.") % {"sku": sku})
        if quantities[row.pk] <= 0 or quantities[row.pk] % pack:
            told = _("Order whole packs of %(sku)s: a multiple of %(pack)d.")
            raise Invalid(told % {"sku": sku, "pack": pack})
        groups.setdefault((row.supplier_id, row.warehouse_id), []).append(row)
    refs = list(
        PurchaseOrder.objects.filter(proposals__in=[row.pk for row in rows if row not in fresh])
        .order_by("pk")
        .values_list("ref", flat=True)
        .distinct()
    )
    for (supplier_id, warehouse_id), group in sorted(groups.items()):
        lead = max(ceil(float(row.reason.get("lead_days", 0))) for row in group)
        costs = {row.product_id: Decimal(cost) for row in group if (cost := row.reason.get("unit_cost"))}
        ref = create_purchase_order(
            supplier_id=supplier_id,
            warehouse_id=warehouse_id,
            lines=[(row.product_id, quantities[row.pk]) for row in group],
            unit_costs=costs,
            expected_on=now.date() + timedelta(days=lead),
            by=by,
            now=now,
        )
        bought = PurchaseOrder.objects.get(ref=ref)
        advance_many(
            group,
            ProposalStatus.ORDERED,
            by=by,
            now=now,
            data={"purchase_order": ref},
            purchase_order=bought,
            decided_at=now,
            decided_by=by.name,
        )
        refs.append(ref)
    return refs


@command
def dismiss_proposals(proposal_ids: Collection[int], *, by: Actor, now: datetime) -> int:
    """Decide against proposals; returns how many. Raises NotFound, IllegalTransition for one already ordered."""
    rows = [row for row in _locked(proposal_ids) if row.status != ProposalStatus.DISMISSED]
    advance_many(rows, ProposalStatus.DISMISSED, by=by, now=now, decided_at=now, decided_by=by.name)
    return len(rows)


def _locked(proposal_ids: Collection[int]) -> list[PurchaseProposal]:
    rows = lock_many(PurchaseProposal.objects.all(), proposal_ids)
    if not rows or len(rows) != len(set(proposal_ids)):
        raise NotFound(_("There is no such proposal."))
    return rows
