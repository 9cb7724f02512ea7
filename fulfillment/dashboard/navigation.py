"""What stands in the staff navigation, and for whom."""

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fulfillment.dashboard.access import FLOOR_WORK


@dataclass(frozen=True)
class NavItem:
    """One entry: ``route`` is a url name, ``permission`` what a user needs, ``key`` what is pressed after ``g``: a
    letter, or a digit where the letters are taken; without one it is found by Ctrl K.

    ``also`` are the beginnings of other paths whose pages belong to the entry.
    """

    route: str
    word: str | Promise
    icon: str
    permission: str
    key: str
    group: str | Promise = ""
    url: str = ""
    current: bool = False
    also: tuple[str, ...] = ()


ITEMS = (
    NavItem("dashboard:home", _("Home"), "home", "home.view", "h"),
    NavItem("dashboard:orders", _("Orders"), "shopping-bag", "order.view", "o", also=("/holds", "/channels")),
    NavItem("dashboard:exceptions", _("Exceptions"), "exclamation-triangle", "exception.view", "e"),
    NavItem("dashboard:backorders", _("Backorders"), "clock", "order.fill", "j"),
    NavItem("dashboard:partners", _("Third parties"), "building-storefront", "order.route", "z"),
    NavItem("dashboard:customers", _("Customers"), "user-group", "customer.view", "n"),
    NavItem("dashboard:waves", _("Waves"), "queue-list", "wave.view", "w", _("Outbound")),
    NavItem("dashboard:pick", _("Pick"), "shopping-cart", "pick.work", "p", _("Outbound")),
    NavItem("dashboard:pack", _("Pack"), "cube", "pack.work", "k", _("Outbound")),
    NavItem("dashboard:ship", _("Ship"), "truck", "handover.work", "d", _("Outbound")),
    NavItem("dashboard:receive", _("Receive"), "inbox-arrow-down", "receive.work", "r", _("Inbound")),
    NavItem("dashboard:quality", _("Quality control"), "beaker", "quality.work", "q", _("Inbound")),
    NavItem("dashboard:putaway", _("Put away"), "archive-box-arrow-down", "receive.work", "u", _("Inbound")),
    NavItem("dashboard:transfers", _("Transfers"), "arrows-right-left", "transfer.work", "x", _("Inbound")),
    NavItem("dashboard:returns", _("Returns"), "arrow-uturn-left", "return.view", "t", _("Inbound")),
    NavItem("dashboard:inspect", _("Inspect"), "clipboard-document-check", "return.inspect", "i", _("Inbound")),
    NavItem(
        "dashboard:stock", _("Stock"), "archive-box", "stock.view", "s", _("Inventory"), also=("/products/", "/lots")
    ),
    NavItem("dashboard:move", _("Move"), "arrow-right-circle", "move.work", "v", _("Inventory")),
    NavItem("dashboard:count", _("Count"), "calculator", "count.work", "c", _("Inventory"), also=("/counts",)),
    NavItem("dashboard:replenish", _("Replenish"), "arrow-path", "replenish.work", "l", _("Inventory")),
    NavItem("dashboard:work_orders", _("Assemble"), "puzzle-piece", "assemble.work", "y", _("Inventory")),
    NavItem("dashboard:places", _("Places"), "map", "place.view", "f", _("Inventory"), also=("/l/",)),
    NavItem("dashboard:purchasing", _("Purchasing"), "banknotes", "purchase.manage", "b", _("Inventory")),
    NavItem("dashboard:rules", _("Rules"), "adjustments-horizontal", "rules.manage", "g", _("Settings")),
    NavItem("dashboard:promises", _("Promises"), "calendar-days", "order.view", "1", _("Settings")),
    NavItem("dashboard:shipping_rules", _("Shipping rules"), "receipt-percent", "shipping.manage", "2", _("Settings")),
    NavItem("dashboard:imports", _("Import and export"), "table-cells", "import.work", "m", _("Settings")),
    NavItem("admin:index", _("Admin"), "cog-6-tooth", "admin.use", "a", _("Settings")),
)


def nav_for(request: HttpRequest) -> list[NavItem]:
    """The entries the signed-in person may open, in order, each with its URL; routes not installed are left out."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    items: list[NavItem] = []
    warehouse = getattr(request, "warehouse", None)
    # A lazy warehouse is an object even when there is none behind it, hence bool and not "is None".
    foreign = not warehouse.is_own if warehouse else False
    for item in ITEMS:
        if not user.may(item.permission) or (foreign and item.permission in FLOOR_WORK):
            continue
        try:
            url = reverse(item.route)
        except NoReverseMatch:
            continue
        items.append(replace(item, url=url, current=_is_current(request.path, url, item.also)))
    return items


def _is_current(path: str, url: str, also: tuple[str, ...]) -> bool:
    return path == url or (url != "/" and path.startswith((url.rstrip("/") + "/", *also)))
