"""Staff and API clients."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.accounts.roles import Role, permissions_of
from core.kernel.actors import Actor


class User(AbstractUser):
    """A member of staff. ``warehouse_ids`` empty means every warehouse."""

    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=list, blank=True)
    warehouse_ids = ArrayField(
        models.BigIntegerField(), default=list, blank=True, help_text=_("Empty: every warehouse.")
    )
    language = models.CharField(max_length=10, blank=True)
    single_key_shortcuts = models.BooleanField(default=True)

    def may(self, permission: str) -> bool:
        """Whether any of the user's roles carries the permission, such as ``pick.work``."""
        if not self.is_active:
            return False
        return self.is_superuser or permission in permissions_of(self.roles)

    def sees_warehouse(self, warehouse_id: int) -> bool:
        """Whether the warehouse lies in the user's scope."""
        return not self.warehouse_ids or warehouse_id in self.warehouse_ids

    @property
    def actor(self) -> Actor:
        return Actor(kind="staff", id=self.pk, name=self.get_username())


class APIClient(models.Model):
    """A program that uses the REST API: a storefront (bound to one channel) or a tool.

    The key itself is shown once; kept are its first characters, to tell keys apart, and a SHA-256 of the whole.
    """

    name = models.CharField(max_length=80)
    key_prefix = models.CharField(max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    channel_id = models.BigIntegerField(null=True, blank=True, help_text=_("Empty: no channel of its own."))
    warehouse_id = models.BigIntegerField(
        null=True, blank=True, help_text=_("The third-party warehouse whose requests it answers. Empty: none.")
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, default=12000, help_text=_("Empty: no limit.")
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("API client")

    def __str__(self) -> str:
        return f"{self.name} ({self.key_prefix}…)"

    @property
    def actor(self) -> Actor:
        return Actor(kind="api", id=self.pk, name=self.name)


class SavedView(models.Model):
    """A list as somebody likes it: the query string of a list page under a name; ``shared`` ones everybody sees."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="one_saved_view_per_name")]
        indexes = [models.Index("page", name="saved_view_shared", condition=models.Q(shared=True))]

    def __str__(self) -> str:
        return self.name
