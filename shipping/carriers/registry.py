"""Which adapter speaks to which carrier."""

from shipping.carriers.base import Carrier
from shipping.carriers.easypost import EasyPost
from shipping.carriers.own_delivery import OwnDelivery
from shipping.errors import UnknownCarrier

_ADAPTERS: dict[str, Carrier] = {adapter.code: adapter for adapter in (OwnDelivery(), EasyPost())}


def carrier_for(code: str) -> Carrier:
    """The adapter of a carrier. Raises UnknownCarrier."""
    if code not in _ADAPTERS:
        raise UnknownCarrier(f"There is no carrier {code[:40]}.")
    return _ADAPTERS[code]
