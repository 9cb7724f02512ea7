"""Products that are sold ahead of the day they may leave."""

from inventory.models import Product


def products_with_release() -> list[int]:
    """Ids of the products that have a release day, past ones included. One statement."""
    return list(Product.objects.filter(release_on__isnull=False).order_by("pk").values_list("pk", flat=True))
