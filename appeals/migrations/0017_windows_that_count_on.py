from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('appeals', '0016_required_documents'),
    ]

    operations = [
        migrations.AddField(
            model_name='latefiling',
            name='counted_until',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='latefiling',
            name='sealed_hindered',
            field=models.BinaryField(null=True),
        ),
        migrations.AddConstraint(
            model_name='latefiling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('counted_until__isnull', True), ('sealed_hindered__isnull', True)), models.Q(('accepted_at__isnull', False), ('counted_until__isnull', False), ('sealed_hindered__isnull', False)), _connector='OR'), name='a_window_counts_on_by_a_time_of_hindrance_that_was_accepted'),
        ),
    ]
