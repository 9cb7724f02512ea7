"""How orders refuse."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from core.kernel.errors import DomainError, Invalid


class OutOfStock(DomainError):
    """A channel that rejects short orders was sent one; ``errors`` names every short line and its ``available``."""

    code: ClassVar[str] = "out_of_stock"

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(
            _("Nothing was ordered: there is not enough stock for %(lines)d of the lines.") % {"lines": len(errors)},
            errors=errors,
        )


class DuplicateExternalId(DomainError):
    """The channel already placed an order with that ``external_id``; ``extra["ref"]`` is that first order."""

    code: ClassVar[str] = "duplicate_external_id"

    def __init__(self, ref: str, external_id: str) -> None:
        super().__init__(
            _("The order %(external_id)s was placed before, as %(ref)s.") % {"external_id": external_id, "ref": ref},
            extra={"ref": ref},
        )
        self.ref = ref


class WorkStopped(DomainError):
    """The floor may not go on: a hold is open, or the work was cancelled. ``stops`` says why, by fulfilment order."""

    code: ClassVar[str] = "stop_flag"

    def __init__(self, stops: Mapping[int, Sequence[str]], refs: Mapping[int, str]) -> None:
        first = next(iter(stops))
        super().__init__(
            _("Stop: %(ref)s. %(reason)s Put the units aside and ask a supervisor.")
            % {"ref": refs[first], "reason": " ".join(stops[first])},
            extra={
                "stops": [
                    {"fulfillment_order_id": key, "ref": refs[key], "reasons": list(reasons)}
                    for key, reasons in stops.items()
                ]
            },
        )
        self.stops = {key: tuple(reasons) for key, reasons in stops.items()}


class NotCancellable(DomainError):
    """It is too late to cancel that: the units have left the house, or were cancelled before."""

    code: ClassVar[str] = "not_cancellable"


class NotEditable(DomainError):
    """It is too late to change that: picking has begun, or the order is over."""

    code: ClassVar[str] = "not_editable"


class HoldReleased(DomainError):
    """The hold was released before."""

    code: ClassVar[str] = "hold_released"


class UnknownMethod(DomainError):
    """The shop has shipping methods, and this is none of them."""

    code: ClassVar[str] = "unknown_method"
    status: ClassVar[int] = 422

    def __init__(self, method: str, known: Iterable[str]) -> None:
        super().__init__(
            _("This shop has no shipping method %(method)s.") % {"method": method},
            errors=[{"pointer": "/shipping_method", "code": self.code, "detail": self.way_out(known)}],
        )

    @staticmethod
    def way_out(known: Iterable[str]) -> str:
        """What to name instead."""
        return _("Choose one of these: %(names)s.") % {"names": ", ".join(sorted(known)[:20])}


class UnknownNames(Invalid):
    """A rule can be read, but names what this shop does not have; ``errors`` points at each of them."""

    code: ClassVar[str] = "unknown_names"
    status: ClassVar[int] = 422


class OrderClosed(DomainError):
    """The order is completed or cancelled, so nothing can be done with it any more."""

    code: ClassVar[str] = "order_closed"


class RequestNotOpen(DomainError):
    """The request to a third party was answered, taken back or carried out before."""

    code: ClassVar[str] = "request_not_open"


class NotRoutable(DomainError):
    """A part of an order cannot be divided, joined or moved like that; the sentence says why."""

    code: ClassVar[str] = "not_routable"


class WrongQuantity(DomainError):
    """More units than there are of them. A fault of the caller, never of a person."""

    code: ClassVar[str] = "wrong_quantity"


class ChoiceOver(DomainError):
    """There is nothing to choose any more: it was chosen, the deadline passed, or what was missing came."""

    code: ClassVar[str] = "choice_over"


class NotOffered(DomainError):
    """That choice is not offered now, such as a substitute that was sold in between."""

    code: ClassVar[str] = "not_offered"


class CustomerGone(DomainError):
    """Behind this customer there is nobody any more: merged into another one, or erased."""

    code: ClassVar[str] = "customer_gone"


class CustomerBusy(DomainError):
    """The customer's data are still needed for an open order, return or refund."""

    code: ClassVar[str] = "customer_busy"


class AlreadyReplaced(DomainError):
    """Units would be sent a second time, or more than there were; ``extra["ref"]`` is the earlier replacement."""

    code: ClassVar[str] = "already_replaced"

    def __init__(self, name: str, *, left: int, ref: str) -> None:
        words = {"name": name, "left": left, "ref": ref}
        if ref:
            told = _("%(name)s is sent again already with %(ref)s. %(left)d more can be.") % words
        else:
            told = _("Only %(left)d × %(name)s of it have left the house, so no more can be sent again.") % words
        super().__init__(told, extra={"ref": ref, "left": left})
