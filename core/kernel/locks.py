"""Row locks: always evaluated, always by primary key, never stronger than needed."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func
from django.db.models.sql.compiler import SQLCompiler

from core.kernel.commands import refuse_outside_transaction
from core.kernel.errors import NotFound

M = TypeVar("M", bound=models.Model)


class Among(Func):
    """A condition for thousands of ids: one parameter, where ``__in`` would make one of each.

    ``= ANY`` and no join with the ids, which is done as a square when the planner takes either side for small: rows
    written a moment ago are not in its statistics yet.
    """

    output_field = BooleanField()

    def __init__(self, column: str, ids: Iterable[int]) -> None:
        super().__init__(F(column))
        self.ids = sorted(set(ids))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_format: Any, **_more: Any
    ) -> tuple[str, tuple[Any, ...]]:
        column, parameters = compiler.compile(self.get_source_expressions()[0])
        return f"{column} = ANY(%s::bigint[])", (*parameters, self.ids)


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
