"""Reads a barcode out of a camera frame, for browsers that cannot read one themselves."""

from io import BytesIO

import zxingcpp
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST
from PIL import Image, UnidentifiedImageError

from fulfillment.dashboard.access import requires

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 4_000_000


@require_POST
@requires("home.view")
def decode_frame(request: HttpRequest) -> JsonResponse:
    """``{"text", "symbology"}`` of the first barcode in the JPEG or PNG body; both empty when there is none."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        return JsonResponse({"text": "", "symbology": ""}, status=413)
    try:
        # Opening reads the header only: the size is known before a pixel is decoded.
        frame = Image.open(BytesIO(request.body), formats=("JPEG", "PNG"))
        if frame.width * frame.height > MAX_PIXELS:
            return JsonResponse({"text": "", "symbology": ""}, status=413)
        found = zxingcpp.read_barcodes(frame.convert("L"))
    except Image.DecompressionBombError:
        return JsonResponse({"text": "", "symbology": ""}, status=413)
    except (UnidentifiedImageError, OSError, ValueError):
        return JsonResponse({"text": "", "symbology": ""}, status=422)
    if not found:
        return JsonResponse({"text": "", "symbology": ""})
    # GS1 separators survive in the bytes, not in the display text.
    text = found[0].bytes.decode("utf-8", errors="replace")
    return JsonResponse({"text": text, "symbology": found[0].format.name})
