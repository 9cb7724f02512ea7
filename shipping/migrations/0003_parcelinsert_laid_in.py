from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shipping", "0002_order_desk")]

    operations = [
        migrations.AddField(
            model_name="parcelinsert",
            name="laid_in",
            field=models.BooleanField(blank=True, null=True),
        ),
    ]
