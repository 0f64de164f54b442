from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0011_copies_for_the_person")]

    operations = [
        migrations.AddField(
            model_name="importrun", name="doubtful", field=models.PositiveBigIntegerField(default=0)
        ),
    ]
