from django.db import migrations

from audit import guard

TABLE = "appeals_screening"


class Migration(migrations.Migration):
    dependencies = [("appeals", "0014_turning_away"), ("audit", "0003_guard_both_ends")]

    operations = [
        migrations.RunSQL(guard.must_be_recorded(TABLE, kind="case", column="case_id"), migrations.RunSQL.noop),
        migrations.RunSQL(guard.never_emptied(TABLE), migrations.RunSQL.noop),
    ]
