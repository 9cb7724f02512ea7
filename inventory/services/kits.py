"""Say what a kit is made of. Orders placed and work begun keep the recipe they had."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.commands import refuse_outside_transaction
from inventory.errors import Invalid
from inventory.models import KitComponent, KitKind, Product, StockLevel
from inventory.planning.kits import DEEPEST, KitLoop, KitTooDeep, depth_of
from inventory.selectors.products import products_by_sku

# Two changes at once could each write half of a loop: they go one after the other.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('inventory.kit_recipes'))"


def set_recipe(product_id: int, kit: Sequence[tuple[str, int]], *, kind: str | None = None) -> None:
    """Replace what goes into a kit, given as [(sku, quantity)]; without parts it is no kit.

    ``kind`` None keeps what it was; a product that was no kit becomes one packed from components. Raises Invalid with
    a pointer to the part that cannot be one.
    """
    refuse_outside_transaction()
    found = products_by_sku(sku for sku, _quantity in kit)
    parts: dict[int, int] = {}
    for number, (sku, quantity) in enumerate(kit):
        part = found.get(sku.casefold())
        if part is None or quantity <= 0:
            raise _refused(number, sku)
        parts[part.id] = parts.get(part.id, 0) + quantity
    now = Product.objects.values_list("kit_kind", flat=True).get(pk=product_id)
    wanted = kind if kind is not None else now if now != KitKind.NONE else KitKind.VIRTUAL
    if not parts and kind is None:
        wanted = KitKind.NONE
    try:
        check_recipe(product_id, str(wanted), parts)
    except KitRefused as refusal:
        places = {part.id: number for number, (sku, _n) in enumerate(kit) if (part := found.get(sku.casefold()))}
        number = places.get(refusal.part_id or 0, 0)
        raise _refused(number, kit[number][0], refusal.detail) if kit else Invalid(refusal.detail) from refusal
    KitComponent.objects.filter(kit_id=product_id).delete()
    KitComponent.objects.bulk_create(
        KitComponent(kit_id=product_id, component_id=component_id, quantity=quantity)
        for component_id, quantity in parts.items()
    )
    Product.objects.filter(pk=product_id).update(kit_kind=wanted)


class KitRefused(Invalid):
    """A recipe that cannot be; ``part_id`` is the component at fault, None when it is the kit itself."""

    def __init__(self, detail: str, part_id: int | None = None) -> None:
        self.part_id = part_id
        super().__init__(detail)


def check_recipe(product_id: int | None, kind: str, parts: Mapping[int, int]) -> None:
    """Raise KitRefused for a recipe that contains itself or goes too deep, or that does not fit the kind.

    ``product_id`` is None for a product not written yet. Changes of recipes wait for one another from here on.
    """
    if kind == KitKind.NONE:
        if parts:
            raise KitRefused(_("Say whether the kit is packed from components or assembled beforehand."))
        return
    if not parts:
        raise KitRefused(_("A kit has at least one component."))
    if product_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
    if kind == KitKind.VIRTUAL and StockLevel.objects.filter(product_id=product_id, on_hand__gt=0).exists():
        raise KitRefused(
            _("There is stock of this product itself. Use it up before the product is packed from components.")
        )
    recipes = {**_recipes_below(parts), product_id: dict(parts)}
    above = _levels_above(product_id, parts)
    for part_id in parts:
        try:
            if above + 1 + depth_of(part_id, recipes) > DEEPEST:
                raise KitTooDeep
        except KitLoop as error:
            raise KitRefused(_("The kit would contain itself."), part_id) from error
        except KitTooDeep as error:
            raise KitRefused(_("Kits go into kits %(levels)d deep at most.") % {"levels": DEEPEST}, part_id) from error


def _recipes_below(parts: Iterable[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    level = set(parts)
    for _depth in range(DEEPEST + 1):
        rows = KitComponent.objects.filter(kit__in=level - found.keys()).values_list(
            "kit_id", "component_id", "quantity"
        )
        fresh: dict[int, dict[int, int]] = {}
        for kit_id, component_id, quantity in rows:
            fresh.setdefault(kit_id, {})[component_id] = quantity
        if not fresh:
            break
        found |= fresh
        level = {component for recipe in fresh.values() for component in recipe}
    return found


def _levels_above(product_id: int, parts: Mapping[int, int]) -> int:
    """How many levels of kits the product goes into already. Raises KitRefused when one of them is among its parts."""
    level = {product_id}
    for depth in range(DEEPEST + 1):
        level = set(KitComponent.objects.filter(component__in=level).values_list("kit_id", flat=True))
        if loop := level & parts.keys():
            raise KitRefused(_("The kit would contain itself."), min(loop))
        if not level:
            return depth
    return DEEPEST


def _refused(number: int, sku: str, detail: str = "") -> Invalid:
    return Invalid(
        _("%(sku)s cannot be a part of this kit.") % {"sku": sku[:64]},
        errors=[
            {"pointer": f"/kit/{number}", "code": "invalid", "detail": detail or _("Choose another product.")},
        ],
    )
