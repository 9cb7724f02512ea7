"""Goods come in: ordered, received at the dock, put away into the pick faces. The same services the screens use."""

from collections.abc import Mapping
from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command
from fulfillment.devtools.demo.seed import demo_supplier
from inventory.models import Bin, BinKind, BinStock
from inventory.selectors.places import default_bins
from inventory.services.ledger import Move, move
from inventory.services.receiving import Arrival, close_receipt, create_purchase_order, open_receipt, receive_many
from inventory.states import MovementReason

CHUNK = 500


def deliver_goods(quantities: Mapping[int, int], *, warehouse_id: int, by: Actor, now: datetime) -> str:
    """Order, receive and put away units by product id; returns the purchase order's reference.

    Each product goes where it lies already, else to a pick face nobody has used.
    """
    wanted = {product_id: units for product_id, units in quantities.items() if units > 0}
    ref = create_purchase_order(
        supplier_id=demo_supplier().pk,
        warehouse_id=warehouse_id,
        lines=sorted(wanted.items()),
        expected_on=now.date(),
        by=by,
        now=now,
    )
    receipt = open_receipt(warehouse_id=warehouse_id, purchase_order_ref=ref, by=by, now=now)
    homes = _homes(list(wanted), warehouse_id=warehouse_id)
    products = sorted(wanted)
    for start in range(0, len(products), CHUNK):
        part = {product_id: wanted[product_id] for product_id in products[start : start + CHUNK]}
        receive_many(
            receipt.ref,
            [Arrival(product_id=product_id, quantity=units) for product_id, units in part.items()],
            by=by,
            now=now,
        )
        _put_away(part, homes, document=receipt.ref, warehouse_id=warehouse_id, by=by, now=now)
    close_receipt(receipt.ref, by=by, now=now)
    return ref


@command
def _put_away(
    units: Mapping[int, int], homes: Mapping[int, int], *, document: str, warehouse_id: int, by: Actor, now: datetime
) -> None:
    receiving = default_bins(warehouse_id)[BinKind.RECEIVING]
    move(
        [
            Move(
                product_id=product_id,
                quantity=count,
                from_bin_id=receiving,
                to_bin_id=homes[product_id],
                reason=MovementReason.PUT_AWAY,
                document=document,
            )
            for product_id, count in units.items()
        ],
        by=by,
        now=now,
    )


def _homes(product_ids: list[int], *, warehouse_id: int) -> dict[int, int]:
    faces = Bin.objects.filter(warehouse_id=warehouse_id, kind=BinKind.PICK_FACE)
    used = BinStock.objects.filter(bin__in=faces)
    homes = dict(used.filter(product__in=product_ids).values_list("product_id", "bin_id"))
    free = iter(
        faces.exclude(pk__in=used.values("bin_id")).order_by("pick_sequence", "pk").values_list("pk", flat=True)
    )
    for product_id in sorted(set(product_ids) - set(homes)):
        homes[product_id] = next(free)
    return homes
