"""Statements that PostgreSQL parses and plans once for each connection instead of every time.

For the few that are both large and hot: planning can cost as much as doing. Only for statements whose result columns
never change their types, because a plan made before a migration refuses to answer differently after it.
"""

import re
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections

_prepared: "WeakKeyDictionary[Any, set[str]]" = WeakKeyDictionary()
_NAME = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A statement with ``%(name)s`` parameters, each of the PostgreSQL type given for it by name.

    ``first`` goes before it in the same round trip: a lock, for what must not be read before somebody else's commit.
    It may use the same parameters. Each of the two sees what was committed when it begins.

    Behind a pooler that hands out connections by transaction (``DISABLE_SERVER_SIDE_CURSORS``) it runs unprepared.
    """

    def __init__(self, name: str, sql: str, *, first: str = "", **types: str) -> None:
        missing = set(_NAME.findall(sql)) ^ types.keys()
        if missing:
            raise ValueError(f"Parameters without a type, or types without a parameter: {sorted(missing)}")
        self.name = name
        self.sql = sql
        self.types = types
        self._first = f"{first};\n" if first else ""
        places = {parameter: f"${place}" for place, parameter in enumerate(types, start=1)}
        body = _NAME.sub(lambda found: places[found[1]], sql).replace("%%", "%")
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {body}"
        self._execute = f"EXECUTE {name} ({', '.join(f'%({parameter})s' for parameter in types)})"

    def run(self, **values: Any) -> list[tuple[Any, ...]]:
        """Execute with those values and return all rows; the first time on a connection costs one statement more.

        That one goes beside Django's cursor, so that what is counted is what every time costs.
        """
        database = connections[DEFAULT_DB_ALIAS]  # what ``connection`` looks up anew for each of its attributes
        with database.cursor() as cursor:
            if database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
                cursor.execute(self._first + self.sql, values)
            else:
                known = _prepared.setdefault(database.connection, set())
                if self.name not in known:
                    with database.wrap_database_errors, database.connection.cursor() as beside:
                        beside.execute(self._prepare)
                    known.add(self.name)
                cursor.execute(self._first + self._execute, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows
