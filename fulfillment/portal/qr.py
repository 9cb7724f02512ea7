"""A QR code as a picture that needs no further request, so that it still shows without a network."""

import base64

import zxingcpp

QUIET = 4


def qr_data_uri(text: str) -> str:
    """``text`` as a QR code in an SVG data address, black on white with its quiet zone whatever the page's theme."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    svg = code.to_svg(scale=1, add_quiet_zones=False)
    body = svg[svg.index("<g ") : svg.rindex("</g>") + len("</g>")]
    size = int(svg.split('width="', 1)[1].split('"', 1)[0])
    whole = size + 2 * QUIET
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" shape-rendering="crispEdges">'
        f'<rect width="{whole}" height="{whole}" fill="#fff"/>'
        f'<g transform="translate({QUIET} {QUIET})">{body}</g></svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
