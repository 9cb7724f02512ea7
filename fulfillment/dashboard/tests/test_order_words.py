"""The sentence, the stepper and the badges of an order: pure decisions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fulfillment.dashboard.order_words import STAGES, OrderState, badges, in_trouble, sentence, stage_reached
from fulfillment.dashboard.story import counts, tell
from orders.selectors.timeline import StoryEntry


def state(**more: Any) -> OrderState:
    return OrderState(**{"status": "confirmed", "fulfillment_status": "unfulfilled", "wanted": 5, **more})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"status": "pending"}, "Not confirmed yet. Nothing is promised."),
        ({"stages": ("allocated",)}, "In stock, waiting to be released to the floor."),
        ({"stages": ("released",)}, "On the floor, waiting for a picker."),
        ({"stages": ("picking",)}, "Being picked."),
        ({"stages": ("picked",)}, "Picked, waiting for a packer."),
        ({"stages": ("packed",), "parcels": ("packed",)}, "Packed, waiting for its label."),
        ({"stages": ("packed",), "parcels": ("ready_for_pickup",)}, "Packed, waiting for the carrier."),
        (
            {"stages": ("packed",), "parcels": ("ready_for_pickup",), "packed_by": "anna", "carrier": "DHL"},
            "Packed by anna. Waiting for DHL.",
        ),
        (
            {"stages": ("packed",), "parcels": ("label_purchased",), "carrier": "DHL", "cut_off": "16:00"},
            "Packed. Waiting for the 16:00 pickup by DHL.",
        ),
        (
            {"stages": ("packed",), "parcels": ("packed",), "packed_by": "anna"},
            "Packed by anna. Waiting for its label.",
        ),
        ({"stages": ("open",), "waiting": 5}, "Waiting for stock: all 5 units."),
        ({"waiting": 5, "holds": ("Address",)}, "On hold: Address. Waiting for stock: all 5 units."),
        ({"stages": ("open",), "waiting": 1, "wanted": 1}, "Waiting for stock: 1 unit."),
        ({"stages": ("open",), "waiting": 2}, "Waiting for stock: 2 of 5 units."),
        ({"stages": ("picking", "open"), "waiting": 1}, "Being picked. 1 unit waits for stock."),
        ({"stages": ("open",), "waiting": 2, "shipped": 3}, "2 units wait for stock. 3 units have left."),
        (
            {"stages": ("allocated",), "holds": ("Address", "Payment")},
            "On hold: Address, Payment. In stock, waiting to be released to the floor.",
        ),
        ({"status": "cancelled", "cancel_reason": "Changed their mind."}, "Cancelled: Changed their mind."),
        ({"status": "cancelled"}, "Cancelled."),
        ({"status": "completed", "parcels": ("shipped",)}, "Handed to the carrier."),
        ({"status": "completed", "parcels": ("out_for_delivery", "in_transit")}, "Out for delivery."),
        ({"status": "completed", "parcels": ("delivered", "delivered")}, "Delivered."),
        (
            {"status": "completed", "parcels": ("delivered", "in_transit")},
            "1 of 2 parcels are delivered; the rest is on its way.",
        ),
        ({"status": "completed", "parcels": ("delivered", "lost")}, "A parcel is lost."),
        (
            {"status": "completed", "parcels": ("delivered",), "return_status": "partially_returned"},
            "Delivered. Part of it came back to us.",
        ),
        (
            {"status": "completed", "parcels": ("return_to_sender",), "return_status": "returned"},
            "Everything came back to us.",
        ),
        ({"status": "completed"}, "Complete. Nothing of it had to be shipped."),
    ],
)
def test_one_sentence_says_where_an_order_is(given: dict[str, Any], words: str) -> None:
    assert sentence(state(**given)) == words


def test_the_stepper_follows_the_part_that_is_furthest_behind() -> None:
    assert STAGES[stage_reached(state(stages=("packed", "open")))] == "allocated"
    assert STAGES[stage_reached(state(stages=("packed",)))] == "shipped"
    assert STAGES[stage_reached(state(status="completed", parcels=("in_transit",)))] == "delivered"
    assert stage_reached(state(status="completed", parcels=("delivered",))) == len(STAGES)


def test_trouble_is_a_hold_or_a_parcel_that_does_not_arrive() -> None:
    assert in_trouble(state(stages=("picking",), holds=("Fraud check",)))
    assert in_trouble(state(parcels=("delivery_failed",)))
    assert not in_trouble(state(parcels=("return_to_sender",), return_status="returned"))
    assert not in_trouble(state(stages=("picking",)))


def test_badges_name_the_stage_and_what_stands_in_the_way() -> None:
    def of(**more: Any) -> list[str]:
        plain = {"status": "confirmed", "fulfillment_status": "unfulfilled", "stages": (), "open_holds": 0}
        return [status for status, _kind in badges(**{**plain, "backordered": 0, **more})]

    assert of(stages=("picking", "open"), backordered=2) == ["picking", "backordered"]
    assert of(stages=("allocated",), open_holds=1) == ["on_hold", "allocated"]
    assert of(stages=("closed",), fulfillment_status="fulfilled", status="completed") == ["fulfilled"]
    assert of(status="cancelled", stages=("cancelled",)) == ["cancelled"]
    assert of(stages=("closed",), fulfillment_status="partially_fulfilled") == ["partially_fulfilled"]


NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def entry(number: int, type: str, **data: Any) -> StoryEntry:
    at = NOON + timedelta(seconds=20 * number)
    return StoryEntry(number, type, type.partition(".")[0], 1, at, "pim", "staff", f"{type} happened", data)


def test_runs_of_scans_fold_into_one_line() -> None:
    story = [
        entry(1, "order.placed"),
        *(entry(number, "pick_line.picked", before="pending", after="picked") for number in range(2, 8)),
        entry(9, "fulfillment_order.picked", before="picking", after="picked"),
    ]
    lines = tell(story, show="all", zone=ZoneInfo("UTC"))
    assert [line.what for line in lines] == [
        "fulfillment_order.picked happened",
        "6 lines picked in 1 min 40 s",
        "order.placed happened",
    ]
    assert len(lines[1].folded) == 6
    assert lines[0].change == "Picking → Picked"


def test_a_short_pick_is_never_folded_away() -> None:
    story = [*(entry(number, "pick_line.picked") for number in range(1, 5)), entry(5, "pick_line.short")]
    assert tell(story, show="all", zone=ZoneInfo("UTC"))[0].what == "pick_line.short happened"


def test_a_filter_shows_its_kind_alone_and_its_count() -> None:
    story = [entry(1, "order.placed"), entry(2, "message.sent"), entry(3, "parcel.packed"), entry(4, "order.held")]
    assert counts(story) == {
        "all": 4, "stock": 1, "scans": 0, "parcels": 1, "returns": 0, "mails": 1, "api": 0, "notes": 1,
    }  # fmt: skip
    assert [line.what for line in tell(story, show="mails", zone=ZoneInfo("UTC"))] == ["message.sent happened"]


def test_a_day_is_the_warehouses_day() -> None:
    late = StoryEntry(1, "order.placed", "order", 1, datetime(2026, 5, 4, 23, 30, tzinfo=UTC), "x", "api", "x", {})
    (line,) = tell([late], show="all", zone=ZoneInfo("Asia/Tokyo"))
    assert line.day is not None and line.day.day == 5
