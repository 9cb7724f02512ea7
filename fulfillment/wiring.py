"""What the roof connects when the program starts: event routes, and the ports lower rooms leave open."""

from datetime import datetime

from core.messaging.forgetting import forget_recipients
from core.messaging.forgetting import personal_data as messages_to_buyer
from core.rest.forgetting import forget_answers
from core.webhooks import ports as webhook_ports
from fulfillment.event_routes import EVENT_ROUTES
from fulfillment.public_events import PARTNER_SCOPES, PUBLIC_TYPES, SCOPES, notice_of
from inventory import ports as inventory_ports
from orders import ports as order_ports
from orders.ports import Forgotten
from orders.selectors.backorders import backordered_units
from orders.selectors.buffers import buffer_mark, units_kept
from orders.selectors.demand import daily_demand, waiting_units
from orders.services.checking import check_allocations
from orders.services.giveup import give_up_allocations, lock_promises
from returns.selectors.tracing import sent_with
from returns.services.checking import check_returns
from returns.services.forgetting import busy_orders
from returns.services.forgetting import forget_orders as forget_returns
from returns.services.forgetting import personal_data as returns_of_buyer
from shipping.selectors.desk import tote_content
from shipping.selectors.of_order import labelled_parcels
from shipping.selectors.services import shipping_methods
from shipping.selectors.tracing import lots_in_parcel
from shipping.services.checking import check_open_picks
from shipping.services.forgetting import forget_orders as forget_labels
from shipping.services.forgetting import personal_data as parcels_of_buyer
from shipping.services.withdrawing import give_up_picks, lock_picks


def _forget_in_core(forgotten: Forgotten, now: datetime) -> dict[str, int]:
    return {"messages": forget_recipients(forgotten.refs, forgotten.emails), "answers": forget_answers(forgotten.refs)}


__all__ = ["EVENT_ROUTES", "connect_ports"]


def connect_ports() -> None:
    """Give each lower room the functions of a higher one that it calls through a port."""
    webhook_ports.public_types.update(PUBLIC_TYPES)
    webhook_ports.scopes.update(SCOPES)
    webhook_ports.notice_of = notice_of
    webhook_ports.partner_scopes = PARTNER_SCOPES
    inventory_ports.give_up_allocations = give_up_allocations
    inventory_ports.lock_promises = lock_promises
    inventory_ports.backordered = backordered_units
    inventory_ports.sent_with = sent_with
    inventory_ports.lots_in_parcel = lots_in_parcel
    inventory_ports.daily_demand = daily_demand
    inventory_ports.waiting_units = waiting_units
    inventory_ports.units_kept = units_kept
    inventory_ports.buffer_mark = buffer_mark
    if check_allocations not in inventory_ports.extra_checks:
        inventory_ports.extra_checks.append(check_allocations)
    inventory_ports.give_up_picks = give_up_picks
    inventory_ports.lock_picks = lock_picks
    inventory_ports.order_in_tote = tote_content
    if check_open_picks not in inventory_ports.extra_checks:
        inventory_ports.extra_checks.append(check_open_picks)
    if check_returns not in inventory_ports.extra_checks:
        inventory_ports.extra_checks.append(check_returns)
    order_ports.forget_orders[:] = [forget_labels, forget_returns, _forget_in_core]
    order_ports.busy_orders[:] = [busy_orders]
    order_ports.personal_data[:] = [parcels_of_buyer, returns_of_buyer, messages_to_buyer]
    order_ports.labelled_parcels[:] = [labelled_parcels]
    order_ports.offered_methods[:] = [shipping_methods]
