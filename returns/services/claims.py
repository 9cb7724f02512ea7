"""Units of order lines that returns speak for: taken by one guarded statement, so that none is returned twice."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from core.kernel.commands import refuse_outside_transaction
from returns.errors import NotReturnable, TooMany
from returns.models import Return, SpokenFor


@dataclass(frozen=True, slots=True)
class Claim:
    """``units`` of a line of which ``shipped`` have left the house."""

    units: int
    shipped: int


# The rows are locked in the order of their keys. A claim that no row could ever hold is left out before the CHECK
# sees it, because PostgreSQL asks the CHECK before it looks for a conflict.
_SPEAK = """
INSERT INTO returns_spokenfor AS row (order_line_id, shipped, units)
SELECT line, shipped, units FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS claim (line, shipped, units)
WHERE units <= shipped ORDER BY line
ON CONFLICT (order_line_id) DO UPDATE
SET shipped = greatest(row.shipped, excluded.shipped), units = row.units + excluded.units
WHERE row.units + excluded.units <= greatest(row.shipped, excluded.shipped)
RETURNING order_line_id
"""

_GIVE_BACK = """
WITH locked AS (
    SELECT order_line_id FROM returns_spokenfor WHERE order_line_id = ANY(%(lines)s)
    ORDER BY order_line_id FOR NO KEY UPDATE
)
UPDATE returns_spokenfor AS row SET units = row.units - claim.units
FROM unnest(%(lines)s::bigint[], %(units)s::int[]) AS claim (line, units), locked
WHERE row.order_line_id = claim.line AND locked.order_line_id = claim.line
"""


def speak_for(claims: Mapping[int, Claim], *, pointers: Mapping[int, str] | None = None) -> None:
    """Take units of each {order line id: Claim}, all or none, in the caller's transaction.

    Raises NotReturnable naming every line of which fewer can be had. ``pointers`` name the lines in the request.
    """
    refuse_outside_transaction()
    lines = sorted(claims)
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SPEAK, [lines, [claims[line].shipped for line in lines], [claims[line].units for line in lines]]
        )
        taken = {row[0] for row in cursor.fetchall()}
    if len(taken) == len(lines):
        return
    spoken = spoken_for(lines)
    raise NotReturnable(
        [
            TooMany(
                order_line_id=line,
                wanted=claims[line].units,
                returnable=max(claims[line].shipped - spoken.get(line, 0), 0),
                pointer=(pointers or {}).get(line, ""),
            )
            for line in lines
            if line not in taken
        ]
    )


def give_back(units: Mapping[int, int]) -> None:
    """Free units of each {order line id: units} that will not come back after all."""
    refuse_outside_transaction()
    lines = sorted(line for line, count in units.items() if count)
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"lines": lines, "units": [units[line] for line in lines]})


def give_back_all(rma: Return) -> None:
    """Free every unit a return speaks for that has not arrived. Nothing was taken for a put-back."""
    units: dict[int, int] = {}
    if rma.kind == "put_back":
        return
    for line, quantity, received in rma.items.values_list("order_line_id", "quantity", "received"):
        if line is not None:
            units[line] = units.get(line, 0) + quantity - received
    give_back(units)


def spoken_for(order_line_ids: list[int]) -> dict[int, int]:
    """{order line id: units that returns speak for}; lines without returns are left out."""
    return dict(SpokenFor.objects.filter(pk__in=order_line_ids).values_list("order_line_id", "units"))
