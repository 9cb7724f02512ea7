from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shipping", "0003_parcelinsert_laid_in")]

    operations = [
        migrations.AddField(
            model_name="packagingrule",
            name="currency",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the values. Empty: the channel's own; a rule for all channels has to name it.",
                max_length=3,
            ),
        ),
    ]
