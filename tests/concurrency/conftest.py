"""One web server over its own PostgreSQL for a module of tests; nothing else runs that could disturb the race."""

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.chaos.kit import running_system
from tests.chaos.shop import Client, Reply, Shop, open_shop

Act = Callable[[int, Client], list[Reply]]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A shop whose orders come in; no worker, relay or mail sink looks at them."""
    idle = ("worker_mail", "worker_stock", "beat", "relay", "play")
    with running_system(seed=False, without=idle) as system:
        yield open_shop(system)


@pytest.fixture
def books(shop: Shop) -> Iterator[None]:
    """After the race the stock's books are proved."""
    yield
    assert "The books balance." in shop.system.manage("check_stock")


def at_once(shop: Shop, count: int, act: Act, *, backorder: bool = False) -> list[Reply]:
    """All replies of ``act(number, client)`` for each of ``count`` buyers, who have connected before they start."""
    start = threading.Barrier(count)
    ended: list[list[Reply] | Exception] = [[] for _ in range(count)]

    def buy(number: int) -> None:
        try:
            client = shop.client(backorder=backorder)
            client.connect()
            start.wait(timeout=60)
            ended[number] = act(number, client)
        except Exception as error:
            ended[number] = error

    threads = [threading.Thread(target=buy, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    replies: list[Reply] = []
    for one in ended:
        if isinstance(one, Exception):
            raise one
        replies += one
    return replies
