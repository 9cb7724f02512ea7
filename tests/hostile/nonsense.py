"""What is put in the place of every value of a body, and how."""

import copy
from collections.abc import Iterator
from typing import Any

NONSENSE: list[Any] = [
    None, True, "", " ", "\0", "a\0b", "\ud800", "x" * 5000, -1, 0, 2**31, 2**63, 10**30, 1.5, 1e308, [], {}, [[]],
    {"a": 1}, [None], "NaN", "9999-12-31", "0001-01-01", "2026-02-30", "'; DROP TABLE inventory_bin; --",
]  # fmt: skip


def spoilt(body: Any) -> Iterator[Any]:
    """The body with one of its values after the other replaced by each piece of nonsense."""

    def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield path
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            yield from places(inner, (*path, key))

    for path in places(body, ()):
        for nonsense in NONSENSE:
            if not path:
                yield nonsense
                continue
            changed = copy.deepcopy(body)
            at = changed
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = nonsense
            yield changed
