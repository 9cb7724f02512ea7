"""Why a delivery came without an order; how many lines a sampling rule has decided about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0004_bin_walk")]
    operations = [
        migrations.AddField(
            model_name="receipt",
            name="note",
            field=models.CharField(blank=True, default="", help_text="Why it came without an order.", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="samplingrule",
            name="seen",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="qualitycheck",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "To check"),
                    ("passed", "Passed"),
                    ("failed", "Failed"),
                    ("voided", "Receipt voided"),
                ],
                default="pending",
                max_length=8,
            ),
        ),
    ]
