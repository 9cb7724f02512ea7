"""Photos of deliveries, what suppliers learn us about their days, and articles nobody knew."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from core.attention.selectors import open_cases
from inventory.errors import BadPhoto, DuplicateProduct, Invalid, LotRequired, NotFound, ReceiptClosed
from inventory.models import BinKind, Receipt, ReceiptPhoto
from inventory.selectors.lead_times import LeadTime, lead_times
from inventory.selectors.photos import photo_bytes, photos_of
from inventory.selectors.receiving import receipt_fact
from inventory.selectors.scans import read_scan
from inventory.services import photos
from inventory.services.photos import add_photo, read_picture
from inventory.services.products import add_barcode
from inventory.services.receiving import attach_article, close_receipt, receive_units
from inventory.services.voiding import void_receipt
from inventory.tests.arriving import at_dock, from_supplier, order, supplier, track
from inventory.tests.conftest import NOW, TESTER, Floor, make_products


def image(size: tuple[int, int] = (40, 20), kind: str = "JPEG", **how: object) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, "red").save(kept, format=kind, **how)
    return kept.getvalue()


def test_a_photo_is_made_small_turned_upright_and_stripped() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "the maker of the camera"
    picture = read_picture(image((3200, 1200), exif=exif))
    assert (picture.width, picture.height) == (600, 1600)
    assert b"maker" not in picture.jpeg
    with Image.open(io.BytesIO(picture.jpeg)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (600, 1600), {})


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_the_formats_of_phones_are_read(kind: str) -> None:
    assert read_picture(image(kind=kind)).width == 40


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no photo",
        b"<svg onload=alert(1)>",
        b"\xff\xd8\xff\xe0" + b"\0" * 40,
        image()[:-60][:200],
        image(kind="GIF"),
    ],
)
def test_a_file_that_is_no_photo_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadPhoto):
        read_picture(content)


def test_a_photo_too_large_to_open_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadPhoto, match="15 MB"):
        read_picture(b"\xff" * (photos.MOST_BYTES + 1))
    monkeypatch.setattr(photos, "MOST_PIXELS", 100)
    with pytest.raises(BadPhoto, match="pixels"):
        read_picture(image())


@pytest.mark.django_db
def test_photos_belong_to_a_receipt_or_to_one_of_its_lines(floor: Floor, product: int) -> None:
    receipt, other = from_supplier(floor).ref, from_supplier(floor).ref
    line = receive_units(receipt, product_id=product, quantity=1, discrepancy="damaged", by=TESTER, now=NOW)
    first = add_photo(receipt, image(), by=TESTER, now=NOW)
    second = add_photo(receipt, image(), line_id=line.id, by=TESTER, now=NOW)
    assert [(photo.id, photo.line_id) for photo in photos_of(receipt)] == [(first, None), (second, line.id)]
    assert photo_bytes(first)[1] == floor.warehouse_id
    with pytest.raises(NotFound):
        add_photo(other, image(), line_id=line.id, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        photo_bytes(0)
    void_receipt(other, reason="empty", by=TESTER, now=NOW)
    with pytest.raises(ReceiptClosed):
        add_photo(other, image(), by=TESTER, now=NOW)
    ReceiptPhoto.objects.bulk_create(
        [
            ReceiptPhoto(receipt_id=Receipt.objects.get(ref=receipt).pk, image=b"", width=1, height=1, at=NOW)
            for _n in range(photos.MOST_PHOTOS)
        ]
    )
    with pytest.raises(BadPhoto, match="already"):
        add_photo(receipt, image(), by=TESTER, now=NOW)


@pytest.mark.django_db
def test_lead_times_are_learned_from_the_first_receipt_of_each_order(
    floor: Floor, product: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for days in (2, 4, 6, 8, 20):
        ref = order(floor, (product, 5))
        for late in (0, 30):
            receipt = at_dock(floor, ref, days=days + late).ref
            receive_units(receipt, product_id=product, quantity=1, by=TESTER, now=NOW)
            close_receipt(receipt, complete=False, by=TESTER, now=NOW + timedelta(days=days))
    order(floor, (product, 5))
    at_dock(floor, order(floor, (product, 5)), days=1)  # opened, nothing came
    voided = at_dock(floor, order(floor, (product, 5)), days=90).ref
    receive_units(voided, product_id=product, quantity=1, by=TESTER, now=NOW)
    void_receipt(voided, reason="wrong", by=TESTER, now=NOW)
    supplier_id = supplier()
    with django_assert_num_queries(1):
        learned = lead_times([supplier_id])
    assert learned == {supplier_id: LeadTime(receipts=5, median_days=6.0, p90_days=15.2)}


@pytest.mark.django_db
def test_a_supplier_who_never_delivered_has_no_lead_time(floor: Floor) -> None:
    assert lead_times([supplier()]) == {}
    assert lead_times([]) == {}


@pytest.mark.django_db
def test_an_unknown_article_is_attached_to_a_product_and_received(floor: Floor, product: int) -> None:
    receipt = from_supplier(floor).ref
    first = receive_units(receipt, code="4006381333931", quantity=2, by=TESTER, now=NOW)
    receive_units(receipt, code="4006381333931", quantity=1, by=TESTER, now=NOW)
    close_receipt(receipt, by=TESTER, now=NOW)
    line = attach_article(first.id, product_id=product, units=6, by=TESTER, now=NOW)
    assert line.quantity == 18
    assert floor.in_bin(product, floor.bins[BinKind.RECEIVING]) == {"sellable": 18}
    assert receipt_fact(receipt).units == {"none": 18}
    assert open_cases("unknown_article") == []
    found = read_scan("4006381333931")
    assert found.product is not None and (found.product.id, found.units) == (product, 6)
    with pytest.raises(Invalid):
        attach_article(first.id, product_id=product, by=TESTER, now=NOW)


@pytest.mark.django_db
def test_of_an_unknown_gs1_code_the_article_number_is_attached_and_the_lot_kept(floor: Floor, product: int) -> None:
    track(product)
    receipt = from_supplier(floor).ref
    line = receive_units(receipt, code="010950600013435210L7", quantity=1, by=TESTER, now=NOW)
    assert attach_article(line.id, product_id=product, by=TESTER, now=NOW).lot == "L7"
    assert read_scan("9506000134352").product is not None
    plain = receive_units(receipt, code="4006381333931", quantity=1, by=TESTER, now=NOW)
    with pytest.raises(LotRequired):
        attach_article(plain.id, product_id=product, by=TESTER, now=NOW)


@pytest.mark.django_db
def test_a_code_learned_meanwhile_by_another_product_is_not_stolen(floor: Floor) -> None:
    mine, theirs = make_products(2)
    line = receive_units(from_supplier(floor).ref, code="4006381333931", quantity=1, by=TESTER, now=NOW)
    add_barcode(theirs, code="4006381333931", by=TESTER, now=NOW)
    with pytest.raises(DuplicateProduct):
        attach_article(line.id, product_id=mine, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        attach_article(0, product_id=mine, by=TESTER, now=NOW)
