"""What a supervisor asks: is the process up, and may traffic come."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

PATIENCE_S = 1.0
# One thread: while the database stalls, further questions wait behind the first and give up in time as well.
_asker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readyz")


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 whenever the process answers; asks nothing of anybody."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers within a second and every migration is applied, else 503.

    Without Redis the API works on (deliveries wait in PostgreSQL), so that is 200 and ``degraded``.
    """
    checks = {"database": "ok", "migrations": "ok", "redis": _state(_ping_redis)}
    try:
        missing = _asker.submit(_missing_migrations).result(timeout=PATIENCE_S)
    except (DatabaseError, InterfaceError, TimeoutError):
        checks |= {"database": "failed", "migrations": "unknown"}
    else:
        if missing:
            checks["migrations"] = "failed"
    ready = checks["database"] == checks["migrations"] == "ok"
    status = "unavailable" if not ready else "ok" if checks["redis"] == "ok" else "degraded"
    headers = {} if ready else {"Retry-After": "2"}
    return JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503, headers=headers)


def _state(check: Callable[[], Any]) -> str:
    try:
        check()
    except (redis.RedisError, OSError):
        return "failed"
    return "ok"


def _missing_migrations() -> frozenset[tuple[str, str]]:
    """Asked on a connection of its own, so that a broken one in the request's thread makes no difference."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return known_migrations() - set(cursor.fetchall())
    finally:
        connection.close()


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration of this release: the names of the files, read once and none of them loaded."""
    return frozenset(
        (app.label, name)
        for app in apps.get_app_configs()
        for _finder, name, is_package in iter_modules([str(Path(app.path) / "migrations")])
        if not is_package and name[0] not in "_~"
    )


def _ping_redis() -> None:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    try:
        client.ping()
    finally:
        client.close()
