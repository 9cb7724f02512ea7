"""A process really killed between the sale of a label and the note of it."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connection

from shipping.carriers.own_delivery import OwnDelivery
from shipping.models import IssuedNumber, LabelRequest, Parcel
from shipping.services.labels import begin_purchase, purchase_label, settle_open_requests
from shipping.services.packing import pack_all
from shipping.tests.floor import NOW, TESTER, build_floor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("sold", [True, False])
def test_a_killed_purchase_leaves_exactly_one_live_label_in_the_end(sold: bool) -> None:
    floor = build_floor({"ART01": 5})
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = Parcel.objects.get(pk=pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW).id)
    connection.close()
    child = os.fork()
    if child == 0:  # the process that dies; it shares no connection with its parent
        purchase = begin_purchase(parcel.ref, by=TESTER, now=NOW)
        if sold and purchase.order is not None:
            OwnDelivery().buy(purchase.order)
        os.kill(os.getpid(), signal.SIGKILL)
    _pid, ended = os.waitpid(child, 0)
    assert os.WTERMSIG(ended) == signal.SIGKILL
    assert list(LabelRequest.objects.values_list("status", flat=True)) == ["claimed"]
    assert IssuedNumber.objects.count() == (1 if sold else 0)
    settle_open_requests(by=TESTER, now=NOW + timedelta(minutes=10))
    purchase_label(parcel.ref, by=TESTER, now=NOW + timedelta(minutes=10))
    live = LabelRequest.objects.filter(status__in=["claimed", "unknown", "purchased"])
    assert list(live.values_list("status", flat=True)) == ["purchased"]
    assert IssuedNumber.objects.filter(voided_at=None).count() == 1
