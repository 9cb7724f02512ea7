"""Row locks: always evaluated, always by primary key, never stronger than needed."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.models.expressions import RawSQL

from core.kernel.commands import refuse_outside_transaction
from core.kernel.errors import NotFound

M = TypeVar("M", bound=models.Model)


def among(ids: Iterable[int]) -> RawSQL:
    """The right side of an ``__in`` for thousands of ids: one parameter, where a list would make one of each."""
    return RawSQL("SELECT unnest(%s::bigint[])", [sorted(set(ids))])


def lock_one(queryset: "models.QuerySet[M]", **by: Any) -> M:
    """The one row that matches, locked FOR NO KEY UPDATE until the transaction ends. Raises NotFound."""
    refuse_outside_transaction()
    row = queryset.select_for_update(of=("self",), no_key=True).filter(**by).first()
    if row is None:
        raise NotFound(f"There is no such {queryset.model._meta.verbose_name}.")
    return row


def lock_many(queryset: "models.QuerySet[M]", ids: Iterable[int]) -> list[M]:
    """The rows with those ids, locked in the order of their primary keys. Ids that do not exist are left out.

    A list, not a queryset: a lazy queryset locks nothing. FOR NO KEY UPDATE, because a plain FOR UPDATE
    collides with the foreign-key checks of concurrent inserts.
    """
    refuse_outside_transaction()
    return list(queryset.select_for_update(of=("self",), no_key=True).filter(pk__in=sorted(set(ids))).order_by("pk"))
