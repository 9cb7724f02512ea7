"""Which API client calls: every request of the API asks."""

from core.accounts.models import APIClient
from core.kernel.prepared import Prepared

_FIELDS = [field.attname for field in APIClient._meta.concrete_fields]
_BY_KEY_HASH = Prepared(
    "accounts_client_by_key_hash",
    f"SELECT {', '.join(_FIELDS)} FROM accounts_apiclient WHERE key_hash = %(key_hash)s",  # noqa: S608  names of ours
    key_hash="text",
)


def client_by_key_hash(key_hash: str) -> APIClient | None:
    """The client whose key has that SHA-256 (hex), None when there is none."""
    rows = _BY_KEY_HASH.run(key_hash=key_hash)
    return APIClient.from_db("default", _FIELDS, rows[0]) if rows else None
