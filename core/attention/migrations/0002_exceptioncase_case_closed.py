from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attention', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='exceptioncase',
            index=models.Index(models.OrderBy(models.F('closed_at'), descending=True), condition=models.Q(('closed_at__isnull', False)), name='case_closed'),
        ),
    ]
