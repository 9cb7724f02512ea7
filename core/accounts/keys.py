"""API keys: how they look and how they are kept."""

import secrets
from hashlib import sha256

PREFIX = "ffk_"
SHOWN = 12


def new_key() -> str:
    """A new secret with 256 random bits: ``ffk_`` and 43 URL-safe characters."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """How a key is kept. A plain SHA-256 does: with 256 random bits there is nothing to guess."""
    return sha256(key.encode()).hexdigest()
