"""Stock against the real database behaves like its plain model, whatever is done to it in whatever order."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.goods_machine import GoodsMachine
from tests.property.stock_machine import StockMachine

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SLOW_DATABASE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_stock_behaves_like_its_model() -> None:
    run_state_machine_as_test(
        StockMachine,
        settings=settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=SLOW_DATABASE),
    )


@pytest.mark.slow
def test_stock_behaves_like_its_model_for_long() -> None:
    run_state_machine_as_test(
        StockMachine,
        settings=settings(max_examples=200, stateful_step_count=50, deadline=None, suppress_health_check=SLOW_DATABASE),
    )


def test_the_books_differ_from_the_shelves_only_by_what_nobody_saw() -> None:
    run_state_machine_as_test(
        GoodsMachine,
        settings=settings(max_examples=5, stateful_step_count=25, deadline=None, suppress_health_check=SLOW_DATABASE),
    )


@pytest.mark.slow
def test_the_books_differ_from_the_shelves_only_by_what_nobody_saw_for_long() -> None:
    run_state_machine_as_test(
        GoodsMachine,
        settings=settings(max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=SLOW_DATABASE),
    )
