"""How shipping refuses."""

from typing import ClassVar

from core.kernel.errors import DomainError


class NothingToRelease(DomainError):
    """No order of the wave can go to the floor now."""

    code: ClassVar[str] = "nothing_to_release"


class SomebodyElsesWarehouse(DomainError):
    """Waves are for warehouses of our own."""

    code: ClassVar[str] = "not_our_warehouse"


class NotInWave(DomainError):
    """The order is on no open pick list."""

    code: ClassVar[str] = "not_in_wave"


class AlreadyPicked(DomainError):
    """Units were picked already, so the work cannot be taken back unseen."""

    code: ClassVar[str] = "already_picked"


class NoWork(DomainError):
    """Nothing waits to be picked here."""

    code: ClassVar[str] = "no_work"


class ToteBusy(DomainError):
    """The tote serves another order, or something lies in it."""

    code: ClassVar[str] = "tote_busy"


class NotAPicker(DomainError):
    """The list cannot be given to that person, or to nobody; the sentence says why."""

    code: ClassVar[str] = "not_a_picker"
    status: ClassVar[int] = 422


class NotYours(DomainError):
    """Somebody else works on it."""

    code: ClassVar[str] = "taken_over"


class NothingToUndo(DomainError):
    """There is nothing that could be taken back."""

    code: ClassVar[str] = "nothing_to_undo"


class NotPacked(DomainError):
    """A step of packing is missing; the sentence says which. 422: the next step is in the words."""

    code: ClassVar[str] = "not_packed"
    status: ClassVar[int] = 422


class NotPackable(DomainError):
    """There is nothing to pack for that code now; the sentence says why."""

    code: ClassVar[str] = "not_packable"


class WeightOff(DomainError):
    """The scale disagrees with what was scanned."""

    code: ClassVar[str] = "weight_off"
    status: ClassVar[int] = 422


class LabelBeingBought(DomainError):
    """A label is being bought, or nobody knows yet whether it was."""

    code: ClassVar[str] = "label_being_bought"


class LabelRefused(DomainError):
    """The carrier refused to sell a label."""

    code: ClassVar[str] = "label_refused"
    status: ClassVar[int] = 422


class UnknownCarrier(DomainError):
    """No adapter and no service has that name."""

    code: ClassVar[str] = "unknown_carrier"
    status: ClassVar[int] = 404


class NotShippable(DomainError):
    """Units are reported as sent that our books do not show where they were sent from."""

    code: ClassVar[str] = "not_shippable"


class NotHandedOver(DomainError):
    """The parcel cannot leave the house now; the sentence says why."""

    code: ClassVar[str] = "not_handed_over"


class BadSignature(DomainError):
    """The notice is not from the carrier, or too old."""

    code: ClassVar[str] = "bad_signature"
    status: ClassVar[int] = 401


class NotReplaceable(DomainError):
    """The parcel has not left the house, so nothing of it has to be sent again."""

    code: ClassVar[str] = "not_replaceable"


class MethodFixed(DomainError):
    """A label is bought, so the parcel travels by its method."""

    code: ClassVar[str] = "method_fixed"
