"""How inventory refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from core.kernel.errors import DomainError, Invalid, NotFound, StaleVersion


@dataclass(frozen=True, slots=True)
class Short:
    """One product of which fewer units can be had than were wanted. ``available`` is never negative."""

    product_id: int
    sku: str
    warehouse_id: int
    wanted: int
    available: int


class InsufficientStock(DomainError):
    """Fewer units are available than were asked for. ``short`` names every product concerned."""

    code: ClassVar[str] = "out_of_stock"

    def __init__(self, short: Sequence[Short]) -> None:
        self.short = list(short)
        named = ", ".join(
            _("%(sku)s (%(wanted)d wanted, %(available)d available)")
            % {"sku": one.sku, "wanted": one.wanted, "available": one.available}
            for one in self.short
        )
        super().__init__(
            _("There is not enough stock of %(named)s.") % {"named": named},
            errors=[
                {
                    "pointer": "",
                    "code": self.code,
                    "detail": _("%(available)d available") % {"available": one.available},
                    "sku": one.sku,
                    "wanted": one.wanted,
                    "available": one.available,
                }
                for one in self.short
            ],
        )


class NotAllocated(DomainError):
    """More units were to be given back than are held. A fault of the caller, never of a person."""

    code: ClassVar[str] = "not_allocated"


@dataclass(frozen=True, slots=True)
class Missing:
    """What a bin lacks for a move: ``free`` units of a product there are neither gone nor planned for a pick."""

    product_id: int
    sku: str
    bin_id: int
    bin_name: str
    lot: str
    condition: str
    wanted: int
    free: int


class NotEnoughInBin(DomainError):
    """A bin holds fewer units than were to be taken out of it. ``missing`` names each."""

    code: ClassVar[str] = "not_enough_in_bin"

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = list(missing)
        named = ", ".join(
            _("%(sku)s in %(bin)s (%(wanted)d wanted, %(free)d free)")
            % {"sku": one.sku, "bin": one.bin_name, "wanted": one.wanted, "free": one.free}
            for one in self.missing
        )
        super().__init__(_("There are not enough units of %(named)s.") % {"named": named})


class StockPromised(DomainError):
    """The units lie there, but they are promised to orders or carts. ``short`` names each product."""

    code: ClassVar[str] = "stock_promised"

    def __init__(self, short: Sequence[Short]) -> None:
        self.short = list(short)
        named = ", ".join(one.sku for one in self.short)
        super().__init__(_("The units of %(named)s are promised to orders.") % {"named": named})


class AlreadyMoved(DomainError):
    """A movement with that key was written before: the same act repeated."""

    code: ClassVar[str] = "already_moved"


class StaleQuantity(DomainError):
    """Somebody else changed the stock since it was read. ``extra`` holds the quantity as it is now."""

    code: ClassVar[str] = "stale_quantity"


class ReservationClosed(DomainError):
    """The cart's hold has ended: released, used by an order, or expired."""

    code: ClassVar[str] = "reservation_closed"


class DuplicateProduct(DomainError):
    """Another product has that SKU or that barcode."""

    code: ClassVar[str] = "duplicate_product"


class ReceiptClosed(DomainError):
    """The receipt is closed, so nothing more can be received on it."""

    code: ClassVar[str] = "receipt_closed"


class LotRequired(DomainError):
    """The product is tracked, and the units do not say which lot or serial number they are."""

    code: ClassVar[str] = "lot_required"


class LotMismatch(DomainError):
    """What is known of a lot contradicts what is told of it now."""

    code: ClassVar[str] = "lot_mismatch"


class SerialTaken(DomainError):
    """A unit with that serial number is in stock already."""

    code: ClassVar[str] = "serial_taken"


class TooManyForTransfer(DomainError):
    """More units were to be loaded than the transfer still asks for."""

    code: ClassVar[str] = "too_many_for_transfer"


class ReceiptInUse(DomainError):
    """Units of the receipt are no longer where it put them, so it cannot be voided. ``gone`` says what and where."""

    code: ClassVar[str] = "receipt_in_use"

    def __init__(self, gone: Sequence[str]) -> None:
        self.gone = list(gone)
        super().__init__(
            _("This receipt cannot be voided: %(gone)s. Bring the units back first.") % {"gone": "; ".join(self.gone)}
        )


class BadPhoto(DomainError):
    """The file is no photo we can keep."""

    code: ClassVar[str] = "bad_photo"
    status: ClassVar[int] = 422


class DuplicateNotice(DomainError):
    """The supplier announced a delivery under that number before."""

    code: ClassVar[str] = "duplicate_notice"


class AlreadyReceived(DomainError):
    """Everything in this case or pallet was received before."""

    code: ClassVar[str] = "already_received"


class BinForbidden(DomainError):
    """A rule of the bin forbids to put these units there: frozen, hazard class, or one product at a time."""

    code: ClassVar[str] = "bin_forbidden"


class BinFull(DomainError):
    """The units do not all fit by our numbers. ``extra["fits"]`` do; a person may put them there all the same."""

    code: ClassVar[str] = "bin_full"


class BinCarriesOrder(DomainError):
    """The tote holds the picked goods of an order, so its content is for the packer alone."""

    code: ClassVar[str] = "bin_carries_order"


class CountTaken(DomainError):
    """Somebody else is counting this bin."""

    code: ClassVar[str] = "taken"


class SameCounter(DomainError):
    """Who counted a bin cannot count it again to confirm: a second pair of eyes is the point."""

    code: ClassVar[str] = "same_counter"


class StaleCount(DomainError):
    """The stock of a slot was corrected after it was counted, so posting the count would correct it twice."""

    code: ClassVar[str] = "stale_count"


class KitsShort(DomainError):
    """The shelves hold fewer components than the kits take: [(sku, units wanted, units found)]."""

    code: ClassVar[str] = "kits_short"

    def __init__(self, short: Sequence[tuple[str, int, int]]) -> None:
        named = ", ".join(
            _("%(sku)s (%(wanted)d wanted, %(available)d on the shelves)")
            % {"sku": sku, "wanted": wanted, "available": found}
            for sku, wanted, found in short
        )
        super().__init__(_("There is not enough of %(named)s. Count the bins, then try again.") % {"named": named})


__all__ = [
    "AlreadyMoved",
    "AlreadyReceived",
    "BadPhoto",
    "BinCarriesOrder",
    "BinForbidden",
    "BinFull",
    "CountTaken",
    "DuplicateNotice",
    "DuplicateProduct",
    "InsufficientStock",
    "Invalid",
    "KitsShort",
    "LotMismatch",
    "LotRequired",
    "Missing",
    "NotAllocated",
    "NotEnoughInBin",
    "NotFound",
    "ReceiptClosed",
    "ReceiptInUse",
    "ReservationClosed",
    "SameCounter",
    "SerialTaken",
    "Short",
    "StaleCount",
    "StaleQuantity",
    "StaleVersion",
    "StockPromised",
    "TooManyForTransfer",
]
