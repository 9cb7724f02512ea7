"""Links a customer can be given: the reference and a signature over it, nothing kept in the database."""

from django.core import signing


def public_token(purpose: str, ref: str) -> str:
    """The token of a public page, such as ``ORD-7K3M9Q2X.<signature>``; ``purpose`` keeps the pages apart."""
    return signing.Signer(salt=f"public.{purpose}", sep=".").sign(ref)


def read_public_token(purpose: str, token: str) -> str | None:
    """The reference a token was made for, or None when it was not made here for that purpose."""
    try:
        return signing.Signer(salt=f"public.{purpose}", sep=".").unsign(token)
    except signing.BadSignature:
        return None
