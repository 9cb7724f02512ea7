from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0010_orders_of_a_product'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('channel'), models.F('status'), models.OrderBy(models.F('placed_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status', 'confirmed'), _negated=True), name='order_channel_over_newest'),
        ),
    ]
