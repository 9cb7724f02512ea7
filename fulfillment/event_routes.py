"""Which event goes to which handlers: the whole table."""

from core.outbox.routes import Route

EVENT_ROUTES: dict[str, list[Route]] = {
    # inventory
    "stock.replenished": [Route("orders.handlers.fill_backorders")],
    # events of lower rooms that returns listens to
    "parcel.return_to_sender": [Route("returns.handlers.return_to_sender")],
    "order.cancelled": [Route("returns.handlers.put_back_cancelled")],
    "order.lines_cancelled": [Route("returns.handlers.put_back_cancelled")],
    # returns
    "return.units_received": [Route("returns.handlers.queue_received")],
    "return.approved": [Route("returns.notifications.send_return_approved", queue="mail")],
    "return.rejected": [Route("returns.notifications.send_return_rejected", queue="mail")],
    "return.partially_received": [Route("returns.notifications.send_return_received", queue="mail")],
    "return.received": [Route("returns.notifications.send_return_received", queue="mail")],
    "inspection.deadline": [Route("returns.handlers.escalate_overdue")],
    "refund.succeeded": [Route("returns.notifications.send_refund_issued", queue="mail")],
}
