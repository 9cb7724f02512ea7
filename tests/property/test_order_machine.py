"""Orders keep their units and their word, whatever is done to them in whatever order."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.order_machine import OrderMachine

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SLOW_DATABASE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_orders_walked_through_three_warehouses_keep_the_laws() -> None:
    run_state_machine_as_test(
        OrderMachine,
        settings=settings(max_examples=6, stateful_step_count=25, deadline=None, suppress_health_check=SLOW_DATABASE),
    )


@pytest.mark.slow
def test_orders_walked_through_three_warehouses_keep_the_laws_for_long() -> None:
    run_state_machine_as_test(
        OrderMachine,
        settings=settings(max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=SLOW_DATABASE),
    )
