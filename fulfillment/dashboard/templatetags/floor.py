"""Words of the floor's screens: ``{% load floor %}``."""

from django import template

register = template.Library()


@register.filter
def human(name: str) -> str:
    """The code of a carrier or a reason as a person reads it: ``own_delivery`` → Own delivery."""
    words = str(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]
