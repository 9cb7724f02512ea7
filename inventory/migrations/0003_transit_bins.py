"""Give each warehouse the virtual bin goods on their way are booked against, and call kits what they were: virtual."""

from django.db import migrations

from core.kernel.refs import scan_code


def add_transit_bins(apps, schema_editor):
    Warehouse, Bin = apps.get_model("inventory", "Warehouse"), apps.get_model("inventory", "Bin")
    for warehouse in Warehouse.objects.exclude(bins__kind="transit"):
        place = Bin.objects.create(warehouse=warehouse, name="TRANSIT", kind="transit", code=f"NEW-{warehouse.pk}")
        place.code = scan_code("V", place.pk)
        place.save(update_fields=["code"])


def name_kits(apps, schema_editor):
    apps.get_model("inventory", "Product").objects.filter(components__isnull=False).update(kit_kind="virtual")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_inbound_counting_kits_replenishment")]
    operations = [
        migrations.RunPython(add_transit_bins, migrations.RunPython.noop),
        migrations.RunPython(name_kits, migrations.RunPython.noop),
    ]
