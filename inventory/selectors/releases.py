"""Products that are sold ahead of the day they may leave."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from inventory.models import Product


def products_with_release(*, after: date, or_among: Iterable[int]) -> list[int]:
    """Ids of the products that are released later than ``after``, and of those named that ever were. One statement."""
    wanted = Q(release_on__gt=after) | Q(release_on__isnull=False, pk__in=sorted(set(or_among)))
    return list(Product.objects.filter(wanted).order_by("pk").values_list("pk", flat=True))
