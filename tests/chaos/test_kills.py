"""Everything is killed once while customers order; afterwards nothing is missing and nothing is there twice."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import redis

from tests.chaos.buyers import Buyers
from tests.chaos.kit import System, running_system
from tests.chaos.shop import Shop, open_shop

pytestmark = pytest.mark.chaos

ARTICLES = 10
STOCK = 5000
# Processes of the mail worker: so many mails may be between the mail server's answer and our mark at a kill.
IN_FLIGHT = 2
SENDING = "SELECT count(*) FROM messaging_message WHERE status = 'sending'"
UNFINISHED = "SELECT count(*) FROM outbox_delivery WHERE status IN ('due', 'claimed')"


@dataclass
class Aftermath:
    """What is left when the smoke is gone. ``sender_kills`` are the kills that may have cost a second copy."""

    shop: Shop
    buyers: Buyers
    kills: list[str]
    sender_kills: int
    seed: int


class Scene:
    """The system, its customers, and the list of what was done to it."""

    def __init__(self, shop: Shop, buyers: Buyers, dice: random.Random) -> None:
        self.shop = shop
        self.system: System = shop.system
        self.buyers = buyers
        self.dice = dice
        self.kills: list[str] = []

    def kill(self, name: str) -> None:
        self.kills.append(name)
        self.system.kill(name)

    def until(self, condition: Callable[[], bool], what: str, *, timeout: float = 90) -> None:
        self.system.wait_until(condition, timeout=timeout, what=what)

    def until_served(self, more: int, what: str) -> None:
        """Wait until so many more orders have been acknowledged."""
        goal = self.buyers.served + more
        self.until(lambda: self.buyers.served >= goal or bool(self.buyers.failures), what)

    def until_mails(self, more: int) -> None:
        goal = len(list(self.system.stack.mail.glob("*.eml"))) + more
        self.until(lambda: len(list(self.system.stack.mail.glob("*.eml"))) >= goal, "mails go out", timeout=150)

    # --- the kills ----------------------------------------------------------------------------------------------------

    def kill_postgres(self) -> None:
        with self.buyers.rush():
            self.until_served(8 + self.dice.randrange(8), "orders come in before PostgreSQL is killed")
            self.kill("postgres")
            time.sleep(self.dice.uniform(0.5, 1.5))
            self.system.start("postgres")
        self.system.wait_ready()
        self.until_served(4, "orders come in again after PostgreSQL was killed")

    def kill_web(self) -> None:
        with self.buyers.rush():
            self.until_served(8 + self.dice.randrange(8), "orders come in before the web server is killed")
            self.kill("web")
            time.sleep(self.dice.uniform(0.2, 1))
            self.system.start("web")
        self.until_served(4, "orders come in again after the web server was killed")

    def kill_one_web_process(self) -> None:
        with self.buyers.rush():
            self.until_served(4 + self.dice.randrange(8), "orders come in before a web process is killed")
            self.kills.append("one process of web")
            self.system.kill_one_process_of("web")
            self.until_served(8, "the other process goes on and a new one comes")

    def kill_mail_worker_in_mid_sentence(self) -> None:
        """The mail server falls silent, so that the worker certainly dies between its claim and its mark."""
        self.until_mails(3)
        self.system.pause("smtp")
        self.until(lambda: self.shop.number(SENDING) > 0, "a mail is being sent")
        self.kill("worker_mail")
        self.system.resume("smtp")
        self.until_served(3, "orders come in while no mail worker runs")
        self.system.start("worker_mail")

    def kill_busy_mail_worker(self) -> None:
        with self.buyers.rush():
            self.until_mails(3)
            self.kill("worker_mail")
        self.system.start("worker_mail")

    def kill_relay(self) -> None:
        self.kill("relay")
        self.until_served(4, "orders come in while no relay runs")
        self.system.start("relay")

    def kill_valkey(self) -> None:
        with self.buyers.rush():
            self.until_served(4, "orders come in before Valkey is killed")
            self.kill("valkey")
        self.until_served(6, "orders come in while Valkey is dead")
        self.system.start("valkey")

    def stall_valkey(self) -> None:
        """Connected and silent, which is worse than dead for whoever waits for it."""
        self.system.pause("valkey")
        self.until_served(10, "orders come in while Valkey says nothing")
        self.system.resume("valkey")

    def flush_valkey(self) -> None:
        """The mail worker dies, its queue fills, and then Valkey forgets everything."""
        self.kill("worker_mail")
        with redis.Redis.from_url(self.system.environment["REDIS_URL"]) as broker:
            self.until(lambda: int(broker.llen("mail")) > 2, "the mail queue fills")
            broker.flushall()
        self.kills.append("everything in Valkey")
        self.system.start("worker_mail")


@pytest.fixture(scope="module")
def aftermath() -> Iterator[Aftermath]:
    """The whole story; the tests below look at what it left behind."""
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"CHAOS_SEED={seed}\n")
    with running_system(seed=False) as system:
        shop = open_shop(system)
        skus = [f"ART-{number:02}" for number in range(ARTICLES)]
        shop.stock(dict.fromkeys(skus, STOCK))
        buyers = Buyers(shop, skus, seed=seed)
        scene = Scene(shop, buyers, random.Random(f"{seed} kills"))
        buyers.start()
        try:
            scene.kill_mail_worker_in_mid_sentence()
            scene.kill_postgres()
            scene.kill_web()
            scene.kill_busy_mail_worker()
            scene.kill_relay()
            scene.kill_one_web_process()
            scene.kill_valkey()
            scene.stall_valkey()
            scene.flush_valkey()
            scene.until_served(4, "orders come in to the end")
        finally:
            buyers.stop()
        # The longest lease is 100 s; a mail whose worker died waits for it.
        system.wait_until(lambda: shop.number(UNFINISHED) == 0, timeout=240, what="everything due is done")
        senders = sum(name in ("worker_mail", "postgres") for name in scene.kills)
        told = f"{len(buyers.log)} orders, {buyers.unanswered} unanswered attempts, killed: {', '.join(scene.kills)}"
        sys.stdout.write(f"{told}\n")
        yield Aftermath(shop, buyers, scene.kills, senders, seed)


def orders(after: Aftermath) -> dict[str, list[str]]:
    """The refs in the database of every order number."""
    found: dict[str, list[str]] = {}
    for external_id, ref in after.shop.query("SELECT external_id, ref FROM orders_order"):
        found.setdefault(external_id, []).append(ref)
    return found


def test_every_buyer_got_an_answer_and_none_was_a_fault(aftermath: Aftermath) -> None:
    assert aftermath.buyers.failures == []
    answers = Counter(status for one in aftermath.buyers.log for status in one.statuses)
    assert set(answers) <= {201, 409, 503}, answers
    assert answers[201] >= 40


def test_no_acknowledged_order_is_lost_and_none_is_there_twice(aftermath: Aftermath) -> None:
    assert orders(aftermath) == {one.external_id: [one.ref] for one in aftermath.buyers.log}


def test_the_kills_did_leave_buyers_without_an_answer(aftermath: Aftermath) -> None:
    """The control: had nobody been cut off, the test above would prove nothing of unknown outcomes."""
    assert aftermath.buyers.unanswered > 0
    unknown = {one.external_id for one in aftermath.buyers.log if one.unknown}
    assert unknown
    assert all(len(orders(aftermath)[external_id]) == 1 for external_id in unknown)


def test_every_order_is_confirmed_and_copies_are_bounded_by_the_kills_of_a_sender(aftermath: Aftermath) -> None:
    copies: dict[str, Counter[str]] = {}
    for mail in aftermath.shop.system.mails():
        copies.setdefault(str(mail["Delivered-To"]), Counter())[str(mail["Message-ID"])] += 1
    assert set(copies) == {f"{one.external_id.lower()}@example.com" for one in aftermath.buyers.log}
    assert {name: ids for name, ids in copies.items() if len(ids) != 1} == {}  # a copy carries the same Message-ID
    assert all(".order_confirmation@" in number for ids in copies.values() for number in ids)
    second_copies = sum(sum(ids.values()) - 1 for ids in copies.values())
    sys.stdout.write(f"{len(copies)} confirmations, {second_copies} second copies\n")
    assert second_copies <= aftermath.sender_kills * IN_FLIGHT
    statuses = dict(aftermath.shop.query("SELECT status, count(*) FROM messaging_message GROUP BY status"))
    assert statuses == {"sent": len(aftermath.buyers.log)}


def test_a_worker_did_die_over_a_mail_and_another_sent_it(aftermath: Aftermath) -> None:
    """The control: some mail needed a second attempt, after the lease of the dead had run out."""
    assert aftermath.shop.number("SELECT count(*) FROM outbox_delivery WHERE attempts > 1") > 0


def test_the_books_balance_and_every_unit_sold_is_promised_once(aftermath: Aftermath) -> None:
    assert "The books balance." in aftermath.shop.system.manage("check_stock")
    ((ordered, allocated),) = aftermath.shop.query("SELECT sum(quantity), sum(allocated) FROM orders_orderline")
    levels = aftermath.shop.number("SELECT sum(allocated) FROM inventory_stocklevel")
    assert ordered == allocated == levels


def test_nothing_is_a_dead_letter_and_nobody_is_called_for_help(aftermath: Aftermath) -> None:
    assert aftermath.shop.query("SELECT status, count(*) FROM outbox_delivery WHERE status <> 'done' GROUP BY 1") == []
    cases = aftermath.shop.query(
        "SELECT kind, count(*) FROM attention_exceptioncase WHERE closed_at IS NULL GROUP BY kind"
    )
    assert [case for case in cases if case[0] == "dead_letter"] == []
