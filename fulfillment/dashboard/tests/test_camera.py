"""The server reads what the phone's browser cannot."""

from io import BytesIO

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from core.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_user("pim", roles=["picker"]))
    return client


def frame(code: str) -> bytes:
    barcode = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128)
    bars = Image.fromarray(zxingcpp.write_barcode_to_image(barcode, scale=3)).convert("L")
    picture = Image.new("L", (800, 600), 255)
    picture.paste(bars, (40, 200))
    out = BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def test_a_frame_with_a_barcode_gives_its_text(staff: Client) -> None:
    answer = staff.post("/scan/frame", frame("LA03K2Q"), content_type="image/jpeg")
    assert answer.json()["text"] == "LA03K2Q"


def test_a_frame_without_a_barcode_gives_nothing(staff: Client) -> None:
    out = BytesIO()
    Image.new("L", (320, 240), 200).save(out, "JPEG")
    answer = staff.post("/scan/frame", out.getvalue(), content_type="image/jpeg")
    assert (answer.status_code, answer.json()["text"]) == (200, "")


@pytest.mark.parametrize("body", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 not a picture", b"x" * 100])
def test_a_body_that_is_no_picture_is_refused(staff: Client, body: bytes) -> None:
    assert staff.post("/scan/frame", body, content_type="image/jpeg").status_code == 422


def test_a_huge_picture_is_refused_before_it_is_decoded(staff: Client) -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert staff.post("/scan/frame", out.getvalue(), content_type="image/png").status_code == 413


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    assert client.post("/scan/frame", b"x", content_type="image/jpeg").status_code == 302
