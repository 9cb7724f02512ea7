"""Forget answers that name a buyer."""

from collections.abc import Sequence

from django.db import connection

_FORGET = """
DELETE FROM rest_idempotencyrecord record
WHERE EXISTS (SELECT FROM unnest(%s::text[]) AS ref WHERE position(convert_to(ref, 'UTF8') IN record.body) > 0)
"""


def forget_answers(refs: Sequence[str]) -> int:
    """Delete the kept answers in which one of the references occurs; returns how many there were.

    A repeat of such a request is worked again, and meets the order's unique external id. Answers carry no reference
    of their own, so all of the last 30 days are looked through: for rare acts only. Runs in the caller's transaction.
    """
    wanted = [ref for ref in refs if ref]
    if not wanted:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [wanted])
        return int(cursor.rowcount)
