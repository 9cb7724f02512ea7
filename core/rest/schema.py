"""OpenAPI: what drf-spectacular cannot see by itself."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """The schema of one operation."""
