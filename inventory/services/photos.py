"""Keep what the dock saw: photos, made small and without metadata."""

import io
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.errors import BadPhoto, NotFound
from inventory.models import ReceiptLine, ReceiptPhoto
from inventory.services.arriving import lock_receipt

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_PHOTOS = 40
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo ready to keep: JPEG bytes, its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def read_picture(content: bytes) -> Picture:
    """The photo in a file, turned upright, at most 1600 pixels long, re-encoded so that nothing else in the file
    survives: no place, no camera, no hidden data. Raises BadPhoto."""
    if not content:
        raise BadPhoto(_("This file is empty. Take the photo again."))
    if len(content) > MOST_BYTES:
        raise BadPhoto(_("This photo is larger than 15 MB. Take it with a lower resolution."))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise BadPhoto(_("This photo has too many pixels. Take it with a lower resolution."))
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except BadPhoto:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPhoto(_("This file is not a photo we can read. Send a JPEG, PNG or WebP.")) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    kept = io.BytesIO()
    clean.save(kept, format="JPEG", quality=80, optimize=True)
    return Picture(kept.getvalue(), clean.width, clean.height)


@command
def keep_photo(receipt_ref: str, picture: Picture, *, line_id: int | None = None, by: Actor, now: datetime) -> int:
    """Keep a picture of a receipt, or of one of its lines; returns its id.

    Raises NotFound, BadPhoto when the receipt has too many, and ReceiptClosed for a voided receipt.
    """
    receipt = lock_receipt(receipt_ref)
    if line_id is not None and not ReceiptLine.objects.filter(pk=line_id, receipt=receipt).exists():
        raise NotFound(_("There is no such receipt line."))
    if ReceiptPhoto.objects.filter(receipt=receipt).count() >= MOST_PHOTOS:
        raise BadPhoto(_("This receipt has %(count)d photos already.") % {"count": MOST_PHOTOS})
    photo = ReceiptPhoto.objects.create(
        receipt=receipt,
        line_id=line_id,
        image=picture.jpeg,
        width=picture.width,
        height=picture.height,
        taken_by=by.name,
        at=now,
    )
    return photo.pk


def add_photo(receipt_ref: str, content: bytes, *, line_id: int | None = None, by: Actor, now: datetime) -> int:
    """Read a file and keep it; the picture is made before the transaction begins. Raises as both parts do."""
    return keep_photo(receipt_ref, read_picture(content), line_id=line_id, by=by, now=now)
