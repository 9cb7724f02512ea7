"""Money to give back: an instruction to the shop, whose payment system moves it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.kernel.transitions import Transitions
from returns.states import REFUND_TRANSITIONS, RefundStatus


class RefundInstruction(models.Model):
    """One instruction for one return, told to the shop under ``idempotency_key`` until it reports the outcome."""

    SUBJECT: ClassVar[str] = "refund"
    TRANSITIONS: ClassVar[Transitions] = REFUND_TRANSITIONS

    rma = models.ForeignKey("returns.Return", models.PROTECT, related_name="refunds")
    order_ref = models.CharField(max_length=24)
    channel_id = models.BigIntegerField()
    goods_amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    charges_amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=RefundStatus.choices, default=RefundStatus.PENDING)
    idempotency_key = models.UUIDField(unique=True)
    created_at = models.DateTimeField()
    requested_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("refund instruction")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=F("goods_amount") + F("charges_amount")), name="refund_is_the_sum_of_its_parts"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="refund_is_not_negative"),
            models.UniqueConstraint(
                fields=["rma"], condition=~Q(status__in=["cancelled"]), name="one_live_refund_per_return"
            ),
        ]

        indexes = [
            models.Index("channel_id", F("created_at").desc(), F("id").desc(), name="refund_channel_newest"),
            models.Index("status", F("created_at").desc(), F("id").desc(), name="refund_status_newest"),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk}"

    @property
    def timeline(self) -> str:
        return self.order_ref
