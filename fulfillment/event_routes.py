"""Which event goes to which handlers: the whole table."""

from datetime import timedelta

from core.outbox.routes import Route
from core.webhooks import ports as webhooks
from fulfillment.public_events import PUBLIC_TYPES

EVENT_ROUTES: dict[str, list[Route]] = {
    # inventory
    "stock.replenished": [Route("orders.handlers.fill_backorders")],
    "product.release_moved": [Route("orders.handlers.follow_release_day")],
    "import.step": [Route("inventory.handlers.work_import", queue="bulk")],
    # orders
    "order.placed": [
        Route("orders.notifications.confirm_order", queue="mail"),
        Route("shipping.handlers.surprise_buyer", only_if_heard=True),
    ],
    "order.upgraded": [
        Route("shipping.notifications.tell_upgraded", queue="mail"),
        Route("orders.handlers.follow_change"),
    ],
    "order.backordered": [
        Route("shipping.handlers.withdraw"),
        Route("orders.notifications.tell_backordered", queue="mail"),
        Route("orders.handlers.ask_rules", only_if_heard=True),
        Route("orders.handlers.ask_customer"),
    ],
    "order.backorder_filled": [Route("orders.handlers.withdraw_question")],
    "shortage_choice.asked": [Route("orders.notifications.ask_shortage_choice", queue="mail")],
    "shortage_choice.chosen": [Route("orders.notifications.tell_chosen_for", queue="mail")],
    "shortage_choice.expired": [Route("orders.notifications.tell_choice_default", queue="mail")],
    "order.cancelled": [
        Route("shipping.handlers.withdraw"),
        Route("returns.handlers.put_back_cancelled"),
        Route("orders.notifications.tell_cancelled", queue="mail"),
        Route("orders.handlers.withdraw_question"),
        Route("orders.handlers.follow_end"),
    ],
    "order.lines_cancelled": [
        Route("shipping.handlers.withdraw"),
        Route("returns.handlers.put_back_cancelled"),
        Route("orders.notifications.tell_cancelled", queue="mail"),
        Route("orders.handlers.withdraw_question"),
        Route("orders.handlers.follow_end"),
    ],
    "order.address_asked": [Route("orders.notifications.ask_for_address", queue="mail")],
    "order.edited": [
        Route("orders.handlers.ask_rules", only_if_heard=True),
        Route("shipping.handlers.follow_edit"),
        Route("orders.handlers.follow_change"),
    ],
    "order.method_changed": [Route("orders.handlers.follow_change")],
    "fulfillment_order.rescheduled": [Route("orders.handlers.follow_reschedule")],
    "order.release_moved": [Route("orders.handlers.withdraw_question")],
    "order.held": [
        Route("orders.handlers.ask_rules", only_if_heard=True),
        Route("orders.handlers.follow_holds"),
    ],
    "order.hold_released": [
        Route("shipping.handlers.buy_labels_after_hold"),
        Route("orders.handlers.follow_holds"),
    ],
    "order.rule_fired": [Route("orders.notifications.tell_by_rule", queue="mail", only_if_heard=True)],
    "promise.changed": [Route("orders.notifications.tell_delayed", queue="mail")],
    "parcel.return_to_sender": [Route("returns.handlers.return_to_sender")],
    # shipping
    "pick_line.short": [
        Route("inventory.handlers.count_after_short"),
        Route("inventory.handlers.fill_face_after_short"),
    ],
    "wave.release_wanted": [Route("shipping.handlers.release_large_wave", queue="bulk")],
    "parcel.packed": [Route("shipping.handlers.buy_missing_label", delay=timedelta(seconds=30))],
    "label_request.void_wanted": [Route("shipping.handlers.give_label_back", queue="bulk")],
    "carrier_notice.received": [Route("shipping.handlers.read_carrier_notice", queue="bulk")],
    "parcel.shipped": [Route("shipping.notifications.send_parcel_shipped", queue="mail")],
    "parcel.delivered": [Route("shipping.notifications.send_parcel_delivered", queue="mail")],
    "parcel.ready_for_collection": [Route("shipping.notifications.send_parcel_ready", queue="mail")],
    "parcel.exception": [Route("shipping.notifications.send_parcel_delayed", queue="mail")],
    "parcel.delivery_failed": [Route("shipping.notifications.send_parcel_delayed", queue="mail")],
    # Whoever gives a parcel up often sends it again at once, and then one mail says both.
    "parcel.lost": [Route("shipping.notifications.send_parcel_lost", queue="mail", delay=timedelta(minutes=30))],
    # returns
    "return.units_received": [Route("returns.handlers.queue_received")],
    "return.approved": [Route("returns.notifications.send_return_approved", queue="mail")],
    "return.rejected": [Route("returns.notifications.send_return_rejected", queue="mail")],
    "return.partially_received": [Route("returns.notifications.send_return_received", queue="mail")],
    "return.received": [Route("returns.notifications.send_return_received", queue="mail")],
    "inspection.deadline": [Route("returns.handlers.escalate_overdue")],
    "portal.link_requested": [Route("returns.notifications.send_portal_links", queue="mail")],
    "refund.succeeded": [Route("returns.notifications.send_refund_issued", queue="mail")],
}

# Outside: every public event goes to the webhooks, while any endpoint listens to it.
EVENT_ROUTES[webhooks.WEBHOOK_DUE] = [Route(webhooks.SEND, queue="webhook")]
for _type in PUBLIC_TYPES:
    EVENT_ROUTES.setdefault(_type, []).append(Route(webhooks.FAN_OUT, queue="webhook", only_if_heard=True))
