"""Walk the bins of a warehouse, or of one kind, from any of them on, without sorting all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_transit_bins")]
    operations = [
        migrations.AddIndex(
            model_name="bin",
            index=models.Index(models.F("warehouse"), models.F("pick_sequence"), models.F("id"), name="bin_walk"),
        ),
        migrations.AddIndex(
            model_name="bin",
            index=models.Index(
                models.F("warehouse"),
                models.F("kind"),
                models.F("pick_sequence"),
                models.F("id"),
                name="bin_walk_of_kind",
            ),
        ),
    ]
