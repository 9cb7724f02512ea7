"""Admin pages to look at."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """Rows that only services write: nothing is added, changed or deleted by hand, and they are never all counted."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
