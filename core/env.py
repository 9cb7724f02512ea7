"""Typed readers of the environment. A missing or malformed value stops the start with one sentence."""

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()


def text(name: str, default: str | None = None) -> str:
    """The variable as text; without a default a missing variable stops the start."""
    value = _env.str(name, default=default or "")
    if not value and default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}; the program does not start without it.")
    return str(value)


def flag(name: str, default: bool) -> bool:
    """The variable as true or false (1/0, true/false, yes/no, on/off)."""
    return bool(_env.bool(name, default=default))


def number(name: str, default: int) -> int:
    """The variable as a whole number."""
    try:
        return int(_env.int(name, default=default))
    except ValueError as error:
        raise ImproperlyConfigured(f"The environment variable {name} has to be a whole number.") from error


def words(name: str, default: list[str]) -> list[str]:
    """The variable as a list, separated by commas."""
    return list(_env.list(name, default=default))


def database(name: str) -> dict[str, object]:
    """A ``postgres://user:password@host:port/name`` address as a Django database setting."""
    address = text(name)
    if not address.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{name} has to be a postgres:// address; no other database is supported.")
    return dict(environ.Env.db_url_config(address))


def email(name: str, default: str) -> dict[str, object]:
    """An ``smtp://user:password@host:port`` address as Django e-mail settings."""
    return dict(environ.Env.email_url_config(text(name, default)))
