"""Photos of deliveries."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import ReceiptPhoto


@dataclass(frozen=True, slots=True)
class PhotoFact:
    """A photo without its bytes; ``line_id`` None is of the whole delivery. Pixels."""

    id: int
    line_id: int | None
    width: int
    height: int
    taken_by: str
    at: datetime


def photos_of(receipt_ref: str) -> list[PhotoFact]:
    """The photos of a receipt, the oldest first. One query, no bytes."""
    rows = ReceiptPhoto.objects.filter(receipt__ref=receipt_ref).order_by("pk")
    return [PhotoFact(*row) for row in rows.values_list("pk", "line_id", "width", "height", "taken_by", "at")]


def photo_bytes(photo_id: int) -> tuple[bytes, int]:
    """(JPEG, the id of the warehouse it belongs to). Raises NotFound."""
    row = ReceiptPhoto.objects.filter(pk=photo_id).values_list("image", "receipt__warehouse_id").first()
    if row is None:
        raise NotFound(_("There is no such photo."))
    return bytes(row[0]), row[1]
