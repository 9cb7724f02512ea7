"""Where the story begins: the articles of an invoice file, on their shelves."""

from collections import Counter
from datetime import date, datetime
from pathlib import Path

from fulfillment.devtools.demo.catalogue import Article, articles_of, opening_stock
from fulfillment.devtools.demo.choosing import ask_some_buyers
from fulfillment.devtools.demo.counting import count_some
from fulfillment.devtools.demo.dock import expect_delivery
from fulfillment.devtools.demo.inbound import deliver_goods
from fulfillment.devtools.demo.invoices import SLICE, read_invoices
from fulfillment.devtools.demo.keeping import keep_some_back
from fulfillment.devtools.demo.kits import make_up_kits
from fulfillment.devtools.demo.lots import stock_lots
from fulfillment.devtools.demo.partnering import ship_from_a_pottery
from fulfillment.devtools.demo.planning import plan_stock
from fulfillment.devtools.demo.promising import seed_promises
from fulfillment.devtools.demo.routing import route_from_two
from fulfillment.devtools.demo.ruling import make_rules
from fulfillment.devtools.demo.seed import SEEDER, seed_house, seed_people, seed_products
from fulfillment.devtools.demo.selling import sell_elsewhere
from fulfillment.devtools.demo.sending import send_from_store
from fulfillment.devtools.demo.shipping_rules import set_shipping_rules
from fulfillment.devtools.demo.storing import furnish_places
from fulfillment.devtools.demo.waves import name_waves
from inventory.models import StockLevel


def set_scene(
    *, credentials: Path | None, csv: Path | None, today: date, now: datetime, with_orders: bool = True
) -> dict[str, Article]:
    """The house, its people, the file's articles and their opening stock; returns the articles by SKU.

    Safe to run again: articles that were ever stocked get no second opening stock. ``with_orders`` also the orders that
    show a thing each: a gift, a pre-order, one that waits for its buyer's choice, one at a third party.
    """
    warehouse_id = seed_house(now=now)
    seed_promises(warehouse_id, now=now)
    make_rules(by=SEEDER, now=now)
    if credentials is not None:
        seed_people(path=credentials, now=now)
    articles = articles_of(read_invoices(csv or SLICE, last_day=today, counts=Counter()))
    products = seed_products(articles.values(), warehouse_id=warehouse_id, now=now)
    stocked = set(StockLevel.objects.values_list("product_id", flat=True))
    opening = {
        products[article.sku]: opening_stock(article)
        for article in articles.values()
        if products[article.sku] not in stocked
    }
    if any(opening.values()):
        deliver_goods(opening, warehouse_id=warehouse_id, by=SEEDER, now=now)
    expect_delivery(warehouse_id=warehouse_id, by=SEEDER, now=now)
    stock_lots(warehouse_id=warehouse_id, by=SEEDER, now=now)
    furnish_places(warehouse_id=warehouse_id, by=SEEDER, now=now)
    plan_stock(articles, products, warehouse_id=warehouse_id, by=SEEDER, now=now)
    make_up_kits(warehouse_id=warehouse_id, by=SEEDER, now=now)
    count_some(warehouse_id=warehouse_id, by=SEEDER, now=now)
    keep_some_back(articles, products, warehouse_id=warehouse_id, by=SEEDER, now=now)
    send_from_store(warehouse_id=warehouse_id, by=SEEDER, now=now)
    name_waves(warehouse_id=warehouse_id)
    if with_orders:
        route_from_two(articles, warehouse_id=warehouse_id, by=SEEDER, now=now)
        set_shipping_rules(warehouse_id=warehouse_id, by=SEEDER, now=now)
        sell_elsewhere(warehouse_id=warehouse_id, by=SEEDER, now=now)
        ask_some_buyers(warehouse_id=warehouse_id, by=SEEDER, now=now)
        ship_from_a_pottery(warehouse_id=warehouse_id, by=SEEDER, now=now)
    return articles
