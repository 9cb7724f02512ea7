"""Orders are found by the buyer's purchase order number."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_order_desk")]

    operations = [
        migrations.AddIndex(
            "order",
            models.Index("purchase_order_number", name="order_of_purchase", condition=~Q(purchase_order_number="")),
        ),
    ]
