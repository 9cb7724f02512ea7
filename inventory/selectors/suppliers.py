"""Look up where goods come from."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import Supplier


@dataclass(frozen=True, slots=True)
class SupplierFact:
    """A supplier; ``lead_time_days`` is what it promises."""

    id: int
    code: str
    name: str
    lead_time_days: int
    active: bool


def supplier_by_code(code: str) -> SupplierFact:
    """The supplier with that code, whatever its case. Raises NotFound."""
    code = code.strip()
    row = Supplier.objects.filter(code__iexact=code).order_by("pk").first() if code and "\0" not in code else None
    if row is None:
        raise NotFound(_("There is no supplier %(code)s.") % {"code": code[:40]})
    return SupplierFact(row.pk, row.code, row.name, row.lead_time_days, row.active)


def supplier_by_id(supplier_id: int) -> SupplierFact:
    """That supplier. Raises NotFound."""
    row = Supplier.objects.filter(pk=supplier_id).first()
    if row is None:
        raise NotFound(_("There is no such supplier."))
    return SupplierFact(row.pk, row.code, row.name, row.lead_time_days, row.active)
